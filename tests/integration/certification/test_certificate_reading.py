import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.certification.credential import verify
from services.certification.domain import codes
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered

LISTED = {
    "certificate_id",
    "serial",
    "kind",
    "status",
    "course_code",
    "course_version",
    "course_title",
    "hours",
    "completed_on",
    "issued_at",
    "verification_code",
    "verification_url",
    "valid_until",
}


def test_an_agency_lists_its_employees_certificates(office: Office) -> None:
    employee_id = uuid4()
    (event,) = office.issue(completed(employee_id=employee_id))
    reply = office.call("list_certificates", employee_id=employee_id)
    (item,) = reply["items"]
    assert reply["next"] is None
    assert set(item) == LISTED | {"also_covers"}
    assert (item["serial"], item["kind"], item["status"]) == (event.serial, "type1", "valid")
    assert (item["hours"], item["completed_on"]) == (4.5, "2026-11-23")
    assert item["issued_at"].endswith("Z")
    assert item["course_title"] == {"fa": "تکالیف و مسئولیت‌های اداری کارکنان", "en": "Duties"}


def test_an_employee_without_certificates_has_an_empty_list(office: Office) -> None:
    employee_id = uuid4()
    office.harness.deliver(registered(employee_id))
    assert office.call("list_certificates", employee_id=employee_id) == {"items": [], "next": None}


def test_an_unknown_employee_and_one_of_another_agency_look_alike(office: Office) -> None:
    employee_id = uuid4()
    office.harness.deliver(registered(employee_id, "AG-B"))
    office.issue(completed(employee_id=employee_id, agency_code="AG-B"))
    errors = []
    for wanted in (employee_id, uuid4()):
        with pytest.raises(NotFound) as raised:
            office.call("list_certificates", employee_id=wanted)
        errors.append(raised.value.args)
    assert errors[0] == errors[1]
    assert errors[0][0] == "employee_not_found"
    assert len(office.call("list_certificates", ("national",), employee_id=employee_id)["items"]) == 1


def test_a_long_list_comes_in_pages(office: Office) -> None:
    employee_id = uuid4()
    office.issue(*(completed(employee_id=employee_id, course_code=f"RD-0{number}") for number in range(5)))
    seen, cursor = list[str](), None
    while True:
        page = office.call("list_certificates", employee_id=employee_id, limit=2, cursor=cursor)
        seen += [item["certificate_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    with pytest.raises(Invalid):
        office.call("list_certificates", employee_id=employee_id, cursor="nonsense")


def test_a_certificate_of_another_agency_is_not_found(office: Office) -> None:
    (event,) = office.issue(completed(agency_code="AG-B"))
    for method in ("get_certificate", "get_document", "get_credential"):
        for certificate_id in (event.certificate_id, uuid4()):
            with pytest.raises(NotFound, match="certificate_not_found"):
                office.call(method, certificate_id=certificate_id)


def test_one_certificate_shows_all_that_it_says(office: Office) -> None:
    (event,) = office.issue(completed())
    reply = office.call("get_certificate", certificate_id=event.certificate_id)
    assert set(reply) > LISTED
    assert (reply["holder_name"], reply["score"], reply["starts_on"]) == ("نمونه آزمون‌پور", 87.5, "2026-11-01")
    assert NATIONAL_CODE not in str(reply)


def test_the_document_is_a_pdf_that_is_always_the_same(office: Office) -> None:
    (event,) = office.issue(completed())
    reply = office.call("get_document", certificate_id=event.certificate_id)
    assert (reply["filename"], reply["content_type"]) == (f"{event.serial}.pdf", "application/pdf")
    assert base64.b64decode(reply["content_base64"]).startswith(b"%PDF-")
    assert office.call("get_document", certificate_id=event.certificate_id) == reply


def test_the_credential_is_checked_with_the_public_keys(office: Office) -> None:
    (event,) = office.issue(completed())
    token = office.call("get_credential", certificate_id=event.certificate_id)["credential"]
    claims = verify(token, office.public_keys())
    assert claims["credentialSubject"]["licenseNumber"] == event.serial
    assert token == office.call("get_credential", certificate_id=event.certificate_id)["credential"]


def test_anybody_verifies_a_code_however_it_was_typed(office: Office) -> None:
    (event,) = office.issue(completed())
    code, persian = event.verification_code, str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    replies = [
        office.call("verify", None, code=typed) | {"checked_at": None}
        for typed in (code, code.lower(), codes.grouped(code), code.translate(persian))
    ]
    assert replies[1:] == replies[:-1]
    assert replies[0]["status"] == "valid"
    private = {"national_code_end", "national_code_hash", "personnel_number", "father_name", "job_title", "unit"}
    assert not private & set(replies[0])
    assert (replies[0]["score"], replies[0]["provider"]["code"]) == (87.5, "AG-B")
    assert replies[0]["issuer"] == {"code": "AG-A", "name": {"fa": "دستگاه نمونه", "en": "Sample Agency"}}


def test_all_wrong_codes_look_alike(office: Office) -> None:
    (event,) = office.issue(completed())
    answers = set()
    for code in ("", "x", "0" * 26, event.verification_code[:-1], event.serial, str(event.certificate_id), "ی" * 26):
        with pytest.raises(NotFound) as raised:
            office.call("verify", None, code=code)
        answers.add((raised.value.code, raised.value.message))
    assert len(answers) == 1


def test_what_was_changed_in_the_database_is_never_shown(office: Office) -> None:
    first, second = office.issue(completed(), completed())
    rows = {row.id: row for row in office.rows()}
    changed = rows[first.certificate_id].snapshot.replace('"score":"87.5"', '"score":"99.5"')
    other = rows[second.certificate_id]
    for values in ({"snapshot": changed}, {"snapshot": other.snapshot, "signature": other.signature}):
        office.change(first.certificate_id, **values)
        with pytest.raises(Conflict, match="certificate_damaged"):
            office.call("verify", None, code=first.verification_code)
        with pytest.raises(Conflict, match="certificate_damaged"):
            office.call("get_document", certificate_id=first.certificate_id)
    office.change(first.certificate_id, key_id="0" * 16)
    with pytest.raises(Unavailable, match="signing_key_missing"):
        office.call("verify", None, code=first.verification_code)


def test_a_decision_about_a_certificate_is_told_by_verify(office: Office) -> None:
    first, second = office.issue(completed(), completed())
    office.change(first.certificate_id, status="superseded", superseded_by=second.certificate_id, reason="نام نادرست")
    reply = office.call("verify", None, code=first.verification_code)
    assert (reply["status"], reply["superseded_by"], reply["reason"]) == ("superseded", second.serial, "نام نادرست")


def test_operators_list_what_was_issued_since(office: Office) -> None:
    office.issue(completed(agency_code="AG-B"))
    since = datetime.now(UTC)
    late = office.issue(completed(), completed(), completed(agency_code="AG-B"))
    pages = [office.call("list_issued", ("operator",), since=since, limit=2)]
    pages.append(office.call("list_issued", ("operator",), since=since, limit=2, cursor=pages[0]["next"]))
    items = [item for page in pages for item in page["items"]]
    assert {item["enrollment_id"] for item in items} == {str(event.enrollment_id) for event in late}
    names = {"certificate_id", "enrollment_id", "employee_id", "issued_at", "status", "mail", "is_past_record"}
    assert set(items[0]) == names | {"is_covered", "kind"}
    assert pages[1]["next"] is None
    assert len(office.call("list_issued", ("auditor",), agency="AG-B")["items"]) == 2
    assert office.call("list_issued", ("national",), since=since + timedelta(days=1))["items"] == []


def test_only_named_roles_may_read(office: Office) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("list_certificates", {"employee_id": uuid4()}),
        ("get_certificate", {"certificate_id": uuid4()}),
        ("list_issued", {}),
    ]
    for method, sent in calls:
        with pytest.raises(Forbidden):
            office.call(method, ("catalog_admin",), **sent)
        with pytest.raises(Unauthenticated):
            office.call(method, None, **sent)
