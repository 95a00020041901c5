"""People move, turn out to be one, and are forgotten; what was proved stays proved."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import NotFound
from shared.events import EmployeeChangedV1, EmployeeErasedV1, EmployeesMergedV1
from tests.integration.certification.conftest import Office, completed, registered
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
    (second,) = office.issue(completed(employee_id=person, agency_code="AG-B"))
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
    (second,) = office.issue(completed(employee_id=duplicate))
    (third,) = office.issue(completed(employee_id=earlier))
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
