"""The rules of time: sessions, double bookings, days that are covered."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import calendar
from services.catalog.domain.calendar import Meeting

FIRST, LAST = date(2027, 1, 10), date(2027, 1, 12)
MIDNIGHT = datetime(2027, 1, 10, tzinfo=UTC)


def session(begins: str = "08:00", ends: str = "10:00", day: date = FIRST, **codes: str) -> dict[str, Any]:
    times = {"begins": time.fromisoformat(begins), "ends": time.fromisoformat(ends)}
    return {"day": day, **times, "room_code": None, "instructor_code": None} | codes


def problems(*sessions: dict[str, Any]) -> set[str]:
    return set(calendar.session_problems(sessions, FIRST, LAST))


def test_sessions_one_after_the_other_are_accepted() -> None:
    later = session(day=LAST)
    assert problems(session("10:00", "12:00"), session("08:00", "10:00"), later) == set()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (session("10:00", "10:00"), "sessions[0].ends"),
        (session("10:00", "09:00"), "sessions[0].ends"),
        (session(day=date(2027, 1, 9)), "sessions[0].day"),
        (session(day=date(2027, 1, 13)), "sessions[0].day"),
    ],
)
def test_a_wrong_session_is_named(wrong: dict[str, Any], field: str) -> None:
    assert problems(wrong) == {field}


def test_a_session_inside_a_long_one_is_an_overlap_even_if_another_lies_between() -> None:
    long, first, second = session("08:00", "14:00"), session("09:00", "10:00"), session("11:00", "12:00")
    assert problems(long, first, second) == {"sessions[1].begins", "sessions[2].begins"}


def test_sessions_get_their_numbers_in_the_order_of_time_and_their_moments_in_utc() -> None:
    second, first = calendar.meetings([session("10:00", "12:00"), session("08:00", "09:30", room_code="R")])[::-1]
    assert (first.number, first.starts_at, first.ends_at, first.room_code) == (
        1,
        datetime(2027, 1, 10, 4, 30, tzinfo=UTC),
        datetime(2027, 1, 10, 6, 0, tzinfo=UTC),
        "R",
    )
    assert second.number == 2


def test_in_the_years_of_summer_time_an_hour_is_counted_by_the_clock_on_the_wall() -> None:
    (summer,) = calendar.meetings([session(day=date(2021, 7, 1))])
    assert summer.starts_at == datetime(2021, 7, 1, 3, 30, tzinfo=UTC)


HOURS = st.tuples(st.integers(0, 40), st.integers(1, 12))
MEETINGS = st.builds(
    lambda hours, room, person: Meeting(
        1,
        MIDNIGHT + timedelta(minutes=30 * hours[0]),
        MIDNIGHT + timedelta(minutes=30 * (hours[0] + hours[1])),
        room,
        person,
    ),
    HOURS,
    st.sampled_from([None, "R-1", "R-2"]),
    st.sampled_from([None, "I-1", "I-2"]),
)


def half_hours(meeting: Meeting) -> set[int]:
    first, last = ((moment - MIDNIGHT) // timedelta(minutes=30) for moment in (meeting.starts_at, meeting.ends_at))
    return set(range(first, last))


@given(MEETINGS, st.lists(MEETINGS, max_size=6))
def test_a_clash_is_a_half_hour_in_which_one_room_or_person_is_booked_twice(
    wanted: Meeting, booked: list[Meeting]
) -> None:
    """Compared with a plan of half hours, filled in one by one."""
    expected = {
        (what, booked.index(other))
        for other in booked
        for what, one, two in (
            ("room", wanted.room_code, other.room_code),
            ("instructor", wanted.instructor_code, other.instructor_code),
        )
        if one is not None and one == two and half_hours(wanted) & half_hours(other)
    }
    assert {(clash.what, booked.index(clash.booked)) for clash in calendar.clashes([wanted], booked)} == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=6))
def test_sessions_overlap_exactly_where_a_quarter_of_an_hour_is_taught_twice(times: list[tuple[int, int]]) -> None:
    clock = [time(8 + quarter // 4, quarter % 4 * 15).isoformat("minutes") for quarter in range(40)]
    sessions = [session(clock[start], clock[start + length]) for start, length in times]
    quarters = [quarter for start, length in times for quarter in range(start, start + length)]
    assert bool(problems(*sessions)) == (len(quarters) != len(set(quarters)))


DAYS = st.integers(0, 30)
PERIODS = st.lists(st.tuples(DAYS, st.one_of(st.none(), DAYS)), max_size=5)


@given(PERIODS, DAYS, st.integers(0, 10))
def test_days_are_covered_exactly_if_each_of_them_is(
    periods: list[tuple[int, int | None]], start: int, length: int
) -> None:
    """Compared with a look at every single day."""
    days = [FIRST + timedelta(start + offset) for offset in range(length + 1)]
    dated = [(FIRST + timedelta(a), None if b is None else FIRST + timedelta(b)) for a, b in periods]
    uncovered = [day for day in days if not any(a <= day and (b is None or day <= b) for a, b in dated)]
    assert calendar.days_covered(dated, days[0], days[-1]) == (uncovered[0] if uncovered else None)


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 5), st.integers(-5, 5))
def test_the_days_of_an_offering_are_in_order_or_named(opens: int, closes: int, length: int, decides: int) -> None:
    plan = {
        "starts_on": FIRST,
        "ends_on": FIRST + timedelta(length),
        "enrollment_opens_on": FIRST + timedelta(opens),
        "enrollment_closes_on": FIRST + timedelta(closes),
        "decides_on": FIRST + timedelta(decides),
    }
    found = calendar.window_problems(plan)
    assert ("enrollment_opens_on" in found) == (opens > closes)
    assert ("enrollment_closes_on" in found) == (closes > length)
    assert ("decides_on" in found) == (decides > 0)
