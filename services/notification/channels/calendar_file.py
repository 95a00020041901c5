"""The calendar file of a mail (iCalendar, RFC 5545): the sessions of a course as entries that move with it.

An entry's UID is made of the enrollment and the session's number, its SEQUENCE rises with every fact about the seat
(`sequence`), and its DTSTAMP is the time of the fact: of two files the one with the higher SEQUENCE holds, and of equal
ones the later (RFC 5546 section 2.1.5). So a file that arrives late undoes nothing.

METHOD is PUBLISH, not REQUEST: a request asks for an answer that is mailed to the organizer, while the seat was given
long ago and nobody reads that mailbox. With PUBLISH the entries are the reader's own. It wants an ORGANIZER (RFC 5546
section 3.2.1), which is the sender. What is no more has STATUS:CANCELLED in it, also where nothing else is left: CANCEL
allows the entries of one UID only (section 3.2.5), and each session has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from services.notification.channels import Delivery
from services.notification.channels.attachments import Attachment
from services.notification.domain.reminders import meetings
from shared import persian

PRODUCT = "-//Staff Training//Notification//EN"
METHOD = "PUBLISH"
WORDS = {
    "fa": {"of": "جلسهٔ {number} از {count}", "code": "کد دوره: {code}", "gone": "لغو شد: {title}"},
    "en": {"of": "Session {number} of {count}", "code": "Course code: {code}", "gone": "Cancelled: {title}"},
}


# They stand for what is each reader's own in a file that all of a course share. Each is as long as what comes in its
# place, so that lines are folded where they were.
_ENROLLMENT = "c61b7e0a-5f0d-4a53-9d0e-7be1f2a9d9f4"
_STAMP = datetime(1970, 2, 3, 4, 5, 6, tzinfo=UTC)
_STAMP_SHOWN = "%Y%m%dT%H%M%SZ"
_SEQUENCE = "\r\nSEQUENCE:{}\r\n"  # a line that is never folded, and no text has its ends

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_A_REVISION = 60  # seconds


@dataclass(frozen=True)
class _Course:
    """What a file says to everybody of one course and language. `facts` is JSON, so that files are kept."""

    facts: bytes
    language: str
    organizer: str
    organizer_name: str | None
    domain: str


def calendar_file(delivery: Delivery, mail_from: str) -> Attachment | None:
    """The file that goes with a mail; None of one that is about no seat. Holds nothing of other people."""
    context = delivery.context
    calendar = context.get("calendar")
    if not calendar:
        return None
    facts = {name: context[name] for name in _FACTS if name in context}
    sender, name = delivery.sender, delivery.sender.name
    course = _Course(
        msgspec.json.encode(facts | {"gone": calendar["gone"]}),
        delivery.language,
        sender.address or mail_from,
        _local(name, delivery.language) if name else None,
        mail_from.rpartition("@")[2],
    )
    said_at = datetime.fromisoformat(calendar["said_at"]).astimezone(UTC)
    own = {
        _ENROLLMENT: calendar["enrollment_id"],
        f"{_STAMP:{_STAMP_SHOWN}}": f"{said_at:{_STAMP_SHOWN}}",
        _SEQUENCE.format(0): _SEQUENCE.format(sequence(calendar["revision"], said_at)),
    }
    content = _shared(course)
    for common, theirs in own.items():
        content = content.replace(common.encode(), theirs.encode())
    filename = "cancelled.ics" if _is_over(context) else "course.ics"
    return Attachment(filename, "text/calendar", content, {"method": METHOD, "charset": "UTF-8"})


_FACTS = ("course_code", "course_title", "starts_on", "ends_on", "sessions")


def sequence(revision: int, said_at: datetime) -> int:
    """The SEQUENCE of what was said at a time, by a revision of the offering.

    How often a seat was left and taken again is not kept, and it may be within one revision, so seconds are counted. A
    revision weighs as much as a minute: its news may bear a time that is a little before that of the news which they
    waited for. It has room until 2088 (RFC 5545 section 3.3.8), and earlier releases, which counted revisions only,
    are far below it.
    """
    return int((said_at - _SINCE).total_seconds()) + _A_REVISION * revision


@lru_cache(maxsize=256)
def _shared(course: _Course) -> bytes:
    """The file of a course. Measured: 3 ms for each entry, so it is made once for all that are written to."""
    from icalendar import Calendar  # noqa: PLC0415 - a tenth of a second, which only the sender needs

    facts = msgspec.json.decode(course.facts)
    made = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("method", METHOD)):
        made.add(name, value)
    for entry in _entries(course, facts):
        made.add_component(entry)
    return bytes(made.to_ical())


def _is_over(facts: Mapping[str, Any]) -> bool:
    """Of an end only what is gone is known."""
    return "sessions" not in facts


def _entries(course: _Course, facts: Mapping[str, Any]) -> list[Any]:
    gone = [_entry(course, facts, each, "CANCELLED") for each in facts["gone"]]
    if _is_over(facts):
        return gone
    sessions = {each["number"]: each for each in facts["sessions"]}
    first, last = (date.fromisoformat(facts[name]) for name in ("starts_on", "ends_on"))
    held = meetings(first, last, facts["sessions"])
    return [_entry(course, facts, each, "CONFIRMED", sessions.get(each["number"]), len(held)) for each in held] + gone


def _entry(
    course: _Course,
    facts: Mapping[str, Any],
    meeting: Mapping[str, Any],
    status: str,
    session: Mapping[str, Any] | None = None,
    count: int = 1,
) -> Any:
    from icalendar import Event  # noqa: PLC0415

    title = _local(facts["course_title"], course.language)
    values = {
        "uid": f"{_ENROLLMENT}-{meeting['number']}@{course.domain}",
        "sequence": 0,
        "dtstamp": _STAMP,
        "organizer": _organizer(course),
        "status": status,
        **_times(meeting),
        "summary": title if status == "CONFIRMED" else WORDS[course.language]["gone"].format(title=title),
        "description": _description(course.language, facts["course_code"], meeting, count),
        "location": _location(session, course.language) if session else "",
    }
    entry = Event()
    for key, value in values.items():
        if value != "":
            entry.add(key, value)
    return entry


def _organizer(course: _Course) -> Any:
    from icalendar import vCalAddress, vText  # noqa: PLC0415

    organizer = vCalAddress(f"mailto:{course.organizer}")
    if course.organizer_name:  # a parameter cannot hold quotation marks (RFC 5545 section 3.2)
        organizer.params["CN"] = vText(course.organizer_name.replace('"', ""))
    return organizer


def _times(meeting: Mapping[str, Any]) -> dict[str, datetime | date]:
    """A session's moments in UTC; of whole days the first and, as DTEND is not inside, the day after the last."""
    if meeting["number"] == 0:
        first, last = (date.fromisoformat(meeting[name]) for name in ("starts_at", "ends_at"))
        return {"dtstart": first, "dtend": last + timedelta(days=1)}
    begins, ends = (datetime.fromisoformat(meeting[name]).astimezone(UTC) for name in ("starts_at", "ends_at"))
    return {"dtstart": begins, "dtend": ends}


def _description(language: str, course_code: str, meeting: Mapping[str, Any], count: int) -> str:
    words = WORDS[language]
    code = words["code"].format(code=course_code)
    if count == 1 or meeting["number"] == 0:
        return code
    place = words["of"].format(number=meeting["number"], count=count)
    return f"{persian.digits_fa(place) if language == 'fa' else place}\n{code}"


def _location(session: Mapping[str, Any], language: str) -> str:
    room = session.get("room_title")
    comma = "، " if language == "fa" else ", "
    return comma.join(part for part in (room and _local(room, language), session.get("room_address")) if part)


def _local(text: Mapping[str, str], language: str) -> str:
    return text["fa"] if language == "fa" else text.get("en") or text["fa"]
