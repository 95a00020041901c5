"""Records of the past become certificates that say so: once each, without mail, beside the brake."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification.models.past_records import past_records
from services.certification.service import telling
from shared.errors import NotFound
from shared.events import (
    AgencyRegisteredV1,
    CertificateIssuedV1,
    EmployeeErasedV1,
    EmployeesMergedV1,
    LocalizedText,
    PastRecordTakenInV1,
)
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered

OFFICER = ("certification_officer",)


@pytest.fixture
def agency(office: Office) -> Office:
    """The office, where AG-A is known."""
    office.harness.deliver(AgencyRegisteredV1(code="AG-A", name=LocalizedText("دستگاه نمونه", "Sample Agency")))
    return office


def employee(office: Office, agency_code: str = "AG-A") -> UUID:
    person = uuid4()
    office.harness.deliver(registered(person, agency_code))
    return person


def record(person: UUID, reference: str = "1392/17", **changes: Any) -> dict[str, Any]:
    fields = {
        "reference": reference,
        "employee_id": str(person),
        "full_name": "نمونه آزمون‌پور",
        "national_code": NATIONAL_CODE,
        "personnel_number": "P-10023",
        "course_code": f"OLD-{reference[-1]}",
        "course_title": {"fa": "دوره نمونه"},
        "course_type": "4-3",
        "hours": 12,
        "delivery_mode": "in_person",
        "starts_on": "2013-05-01",
        "ends_on": "2013-05-03",
        "original_serial": "92/1043",
        "original_date": "2013-06-01",
    }
    return fields | changes


def bring(office: Office, *rows: dict[str, Any], **more: Any) -> Any:
    return office.call("import_certificates", OFFICER, **{"agency_code": "AG-A", "rows": list(rows)} | more)


def test_a_record_becomes_a_certificate_that_says_where_it_comes_from(agency: Office) -> None:
    person = employee(agency)
    done = bring(agency, record(person))
    assert (done["issued"], done["exists"], done["refused"]) == (1, 0, 0)
    [row] = done["rows"]
    shown = agency.call("get_certificate", certificate_id=row["certificate_id"])
    assert (shown["serial"], shown["course_type"], shown["score"]) == (row["serial"], "general_ability", None)
    basis = {"original_serial": "92/1043", "original_date": "2013-06-01", "original_type": "4-3"}
    assert shown["basis"] == basis | {"kind": "past_record"}
    assert (
        shown["provider"] == shown["issuer"] == {"code": "AG-A", "name": {"fa": "دستگاه نمونه", "en": "Sample Agency"}}
    )
    found = agency.call("verify", None, code=shown["verification_code"])
    assert (found["status"], found["completed_on"], found["basis"]) == ("valid", "2013-05-03", shown["basis"])
    assert agency.call("get_document", certificate_id=row["certificate_id"])["content_base64"]
    assert agency.call("get_credential", certificate_id=row["certificate_id"])["credential"]


def test_a_score_that_is_not_known_has_no_word(agency: Office) -> None:
    words = [{"minimum": 0, "word": {"fa": "ضعیف"}}, {"minimum": 71, "word": {"fa": "متوسط"}}]
    said = {"effective_from": "2026-01-01", "source": "نمونه", "confidence": "policy_default", "reason": "آزمون"}
    agency.call("record_policy", ("national",), key="grade_words", value=words, **said)
    done = bring(agency, record(employee(agency)), record(employee(agency), "2", score=10))
    codes = [agency.call("get_certificate", certificate_id=row["certificate_id"]) for row in done["rows"]]
    found = [agency.call("verify", None, code=each["verification_code"]) for each in codes]
    assert [(each["score"], each.get("grade")) for each in found] == [(None, None), (10, {"fa": "ضعیف"})]


def told(office: Office) -> list[Any]:
    return list(office.harness.outbox(PastRecordTakenInV1))


def test_those_who_keep_training_records_are_told_in_the_same_transaction(agency: Office) -> None:
    person = employee(agency)
    bring(agency, record(person), dry_run=True)
    assert told(agency) == []
    [row] = bring(agency, record(person))["rows"]
    bring(agency, record(person))
    [event] = told(agency)
    assert (str(event.certificate_id), event.serial, event.reference) == (
        row["certificate_id"],
        row["serial"],
        "1392/17",
    )
    assert (event.employee_id, event.course_type, event.original_type) == (person, "general_ability", "4-3")
    assert (event.hours, event.score, event.ends_on, event.original_date) == (
        12,
        None,
        date(2013, 5, 3),
        date(2013, 6, 1),
    )
    assert event.record_id == agency.rows()[0].enrollment_id
    agency.harness.service.tell_past_records()
    assert len(told(agency)) == 1


def test_what_an_earlier_release_took_in_is_told_once_as_it_stands(
    agency: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    kept, corrected, revoked, gone = (employee(agency) for _ in range(4))
    bring(agency, *(record(person, str(place)) for place, person in enumerate((kept, corrected, revoked, gone))))
    _, second, third, _ = agency.rows()
    asked = {"changes": {"hours": 14}, "reason": "ساعت نادرست"}
    request = agency.call("request_correction", OFFICER, certificate_id=second.id, **asked)
    agency.call("confirm_request", OFFICER, system="other", request_id=request["request_id"])
    asked = {"reason_code": "fraud", "reason": "برگه جعلی بود"}
    request = agency.call("request_revocation", OFFICER, certificate_id=third.id, **asked)
    agency.call("confirm_request", OFFICER, system="other", request_id=request["request_id"])
    agency.harness.deliver(EmployeeErasedV1(employee_id=gone, erased_at=datetime.now(UTC)))
    with agency.harness.db.transaction() as tx:
        tx.execute(sa.update(past_records).values(told_at=None))
    before = len(told(agency))
    for _ in range(2):
        agency.harness.service.tell_past_records()
    later = sorted(told(agency)[before:], key=lambda event: event.reference)
    assert [(event.employee_id, event.hours, event.reference) for event in later] == [
        (kept, 12, "0"),
        (corrected, 14, "1"),
    ]
    assert later[1].serial == agency.rows()[-1].serial


def test_the_page_says_so(agency: Office) -> None:
    [row] = bring(agency, record(employee(agency)))["rows"]
    [stored] = agency.rows()
    request = Request(EnvironBuilder().get_environ())
    page = agency.harness.service.verification_page(request, stored.verification_code).get_data(as_text=True)
    assert row["serial"] in page
    assert "92/1043" in page


def test_nobody_is_written_to_unless_it_is_asked_for_and_old_times_measure_nothing(agency: Office) -> None:
    person = employee(agency)
    bring(agency, record(person, "1"))
    bring(agency, record(person, "2"), mail=True)
    silent, loud = (event for event in agency.issued() if isinstance(event, CertificateIssuedV1))
    assert (silent.mail, loud.mail) == (False, True)
    assert loud.completed_at == loud.issued_at
    listed = agency.call("list_issued", ("operator",))["items"]
    assert [(each["mail"], each["is_past_record"]) for each in listed] == [(False, True), (True, True)]


def test_a_list_that_comes_again_changes_nothing(agency: Office) -> None:
    person = employee(agency)
    first = bring(agency, record(person, "1"), record(person, "2"))
    again = bring(agency, record(person, "1"), record(person, "3"))
    assert [row["outcome"] for row in again["rows"]] == ["exists", "issued"]
    assert again["rows"][0]["certificate_id"] == first["rows"][0]["certificate_id"]
    assert len(agency.rows()) == 3


def test_a_second_record_of_one_course_is_covered_by_the_first(agency: Office) -> None:
    person = employee(agency)
    first, second = bring(agency, record(person, "1"), record(person, "2", course_code="OLD-1"))["rows"]
    assert (first["outcome"], second["outcome"]) == ("issued", "exists")
    assert second["certificate_id"] == first["certificate_id"]


def test_a_record_that_is_corrected_stays_one_and_nobody_is_written_to(agency: Office) -> None:
    [row] = bring(agency, record(employee(agency)))["rows"]
    asked = {"changes": {"holder_name": "نمونه آزمونی"}, "reason": "نام نادرست"}
    request = agency.call("request_correction", OFFICER, certificate_id=row["certificate_id"], **asked)
    agency.call("confirm_request", OFFICER, system="other", request_id=request["request_id"])
    old, new = agency.rows()
    said = json.loads(new.snapshot)
    assert (said["holder_name"], said["score"], said["basis"]["original_serial"]) == ("نمونه آزمونی", None, "92/1043")
    assert [event.mail for event in agency.issued()] == [False, False]
    assert (old.status, new.status) == ("superseded", "valid")


def test_every_reason_of_a_row_is_said_and_the_others_are_issued(agency: Office) -> None:
    person = employee(agency)
    broken = record(person, "2", national_code="1", hours="many")
    future = record(employee(agency, "AG-B"), "3", ends_on="2099-01-01")
    done = bring(agency, record(person, "1"), broken, future, record(person, "1"), {})
    assert [row["outcome"] for row in done["rows"]] == ["issued", "refused", "refused", "refused", "refused"]
    reasons = [set(row["reasons"] or ()) for row in done["rows"]]
    assert reasons[1] == {"national_code", "hours"}
    assert reasons[2] == {"ends_on", "employee_id"}
    assert reasons[3] == {"reference"}
    assert "reference" in reasons[4]
    assert (done["issued"], done["refused"], len(agency.rows())) == (1, 4, 1)


def test_a_trial_run_says_what_would_happen_and_issues_nothing(agency: Office) -> None:
    person = employee(agency)
    trial = bring(agency, record(person, "1"), record(person, "2", hours=-1), dry_run=True)
    assert [row["outcome"] for row in trial["rows"]] == ["issued", "refused"]
    assert (agency.rows(), agency.issued()) == ([], [])
    assert bring(agency, record(person, "1"))["rows"][0]["serial"].endswith("-000001")


def test_erased_people_get_nothing_and_duplicates_are_the_kept_person(agency: Office) -> None:
    gone, kept, duplicate = employee(agency), employee(agency), employee(agency)
    now = datetime.now(UTC)
    agency.harness.deliver(EmployeeErasedV1(employee_id=gone, erased_at=now))
    agency.harness.deliver(
        EmployeesMergedV1(employee_id=kept, duplicate_id=duplicate, agency_code="AG-A", merged_at=now)
    )
    done = bring(agency, record(gone, "1"), record(duplicate, "2"))
    assert [row["outcome"] for row in done["rows"]] == ["refused", "issued"]
    assert [row.employee_id for row in agency.rows()] == [kept]


def test_the_provider_that_has_not_seen_the_record_signs_nothing(agency: Office) -> None:
    bring(agency, record(employee(agency), provider_code="AG-B", provider_name={"fa": "مرکز نمونه"}, score=70))
    [row] = agency.rows()
    assert row.cosignature is None
    said = json.loads(row.snapshot)
    assert (said["provider"]["code"], said["cosigner_key_id"], said["score"]) == ("AG-B", None, "70")


def test_the_brake_does_not_stop_records_and_records_do_not_use_it_up(agency: Office) -> None:
    value = {"default": {"per_hour": 1, "times_usual": None}, "agencies": {}, "usual_days": 28}
    said = {"source": "Sample", "confidence": "policy_default", "reason": "Sample", "effective_from": "2026-01-01"}
    agency.call("record_policy", ("national",), key="issuance_brake", value=value, **said)
    person = employee(agency)
    assert bring(agency, *(record(person, str(number)) for number in range(3)))["issued"] == 3
    assert len(agency.issue(completed())) == 1


def test_an_agency_brings_its_own_records_alone(agency: Office) -> None:
    row = record(employee(agency))
    with pytest.raises(NotFound, match="agency_not_found"):
        agency.call("import_certificates", OFFICER, agency="AG-B", agency_code="AG-A", rows=[row])
    with pytest.raises(NotFound, match="agency_not_found"):
        agency.call("import_certificates", ("national",), agency_code="AG-Z", rows=[row])
