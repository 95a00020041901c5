"""The seats of an offering as its locked row and the day give them, and passing free ones on to those who wait."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.enrollment.domain import entry
from services.enrollment.domain import seats as rules
from services.enrollment.domain.seats import Seats, reserved_on
from services.enrollment.models import queries
from services.enrollment.policies import value_on
from services.enrollment.service import facts, history
from services.enrollment.service.history import CLOCK, Actor, Step
from shared.database import Transaction
from shared.errors import Unavailable
from shared.messages import Cause
from shared.persian import end_of_day, tehran_date


def known_offering(tx: Transaction, offering_id: UUID) -> Any:
    """The offering's row, locked. Unavailable `offering_not_known_yet`: its event may be on the way."""
    offering = queries.lock_offering(tx, offering_id)
    if offering is None:
        raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
    return offering


def seats_of(tx: Transaction, offering: Any, today: date) -> Seats:
    """The seats as they are today: a reservation that has ended counts no more, whether a timer ran or not."""
    reserved = reserved_on(offering.reserved_seats, today)
    return Seats(
        offering.capacity,
        offering.seats_taken,
        offering.waitlist_limit,
        offering.waiting,
        reserved,
        queries.seated_by_agency(tx, offering.id, reserved) if reserved else {},
        offering.seats_offered,
    )


def waiting_until(offering: Any) -> datetime:
    """The last moment at which a seat passes to somebody who waits."""
    return end_of_day(rules.waiting_ends_on(offering.starts_on, offering.enrollment_closes_on))


def next_up(tx: Transaction, offering: Any, seats: Seats) -> tuple[list[Any], Seats]:
    """Those of the waiting who get a seat now or are offered one, and the seats after it. Nothing is written yet."""
    if not seats.waiting or not seats.free or not entry.takes_people(offering) or tx.now > waiting_until(offering):
        return [], seats
    queue = queries.waiting(tx, offering.id, limit=None if seats.reserved else seats.free)
    places, seats = seats.move_up([row.seat_agency for row in queue], ask=offer_hours(tx) > 0)
    return [queue[place] for place in places], seats


def offer_hours(tx: Transaction) -> float:
    return float(value_on(tx, "seat_offer_hours", tehran_date(tx.now)))


def seat(tx: Transaction, offering: Any, people: Sequence[Any], cause: Cause | None = None) -> None:
    """Offer or give their seats to those who were `next_up`, and say so."""
    if not people:
        return
    hours = offer_hours(tx)
    status = "offered" if hours else "confirmed"
    limits = [waiting_until(offering)]
    if offering.decides_on and offering.decided_at is None:
        limits.append(end_of_day(offering.decides_on - timedelta(days=1)))
    until = rules.offer_until(tx.now, hours, limits) if hours else None
    rows = [{"id": row.enrollment_id, "status": status, "waiting_number": None} for row in people]
    queries.update_each(tx, rows, reason=None, changed_at=tx.now, expires_at=until)
    steps = [Step(row.enrollment_id, "waitlisted", status) for row in people]
    history.write(tx, CLOCK, "promote", steps)
    for row, step in zip(people, steps, strict=True):
        said = facts.seat_offered(offering, row, step, until) if until else facts.confirmed(offering, row, step)
        tx.publish(said, cause)


def count(tx: Transaction, offering: Any, seats: Seats, **more: Any) -> None:
    """Write down the counters that belong to the rows."""
    counters = {"seats_taken": seats.taken, "seats_offered": seats.offered, "waiting": seats.waiting}
    queries.set_offering(tx, offering.id, **counters, **more)


def pass_on(tx: Transaction, offering: Any, seats: Seats, cause: Cause | None = None, **more: Any) -> None:
    """Give what is free to those who wait, and write down the counters."""
    moved_up, seats = next_up(tx, offering, seats)
    seat(tx, offering, moved_up, cause)
    count(tx, offering, seats, **more)


def leave(
    tx: Transaction, actor: Actor, action: str, offering: Any, person: Any, status: str, reason: str | None
) -> Step:
    """Take somebody out of a locked offering (`action`: withdraw, decline, lapse); a freed seat passes on.

    `person` has `enrollment_id`, `agency_code` of the seat and the employee. The event is left to the caller.
    """
    after = {"withdraw": "withdrawn", "decline": "declined", "lapse": "lapsed"}[action]
    seats = seats_of(tx, offering, tehran_date(tx.now)).leave(status, person.seat_agency)
    out = {"id": person.enrollment_id, "status": after, "waiting_number": None, "pending_step": None}
    queries.update_each(tx, [out], reason=reason, changed_at=tx.now, expires_at=None, approvals_left=[])
    step = Step(person.enrollment_id, status, after, reason)
    history.write(tx, actor, action, [step])
    pass_on(tx, offering, seats)
    return step
