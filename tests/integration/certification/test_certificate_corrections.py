"""A corrected result: the certificate is replaced or revoked, and never written again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from shared.errors import Unavailable
from shared.events import CertificateIssuedV1, CertificateRevokedV1, EnrollmentCompletedV1, ResultCorrectedV1
from tests.integration.certification.conftest import Office, completed


def corrected(
    completion: EnrollmentCompletedV1, outcome: str = "completed", minutes: int = 1, **changes: Any
) -> ResultCorrectedV1:
    fields = {name: getattr(completion, name) for name in completion.__struct_fields__}
    more = {
        "correction_id": uuid4(),
        "outcome": outcome,
        "reason": "نمره نادرست ثبت شده بود",
        "corrected_at": datetime.now(UTC) + timedelta(minutes=minutes),
        "before_attended_hours": completion.attended_hours,
        "before_score": completion.score,
    }
    return ResultCorrectedV1(**(fields | more | changes))


def shown(office: Office, code: str) -> Any:
    return office.call("verify", None, code=code)


def test_other_numbers_make_a_new_certificate_and_the_old_code_still_answers(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    office.harness.deliver(corrected(completion, score=60.0))
    second = office.issued()[-1]
    assert second.serial.endswith("-000002")
    old, new = shown(office, first.verification_code), shown(office, second.verification_code)
    assert (old["status"], old["superseded_by"], old["reason"]) == (
        "superseded",
        second.serial,
        "نمره نادرست ثبت شده بود",
    )
    assert (new["status"], new.get("superseded_by")) == ("valid", None)
    assert [(each["serial"], each["verification_code"]) for each in old["replaced_by"]] == [
        (new["serial"], new["verification_code"])
    ]
    assert [(each["serial"], each["reason"]) for each in new["replaces"]] == [(old["serial"], old["reason"])]
    assert old["verification_code"] not in str(new)
    certificate = office.call("get_certificate", certificate_id=str(second.certificate_id))
    assert certificate["score"] == 60
    listed = office.call("list_certificates", employee_id=str(completion.employee_id))["items"]
    assert [item["status"] for item in listed] == ["superseded", "valid"]


def test_a_failure_revokes_and_says_so_once(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    office.harness.deliver(corrected(completion, "failed", score=10.0))
    office.harness.deliver(corrected(completion, "failed", minutes=2, score=11.0))
    answer = shown(office, first.verification_code)
    assert (answer["status"], answer["reason"]) == ("revoked", "نمره نادرست ثبت شده بود")
    assert answer["revoked_on"]
    (event,) = office.harness.outbox(CertificateRevokedV1)
    assert (event.certificate_id, event.serial, event.full_name) == (
        first.certificate_id,
        first.serial,
        completion.full_name,
    )


def test_a_completion_made_good_again_gets_another_certificate_beside_the_revoked_one(office: Office) -> None:
    completion = completed()
    (first,) = office.issue(completion)
    office.harness.deliver(corrected(completion, "failed", score=10.0))
    office.harness.deliver(corrected(completion, minutes=2, score=88.0))
    second = office.issued()[-1]
    old = shown(office, first.verification_code)
    assert (old["status"], old["superseded_by"]) == ("revoked", second.serial)
    assert shown(office, second.verification_code)["status"] == "valid"


def test_told_again_or_late_a_correction_changes_nothing(office: Office) -> None:
    completion = completed()
    office.issue(completion)
    early, late = corrected(completion, "failed"), corrected(completion, minutes=5, score=61.0)
    office.harness.deliver(late)
    office.harness.deliver(early)
    office.harness.deliver(late)
    office.harness.deliver(completion)
    assert [row.status for row in office.rows()] == ["superseded", "valid"]
    assert len(office.harness.outbox(CertificateIssuedV1)) == 2
    assert office.harness.outbox(CertificateRevokedV1) == []


def test_a_correction_that_comes_before_its_completion_waits_for_it(office: Office) -> None:
    completion = completed()
    event = corrected(completion, score=60.0)
    with pytest.raises(Unavailable) as refused:
        office.harness.deliver(event)
    assert refused.value.code == "certificate_not_known_yet"
    office.issue(completion)
    office.harness.deliver(event)
    assert [row.status for row in office.rows()] == ["superseded", "valid"]


def test_two_corrections_of_one_batch_leave_one_valid_certificate_and_no_gap(office: Office) -> None:
    completion = completed()
    office.issue(completion)
    office.harness.deliver(corrected(completion, score=60.0), corrected(completion, minutes=2, score=70.0))
    assert [(row.serial[-6:], row.status) for row in office.rows()] == [
        ("000001", "superseded"),
        ("000002", "superseded"),
        ("000003", "valid"),
    ]
    assert [msgspec.json.decode(row.snapshot)["score"] for row in office.rows()] == ["87.5", "60", "70"]
