"""Calendar files as calendars read them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from services.notification import rendering
from services.notification.channels import Delivery, Sender
from services.notification.channels.calendar_file import calendar_file, sequence
from services.notification.rendering.samples import CONTEXTS

SENDER = "no-reply@training.example"
TITLE = {"fa": "آشنایی با قانون؛ مدیریت خدمات کشوری، ویژهٔ می‌توان‌گران\\نو", "en": "Law; of, civil service"}
ROOM = {"fa": "سالن یکم", "en": "Hall one"}
ENROLLMENT = UUID(int=77)
SAID_AT = datetime(2026, 11, 26, 6, tzinfo=UTC)


def session(number: int, day: int) -> dict[str, Any]:
    return {
        "number": number,
        "starts_at": f"2026-12-{day:02d}T04:30:00Z",
        "ends_at": f"2026-12-{day:02d}T08:30:00Z",
        "room_code": "R-1",
        "room_title": ROOM,
        "room_address": "خیابان نمونه، پلاک 1",
        "instructor_code": "I-1",
        "instructor_name": "مدرس نمونه",
    }


def delivery(language: str = "fa", sender: Sender | None = None, **changes: Any) -> Delivery:
    context = {
        "course_code": "RD-01",
        "course_title": TITLE,
        "starts_on": "2026-12-05",
        "ends_on": "2026-12-07",
        "sessions": [session(1, 5), session(2, 7)],
        "calendar": {
            "enrollment_id": str(ENROLLMENT),
            "revision": 3,
            "said_at": "2026-11-26T06:00:00.123456+00:00",
            "gone": [],
        },
    }
    context |= changes
    return Delivery(
        notification_id=UUID(int=1),
        event_id=UUID(int=2),
        employee_id=UUID(int=3),
        agency_code="AG-A",
        template="session_reminder",
        context={name: value for name, value in context.items() if value is not None},
        correlation_id="sample",
        created_at=datetime(2026, 11, 26, tzinfo=UTC),
        full_name="نمونه یکم",
        email="sample1@example.ir",
        mobile=None,
        language=language,
        sender=sender or Sender(),
    )


def read(what: Delivery) -> tuple[Any, list[Any], bytes]:
    made = calendar_file(what, SENDER)
    assert made is not None
    calendar = icalendar.Calendar.from_ical(made.content)
    assert made.params == {"method": str(calendar["method"]), "charset": "UTF-8"}
    return calendar, calendar.walk("VEVENT"), made.content


@pytest.mark.parametrize("language", ["fa", "en"])
def test_each_session_is_an_entry_with_its_place_in_the_readers_language(language: str) -> None:
    calendar, (first, second), raw = read(delivery(language))
    assert calendar["method"] == "PUBLISH"
    assert [str(each["uid"]) for each in (first, second)] == [f"{ENROLLMENT}-{n}@training.example" for n in (1, 2)]
    assert (first["sequence"], first["status"]) == (sequence(3, SAID_AT), "CONFIRMED")
    assert str(first["summary"]) == TITLE[language]
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (
        datetime(2026, 12, 5, 4, 30, tzinfo=UTC),
        datetime(2026, 12, 5, 8, 30, tzinfo=UTC),
    )
    comma = "، " if language == "fa" else ", "
    assert str(first["location"]) == f"{ROOM[language]}{comma}خیابان نمونه، پلاک 1"
    said = {"fa": "جلسهٔ ۲ از ۲\nکد دوره: RD-01", "en": "Session 2 of 2\nCourse code: RD-01"}
    assert str(second["description"]) == said[language]
    assert "مدرس" not in raw.decode()
    assert str(first["organizer"]) == f"mailto:{SENDER}"


def test_lines_are_folded_at_75_octets_and_never_within_a_letter() -> None:
    _, (first, _), raw = read(delivery(course_title={"fa": "آموزش‌های پیشرفتهٔ " * 20}))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines if line)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert str(first["summary"]) == "آموزش‌های پیشرفتهٔ " * 20


def test_a_course_without_sessions_is_one_entry_of_whole_days() -> None:
    _, (only,), raw = read(delivery(sessions=[]))
    assert (only.decoded("dtstart"), only.decoded("dtend")) == (date(2026, 12, 5), date(2026, 12, 8))
    assert b"DTSTART;VALUE=DATE:20261205" in raw
    assert str(only["description"]) == "کد دوره: RD-01"


def test_sessions_that_are_no_more_are_cancelled_in_the_same_file() -> None:
    gone = [{"number": 3, "starts_at": "2026-12-09T04:30:00Z", "ends_at": "2026-12-09T08:30:00Z"}]
    known = {"enrollment_id": str(ENROLLMENT), "revision": 4, "said_at": "2026-11-26T06:00:00Z", "gone": gone}
    calendar, entries, _ = read(delivery(calendar=known))
    assert calendar["method"] == "PUBLISH"
    assert [(str(each["uid"]).partition("@")[0][-1], str(each["status"])) for each in entries] == [
        ("1", "CONFIRMED"),
        ("2", "CONFIRMED"),
        ("3", "CANCELLED"),
    ]
    assert {each["sequence"] for each in entries} == {sequence(4, SAID_AT)}


def test_a_lost_seat_cancels_all_entries_each_of_which_has_a_uid_of_its_own() -> None:
    """RFC 5546 section 3.2.5 allows that in no file with METHOD:CANCEL."""
    gone = [{"number": n, "starts_at": f"2026-12-0{n}T04:30:00Z", "ends_at": f"2026-12-0{n}T06:30:00Z"} for n in (5, 7)]
    known = {"enrollment_id": str(ENROLLMENT), "revision": 2, "said_at": "2026-11-26T06:00:00Z", "gone": gone}
    what = delivery(calendar=known, sessions=None)
    calendar, entries, _ = read(what)
    assert calendar["method"] == "PUBLISH"
    assert [(str(each["status"]), str(each["uid"])) for each in entries] == [
        ("CANCELLED", f"{ENROLLMENT}-{n}@training.example") for n in (5, 7)
    ]
    made = calendar_file(what, SENDER)
    assert made is not None
    assert made.filename == "cancelled.ics"


@pytest.mark.parametrize(
    "facts",
    [
        [(1, 0), (1, 1), (1, 2)],  # taken, left, and taken again, all of one revision
        [(1, 10), (2, 0), (2, 1)],  # the news of a revision waited for a seat that was taken meanwhile
        [(7, 0), (8, 3600), (8, 7200)],
    ],
)
def test_the_sequence_rises_with_every_fact_about_a_seat(facts: list[tuple[int, int]]) -> None:
    said = [sequence(revision, SAID_AT + timedelta(seconds=seconds)) for revision, seconds in facts]
    assert said == sorted(set(said))
    assert said[0] > 1_000_000  # what earlier releases said: the revision


def test_a_sequence_is_a_number_that_calendars_can_hold() -> None:
    assert sequence(10_000, datetime(2087, 1, 1, tzinfo=UTC)) < 2**31


def test_the_organizer_is_the_agency_where_it_writes_itself_and_the_uid_stays_the_same() -> None:
    own = Sender({"fa": 'سازمان "نمونه"'}, "learn@agency.example")
    _, (first, _), _ = read(delivery(sender=own))
    assert str(first["organizer"]) == "mailto:learn@agency.example"
    assert first["organizer"].params["CN"] == "سازمان نمونه"
    assert str(first["uid"]).endswith("@training.example")


@pytest.mark.parametrize(
    "template",
    ["enrollment_confirmed", "schedule_changed", "session_reminder", "enrollment_cancelled", "enrollment_withdrawn"],
)
@pytest.mark.parametrize(("language", "word"), [("fa", "تقویم"), ("en", "calendar")])
def test_a_mail_speaks_of_the_file_when_it_has_one(template: str, language: str, word: str) -> None:
    context = CONTEXTS[template] | {"sessions": [session(1, 5)]}
    attached, without = (
        rendering.render(template, language, "نمونه", context, attached=files) for files in (["calendar"], [])
    )
    assert word in attached.text
    assert word not in without.text


def test_a_mail_about_no_seat_has_none() -> None:
    assert calendar_file(delivery(calendar=None), SENDER) is None
