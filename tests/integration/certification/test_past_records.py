"""Records of the past become certificates that say so: once each, without mail, beside the brake."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from shared.errors import NotFound
from shared.events import (
    AgencyRegisteredV1,
    CertificateIssuedV1,
    EmployeeErasedV1,
    EmployeesMergedV1,
    LocalizedText,
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
