"""What the catalog says reaches people: another room, a course called off, a law that changed, a programme."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from shared.persian import tehran_date
from tests.e2e.platform import AGENCY, Platform
from tests.support.client import RemoteError
from tests.support.leash import wait_until

SETTLE_SECONDS = 30.0


def text_of(platform: Platform, notification: dict[str, Any]) -> str:
    body = platform.mail_of(notification).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def entries_of(platform: Platform, notification: dict[str, Any]) -> dict[str, Any]:
    """Those of its calendar file, by the number of their session."""
    (file,) = platform.mail_of(notification).iter_attachments()
    entries = icalendar.Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")
    return {str(entry["uid"]).partition("@")[0][-2:]: entry for entry in entries}


@pytest.fixture(scope="module")
def hall(platform: Platform) -> str:
    """A room of the agency."""
    room = {"room_code": "E2E-HALL", "agency_code": AGENCY, "title": {"fa": "سالن نمونهٔ شرقی"}, "capacity": 50}
    return str(platform.call("catalog.define_room", **room)["room_code"])


def test_another_room_reaches_everybody_in_the_offering_with_its_hours(platform: Platform, hall: str) -> None:
    offering_id = platform.offering()
    person = platform.employee()
    platform.enrolled(offering_id, person["employee_id"])
    first = entries_of(platform, platform.notified(person["employee_id"], "enrollment_confirmed"))
    day = platform.call("catalog.get_offering", offering_id=offering_id)["starts_on"]
    session = {"day": day, "begins": "08:30", "ends": "10:00", "room_code": hall}
    platform.call("catalog.change_offering", offering_id=offering_id, reason="سالن بزرگ‌تر", sessions=[session])
    told = platform.notified(person["employee_id"], "schedule_changed")
    text = text_of(platform, told)
    assert "از ۰۸:۳۰ تا ۱۰:۰۰، سالن نمونهٔ شرقی" in text
    assert "سالن بزرگ‌تر" in text
    moved = entries_of(platform, told)
    assert moved["-1"]["status"] == "CONFIRMED"
    assert moved["-1"]["location"] == "سالن نمونهٔ شرقی"
    assert min(entry["sequence"] for entry in moved.values()) > max(entry["sequence"] for entry in first.values())


def test_a_cancelled_offering_is_told_with_its_reason(platform: Platform) -> None:
    offering_id = platform.offering()
    person = platform.employee()
    platform.enrolled(offering_id, person["employee_id"])
    platform.call("catalog.cancel_offering", offering_id=offering_id, reason="بیماری مدرس")
    assert "بیماری مدرس" in text_of(platform, platform.notified(person["employee_id"], "enrollment_cancelled"))


def test_an_offering_that_stays_too_small_is_called_off_by_itself_even_if_nobody_was_there_to_do_it(
    platform: Platform,
) -> None:
    today = tehran_date(datetime.now(UTC))
    person = platform.employee(language="en")
    offering_id = platform.offering(min_seats=5, decides_on=(today + timedelta(days=1)).isoformat())
    platform.enrolled(offering_id, person["employee_id"])
    # The day comes while enrollment is down.
    enrollment = platform.services["enrollment"]
    assert enrollment.terminate() == 0
    platform.change("enrollment", "UPDATE offerings SET decides_on = %s WHERE id = %s", today, offering_id)
    enrollment.start()
    enrollment.wait_ready()
    text = text_of(platform, platform.notified(person["employee_id"], "enrollment_cancelled"))
    assert "Too few people enrolled" in text
    offering = platform.call("catalog.get_offering", offering_id=offering_id)
    assert (offering["status"], offering["cancel_cause"]) == ("cancelled", "not_formed")


def test_a_change_of_law_shows_in_what_was_learned(platform: Platform) -> None:
    law = {"law": "E2E-LAW", "kind": "law", "title": {"fa": "قانون نمونهٔ آزمون"}}
    platform.call("catalog.record_legal_reference", **law)
    course = platform.course(legal_references=[{"law": "E2E-LAW", "as_of": "2020-01-01"}])
    enrollment_id = platform.enrolled(platform.offering(course_code=course))
    platform.call("catalog.change_legal_reference", law="E2E-LAW", status="repealed", effective_on="2026-01-01")

    def is_stale() -> bool:
        found = platform.call("enrollment.get_enrollment", enrollment_id=enrollment_id)
        return found["course_stale_since"] is not None

    wait_until(is_stale, SETTLE_SECONDS, "the course to be stale")


def knows(platform: Platform, employee_id: str, programme_code: str) -> bool:
    try:
        platform.call("enrollment.programme_progress", employee_id=employee_id, programme_code=programme_code)
    except RemoteError as error:
        assert error.code == "programme_not_found"
        return False
    return True


def test_the_last_course_of_a_programme_is_told_once(platform: Platform) -> None:
    codes = [platform.course(), platform.course()]
    content = {"title": {"fa": "برنامهٔ نمونهٔ آزمون"}, "courses": [{"course_code": code} for code in codes]}
    platform.call("catalog.define_programme", code="E2E-PROGRAMME", **content)
    platform.call("catalog.publish_programme", programme_code="E2E-PROGRAMME", version=1)
    person = platform.employee()["employee_id"]

    for code in codes:
        offering_id = platform.offering(course_code=code)
        rows = [{"enrollment_id": platform.enrolled(offering_id, person), "attended_hours": 8, "score": 90}]
        platform.call("enrollment.record_results", offering_id=offering_id, results=rows)
    assert "برنامهٔ نمونهٔ آزمون" in text_of(platform, platform.notified(person, "programme_completed"))
    (done,) = platform.call("enrollment.list_programme_completions", employee_id=person)["items"]
    assert sorted(done["course_codes"]) == sorted(codes)
