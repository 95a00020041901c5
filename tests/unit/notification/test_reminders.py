"""When people are reminded of a first session."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain import reminders
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.reminders import Revision, Rule
from services.notification.policies import POLICIES
from shared.persian import TEHRAN, jalali

FRIDAY = 4
CALENDAR = Calendar([FRIDAY], ["01-01", "01-02", "01-03", "01-04", "01-12", "01-13"], [date(2026, 12, 2)], jalali)
RULE = Rule(2, time(8))


def tehran(day: int, hour: int, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(
    ("first_day", "reminded"),
    [
        (date(2026, 12, 9), tehran(7, 8)),  # a Wednesday, two days before
        (date(2026, 12, 6), tehran(3, 8)),  # two days before is a Friday: the Thursday
        (date(2026, 12, 4), tehran(1, 8)),  # a holiday was announced for two days before
        (date(2027, 3, 25), tehran(20, 8, 3, 2027)),  # Nowruz: the last day of the year that is worked on
    ],
)
def test_the_moment_is_two_days_before_or_the_working_day_before_that(first_day: date, reminded: datetime) -> None:
    assert RULE.moment(first_day, CALENDAR) == reminded


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 30))
def test_whoever_is_due_today_begins_until_the_last_day(first_day: date, days_before: int) -> None:
    rule = Rule(days_before, time(8))
    today = rule.moment(first_day, CALENDAR).astimezone(TEHRAN).date()
    assert first_day <= rule.last_day(today, CALENDAR)
    assert first_day > rule.last_day(today - timedelta(days=1), CALENDAR)


def test_the_shipped_policy_is_readable() -> None:
    (shipped,) = POLICIES.shipped()["session_reminder"]
    assert Rule.read(shipped.value) == RULE


def test_a_course_begins_with_its_earliest_session_or_at_midnight() -> None:
    sessions = [{"starts_at": "2026-12-07T04:30:00Z"}, {"starts_at": "2026-12-06T20:30:00Z"}]
    assert reminders.first_start(date(2026, 12, 6), sessions) == datetime(2026, 12, 6, 20, 30, tzinfo=UTC)
    assert reminders.first_start(date(2026, 12, 6), []) == datetime(2026, 12, 5, 20, 30, tzinfo=UTC)


AT = datetime(2026, 12, 1, tzinfo=UTC)


def revision(number: int, day: int, numbers: tuple[int, ...] = (1,)) -> Revision:
    meetings = [{"number": one, "starts_at": f"{number}.{one}", "ends_at": ""} for one in numbers]
    return Revision(number, AT + timedelta(hours=number), date(2026, 12, day), meetings)


def test_a_day_is_known_since_the_first_of_the_revisions_that_said_it_without_a_break() -> None:
    said = [revision(1, 9), revision(2, 10), revision(3, 9), revision(4, 9)]
    assert reminders.day_known_since(reversed(said)) == AT + timedelta(hours=3)
    assert reminders.day_known_since([said[0], said[3]]) == AT + timedelta(hours=1)


def test_what_is_gone_is_as_it_was_said_last() -> None:
    said = [revision(2, 9, (1, 2, 3)), revision(1, 9, (0,)), revision(3, 9, (1, 2)), revision(4, 9, (1,))]
    assert [each["starts_at"] for each in reminders.gone(said, [1])] == ["1.0", "3.2", "2.3"]


def test_who_learned_of_it_at_the_moment_is_not_reminded() -> None:
    moment = tehran(3, 8)
    assert reminders.is_in_time(moment, moment - timedelta(microseconds=1))
    assert not reminders.is_in_time(moment, moment)


def test_an_occasion_is_a_seat_and_a_day() -> None:
    seat = UUID(int=1)
    assert reminders.occasion(seat, date(2026, 12, 9)) == reminders.occasion(seat, date(2026, 12, 9))
    others = [reminders.occasion(seat, date(2026, 12, 10)), reminders.occasion(uuid4(), date(2026, 12, 9))]
    assert reminders.occasion(seat, date(2026, 12, 9)) not in others
