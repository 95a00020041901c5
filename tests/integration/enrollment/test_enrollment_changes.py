"""Changes of an offering: what holds now, who moves up, and who is told."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models import offerings
from shared.errors import Conflict, Unavailable
from shared.events import EnrollmentConfirmedV1, LocalizedText, ScheduleChangedV1, SeatOfferedV1
from shared.events.catalog import SeatReservation, Session
from shared.ids import new_id
from shared.messages import Message
from shared.persian import end_of_day


def session(day: Any, room: str = "R-1", number: int = 1) -> Session:
    ends_at = end_of_day(day).replace(microsecond=0) - timedelta(hours=8)
    return Session(
        number=number,
        starts_at=ends_at - timedelta(hours=2),
        ends_at=ends_at,
        room_code=room,
        room_title=LocalizedText("سالن نمونه"),
        instructor_name="مدرس نمونه",
    )


def known(world: Any, opened: Any) -> Any:
    with world.harness.db.reading() as tx:
        return tx.execute(sa.select(offerings).where(offerings.c.id == opened.offering_id)).one()


def test_new_sessions_reach_everybody_in_the_offering_once(world: Any) -> None:
    opened = world.opened(capacity=1, waitlist_limit=1, sessions=[session(world.today)])
    world.harness.deliver(opened)
    seated, waiting, gone = world.employees(3)
    ids = [world.enroll(person, str(opened.offering_id))["enrollment_id"] for person in (seated, gone)]
    world.call("withdraw", enrollment_id=ids[1], reason="بیماری")
    ids[1] = world.enroll(waiting, str(opened.offering_id))["enrollment_id"]
    sessions = [session(world.today + timedelta(days=1), "R-2")]
    change = world.changed(opened, 2, ["sessions"], sessions=sessions)
    world.harness.deliver(change)
    world.harness.deliver(change)
    told = world.said(ScheduleChangedV1)
    assert [(str(event.enrollment_id), event.state) for event in told] == [
        (ids[0], "confirmed"),
        (ids[1], "waitlisted"),
    ]
    assert [event.sessions for event in told] == [sessions, sessions]
    assert {(event.revision, *event.changed, event.reason) for event in told} == {(2, "sessions", "تغییر برنامه")}
    assert len({event.schedule_id for event in told}) == 2


def test_a_request_hears_of_other_days_and_the_days_hold_from_then_on(world: Any) -> None:
    opened = world.opened(approval="supervisor")
    world.harness.deliver(opened)
    enrollment_id = world.enroll(world.employee(), str(opened.offering_id))["enrollment_id"]
    later = world.today + timedelta(days=30)
    world.harness.deliver(world.changed(opened, 2, ["starts_on", "ends_on"], starts_on=later, ends_on=later))
    (event,) = world.said(ScheduleChangedV1)
    assert (event.state, event.starts_on, event.changed) == ("requested", later, ["starts_on", "ends_on"])
    world.call("decide_enrollment", enrollment_id=enrollment_id, approve=True)
    assert world.said(EnrollmentConfirmedV1)[0].starts_on == later


def test_more_seats_or_another_window_alone_are_no_new_schedule(world: Any) -> None:
    opened = world.opened(capacity=1)
    world.harness.deliver(opened)
    world.enroll(world.employee(), str(opened.offering_id))
    closes_on = world.today - timedelta(days=1)
    world.harness.deliver(
        world.changed(opened, 2, ["capacity", "enrollment_closes_on"], capacity=5, enrollment_closes_on=closes_on)
    )
    assert world.said(ScheduleChangedV1) == []
    with pytest.raises(Conflict) as refused:
        world.enroll(world.employee(), str(opened.offering_id))
    assert [reason["code"] for reason in refused.value.details["reasons"]] == ["enrollment_closed"]


def test_more_seats_go_to_those_who_wait_longest(world: Any) -> None:
    opened = world.opened(capacity=1, waitlist_limit=3)
    world.harness.deliver(opened)
    offering_id = str(opened.offering_id)
    ids = [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(4)]
    world.harness.deliver(world.changed(opened, 2, ["capacity"], capacity=3))
    assert [world.status(one) for one in ids] == ["confirmed", "offered", "offered", "waitlisted"]
    assert [str(event.enrollment_id) for event in world.said(SeatOfferedV1)] == ids[1:3]
    assert world.counters(offering_id) == (3, 1)


def test_nobody_loses_a_seat_or_a_waiting_place_by_a_smaller_number(world: Any) -> None:
    opened = world.opened(capacity=2, waitlist_limit=2)
    world.harness.deliver(opened)
    offering_id = str(opened.offering_id)
    ids = [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(3)]
    world.harness.deliver(world.changed(opened, 2, ["capacity", "waitlist_limit"], capacity=1, waitlist_limit=0))
    assert [world.status(one) for one in ids] == ["confirmed", "confirmed", "waitlisted"]
    assert (known(world, opened).capacity, known(world, opened).waitlist_limit) == (2, 1)


def test_an_older_change_never_undoes_a_later_one(world: Any) -> None:
    opened = world.opened()
    world.harness.deliver(opened)
    changes = [
        world.changed(opened, revision, ["starts_on"], starts_on=world.today + timedelta(days=revision))
        for revision in (2, 3, 4, 5)
    ]
    random.Random(7).shuffle(changes)
    for change in changes:
        world.harness.deliver(change)
    assert (known(world, opened).revision, known(world, opened).starts_on) == (5, world.today + timedelta(days=5))


def test_a_change_that_overtook_another_tells_what_the_other_would_have(world: Any) -> None:
    opened = world.opened(sessions=[session(world.today)])
    world.harness.deliver(opened)
    world.enroll(world.employee(), str(opened.offering_id))
    moved = [session(world.today, "R-9")]
    world.harness.deliver(world.changed(opened, 3, ["min_seats"], sessions=moved))
    world.harness.deliver(world.changed(opened, 2, ["sessions"], sessions=moved))
    (event,) = world.said(ScheduleChangedV1)
    assert (event.revision, event.changed, event.sessions) == (3, ["sessions"], moved)


def test_a_change_that_comes_before_the_opening_waits_for_it(world: Any) -> None:
    opened = world.opened()
    change = world.changed(opened, 2, ["starts_on"], starts_on=world.today + timedelta(days=9))
    with pytest.raises(Unavailable) as early:
        world.harness.deliver(change)
    assert early.value.code == "offering_not_known_yet"
    world.harness.deliver(opened)
    world.harness.deliver(change)
    assert known(world, opened).starts_on == world.today + timedelta(days=9)


def test_a_cancelled_offering_tells_of_no_changes(world: Any) -> None:
    opened = world.opened()
    world.harness.deliver(opened)
    world.enroll(world.employee(), str(opened.offering_id))
    world.cancel(str(opened.offering_id))
    world.harness.deliver(world.changed(opened, 2, ["starts_on"], starts_on=world.today))
    assert world.said(ScheduleChangedV1) == []


def test_news_for_many_takes_as_many_statements_as_for_few(world: Any) -> None:
    counts = []
    for people in (2, 40):
        opened = world.opened(capacity=people, waitlist_limit=people)
        world.harness.deliver(opened)
        crowd = world.employees(2 * people)
        world.call("nominate", offering_id=str(opened.offering_id), employee_ids=crowd)
        change = world.changed(
            opened, 2, ["sessions", "capacity"], capacity=2 * people, sessions=[session(world.today)]
        )
        with world.statements() as statements:
            world.harness.deliver(change)
            world.cancel(str(opened.offering_id))
        counts.append(len([each for each in statements.seen if not each.startswith("UPDATE enrollments")]))
    assert counts[0] == counts[1]
    assert len(world.said(ScheduleChangedV1)) == 84


def test_what_is_told_follows_from_the_message_that_caused_it(world: Any) -> None:
    messages = []
    for number in range(2):
        opened = world.opened()
        world.harness.deliver(opened)
        world.enroll(world.employee(), str(opened.offering_id))
        change = world.changed(opened, 2, ["starts_on"])
        messages.append(Message(new_id(), change, datetime.now(UTC), f"correlation-{number}"))
    world.harness.deliver(*messages)
    table = world.harness.service.metadata.tables["outbox"]
    with world.harness.db.reading() as tx:
        told = sa.select(table.c.correlation_id).where(table.c.type == ScheduleChangedV1.TYPE)
        assert sorted(tx.scalars(told)) == ["correlation-0", "correlation-1"]


def test_reservations_may_change_with_the_offering(world: Any) -> None:
    opened = world.opened(
        capacity=2, waitlist_limit=2, open_to="all", reserved_seats=[SeatReservation("AG-B", 2, world.today)]
    )
    world.harness.deliver(opened)
    enrollment_id = world.enroll(world.employee(), str(opened.offering_id))["enrollment_id"]
    assert world.status(enrollment_id) == "waitlisted"
    world.harness.deliver(
        world.changed(opened, 2, ["reserved_seats"], reserved_seats=[SeatReservation("AG-B", 1, world.today)])
    )
    assert world.status(enrollment_id) == "offered"
    assert world.counters(str(opened.offering_id)) == (1, 0)
