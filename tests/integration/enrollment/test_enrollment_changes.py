"""Changes of offerings that reach the people in them, the go/no-go day, and seats kept for agencies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import Conflict, Unavailable
from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentConfirmedV1,
    LocalizedText,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingDecidedV1,
    ScheduleChangedV1,
)
from shared.events.catalog import Audience, SeatReservation, Session

SESSION = Session(
    number=1,
    starts_at=datetime(2027, 1, 12, 4, 30, tzinfo=UTC),
    ends_at=datetime(2027, 1, 12, 6, 30, tzinfo=UTC),
    room_title=LocalizedText("سالن نمونه"),
)


def changed(world: Any, offering_id: str, revision: int = 2, **changes: Any) -> OfferingChangedV1:
    names = list(changes)
    fields: dict[str, Any] = {
        "offering_id": UUID(offering_id),
        "agency_code": "AG-A",
        "course_code": "RD-01",
        "course_version": 1,
        "course_title": LocalizedText("دوره نمونه", "Sample course"),
        "revision": revision,
        "changed": names,
        "reason": "سالن در دست تعمیر است",
        "starts_on": world.today,
        "ends_on": world.today + timedelta(days=3),
        "enrollment_closes_on": world.today,
        "capacity": 2,
        "min_seats": 1,
        "waitlist_limit": 2,
    }
    return OfferingChangedV1(**(fields | changes))


@pytest.fixture
def full(world: Any) -> Any:
    """An offering of two seats and two waiting places, with three people in it."""
    world.full = world.offering(capacity=2, waitlist_limit=2)
    world.in_it = [world.enroll(person, world.full)["enrollment_id"] for person in world.employees(3)]
    return world


def test_a_new_schedule_reaches_everybody_in_the_offering_once(full: Any) -> None:
    event = changed(full, full.full, sessions=[SESSION])
    full.harness.deliver(event)
    full.harness.deliver(event)
    told = full.said(ScheduleChangedV1)
    assert sorted((str(one.enrollment_id), one.state) for one in told) == sorted(
        zip(full.in_it, ("confirmed", "confirmed", "waitlisted"), strict=True)
    )
    assert {one.reason for one in told} == {"سالن در دست تعمیر است"}
    assert told[0].sessions == [SESSION]
    assert len({one.schedule_id for one in told}) == 3


def test_more_seats_go_to_those_who_wait_and_are_no_new_schedule(full: Any) -> None:
    full.harness.deliver(changed(full, full.full, capacity=3))
    assert full.status(full.in_it[2]) == "confirmed"
    assert full.counters(full.full) == (3, 0)
    assert len(full.said(EnrollmentConfirmedV1)) == 3
    assert full.said(ScheduleChangedV1) == []


def test_a_change_that_was_overtaken_changes_nothing(full: Any) -> None:
    day = full.today + timedelta(days=9)
    full.harness.deliver(changed(full, full.full, revision=3, ends_on=day))
    full.harness.deliver(changed(full, full.full, revision=2, ends_on=full.today))
    assert {one.ends_on for one in full.said(ScheduleChangedV1)} == {day}


def test_a_change_that_comes_before_the_opening_waits_for_it(world: Any) -> None:
    with pytest.raises(Unavailable) as early:
        world.harness.deliver(changed(world, str(uuid4()), sessions=[SESSION]))
    assert early.value.code == "offering_not_known_yet"


def test_who_left_is_not_told_of_a_new_schedule(full: Any) -> None:
    full.call("withdraw", enrollment_id=full.in_it[0], reason="بیماری")
    full.harness.deliver(changed(full, full.full, sessions=[SESSION]))
    assert {str(one.enrollment_id) for one in full.said(ScheduleChangedV1)} == set(full.in_it[1:])


def test_everybody_in_a_cancelled_offering_is_told_once(full: Any) -> None:
    event = OfferingCancelledV1(offering_id=UUID(full.full), reason="لغو شد", cause="not_formed")
    full.harness.deliver(event)
    full.harness.deliver(event)
    told = full.said(EnrollmentCancelledV1)
    assert sorted((str(one.enrollment_id), one.state, one.cause) for one in told) == sorted(
        (enrollment, state, "not_formed")
        for enrollment, state in zip(full.in_it, ("confirmed", "confirmed", "waitlisted"), strict=True)
    )


def decided(world: Any) -> list[tuple[bool, int]]:
    world.harness.service.decide_offerings()
    return [(event.formed, event.seats_taken) for event in world.said(OfferingDecidedV1)]


def test_an_offering_is_decided_on_its_day_and_only_once(world: Any) -> None:
    enough = world.offering(min_seats=1, decides_on=world.today)
    world.enroll(world.employee(), enough)
    world.offering(min_seats=1, decides_on=world.today + timedelta(days=1))
    assert decided(world) == [(True, 1)]
    assert decided(world) == [(True, 1)]
    assert world.enroll(world.employee(), enough)["status"] == "confirmed"


def test_an_offering_that_is_too_small_on_its_day_takes_nobody_any_more(world: Any) -> None:
    offering_id = world.offering(min_seats=2, decides_on=world.today - timedelta(days=2))
    enrollment_id = world.enroll(world.employee(), offering_id)["enrollment_id"]
    assert decided(world) == [(False, 1)]
    with pytest.raises(Conflict) as refused:
        world.enroll(world.employee(), offering_id)
    assert refused.value.code == "offering_cancelled"
    assert world.status(enrollment_id) == "confirmed"
    world.harness.deliver(OfferingCancelledV1(offering_id=UUID(offering_id), reason="حد نصاب", cause="not_formed"))
    assert world.status(enrollment_id) == "cancelled"


def test_replicas_that_decide_at_the_same_moment_say_it_once(world: Any) -> None:
    for _ in range(60):
        world.offering(min_seats=2, decides_on=world.today)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.harness.service.decide_offerings(), range(4)))
    assert len(world.said(OfferingDecidedV1)) == 60


def test_a_decision_that_was_put_off_waits(world: Any) -> None:
    offering_id = world.offering(min_seats=5, capacity=5, decides_on=world.today)
    world.harness.deliver(changed(world, offering_id, decides_on=world.today + timedelta(days=1), capacity=5))
    assert decided(world) == []


def test_seats_are_kept_for_an_agency_up_to_the_end_of_a_day(world: Any) -> None:
    kept = [SeatReservation("AG-B", 1, world.today)]
    offering_id = world.offering(capacity=2, waitlist_limit=5, open_to="all", reserved_seats=kept)
    own, other = world.employees(2)
    assert world.enroll(own, offering_id)["status"] == "confirmed"
    waiting = world.enroll(other, offering_id)
    assert waiting["status"] == "waitlisted"
    guest = world.employee(agency_code="AG-B")
    assert world.enroll(guest, offering_id)["status"] == "confirmed"
    assert world.counters(offering_id) == (2, 1)


def test_seats_that_were_kept_in_vain_go_to_those_who_wait(world: Any) -> None:
    kept = [SeatReservation("AG-B", 1, world.today - timedelta(days=1)), SeatReservation("AG-C", 1, world.today)]
    opened = world.opened(capacity=3, waitlist_limit=5, open_to="all", reserved_seats=kept)
    world.harness.deliver(opened)
    offering_id = str(opened.offering_id)
    first, second, third = (world.enroll(person, offering_id) for person in world.employees(3))
    assert [one["status"] for one in (first, second, third)] == ["confirmed", "confirmed", "waitlisted"]
    more = [SeatReservation("AG-C", 1, world.today - timedelta(days=1))]
    world.harness.deliver(changed(world, offering_id, reserved_seats=more, capacity=3, waitlist_limit=5))
    world.harness.service.release_reserved_seats()
    assert world.status(third["enrollment_id"]) == "confirmed"


def test_in_a_rush_nobody_takes_a_seat_that_is_kept_for_others(world: Any) -> None:
    kept = [SeatReservation("AG-B", 5, world.today)]
    offering_id = world.offering(capacity=20, waitlist_limit=100, open_to="all", reserved_seats=kept)
    people = [world.employee(agency_code="AG-B" if number % 10 == 0 else "AG-A") for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda person: world.enroll(person, offering_id)["status"], people))
    assert world.counters(offering_id) == (20, 40)
    own = [status for number, status in enumerate(outcomes) if number % 10 == 0]
    assert own.count("confirmed") >= 5


@pytest.mark.parametrize(
    ("offering", "person", "code"),
    [
        ({"enrollment_opens_on": 1}, {}, "enrollment_not_open_yet"),
        ({"audience": Audience(managers="only")}, {}, "audience_managers"),
        ({"audience": Audience(employments=["fixed_term"])}, {}, "audience_employment"),
        ({"leads_to_degree": True, "veterans_exception": True}, {}, "leads_to_degree"),
        ({"leads_to_degree": True}, {"is_veteran": True}, "leads_to_degree"),
    ],
)
def test_who_may_not_enter_is_told_why(world: Any, offering: dict[str, Any], person: dict[str, Any], code: str) -> None:
    days = {name: world.today + timedelta(days=value) for name, value in offering.items() if type(value) is int}
    closes: dict[str, date] = {"enrollment_closes_on": world.today + timedelta(days=2)}
    offering_id = world.offering(**(offering | closes | days))
    with pytest.raises(Conflict) as refused:
        world.enroll(world.employee(**person), offering_id)
    assert refused.value.code == code


def test_a_veteran_may_enter_a_degree_course_with_the_exception(world: Any) -> None:
    offering_id = world.offering(leads_to_degree=True, veterans_exception=True)
    assert world.enroll(world.employee(is_veteran=True), offering_id)["status"] == "confirmed"
