"""A training record over the broker: from a completion to a document for anybody to check, and a type-2 certificate.

One person is followed through all of it, so the tests are in the order of the story.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.persian import add_jalali_months, jalali_year, jalali_year_bounds, tehran_date
from tests.e2e.platform import AGENCY, OTHER, SETTLE_SECONDS, Platform
from tests.support.leash import wait_until
from tests.support.processes import run_training

NAME = "سیده‌نمونه‌بانو کارنامه‌ای"
# The numbers of the system of 1380 for the specialist level: 1 000 hours, 125 of a year, three quarters of the job.
YEARS, JOB_HOURS, GENERAL_HOURS = 8, 95, 30
MAILS = 7  # a seat, two certificates, a correction, and three steps of the application
TODAY = tehran_date(datetime.now(UTC))


@dataclass
class Career:
    person: dict[str, Any]
    enrollment: str
    first_serial: str
    extract: dict[str, Any]
    began: str
    known_then: str


@pytest.fixture(scope="module")
def career(platform: Platform) -> Career:
    """Somebody with years of service, one course of this system, and an extract of the record as it was then."""
    began = datetime.now(UTC).isoformat()
    person = platform.employee(
        full_name=NAME,
        hired_on=add_jalali_months(TODAY, -12 * 12).isoformat(),
        education="کاردانی",
        education_status="valid",
    )
    offering = platform.offering()
    enrollment = platform.enrolled(offering, person["employee_id"])
    row = {"enrollment_id": enrollment, "attended_hours": 8, "score": 71}
    platform.call("enrollment.record_results", offering_id=offering, results=[row])
    (certificate,) = platform.certificates(person["employee_id"])
    wait_until(
        lambda: lines(platform, person)[0]["certificate_serial"] == certificate["serial"],
        SETTLE_SECONDS,
        "the number of the certificate in the record",
    )
    extract = platform.call("enrollment.issue_training_record", employee_id=person["employee_id"])
    return Career(person, enrollment, certificate["serial"], extract, began, datetime.now(UTC).isoformat())


def record(platform: Platform, person: dict[str, Any], **asked: Any) -> Any:
    return platform.call("enrollment.get_training_record", employee_id=person["employee_id"], **asked)


def lines(platform: Platform, person: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record(platform, person, **asked)["lines"]
    return found


def anybody_verifies(platform: Platform, code: str) -> Any:
    return platform.client.call("certification", "verify", {"code": code}, token="")


def document_of(platform: Platform, career: Career) -> dict[str, Any]:
    """How the extract is listed: its number and where it is checked."""
    listed = platform.call("certification.list_training_record_documents", employee_id=career.person["employee_id"])[
        "items"
    ]
    (found,) = (each for each in listed if each["extract_id"] == career.extract["extract_id"])
    return dict(found)


def test_the_record_is_a_document_that_anybody_can_check(platform: Platform, career: Career) -> None:
    asked = {"extract_id": career.extract["extract_id"]}
    document = platform.call("certification.get_training_record_document", **asked)
    assert base64.b64decode(document["content_base64"]).startswith(b"%PDF-")
    bundle = platform.call("certification.get_training_record_credential", **asked)
    assert bundle["credential"].count(".") == 2
    said = anybody_verifies(platform, document_of(platform, career)["verification_code"])
    assert (said["status"], said["kind"], said["holder_name"]) == ("valid", "training_record", NAME)
    assert said["record"]["lines"] == 1
    assert career.person["national_code"] not in str(said)


def test_another_agency_sees_nothing_of_it(platform: Platform, career: Career) -> None:
    token = platform.token(OTHER, "agency_system", "auditor")
    for operation, arguments in {
        "enrollment.get_training_record": {"employee_id": career.person["employee_id"]},
        "enrollment.get_training_hours": {"employee_id": career.person["employee_id"]},
        "certification.get_training_record_document": {"extract_id": career.extract["extract_id"]},
    }.items():
        assert platform.refusal(operation, token, **arguments).kind == "NotFound", operation


def test_a_corrected_result_is_a_counter_entry_and_what_was_known_stays(platform: Platform, career: Career) -> None:
    reason = "برگه‌ها دوباره بازبینی شد"
    platform.call(
        "enrollment.correct_result", enrollment_id=career.enrollment, attended_hours=8, score=81, reason=reason
    )
    wait_until(
        lambda: lines(platform, career.person)[0]["certificate_serial"] not in (None, career.first_serial),
        SETTLE_SECONDS,
        "the number of the new certificate",
    )
    now = record(platform, career.person)
    assert [(line["score"], line["counts"]) for line in now["lines"]] == [(81, True)]
    assert [(each["score"], each["reason"]) for each in now["corrections"]] == [(71, reason)]
    then = record(platform, career.person, as_of=career.known_then)
    assert [(line["score"], line["certificate_serial"]) for line in then["lines"]] == [(71, career.first_serial)]
    assert then["corrections"] == []
    said = anybody_verifies(platform, document_of(platform, career)["verification_code"])
    assert (said["status"], said["record"]["lines"]) == ("valid", 1), "an extract stays what it was"


def test_the_hours_of_the_year_say_what_is_missing_and_what_that_rests_on(platform: Platform, career: Career) -> None:
    hours = platform.call("enrollment.get_training_hours", employee_id=career.person["employee_id"])
    minimum = hours["minimum"]
    assert (minimum["hours"], minimum["required_hours"], minimum["missing_hours"]) == (8, 40, 32)
    assert hours["pay"]["points"] == 4
    basis = {each["key"]: each["confidence"] for each in hours["policies"]}
    assert (basis["annual_minimum_hours"], basis["pay_points_per_hour"]) == ("F", "G")


def test_a_type_2_certificate_from_the_application_to_the_document(platform: Platform, career: Career) -> None:
    asked = {"employee_id": career.person["employee_id"], "level": "specialist"}
    missing = platform.refusal("enrollment.apply_for_type2", **asked)
    assert (missing.kind, missing.code) == ("Conflict", "not_eligible")
    rows = old_books(career.person)
    imported = platform.call("certification.import_certificates", agency_code=AGENCY, rows=rows)
    assert imported["issued"] == len(rows)
    wait_until(
        lambda: platform.call("enrollment.check_type2_eligibility", **asked)["levels"][0]["may_apply"],
        SETTLE_SECONDS,
        "the records of the past to count",
    )
    application = {"application_id": platform.call("enrollment.apply_for_type2", **asked)["application_id"]}
    minutes = {"decision": "accepted", "minutes_number": "ص-۷", "minutes_on": TODAY.isoformat()}
    platform.call("enrollment.review_type2", **application, **minutes)
    platform.call("enrollment.record_type2_exam", **application, sat_on=TODAY.isoformat(), score=81)
    decision = {"number": "ک-۱۲", "name": "رئیس نمونهٔ کمیته", "decided_on": TODAY.isoformat()}
    platform.call("enrollment.sign_type2_award", **application, side="committee", decision=decision)
    second = {"side": "organisation", "decision": decision | {"number": "س-۳۴", "name": "نمایندهٔ نمونهٔ سازمان"}}
    refused = platform.refusal("enrollment.sign_type2_award", **application, **second)
    assert refused.code == "four_eyes", "one system signs once"
    command = ("token", "--agency", AGENCY, "--system", "organisation", "--role", "national")
    token = run_training(*command, env=platform.env).strip()
    awarded = platform.call("enrollment.sign_type2_award", token, **application, **second)
    assert (awarded["state"], awarded["counted_hours"], awarded["job_side_hours"]) == ("awarded", 1000, 760)
    certificate = type2_certificate(platform, career)
    said = anybody_verifies(platform, certificate["verification_code"])
    assert (said["status"], said["kind"], said["holder_name"]) == ("valid", "type2", NAME)
    document = platform.call("certification.get_document", certificate_id=certificate["certificate_id"])
    assert base64.b64decode(document["content_base64"]).startswith(b"%PDF-")
    used = [use for line in lines(platform, career.person) for use in line["uses"] if use.startswith("type2")]
    assert used == ["type2:specialist"] * len(rows)
    again = platform.refusal("enrollment.apply_for_type2", **asked)
    assert {each["code"] for each in again.details["missing"]} >= {"awards", "counted_hours"}


def test_the_person_hears_of_every_step(platform: Platform, career: Career) -> None:
    certificate = type2_certificate(platform, career)
    wait_until(lambda: len(mails_of(platform, career)) == MAILS, SETTLE_SECONDS, "all mails")
    bodies: dict[str, list[str]] = {}
    for each in mails_of(platform, career):
        body = platform.mail_of(each).get_body(("plain",))
        assert body is not None
        bodies.setdefault(each["template"], []).append(body.get_content())
    assert {name: len(found) for name, found in bodies.items()} == {
        "enrollment_confirmed": 1,
        "certificate_issued": 2,
        "certificate_corrected": 1,
        "type2_moved": 3,
    }
    assert len(set(bodies["type2_moved"])) == 3
    assert any(certificate["serial"] in body for body in bodies["certificate_issued"])


def test_numbers_of_certificates_from_before_an_upgrade_are_learnt_by_a_replay(
    platform: Platform, career: Career
) -> None:
    known = [line["certificate_serial"] for line in lines(platform, career.person)]
    assert None not in known
    ids = [line["line_id"] for line in lines(platform, career.person)]
    # As after an upgrade: enrollment has not heard of certificates that were issued before it listened.
    assert platform.change("enrollment", "DELETE FROM line_certificates WHERE line_id = ANY(%s::uuid[])", ids)
    assert platform.change("enrollment", "DELETE FROM inbox WHERE handler = 'on_certificate_issued'")
    assert {line["certificate_serial"] for line in lines(platform, career.person)} == {None}
    event = "training.certification.issued.v1"
    run_training("replay", "certification", "--since", career.began, "--type", event, env=platform.env)
    wait_until(
        lambda: [line["certificate_serial"] for line in lines(platform, career.person)] == known,
        SETTLE_SECONDS,
        "the numbers",
    )
    assert len(mails_of(platform, career)) == MAILS, "nobody is written to again"


def mails_of(platform: Platform, career: Career) -> list[dict[str, Any]]:
    """The mails that the person got."""
    page = platform.call("notification.list_notifications", employee_id=career.person["employee_id"])
    return [each for each in page["items"] if each["status"] == "sent"]


def type2_certificate(platform: Platform, career: Career) -> dict[str, Any]:
    def of_type_2() -> list[dict[str, Any]]:
        listed = platform.call("certification.list_certificates", employee_id=career.person["employee_id"], limit=200)
        return [each for each in listed["items"] if each["kind"] == "type2"]

    (certificate,) = wait_until(of_type_2, SETTLE_SECONDS, "the type-2 certificate")
    return dict(certificate)


def old_books(person: dict[str, Any]) -> list[dict[str, Any]]:
    """What the agency's own books have of the last eight years: each as much as a year may count."""
    said = {name: person[name] for name in ("employee_id", "full_name", "national_code", "personnel_number")}
    rows = []
    for year in range(jalali_year(TODAY) - YEARS, jalali_year(TODAY)):
        for course_type, hours in (("job", JOB_HOURS), ("general_ability", GENERAL_HOURS)):
            day = jalali_year_bounds(year)[0] + timedelta(days=60)
            rows.append(
                {
                    **said,
                    "reference": f"{year}-{course_type}",
                    "course_code": f"OLD-{course_type[0].upper()}-{year}",
                    "course_title": {"fa": "دورهٔ نمونهٔ پیشین"},
                    "course_type": course_type,
                    "hours": hours,
                    "delivery_mode": "in_person",
                    "starts_on": day.isoformat(),
                    "ends_on": (day + timedelta(days=20)).isoformat(),
                }
            )
    return rows
