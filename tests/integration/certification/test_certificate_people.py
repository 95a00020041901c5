"""People move, turn out to be one, and are forgotten; what was proved stays proved."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import NotFound
from shared.events import EmployeeChangedV1, EmployeeErasedV1, EmployeesMergedV1
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered
from tests.integration.certification.test_certificate_corrections import corrected

LATER = datetime.now(UTC) + timedelta(hours=1)


def moved(office: Office, employee_id: UUID, agency_code: str) -> None:
    event = EmployeeChangedV1(
        employee_id=employee_id,
        agency_code=agency_code,
        full_name="نمونه",
        email="sample@example.ir",
        language="fa",
        employed=True,
        changed=["agency_code"],
    )
    office.harness.deliver(office.harness.message(event, time=LATER))


def merged(employee_id: UUID, duplicate_id: UUID) -> EmployeesMergedV1:
    return EmployeesMergedV1(employee_id=employee_id, duplicate_id=duplicate_id, agency_code="AG-A", merged_at=LATER)


def listed(office: Office, employee_id: UUID, agency: str = "AG-A") -> list[Any]:
    items: list[Any] = office.call("list_certificates", agency=agency, employee_id=str(employee_id))["items"]
    return items


def test_the_new_agency_sees_all_and_the_old_one_what_it_issued(office: Office) -> None:
    person = uuid4()
    office.harness.deliver(registered(person))
    (first,) = office.issue(completed(employee_id=person))
    moved(office, person, "AG-B")
    (second,) = office.issue(completed(employee_id=person, agency_code="AG-B", course_code="RD-02"))
    assert [item["serial"] for item in listed(office, person, "AG-B")] == [first.serial, second.serial]
    assert [item["serial"] for item in listed(office, person, "AG-A")] == [first.serial]
    for agency, seen in (("AG-A", first), ("AG-B", first), ("AG-B", second)):
        assert office.call("get_certificate", agency=agency, certificate_id=str(seen.certificate_id))
    with pytest.raises(NotFound):
        office.call("get_certificate", certificate_id=str(second.certificate_id))


def test_a_duplicates_certificates_are_the_kept_persons_whenever_they_come(office: Office) -> None:
    kept, duplicate, earlier = uuid4(), uuid4(), uuid4()
    for one in (kept, duplicate):
        office.harness.deliver(registered(one))
    (first,) = office.issue(completed(employee_id=duplicate))
    office.harness.deliver(merged(duplicate, earlier))
    office.harness.deliver(merged(kept, duplicate))
    office.harness.deliver(merged(kept, duplicate))
    (second,) = office.issue(completed(employee_id=duplicate, course_code="RD-02"))
    (third,) = office.issue(completed(employee_id=earlier, course_code="RD-03"))
    assert {second.employee_id, third.employee_id} == {kept}
    for asked in (kept, duplicate):
        assert [item["serial"] for item in listed(office, asked)] == [first.serial, second.serial, third.serial]
    assert office.call("verify", None, code=first.verification_code)["status"] == "valid"


def test_a_correction_of_before_a_merge_makes_the_kept_persons_certificate(office: Office) -> None:
    kept, duplicate = uuid4(), uuid4()
    for one in (kept, duplicate):
        office.harness.deliver(registered(one))
    completion = completed(employee_id=duplicate)
    office.issue(completion)
    office.harness.deliver(merged(kept, duplicate))
    office.harness.deliver(corrected(completion, score=60.0))
    assert office.issued()[-1].employee_id == kept
    assert [item["status"] for item in listed(office, kept)] == ["superseded", "valid"]


def test_erasure_keeps_the_proof_and_forgets_the_holder(office: Office) -> None:
    person = uuid4()
    office.harness.deliver(registered(person))
    (issued,) = office.issue(completed(employee_id=person))
    (before,) = office.rows()
    erased = EmployeeErasedV1(employee_id=person, erased_at=LATER)
    office.harness.deliver(erased)
    office.harness.deliver(erased)
    office.harness.deliver(registered(person))
    (after,) = office.rows()
    assert after.snapshot_hash == hashlib.sha256(before.snapshot.encode()).hexdigest()
    assert (after.national_code, after.national_code_salt, after.signature) == (None, None, before.signature)
    left = json.loads(after.snapshot)
    assert [left[name] for name in ("holder_name", "personnel_number", "job_title", "national_code_hash")] == [None] * 4
    assert "نمونه آزمون‌پور" not in after.snapshot
    answer = office.call("verify", None, code=issued.verification_code)
    assert (answer["status"], answer["holder_name"], answer["serial"]) == ("valid", None, issued.serial)
    assert answer["erased_at"]
    for method in ("get_document", "get_credential"):
        with pytest.raises(NotFound) as gone:
            office.call(method, certificate_id=str(issued.certificate_id))
        assert gone.value.code == "holder_erased"


def names_nobody(office: Office) -> bool:
    """Whether no certificate says any more who holds it, and nothing that was said of them later does."""
    rows = office.rows()
    personal = ("نمونه آزمون‌پور", "P-10023", NATIONAL_CODE)
    return not any(word in f"{row.snapshot} {row.national_code}" for row in rows for word in personal)


def test_a_completion_that_comes_after_the_erasure_is_proved_without_a_name(office: Office) -> None:
    person = uuid4()
    office.harness.deliver(EmployeeErasedV1(employee_id=person, erased_at=LATER))
    (issued,) = office.issue(completed(employee_id=person))
    assert names_nobody(office)
    assert issued.full_name == ""
    answer = office.call("verify", None, code=issued.verification_code)
    assert (answer["status"], answer["holder_name"]) == ("valid", None)


def test_a_correction_that_comes_after_a_merge_and_an_erasure_follows_both(office: Office) -> None:
    kept, duplicate = uuid4(), uuid4()
    completion = completed(employee_id=duplicate)
    office.issue(completion)
    office.harness.deliver(merged(kept, duplicate))
    office.harness.deliver(corrected(completion, score=60.0))
    assert {row.employee_id for row in office.rows()} == {kept}
    office.harness.deliver(EmployeeErasedV1(employee_id=kept, erased_at=LATER))
    office.harness.deliver(corrected(completion, minutes=2, score=61.0))
    assert names_nobody(office)
    assert [row.status for row in office.rows()] == ["superseded", "superseded", "valid"]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_two_merges_and_an_erasure_name_nobody_in_any_order(office: Office, order: tuple[int, ...]) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    office.issue(*(completed(employee_id=one) for one in (first, second, third)))
    news = [merged(second, first), merged(third, second), EmployeeErasedV1(employee_id=third, erased_at=LATER)]
    for place in order:
        office.harness.deliver(news[place])
    office.issue(completed(employee_id=first))
    assert {row.employee_id for row in office.rows()} == {third}
    assert names_nobody(office)
