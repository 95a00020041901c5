"""Which days are worked on. 1 Farvardin 1405 is 2026-03-21, a Saturday."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.calendar_days import Calendar
from shared.persian import jalali

FIXED = ("01-01", "01-02", "01-03", "01-04", "01-12", "01-13", "03-14", "03-15", "11-22", "12-29")
FRIDAY = 4
CALENDAR = Calendar({FRIDAY}, FIXED, (), jalali)


@pytest.mark.parametrize(
    ("day", "is_free"),
    [
        (date(2026, 3, 19), False),
        (date(2026, 3, 20), True),  # 29 Esfand, and a Friday
        (date(2026, 3, 24), True),  # 4 Farvardin
        (date(2026, 3, 25), False),
        (date(2026, 4, 2), True),  # 13 Farvardin
        (date(2025, 3, 19), True),  # 29 Esfand of a leap year
        (date(2025, 3, 20), False),  # 30 Esfand
    ],
)
def test_fridays_and_the_days_of_every_jalali_year_are_free(day: date, is_free: bool) -> None:
    assert CALENDAR.is_free(day) is is_free


def test_after_a_chain_of_free_days_comes_the_first_that_is_not() -> None:
    thursday = date(2026, 3, 19)
    assert CALENDAR.add_working_days(thursday, 1) == date(2026, 3, 25)
    assert CALENDAR.working_day_from(date(2026, 3, 20)) == date(2026, 3, 25)
    assert CALENDAR.working_day_until(date(2026, 3, 24)) == thursday
    assert CALENDAR.add_working_days(date(2026, 3, 25), -1) == thursday
    assert CALENDAR.add_working_days(date(2026, 3, 20), 0) == date(2026, 3, 20)
    longer = Calendar({FRIDAY}, FIXED, {date(2026, 3, 25), date(2026, 3, 26)}, jalali)  # the 27th is a Friday
    assert longer.working_day_from(thursday + timedelta(days=1)) == date(2026, 3, 28)


def test_a_calendar_without_a_working_day_stops_nothing() -> None:
    wrong = Calendar(range(7), (), (), jalali)
    assert wrong.working_day_from(date(2026, 3, 14)) == date(2026, 3, 14)
    assert wrong.add_working_days(date(2026, 3, 14), 2) == date(2026, 3, 16)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 30))
def test_working_days_forth_and_back_meet(day: date, count: int) -> None:
    there = CALENDAR.add_working_days(day, count)
    passed = [
        each for ahead in range(1, (there - day).days + 1) if not CALENDAR.is_free(each := day + timedelta(ahead))
    ]
    assert (len(passed), passed[-1]) == (count, there)
    assert CALENDAR.add_working_days(there, -count) == CALENDAR.working_day_until(day)
