"""Seats reserved for an agency, and the day on which they become everybody's."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models import employees, enrollments, offerings
from shared.errors import Conflict
from shared.events import SeatOfferedV1
from shared.events.catalog import SeatReservation


def reserved(world: Any, *kept: tuple[str, int], until: int = 0, **changes: Any) -> str:
    """An offering open to all with seats kept for agencies up to a number of days from today."""
    last = world.today + timedelta(days=until)
    seats = [SeatReservation(code, count, last) for code, count in kept]
    return str(world.offering(**{"open_to": "all", "waitlist_limit": 10, "reserved_seats": seats} | changes))


def of(world: Any, agency_code: str) -> str:
    return str(world.employee(agency_code=agency_code))


def let_it_end(world: Any, offering_id: str) -> None:
    """The last day of every reservation was yesterday."""
    yesterday = (world.today - timedelta(days=1)).isoformat()
    with world.harness.db.transaction() as tx:
        row = tx.execute(sa.select(offerings).where(offerings.c.id == UUID(offering_id))).one()
        kept = [each | {"until": yesterday} for each in row.reserved_seats]
        own = sa.update(offerings).where(offerings.c.id == UUID(offering_id))
        tx.execute(own.values(reserved_seats=kept, releases_on=world.today))


def enter(world: Any, offering_id: str, *agencies: str) -> list[str]:
    return [world.enroll(of(world, code), offering_id)["enrollment_id"] for code in agencies]


def statuses(world: Any, ids: list[str]) -> list[str]:
    return [world.status(one) for one in ids]


def test_others_wait_beside_reserved_seats_and_are_refused_when_the_list_is_full(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 2), capacity=3, waitlist_limit=1)
    ids = enter(world, offering_id, "AG-A", "AG-A")
    assert statuses(world, ids) == ["confirmed", "waitlisted"]
    with pytest.raises(Conflict) as refused:
        enter(world, offering_id, "AG-A")
    assert refused.value.code == "agency_quota_used"
    assert statuses(world, enter(world, offering_id, "AG-B", "AG-B")) == ["confirmed", "confirmed"]
    assert world.counters(offering_id) == (3, 1)


def test_the_last_day_is_wholly_the_agencys_and_the_next_is_everybodys(world: Any) -> None:
    today = reserved(world, ("AG-B", 1), capacity=1, until=0)
    over = reserved(world, ("AG-B", 1), capacity=1, until=-1)
    assert statuses(world, enter(world, today, "AG-A") + enter(world, over, "AG-A")) == ["waitlisted", "confirmed"]


def test_seats_that_become_everybodys_go_to_those_who_wait_longest(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 2), capacity=2)
    ids = enter(world, offering_id, "AG-A", "AG-C", "AG-A")
    world.harness.service.release_reserved_seats()
    assert statuses(world, ids) == ["waitlisted"] * 3
    let_it_end(world, offering_id)
    world.harness.service.release_reserved_seats()
    world.harness.service.release_reserved_seats()
    assert statuses(world, ids) == ["offered", "offered", "waitlisted"]
    assert [str(event.enrollment_id) for event in world.said(SeatOfferedV1)] == ids[:2]
    assert world.counters(offering_id) == (2, 1)


def test_whoever_comes_before_the_timer_finds_those_who_waited_seated_first(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 1), capacity=1)
    ids = enter(world, offering_id, "AG-A")
    let_it_end(world, offering_id)
    ids += enter(world, offering_id, "AG-B")
    assert statuses(world, ids) == ["offered", "waitlisted"]
    assert world.counters(offering_id) == (1, 1)


def test_a_dry_run_after_the_last_day_moves_nobody(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 1), capacity=1)
    (waiting,) = enter(world, offering_id, "AG-A")
    let_it_end(world, offering_id)
    asked = {"offering_id": offering_id, "employee_ids": [of(world, "AG-B")], "dry_run": True}
    assert [row["status"] for row in world.call("nominate", **asked)["results"]] == ["waitlisted"]
    assert world.status(waiting) == "waitlisted"


def test_a_freed_reserved_seat_waits_for_its_agency(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 1), capacity=2)
    own, other, waiting, second = enter(world, offering_id, "AG-B", "AG-A", "AG-A", "AG-B")
    assert statuses(world, [own, other, waiting, second]) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    world.call("withdraw", enrollment_id=own, reason="بیماری")
    assert statuses(world, [waiting, second]) == ["waitlisted", "offered"]
    world.call("withdraw", enrollment_id=second, reason="بیماری")
    assert world.counters(offering_id) == (1, 1)
    world.call("withdraw", enrollment_id=other, reason="بیماری")
    assert world.status(waiting) == "offered"


def test_an_approved_request_takes_the_seat_kept_for_its_agency(world: Any) -> None:
    offering_id = reserved(world, ("AG-B", 1), capacity=1, approval="supervisor")
    other, own = enter(world, offering_id, "AG-A", "AG-B")
    assert world.call("decide_enrollment", enrollment_id=other, approve=True)["status"] == "waitlisted"
    assert world.call("decide_enrollment", enrollment_id=own, approve=True)["status"] == "confirmed"


def test_a_hundred_at_once_get_exactly_the_seats_that_are_theirs(world: Any) -> None:
    offering_id = reserved(world, ("AG-A", 10), ("AG-B", 5), capacity=30, waitlist_limit=20)
    crowd = [of(world, code) for code in ["AG-A"] * 20 + ["AG-B"] * 3 + ["AG-C"] * 77]
    crowd = crowd[::7] + [person for place, person in enumerate(crowd) if place % 7]
    outcomes: Counter[str] = Counter()

    def enter_alone(person: str) -> None:
        try:
            outcomes[world.enroll(person, offering_id)["status"]] += 1
        except Conflict as refused:
            outcomes[refused.code] += 1

    threads = [threading.Thread(target=enter_alone, args=(person,)) for person in crowd]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    seated = _seated(world, offering_id)
    assert sum(outcomes.values()) == 100
    assert world.counters(offering_id) == (outcomes["confirmed"], outcomes["waitlisted"])
    # Two of AG-B's five seats stay empty; AG-A has at least its ten, and nobody sits where they may not.
    assert (sum(seated.values()), seated["AG-B"], outcomes["waitlisted"]) == (28, 3, 20)
    assert seated["AG-A"] >= 10
    let_it_end(world, offering_id)
    world.harness.service.release_reserved_seats()
    assert world.counters(offering_id) == (30, 18)


def _seated(world: Any, offering_id: str) -> Counter[str]:
    statement = (
        sa.select(employees.c.agency_code)
        .join(enrollments, enrollments.c.employee_id == employees.c.id)
        .where(enrollments.c.offering_id == UUID(offering_id), enrollments.c.status == "confirmed")
    )
    with world.harness.db.reading() as tx:
        return Counter(tx.scalars(statement))
