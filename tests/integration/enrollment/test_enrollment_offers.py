"""A freed seat is offered, with an expiry, and passes on by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models import enrollments, offerings
from shared.errors import Conflict, NotFound
from shared.events import EnrollmentConfirmedV1, EnrollmentLapsedV1, EnrollmentWithdrawnV1, SeatOfferedV1
from shared.events.catalog import Session
from shared.persian import end_of_day


def waiting(world: Any, count: int, **changes: Any) -> tuple[str, list[str]]:
    """An offering of one seat that is taken, and people who wait for it: the offering, and all their enrollments."""
    later = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    offering_id = world.offering(**({"capacity": 1, "waitlist_limit": 10} | later | changes))
    return offering_id, [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(count + 1)]


def leave(world: Any, enrollment_id: str) -> None:
    world.call("withdraw", enrollment_id=enrollment_id, reason="مأموریت")


def run_out(world: Any, *ids: str) -> None:
    """The time of these enrollments was over a moment ago."""
    with world.harness.db.transaction() as tx:
        own = enrollments.c.id.in_([UUID(one) for one in ids])
        past = datetime.now(UTC) - timedelta(milliseconds=1)
        tx.execute(sa.update(enrollments).where(own).values(expires_at=past))


def states(world: Any, ids: list[str]) -> list[str]:
    return [world.status(one) for one in ids]


def test_an_offer_says_until_when_and_an_answer_in_time_takes_the_seat(world: Any) -> None:
    offering_id, (seated, first, second) = waiting(world, 2)
    before = datetime.now(UTC)
    leave(world, seated)
    (offer,) = world.said(SeatOfferedV1)
    assert (str(offer.enrollment_id), offer.hours, offer.delivery_mode) == (first, 10.0, "in_person")
    assert timedelta(hours=48) <= offer.answer_by - before < timedelta(hours=48, minutes=1)
    assert world.accept(first) == world.accept(first) == "confirmed"
    assert [str(event.enrollment_id) for event in world.said(EnrollmentConfirmedV1)] == [seated, first]
    assert (world.status(second), world.counters(offering_id)) == ("waitlisted", (1, 1))


def test_an_offer_never_outlives_the_day_before_the_decision_or_the_end_of_waiting(world: Any) -> None:
    _offering, (seated, _first) = waiting(world, 1, decides_on=world.today + timedelta(days=1))
    leave(world, seated)
    today = dict.fromkeys(("starts_on", "enrollment_closes_on"), world.today)
    _offering, (seated, _first) = waiting(world, 1, **today)
    leave(world, seated)
    assert [offer.answer_by for offer in world.said(SeatOfferedV1)] == [end_of_day(world.today)] * 2


def test_a_seat_that_nobody_answers_for_passes_on_until_it_is_free(world: Any) -> None:
    offering_id, (seated, first, second) = waiting(world, 2)
    leave(world, seated)
    world.harness.service.lapse_due()
    assert states(world, [first, second]) == ["offered", "waitlisted"]
    run_out(world, first)
    world.harness.service.lapse_due()
    world.harness.service.lapse_due()
    assert states(world, [first, second]) == ["lapsed", "offered"]
    run_out(world, second)
    world.harness.service.lapse_due()
    assert (states(world, [first, second]), world.counters(offering_id)) == (["lapsed", "lapsed"], (0, 0))
    assert [str(event.enrollment_id) for event in world.said(EnrollmentLapsedV1)] == [first, second]
    assert {event.state for event in world.said(EnrollmentLapsedV1)} == {"offered"}


def test_an_answer_a_moment_late_is_refused_though_no_timer_ran(world: Any) -> None:
    _offering, (seated, first) = waiting(world, 1)
    leave(world, seated)
    run_out(world, first)
    for accept in (True, False):
        with pytest.raises(Conflict) as refused:
            world.call("answer_offer", enrollment_id=first, accept=accept)
        assert refused.value.code == "answer_too_late"
    assert world.status(first) == "offered"


def test_a_declined_seat_goes_to_the_next_at_once_and_the_first_may_ask_again(world: Any) -> None:
    offering_id, (seated, first, second) = waiting(world, 2)
    leave(world, seated)
    reply = world.call("answer_offer", enrollment_id=first, accept=False, reason="مرخصی")
    assert reply["status"] == "declined"
    assert states(world, [first, second]) == ["declined", "offered"]
    person = world.call("get_enrollment", enrollment_id=first)["employee_id"]
    assert world.enroll(person, offering_id) == {"enrollment_id": first, "status": "waitlisted"}
    assert world.counters(offering_id) == (1, 1)


def test_who_leaves_an_offered_seat_is_told_what_they_left(world: Any) -> None:
    offering_id, (seated, first, second) = waiting(world, 2)
    leave(world, seated)
    leave(world, first)
    assert [event.state for event in world.said(EnrollmentWithdrawnV1)] == ["confirmed", "offered"]
    assert (states(world, [first, second]), world.counters(offering_id)) == (["withdrawn", "offered"], (1, 0))


def test_an_offer_is_not_taken_while_another_course_has_the_hours(world: Any) -> None:
    day = world.today + timedelta(days=20)
    begin = end_of_day(day - timedelta(days=1)) + timedelta(hours=9)
    hours = [Session(number=1, starts_at=begin, ends_at=begin + timedelta(hours=2))]
    days = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), day)
    person = world.employee()
    offering_id = world.offering(capacity=1, waitlist_limit=1, sessions=hours, **days)
    seated = world.enroll(world.employee(), offering_id)["enrollment_id"]
    queued = world.enroll(person, offering_id)["enrollment_id"]
    other = world.offering(course_code="RD-02", sessions=hours, **days)
    blocking = world.enroll(person, other)["enrollment_id"]
    leave(world, seated)
    with pytest.raises(Conflict) as refused:
        world.accept(queued)
    assert refused.value.code == "session_clash"
    assert refused.value.details["clashes"] == [{"offering_id": other, "course_code": "RD-02", "sessions": [1]}]
    leave(world, blocking)
    assert world.accept(queued) == "confirmed"


def test_only_ones_own_people_answer_and_only_what_was_offered(world: Any) -> None:
    _offering, (seated, first, second) = waiting(world, 2)
    leave(world, seated)
    with pytest.raises(NotFound):
        world.call("answer_offer", roles=("agency_system",), agency="AG-B", enrollment_id=first, accept=True)
    for enrollment_id, state in ((second, "waitlisted"), (seated, "withdrawn")):
        with pytest.raises(Conflict) as refused:
            world.accept(enrollment_id)
        assert (refused.value.code, refused.value.details["state"]) == ("illegal_state", state)


def test_waiting_ends_with_the_day_the_course_starts_and_those_who_wait_are_told(world: Any) -> None:
    offering_id, (seated, first, second) = waiting(world, 2)
    world.harness.service.end_waiting()
    assert states(world, [first, second]) == ["waitlisted", "waitlisted"]
    yesterday = world.today - timedelta(days=1)
    with world.harness.db.transaction() as tx:
        own = sa.update(offerings).where(offerings.c.id == UUID(offering_id))
        tx.execute(own.values(starts_on=yesterday, enrollment_closes_on=yesterday))
    leave(world, seated)
    assert states(world, [first, second]) == ["waitlisted", "waitlisted"]
    world.harness.service.end_waiting()
    world.harness.service.end_waiting()
    assert (states(world, [first, second]), world.counters(offering_id)) == (["lapsed", "lapsed"], (0, 0))
    assert [event.state for event in world.said(EnrollmentLapsedV1)] == ["waitlisted", "waitlisted"]


def test_a_cancelled_offering_takes_its_offers_with_it(world: Any) -> None:
    offering_id, (seated, first, _second) = waiting(world, 2)
    leave(world, seated)
    world.cancel(offering_id)
    assert (world.status(first), world.counters(offering_id)) == ("cancelled", (0, 0))
    with pytest.raises(Conflict) as refused:
        world.accept(first)
    assert refused.value.code == "illegal_state"
