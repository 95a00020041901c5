"""When something may be told: quiet hours, digests and deadlines, on the clock of Tehran (UTC+03:30 since 2022)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain import planning, timing
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.planning import Cadence, Reader, Rules, Via
from services.notification.domain.templates import TRAITS, Template
from services.notification.domain.timing import TEHRAN, Quiet, next_digest, out_of_quiet
from shared.persian import jalali

FRIDAY, SATURDAY = 4, 5
NOWRUZ = ("12-29", "01-01", "01-02", "01-03", "01-04")
CALENDAR = Calendar({FRIDAY}, NOWRUZ, (), jalali)
NIGHT, NOON = Quiet(time(21), time(8)), Quiet(time(13), time(15))
EIGHT = time(8)
RULES = Rules({Template.RESULT_FAILED}, EIGHT, SATURDAY, {"sms": NIGHT}, CALENDAR)
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    """A moment by Tehran's clock: "2026-11-26 21:00" is a Thursday's evening."""
    return datetime.fromisoformat(text).replace(tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "quiet", "then"),
    [
        ("2026-11-24 20:59", NIGHT, "2026-11-24 20:59"),
        ("2026-11-24 21:00", NIGHT, "2026-11-25 08:00"),
        ("2026-11-25 00:00", NIGHT, "2026-11-25 08:00"),
        ("2026-11-25 07:59", NIGHT, "2026-11-25 08:00"),
        ("2026-11-25 08:00", NIGHT, "2026-11-25 08:00"),
        ("2026-11-25 12:59", NOON, "2026-11-25 12:59"),
        ("2026-11-25 13:00", NOON, "2026-11-25 15:00"),
        ("2026-11-25 15:00", NOON, "2026-11-25 15:00"),
        ("2026-11-26 21:00", NIGHT, "2026-11-28 08:00"),  # Thursday night and Friday
        ("2026-11-27 12:00", NIGHT, "2026-11-28 08:00"),  # Friday at noon
        ("2026-11-27 12:00", NOON, "2026-11-28 00:00"),
        ("2026-03-19 22:00", NIGHT, "2026-03-25 08:00"),  # Nowruz, after a Friday that is 29 Esfand
    ],
)
def test_in_quiet_hours_it_waits_for_their_end(now: str, quiet: Quiet, then: str) -> None:
    assert out_of_quiet(at(now), quiet, CALENDAR) == at(then)


def test_a_second_before_and_at_the_minute() -> None:
    assert out_of_quiet(at("2026-11-24 21:00") - SECOND, NIGHT, CALENDAR) == at("2026-11-24 21:00") - SECOND
    assert next_digest(at("2026-11-25 08:00") - SECOND, EIGHT, CALENDAR) == at("2026-11-25 08:00")
    assert next_digest(at("2026-11-25 08:00"), EIGHT, CALENDAR) == at("2026-11-26 08:00")


@pytest.mark.parametrize(
    ("now", "weekday", "then"),
    [
        ("2026-11-25 07:00", None, "2026-11-25 08:00"),
        ("2026-11-25 09:00", None, "2026-11-26 08:00"),
        ("2026-11-26 09:00", None, "2026-11-28 08:00"),  # the 27th is a Friday
        ("2026-03-19 09:00", None, "2026-03-25 08:00"),
        ("2026-11-25 09:00", SATURDAY, "2026-11-28 08:00"),
        ("2026-11-28 07:59", SATURDAY, "2026-11-28 08:00"),
        ("2026-11-28 08:00", SATURDAY, "2026-12-05 08:00"),
        ("2026-03-15 09:00", SATURDAY, "2026-03-25 08:00"),  # Saturday the 21st is Nowruz
        ("2026-03-23 09:00", SATURDAY, "2026-03-25 08:00"),  # and that week's digest is still ahead
        ("2026-03-25 09:00", SATURDAY, "2026-03-28 08:00"),
    ],
)
def test_digests_come_on_working_days(now: str, weekday: int | None, then: str) -> None:
    assert next_digest(at(now), EIGHT, CALENDAR, weekday) == at(then)


def test_the_clock_is_that_of_tehran_in_years_with_summer_time_and_without() -> None:
    assert timing.moment(date(2021, 7, 1), EIGHT) == datetime(2021, 7, 1, 3, 30, tzinfo=UTC)
    assert timing.moment(date(2026, 7, 1), EIGHT) == datetime(2026, 7, 1, 4, 30, tzinfo=UTC)


FIRST, LAST = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-01-01")
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
CLOCKS = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@given(MOMENTS, CLOCKS, CLOCKS.filter(lambda each: each != time(0)))
def test_what_waited_for_the_end_of_quiet_hours_need_not_wait_again(now: datetime, begins: time, ends: time) -> None:
    quiet = Quiet(begins, ends)
    then = out_of_quiet(now, quiet, CALENDAR)
    assert then >= now
    assert out_of_quiet(then, quiet, CALENDAR) == then
    assert not CALENDAR.is_free(then.astimezone(TEHRAN).date())


@given(MOMENTS, st.sampled_from([None, SATURDAY]))
def test_between_now_and_the_next_digest_there_is_none(now: datetime, weekday: int | None) -> None:
    due = next_digest(now, EIGHT, CALENDAR, weekday)
    assert due > now
    assert next_digest(due - timedelta(microseconds=1), EIGHT, CALENDAR, weekday) == due
    assert not CALENDAR.is_free(due.astimezone(TEHRAN).date())


def due(template: Template, now: str, context: dict[str, Any] | None = None, **wishes: Any) -> planning.Plan:
    moment = at(now)
    deadline = timing.deadline(template, context or {}, moment)
    return planning.plan(template, Reader(**wishes), moment, RULES, deadline)


def test_only_what_may_wait_goes_into_a_digest() -> None:
    now = "2026-11-25 09:00"
    for cadence, then in ((Cadence.DAILY, "2026-11-26 08:00"), (Cadence.WEEKLY, "2026-11-28 08:00")):
        waits = due(Template.CERTIFICATE_ISSUED, now, cadence=cadence)
        assert (waits.due_at, waits.cadence) == (at(then), cadence)
        for template in (Template.SEAT_OFFERED, Template.RESULT_FAILED, Template.DIGEST):  # urgent, by law, itself
            goes = due(template, now, cadence=cadence)
            assert (goes.due_at, goes.cadence) == (at(now), None)


def test_what_would_come_too_late_in_a_digest_does_not_wait_for_it() -> None:
    tomorrow, next_week = {"due_on": "2026-11-26"}, {"due_on": "2026-12-01"}
    weekly = {"cadence": Cadence.WEEKLY}
    assert due(Template.FORM_DUE, "2026-11-25 09:00", tomorrow, **weekly).cadence is None
    assert due(Template.FORM_DUE, "2026-11-25 09:00", next_week, **weekly).cadence is Cadence.WEEKLY
    assert due(Template.FORM_DUE, "2026-12-05 09:00", next_week, **weekly).cadence is Cadence.WEEKLY


def test_news_of_a_seat_wait_for_no_digest_and_so_come_in_their_order() -> None:
    for template in (Template.ENROLLMENT_CONFIRMED, Template.SCHEDULE_CHANGED, Template.ENROLLMENT_WITHDRAWN):
        goes = due(template, "2026-11-25 09:00", {"starts_on": "2026-12-20"}, cadence=Cadence.WEEKLY)
        assert (goes.due_at, goes.cadence) == (at("2026-11-25 09:00"), None)
    assert len({TRAITS[each].urgency for each in (Template.ENROLLMENT_CONFIRMED, Template.SCHEDULE_CHANGED)}) == 1


def test_text_messages_wait_for_the_morning_and_never_for_a_digest() -> None:
    wishes: dict[str, Any] = {"via": Via.SMS, "cadence": Cadence.WEEKLY}
    goes = due(Template.CERTIFICATE_ISSUED, "2026-11-24 23:00", **wishes)
    assert (goes.via, goes.due_at, goes.cadence) == (Via.SMS, at("2026-11-25 08:00"), None)


def test_a_mail_wakes_nobody_and_a_message_waits_for_the_morning() -> None:
    night = "2026-11-24 23:00"
    assert due(Template.CERTIFICATE_ISSUED, night).due_at == at(night)
    assert due(Template.RESULT_FAILED, night, via=Via.SMS).due_at == at("2026-11-25 08:00")
    assert due(Template.RESULT_FAILED, night, quiet_from="22:00", quiet_to="06:30").due_at == at("2026-11-25 06:30")
    thursday = "2026-11-26 23:00"
    assert due(Template.RESULT_FAILED, thursday, via=Via.SMS, weekend=[3]).due_at == at("2026-11-27 08:00")


def test_what_is_urgent_goes_at_once_when_the_morning_is_too_late() -> None:
    night = "2026-11-24 23:00"
    for answer_by, then in (("07:59", night), ("08:00", night), ("08:01", "2026-11-25 08:00")):
        context = {"answer_by": at(f"2026-11-25 {answer_by}").isoformat()}
        assert due(Template.SEAT_OFFERED, night, context, via=Via.SMS).due_at == at(then)
    past = {"answer_by": at("2026-11-24 22:00").isoformat()}
    assert due(Template.SEAT_OFFERED, night, past, via=Via.SMS).due_at == at("2026-11-25 08:00")


def test_the_first_session_ahead_is_the_deadline_else_the_first_day() -> None:
    now = at("2026-11-24 23:00")
    sessions = [{"starts_at": at(each).isoformat()} for each in ("2026-11-24 09:00", "2026-11-25 07:30")]
    context = {"starts_on": "2026-11-24", "sessions": sessions}
    assert timing.deadline(Template.SESSION_REMINDER, context, now) == at("2026-11-25 07:30")
    assert timing.deadline(Template.SCHEDULE_CHANGED, {"starts_on": "2026-11-25", "sessions": []}, now) == at(
        "2026-11-25 00:00"
    )
    assert timing.deadline(Template.FORM_DUE, {"due_on": "2026-11-24"}, now) == at("2026-11-25 00:00")
    assert timing.deadline(Template.RESIT_DUE, context, now) is None
