"""When something may be told: quiet hours, the moments of digests, and deadlines that wait for neither.

Clocks and days are Tehran's, moments are aware and given in UTC. Quiet hours are half-open: at their last minute's end
a message goes.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from services.notification.domain.calendar_days import WEEK, Calendar
from services.notification.domain.templates import Template

TEHRAN = ZoneInfo("Asia/Tehran")
_STEPS = 5  # over midnight, to a working day, and out of the quiet hours there; a calendar without one ends here too


class Quiet(NamedTuple):
    """Times of day between which nothing is sent; with an end before its beginning they go over midnight."""

    begins: time
    ends: time

    @classmethod
    def read(cls, begins: str | None, ends: str | None) -> "Quiet | None":
        """From "21:00" and "08:00"; None unless both are there."""
        return cls(clock(begins), clock(ends)) if begins and ends else None

    def holds(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def clock(text: str) -> time:
    """A time of day from "08:00"."""
    return time.fromisoformat(text)


def moment(day: date, at: time) -> datetime:
    """A time of day in Tehran, in UTC. Of an hour that came twice (summer time, until 2022) the first is meant."""
    return datetime.combine(day, at, tzinfo=TEHRAN).astimezone(UTC)


def out_of_quiet(now: datetime, quiet: Quiet, calendar: Calendar) -> datetime:
    """Now, or the end of the quiet hours that it lies in. A free day is quiet as a whole."""
    for _ in range(_STEPS):
        local = now.astimezone(TEHRAN)
        day, at = local.date(), local.time()
        if calendar.is_free(day):
            now = moment(calendar.working_day_from(day), time.min)
        elif quiet.holds(at):
            now = moment(day if at < quiet.ends else day + timedelta(days=1), quiet.ends)
        else:
            break
    return now


def next_digest(now: datetime, at: time, calendar: Calendar, weekday: int | None = None) -> datetime:
    """The first moment of a digest after now: at that time of every working day, or of one day a week (0 for Monday);
    where that is free, of the first working day after it."""
    today = now.astimezone(TEHRAN).date()
    step = 1 if weekday is None else WEEK
    # That day of this week may have been free, and its digest still ahead.
    day = today - timedelta(days=0 if weekday is None else (today.weekday() - weekday) % WEEK)
    while (due := moment(calendar.working_day_from(day), at)) <= now:
        day += timedelta(days=step)
    return due


# What a reader can still do something about, and until when.
_DEADLINES: Mapping[Template, str] = {
    Template.SEAT_OFFERED: "answer_by",
    Template.ENROLLMENT_INVITED: "answer_by",
    Template.APPROVAL_DUE: "decide_by",
    Template.FORM_DUE: "due_on",
    Template.COURSE_DUE: "due_on",
    Template.CERTIFICATE_EXPIRING: "valid_until",
    Template.HOURS_SHORTFALL: "ends_on",
    Template.ENROLLMENT_CONFIRMED: "starts_on",
    Template.ENROLLMENT_CANCELLED: "starts_on",
    Template.ENROLLMENT_WITHDRAWN: "starts_on",
    Template.SCHEDULE_CHANGED: "starts_on",
    Template.SESSION_REMINDER: "starts_on",
}
_BEGINNING = "starts_on"  # of a course: over when it begins; the others with a day are over when that ends


def deadline(template: Template, context: Mapping[str, Any], now: datetime) -> datetime | None:
    """Until when it is of use to be told; None when it has no such time, or that is past.

    `context` is that of the notification, as JSON. Where it has sessions the first one ahead counts.
    """
    field = _DEADLINES.get(template)
    said = context.get(field) if field else None
    if not isinstance(said, str):
        return None
    ends = [_end(field == _BEGINNING, said)]
    if field == _BEGINNING and context.get("sessions"):
        ends = [datetime.fromisoformat(session["starts_at"]) for session in context["sessions"]]
    return min((end for end in ends if end > now), default=None)


def _end(is_beginning: bool, said: str) -> datetime:
    if "T" in said:
        return datetime.fromisoformat(said)
    day = date.fromisoformat(said)
    return moment(day if is_beginning else day + timedelta(days=1), time.min)
