"""The rules of time: sessions, who and what is booked twice, and the days of an offering.

Days and times of day are Tehran's; a session's two moments are aware and in UTC. Intervals are half-open: one session
may begin the minute another ends. A day that limits something is wholly inside.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.errors import Problems

TEHRAN = ZoneInfo("Asia/Tehran")


class Meeting(NamedTuple):
    """A session with its place among the others, from 1 on."""

    number: int
    starts_at: datetime
    ends_at: datetime
    room_code: str | None = None
    instructor_code: str | None = None


class Clash(NamedTuple):
    """Two sessions that want the same room or instructor at the same time; `what` is `room` or `instructor`."""

    what: str
    wanted: Meeting
    booked: Meeting


def moment(day: date, clock: time) -> datetime:
    """A time of day in Tehran, in UTC. Of an hour that came twice (summer time, until 2022) the first is meant."""
    return datetime.combine(day, clock, tzinfo=TEHRAN).astimezone(UTC)


def meetings(sessions: Sequence[Mapping[str, Any]]) -> list[Meeting]:
    """Sessions as they are booked, in the order of time. Each has `day`, `begins`, `ends`, and maybe its codes."""
    made = sorted(
        (moment(each["day"], each["begins"]), moment(each["day"], each["ends"]), place)
        for place, each in enumerate(sessions)
    )
    return [
        Meeting(number, starts, ends, sessions[place]["room_code"], sessions[place]["instructor_code"])
        for number, (starts, ends, place) in enumerate(made, start=1)
    ]


def session_problems(sessions: Sequence[Mapping[str, Any]], starts_on: date, ends_on: date) -> Problems:
    """What is wrong with the sessions of one offering: an end before its start, a day outside, an overlap."""
    problems: Problems = {}
    times = [(moment(each["day"], each["begins"]), moment(each["day"], each["ends"])) for each in sessions]
    for place, (starts, ends) in enumerate(times):
        if not starts_on <= sessions[place]["day"] <= ends_on:
            problems[f"sessions[{place}].day"] = ["must be between starts_on and ends_on"]
        if ends <= starts:
            problems[f"sessions[{place}].ends"] = ["must be after begins, on the same day"]
    longest: int | None = None  # the session that lasts longest of those before, since it may enclose several
    for place in sorted(range(len(times)), key=lambda place: times[place]):
        if longest is not None and times[place][0] < times[longest][1]:
            problems.setdefault(f"sessions[{place}].begins", []).append(f"overlaps with sessions[{longest}]")
        if times[place][0] < times[place][1] and (longest is None or times[place][1] > times[longest][1]):
            longest = place
    return problems


def clashes(wanted: Iterable[Meeting], booked: Sequence[Meeting]) -> list[Clash]:
    """Every wanted session whose room or instructor is booked in an overlapping interval, with the booked one."""
    found = []
    for one in wanted:
        for other in booked:
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                if one.room_code is not None and one.room_code == other.room_code:
                    found.append(Clash("room", one, other))
                if one.instructor_code is not None and one.instructor_code == other.instructor_code:
                    found.append(Clash("instructor", one, other))
    return found


def window_problems(plan: Mapping[str, Any]) -> Problems:
    """What is wrong with the days of an offering."""
    problems: Problems = {}
    opens, closes, decides = plan["enrollment_opens_on"], plan["enrollment_closes_on"], plan["decides_on"]
    if plan["ends_on"] < plan["starts_on"]:
        problems["ends_on"] = ["must not be before starts_on"]
    if closes > plan["ends_on"]:
        problems["enrollment_closes_on"] = ["must not be after ends_on"]
    if opens is not None and opens > closes:
        problems["enrollment_opens_on"] = ["must not be after enrollment_closes_on"]
    if decides is not None and decides > plan["starts_on"]:
        problems["decides_on"] = ["must not be after starts_on"]
    return problems


def days_covered(periods: Iterable[tuple[date, date | None]], starts_on: date, ends_on: date) -> date | None:
    """The first day from `starts_on` to `ends_on` that no period has in it; None when every day is covered.

    Both ends of a period are inside it; one without an end lasts. Periods may overlap, and one may follow another.
    """
    day = starts_on
    for first, last in sorted(periods, key=lambda period: period[0]):
        if first > day:
            break
        if last is None or last >= ends_on:
            return None
        day = max(day, date.fromordinal(last.toordinal() + 1))
    return day if day <= ends_on else None
