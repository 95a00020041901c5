"""When somebody is reminded of the first session of a course, and of which sessions a calendar knows.

Days and clocks are Tehran's. Sessions are as an event says them: `number` and moments `starts_at` and `ends_at` as
text. Of an offering without sessions its days count: one entry in a calendar, with the number 0, and a beginning at
midnight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.notification.domain import timing
from services.notification.domain.calendar_days import LONGEST_REST, Calendar

_OCCASIONS = UUID("6f1d3a52-8f43-5c0e-9a57-1d2a8f0c7b34")


@dataclass(frozen=True)
class Rule:
    """How long before a first session people are reminded (policy `session_reminder`)."""

    days_before: int
    at: time

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Rule":
        return cls(value["days_before"], timing.clock(value["at"]))

    def moment(self, first_day: date, calendar: Calendar) -> datetime:
        """When people are reminded, in UTC: so many days before, or on the working day before that where it is free."""
        day = calendar.working_day_until(first_day - timedelta(days=self.days_before))
        return timing.moment(day, self.at)

    def last_day(self, today: date, calendar: Calendar) -> date:
        """The last first day of which anybody can be due to be reminded today: after today only rest is skipped."""
        reached = today
        while calendar.is_free(reached + timedelta(days=1)) and reached < today + timedelta(days=LONGEST_REST):
            reached += timedelta(days=1)
        return reached + timedelta(days=self.days_before)


def first_start(starts_on: date, sessions: Sequence[Mapping[str, Any]]) -> datetime:
    """When the first session begins, in UTC."""
    if sessions:
        return min(datetime.fromisoformat(each["starts_at"]) for each in sessions).astimezone(UTC)
    return timing.moment(starts_on, time.min)


def meetings(starts_on: date, ends_on: date, sessions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a calendar shows: number, beginning and end of each session, or the days as one."""
    if not sessions:
        return [{"number": 0, "starts_at": starts_on.isoformat(), "ends_at": ends_on.isoformat()}]
    return [{name: each[name] for name in ("number", "starts_at", "ends_at")} for each in sessions]


@dataclass(frozen=True)
class Revision:
    """What one revision of an offering said, as far as it has been heard."""

    number: int
    said_at: datetime
    first_day: date
    meetings: Sequence[Mapping[str, Any]]


def day_known_since(revisions: Iterable[Revision]) -> datetime:
    """Since when the first day of the latest revision has been said without a break."""
    latest, *earlier = sorted(revisions, key=lambda each: each.number, reverse=True)
    since = latest.said_at
    for each in earlier:
        if each.first_day != latest.first_day:
            break
        since = min(since, each.said_at)
    return since


def gone(revisions: Iterable[Revision], now_numbers: Iterable[int]) -> list[Mapping[str, Any]]:
    """The entries of a calendar that are to go: each as the last revision that had it said, by number."""
    known = {
        each["number"]: each
        for revision in sorted(revisions, key=lambda each: each.number)
        for each in revision.meetings
    }
    return [known[number] for number in sorted(known.keys() - set(now_numbers))]


def is_in_time(moment: datetime, known_since: datetime) -> bool:
    """Who learned of the first day at the moment of the reminder or after it was told then; the news of that says it
    all, and has the calendar file with it."""
    return known_since < moment


def occasion(enrollment_id: UUID, first_day: date) -> UUID:
    """The one reminder of a seat for a day, whatever else about it changes."""
    return uuid5(_OCCASIONS, f"{enrollment_id} {first_day.isoformat()}")
