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
    assert CALENDAR.working_day_from(date(2026, 3, 20)) == date(2026, 3, 25)
    assert CALENDAR.working_day_until(date(2026, 3, 24)) == thursday
    longer = Calendar({FRIDAY}, FIXED, {date(2026, 3, 25), date(2026, 3, 26)}, jalali)  # the 27th is a Friday
    assert longer.working_day_from(thursday + timedelta(days=1)) == date(2026, 3, 28)


def test_a_calendar_without_a_working_day_stops_nothing() -> None:
    wrong = Calendar(range(7), (), (), jalali)
    assert wrong.working_day_from(date(2026, 3, 14)) == date(2026, 3, 14)
    assert wrong.working_day_until(date(2026, 3, 14)) == date(2026, 3, 14)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_next_working_day_and_the_last_one_are_the_nearest(day: date) -> None:
    after, before = CALENDAR.working_day_from(day), CALENDAR.working_day_until(day)
    assert before <= day <= after
    worked_on = [
        each
        for ahead in range((after - before).days + 1)
        if not CALENDAR.is_free(each := before + timedelta(days=ahead))
    ]
    assert worked_on == sorted({before, after})
