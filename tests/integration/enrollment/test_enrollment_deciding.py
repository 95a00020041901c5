"""Go or no-go: the day of decision."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Conflict
from shared.events import EnrollmentCancelledV1, OfferingDecidedV1


def due(world: Any, **changes: Any) -> str:
    return str(world.offering(**{"decides_on": world.today, "min_seats": 2} | changes))


def decide(world: Any) -> list[tuple[str, bool, int]]:
    """Run the timer once; everything decided so far."""
    world.harness.service.decide_offerings()
    return [(str(event.offering_id), event.formed, event.seats_taken) for event in world.said(OfferingDecidedV1)]


def test_enough_seats_form_an_offering_and_it_goes_on(world: Any) -> None:
    offering_id = due(world)
    for person in world.employees(2):
        world.enroll(person, offering_id)
    assert decide(world) == [(offering_id, True, 2)]
    assert world.enroll(world.employee(), offering_id)["status"] == "confirmed"


def test_too_few_seats_close_it_at_once_and_the_people_hear_it_from_the_cancellation(world: Any) -> None:
    offering_id = due(world, approval="supervisor")
    first, second = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(2))
    world.call("decide_enrollment", enrollment_id=first, approve=True)
    assert decide(world) == [(offering_id, False, 1)]
    assert [world.status(one) for one in (first, second)] == ["confirmed", "requested"]
    for call in (
        lambda: world.enroll(world.employee(), offering_id),
        lambda: world.call("decide_enrollment", enrollment_id=second, approve=True),
    ):
        with pytest.raises(Conflict) as refused:
            call()
        assert refused.value.code == "offering_cancelled"
    world.cancel(offering_id, cause="not_formed")
    assert {(event.state, event.cause) for event in world.said(EnrollmentCancelledV1)} == {
        ("confirmed", "not_formed"),
        ("requested", "not_formed"),
    }
    assert world.counters(offering_id) == (0, 0)


def test_waiting_people_and_requests_hold_no_seat_in_the_decision(world: Any) -> None:
    offering_id = due(world, capacity=1, waitlist_limit=5, min_seats=2)
    for person in world.employees(3):
        world.enroll(person, offering_id)
    assert decide(world) == [(offering_id, False, 1)]


def test_a_day_that_was_missed_is_made_up_for_and_a_day_to_come_waits(world: Any) -> None:
    late, tomorrow, never = (
        due(world, decides_on=world.today - timedelta(days=3)),
        due(world, decides_on=world.today + timedelta(days=1)),
        due(world, decides_on=None),
    )
    assert decide(world) == [(late, False, 0)]
    assert world.enroll(world.employee(), tomorrow)["status"] == "confirmed"
    assert world.enroll(world.employee(), never)["status"] == "confirmed"


def test_a_decision_falls_once(world: Any) -> None:
    offering_id = due(world)
    decide(world)
    assert decide(world) == [(offering_id, False, 0)]


def test_a_day_moved_into_the_future_is_waited_for(world: Any) -> None:
    opened = world.opened(decides_on=world.today, min_seats=5)
    world.harness.deliver(opened)
    world.harness.deliver(world.changed(opened, 2, ["decides_on"], decides_on=world.today + timedelta(days=2)))
    assert decide(world) == []
    world.harness.deliver(world.changed(opened, 3, ["decides_on", "min_seats"], min_seats=0))
    assert decide(world) == [(str(opened.offering_id), True, 0)]


def test_a_cancelled_offering_is_not_decided(world: Any) -> None:
    offering_id = due(world)
    world.cancel(offering_id)
    assert decide(world) == []


def test_nobody_moves_up_in_an_offering_that_is_not_held(world: Any) -> None:
    offering_id = due(world, capacity=1, waitlist_limit=1)
    first, second = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(2))
    decide(world)
    world.call("withdraw", enrollment_id=first, reason="بیماری")
    assert world.status(second) == "waitlisted"
    assert world.counters(offering_id) == (0, 1)


def test_replicas_decide_each_offering_once_between_them(world: Any) -> None:
    ids = [due(world, min_seats=number % 2) for number in range(120)]
    replicas = [threading.Thread(target=world.harness.service.decide_offerings) for _replica in range(4)]
    for one in replicas:
        one.start()
    for one in replicas:
        one.join(60)
    world.harness.service.decide_offerings()
    told = world.said(OfferingDecidedV1)
    assert sorted(str(event.offering_id) for event in told) == sorted(ids)
    assert sum(event.formed for event in told) == 60
