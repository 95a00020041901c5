"""Type-2 certificates: one for each award, signed twice, and moved, corrected and verified as the others are."""

import base64
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pypdfium2
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification.credential import verify
from shared.errors import Conflict, Invalid, NotFound
from shared.events import (
    CertificateRevokedV1,
    EmployeeErasedV1,
    EmployeesMergedV1,
    LocalizedText,
    Type2AwardedV1,
)
from shared.events.hours import Decision, RestsOn
from shared.metrics import CERTIFICATES_ISSUED
from tests.integration.certification.conftest import NATIONAL_CODE, Office, completed, registered
from tests.integration.certification.test_certificate_corrections import shown
from tests.integration.certification.test_certificate_keys import Safe, safe
from tests.integration.certification.test_certificate_requests import asked, decide, refused, revocation

OFFICER = ("certification_officer",)
__all__ = ["safe"]


def award(**changes: Any) -> Type2AwardedV1:
    """The award of a level to somebody of AG-A."""
    day = date(2026, 11, 20)
    fields: dict[str, Any] = {
        "award_id": uuid4(),
        "application_id": uuid4(),
        "employee_id": uuid4(),
        "agency_code": "AG-A",
        "agency_name": LocalizedText("دستگاه نمونه", "Sample Agency"),
        "full_name": "نمونه آزمون‌پور",
        "national_code": NATIONAL_CODE,
        "personnel_number": "P-10023",
        "level": "skill",
        "level_title": LocalizedText("مهارتی", "Skill"),
        "base_degree": "دیپلم",
        "benefit": LocalizedText("فوق‌دیپلم", "an associate degree"),
        "counted_hours": 1200.0,
        "job_side_hours": 800.0,
        "exam_score": 72.5,
        "exam_pass_mark": 60.0,
        "exam_on": day,
        "committee": Decision(
            number="12/ک", decided_on=day, name="نمونهٔ نخست‌پور", title=LocalizedText("رئیس کمیته", "Head")
        ),
        "organisation": Decision(
            number="3071", decided_on=day, name="نمونهٔ دوم‌زاده", title=LocalizedText("نمایندهٔ سازمان")
        ),
        "first_on": date(2010, 5, 1),
        "last_on": date(2026, 5, 5),
        "awarded_on": day,
        "awarded_at": datetime(2026, 11, 20, 9, tzinfo=UTC),
        "policy": {"type2_thresholds": date(2001, 3, 21)},
        "policies": [
            RestsOn(key="type2_thresholds", effective_from=date(2001, 3, 21), source="R-1380 (S2)", confidence="I")
        ],
    }
    return Type2AwardedV1(**(fields | changes))


def issue(office: Office, **changes: Any) -> Any:
    office.harness.deliver(award(**changes))
    return office.issued()[-1]


def test_an_award_has_one_certificate_however_often_it_is_heard(office: Office) -> None:
    before = CERTIFICATES_ISSUED.labels(kind="type2")._value.get()
    event = award()
    office.harness.deliver(event, event)
    office.harness.deliver(event)
    [issued] = office.issued()
    assert (issued.kind, issued.enrollment_id, issued.employee_id) == ("type2", event.award_id, event.employee_id)
    assert (issued.course_code, issued.course_title.fa, issued.hours) == ("skill", "مهارتی", 1200)
    assert (issued.completed_on, issued.mail, issued.valid_until) == (event.awarded_on, True, None)
    assert CERTIFICATES_ISSUED.labels(kind="type2")._value.get() == before + 1


def test_it_has_the_next_number_of_its_agency_between_those_of_courses(office: Office) -> None:
    office.issue(completed())
    issue(office)
    office.issue(completed())
    assert [row.serial.rpartition("-")[2] for row in office.rows()] == ["000001", "000002", "000003"]
    assert [row.kind for row in office.rows()] == ["type1", "type2", "type1"]


def test_agency_and_platform_sign_it_and_the_audit_finds_both_right(office: Office, safe: Safe) -> None:
    own = safe.make("AG-A").key_id
    issued = issue(office)
    [row] = office.rows()
    books = safe.in_books()
    assert row.key_id == own
    assert books[row.cosigner_key_id].owner_code is None
    keys = office.public_keys()
    for key_id, signature in ((row.key_id, row.signature), (row.cosigner_key_id, row.cosignature)):
        keys[key_id].verify(signature, row.snapshot.encode())
    assert (safe.verdict(issued), safe.audited()) == ("valid", set())
    office.change(row.id, cosignature=row.signature)
    assert safe.verdict(issued) == "certificate_damaged"
    assert ("snapshot_altered", row.serial) in safe.audited()


def test_a_co_signature_of_anybody_but_the_platform_is_not_accepted(office: Office, safe: Safe) -> None:
    own = safe.make("AG-A").key_id
    issued = issue(office)
    [row] = office.rows()
    said = json.loads(row.snapshot) | {"cosigner_key_id": own}
    from services.certification.signing import canonical

    signature = safe.signer(own).sign(canonical(said))
    office.change(
        row.id, snapshot=canonical(said).decode(), signature=signature, cosignature=signature, cosigner_key_id=own
    )
    assert safe.verdict(issued) == "signature_not_accepted"


def test_everybody_may_see_what_was_awarded_for_what(office: Office) -> None:
    issued = issue(office)
    found = shown(office, issued.verification_code)
    assert (found["status"], found["kind"], found["course_code"]) == ("valid", "type2", "skill")
    assert (found["course_type"], found["delivery_mode"], found["score"]) == (None, None, 72.5)
    assert found["award"]["job_side_hours"] == 800
    assert found["award"]["committee"]["number"] == "12/ک"
    assert found["award"]["policies"][0]["confidence"] == "I"
    assert found["cosigner_key_id"]
    assert found["log"]["kind"] == "issued"
    [first, second] = found["signatories"]
    assert (first["name"]["fa"], second["name"]["fa"]) == ("نمونهٔ نخست‌پور", "نمونهٔ دوم‌زاده")
    request = Request(EnvironBuilder(headers={"Accept-Language": "fa"}).get_environ())
    page = office.harness.service.verification_page(request, issued.verification_code).get_data(as_text=True)
    for text in ("مدرک تحصیلی نیست", "مهارتی", "۶۶٫۶٪", "امضای همراه برای سازمان", "حد نصاب‌ها و سقف‌های ساعت"):
        assert text in page
    assert NATIONAL_CODE not in page


def test_the_agency_reads_it_as_it_reads_the_others(office: Office) -> None:
    person = uuid4()
    office.harness.deliver(registered(person))
    issued = issue(office, employee_id=person)
    [item] = office.call("list_certificates", employee_id=person)["items"]
    assert (item["kind"], item["course_code"], item["course_title"]["fa"]) == ("type2", "skill", "مهارتی")
    assert (item["course_version"], item["hours"], item["completed_on"]) == (0, 1200, "2026-11-20")
    full = office.call("get_certificate", certificate_id=issued.certificate_id)
    assert full["award"]["base_degree"] == "دیپلم"
    assert office.call("list_issued", ("operator",))["items"][0]["kind"] == "type2"


SAID = {
    "fa": ("مدرکتحصیلینیست", "هزارودویستساعت", "رئیسکمیته"),
    "en": (
        "notanacademicdegree",
        "onethousandtwohundred",
        "passmark60",
        "thresholdsandcapsofhoursfrom21March2001",
        "AG-A-1405-000001",
    ),
}


@pytest.mark.parametrize("variant", sorted(SAID))
def test_its_page_says_it_in_both_languages(office: Office, variant: str) -> None:
    issued = issue(office)
    reply = office.call("get_document", certificate_id=issued.certificate_id, variant=variant)
    again = office.call("get_document", certificate_id=issued.certificate_id, variant=variant)
    assert reply == again
    document = pypdfium2.PdfDocument(base64.b64decode(reply["content_base64"]))
    text = document[0].get_textpage().get_text_range()
    assert (len(document), document.count_attachments()) == (1, 1)
    document.close()
    printed = "".join(letter for letter in text if letter not in " \r\n\u00a0\u200c\u200e\u200f")
    assert [each for each in SAID[variant] if each not in printed] == []


def test_its_credential_is_checked_with_the_published_keys(office: Office) -> None:
    issued = issue(office)
    reply = office.call("get_credential", certificate_id=issued.certificate_id)
    claims = verify(reply["credential"], office.public_keys())
    [row] = office.rows()
    achievement = claims["credentialSubject"]["achievement"]
    assert achievement["humanCode"] == "skill"
    assert achievement["creator"]["otherIdentifier"][0]["identifier"] == row.cosigner_key_id
    proof = office.call("get_credential", certificate_id=issued.certificate_id, form="ldp")
    assert json.loads(proof["credential"])["credentialSubject"]["licenseNumber"] == issued.serial


def test_a_name_is_corrected_and_the_award_stays_as_it_was(office: Office) -> None:
    first = issue(office)
    with pytest.raises(Invalid) as raised:
        asked(office, first.certificate_id, {"hours": 1300, "course_title": {"fa": "تخصصی"}})
    assert set(raised.value.details["fields"]) == {"changes.hours", "changes.course_title"}
    decide(office, asked(office, first.certificate_id))
    second = office.issued()[-1]
    assert (second.kind, second.replaces_serial, second.full_name) == ("type2", first.serial, "نمونه آزمون‌پور اصل")
    old, new = (json.loads(row.snapshot) for row in office.rows())
    assert old["award"] == new["award"]
    assert (new["kind"], new["course_type"], new["hours"]) == ("type2", None, "1200")
    assert [row.kind for row in office.rows()] == ["type2", "type2"]
    assert shown(office, first.verification_code)["superseded_by"] == second.serial
    assert shown(office, second.verification_code)["cosigner_key_id"]


def test_it_is_suspended_reinstated_and_revoked_and_then_stays_so(office: Office) -> None:
    event = award()
    office.harness.deliver(event)
    [issued] = office.issued()
    for method, status in (("suspend_certificate", "suspended"), ("reinstate_certificate", "valid")):
        reply = office.call(method, OFFICER, certificate_id=issued.certificate_id, reason="بررسی")
        assert reply["status"] == status
    decide(office, revocation(office, issued.certificate_id))
    [revoked] = office.harness.outbox(CertificateRevokedV1)
    assert (revoked.enrollment_id, revoked.course_code, revoked.kind) == (event.award_id, "skill", "type2")
    office.harness.deliver(event)
    assert len(office.rows()) == 1
    again = {"certificate_id": issued.certificate_id, "reason": "بررسی"}
    refused(Conflict, "illegal_state", lambda: office.call("suspend_certificate", OFFICER, **again))
    other = issue(office, employee_id=event.employee_id)
    assert shown(office, other.verification_code)["status"] == "valid"


def test_people_who_turn_out_to_be_one_keep_both(office: Office) -> None:
    kept, duplicate = uuid4(), uuid4()
    issue(office, employee_id=kept)
    issue(office, employee_id=duplicate)
    merged = {"agency_code": "AG-A", "merged_at": datetime.now(UTC)}
    office.harness.deliver(EmployeesMergedV1(employee_id=kept, duplicate_id=duplicate, **merged))
    issue(office, employee_id=duplicate)
    assert [(row.employee_id, row.cycle) for row in office.rows()] == [(kept, 1), (kept, 2), (kept, 3)]


@pytest.mark.parametrize("erased_first", [True, False])
def test_an_erasure_leaves_that_it_was_awarded(office: Office, erased_first: bool) -> None:
    person = uuid4()
    erased = EmployeeErasedV1(employee_id=person, erased_at=datetime.now(UTC))
    news = [award(employee_id=person), erased]
    for event in reversed(news) if erased_first else news:
        office.harness.deliver(event)
    [row] = office.rows()
    said = json.loads(row.snapshot)
    assert (said["holder_name"], said["award"]["base_degree"], said["hours"]) == (None, None, "1200")
    found = shown(office, row.verification_code)
    assert (found["status"], found["holder_name"], found["award"]["base_degree"]) == ("valid", None, None)
    with pytest.raises(NotFound, match="holder_erased"):
        office.call("get_document", ("national",), certificate_id=row.id)
    request = Request(EnvironBuilder().get_environ())
    assert "دیپلم، " not in office.harness.service.verification_page(request, row.verification_code).get_data(
        as_text=True
    )


def test_the_brake_does_not_hold_what_two_hands_have_decided(office: Office) -> None:
    value = {"default": {"per_hour": 0, "times_usual": None}, "agencies": {}, "usual_days": 28}
    said = {"source": "Sample", "confidence": "policy_default", "reason": "Sample", "effective_from": "2026-01-01"}
    office.call("record_policy", ("national",), key="issuance_brake", value=value, **said)
    office.issue(completed())
    issue(office)
    assert [row.kind for row in office.rows()] == ["type2"]
