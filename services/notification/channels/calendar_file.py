"""The calendar file of a mail (iCalendar, RFC 5545): the sessions of a course as entries that move with it.

An entry's UID is made of the enrollment and the session's number, its SEQUENCE is the revision of the offering and its
DTSTAMP the time of the fact: of two files the one with the higher SEQUENCE holds, and of equal ones the later (RFC 5546
section 2.1.5). So a file that arrives late undoes nothing.

METHOD is PUBLISH, not REQUEST: a request asks for an answer that is mailed to the organizer, while the seat was given
long ago and nobody reads that mailbox. With PUBLISH the entries are the reader's own. It wants an ORGANIZER (RFC 5546
section 3.2.1), which is the sender. Where nothing is left METHOD is CANCEL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.notification.channels import Delivery
from services.notification.channels.attachments import Attachment
from services.notification.domain.reminders import meetings
from shared import persian

PRODUCT = "-//Staff Training//Notification//EN"
WORDS = {
    "fa": {"of": "جلسهٔ {number} از {count}", "code": "کد دوره: {code}", "gone": "لغو شد: {title}"},
    "en": {"of": "Session {number} of {count}", "code": "Course code: {code}", "gone": "Cancelled: {title}"},
}


@dataclass(frozen=True)
class _Course:
    """What all entries of a file share."""

    delivery: Delivery
    organizer: str
    domain: str

    @property
    def calendar(self) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self.delivery.context["calendar"]
        return known

    @property
    def title(self) -> str:
        return _local(self.delivery.context["course_title"], self.delivery.language)

    def words(self, name: str, **values: Any) -> str:
        text = WORDS[self.delivery.language][name].format(**values)
        return persian.digits_fa(text) if self.delivery.language == "fa" and name == "of" else text


def calendar_file(delivery: Delivery, mail_from: str) -> Attachment | None:
    """The file that goes with a mail; None of one that is about no seat. Holds nothing of other people."""
    if not delivery.context.get("calendar"):
        return None
    from icalendar import Calendar  # noqa: PLC0415 - a tenth of a second, which only the sender needs

    course = _Course(delivery, delivery.sender.address or mail_from, mail_from.rpartition("@")[2])
    method = "CANCEL" if _is_over(delivery.context) else "PUBLISH"
    made = Calendar()
    for name, value in (("prodid", PRODUCT), ("version", "2.0"), ("method", method)):
        made.add(name, value)
    for entry in _entries(course):
        made.add_component(entry)
    name = "course.ics" if method == "PUBLISH" else "cancelled.ics"
    return Attachment(name, "text/calendar", made.to_ical(), {"method": method, "charset": "UTF-8"})


def _is_over(context: Mapping[str, Any]) -> bool:
    """Of an end only what is gone is known."""
    return "sessions" not in context


def _entries(course: _Course) -> list[Any]:
    context, gone = course.delivery.context, course.calendar["gone"]
    if _is_over(context):
        return [_entry(course, each, "CANCELLED") for each in gone]
    sessions = {each["number"]: each for each in context["sessions"]}
    first, last = (date.fromisoformat(context[name]) for name in ("starts_on", "ends_on"))
    held = meetings(first, last, context["sessions"])
    entries = [_entry(course, each, "CONFIRMED", sessions.get(each["number"]), len(held)) for each in held]
    return entries + [_entry(course, each, "CANCELLED") for each in gone]


def _entry(
    course: _Course, meeting: Mapping[str, Any], status: str, session: Mapping[str, Any] | None = None, count: int = 1
) -> Any:
    from icalendar import Event, vCalAddress, vText  # noqa: PLC0415

    entry = Event()
    organizer = vCalAddress(f"mailto:{course.organizer}")
    name = course.delivery.sender.name
    if name:
        organizer.params["CN"] = vText(_local(name, course.delivery.language).replace('"', ""))
    values = {
        "uid": f"{course.calendar['enrollment_id']}-{meeting['number']}@{course.domain}",
        "sequence": course.calendar["revision"],
        "dtstamp": datetime.fromisoformat(course.calendar["said_at"]).astimezone(UTC),
        "organizer": organizer,
        "status": status,
        **_times(meeting),
        "summary": course.title if status == "CONFIRMED" else course.words("gone", title=course.title),
        "description": _description(course, meeting, count),
        "location": _location(session, course.delivery.language) if session else "",
    }
    for key, value in values.items():
        if value != "":
            entry.add(key, value)
    return entry


def _times(meeting: Mapping[str, Any]) -> dict[str, datetime | date]:
    """A session's moments in UTC; of whole days the first and, as DTEND is not inside, the day after the last."""
    if meeting["number"] == 0:
        first, last = (date.fromisoformat(meeting[name]) for name in ("starts_at", "ends_at"))
        return {"dtstart": first, "dtend": last + timedelta(days=1)}
    begins, ends = (datetime.fromisoformat(meeting[name]).astimezone(UTC) for name in ("starts_at", "ends_at"))
    return {"dtstart": begins, "dtend": ends}


def _description(course: _Course, meeting: Mapping[str, Any], count: int) -> str:
    code = course.words("code", code=course.delivery.context["course_code"])
    if count == 1 or meeting["number"] == 0:
        return code
    return f"{course.words('of', number=meeting['number'], count=count)}\n{code}"


def _location(session: Mapping[str, Any], language: str) -> str:
    room = session.get("room_title")
    comma = "، " if language == "fa" else ", "
    return comma.join(part for part in (room and _local(room, language), session.get("room_address")) if part)


def _local(text: Mapping[str, str], language: str) -> str:
    return text["fa"] if language == "fa" else text.get("en") or text["fa"]
