"""The seats of an offering as its locked row and the day give them, and moving people up into free ones."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain import entry
from services.enrollment.domain.seats import Seats, reserved_on
from services.enrollment.models import queries
from services.enrollment.service import facts
from shared.database import Transaction
from shared.errors import Unavailable
from shared.messages import Cause


def known_offering(tx: Transaction, offering_id: UUID) -> Any:
    """The offering's row, locked. Unavailable `offering_not_known_yet`: its event may be on the way."""
    offering = queries.lock_offering(tx, offering_id)
    if offering is None:
        raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
    return offering


def seats_of(tx: Transaction, offering: Any, today: date) -> Seats:
    """The seats as they are today: a reservation that has ended counts no more, whether a timer ran or not."""
    reserved = reserved_on(offering.reserved_seats, today)
    taken_by = queries.seated_by_agency(tx, offering.id, reserved) if reserved else {}
    return Seats(offering.capacity, offering.seats_taken, offering.waitlist_limit, offering.waiting, reserved, taken_by)


def next_up(tx: Transaction, offering: Any, seats: Seats) -> tuple[list[Any], Seats]:
    """Those of the waiting who get a seat now, and the seats after them. Nothing is written yet."""
    free = seats.capacity - seats.taken
    if not seats.waiting or free <= 0 or not entry.takes_people(offering):
        return [], seats
    queue = queries.waiting(tx, offering.id, limit=None if seats.reserved else free)
    places, seats = seats.move_up([row.agency_code for row in queue])
    return [queue[place] for place in places], seats


def seat(tx: Transaction, offering: Any, people: Sequence[Any], cause: Cause | None = None) -> None:
    """Give their seats to those who were `next_up`, and say so."""
    rows = [{"id": row.enrollment_id, "status": "confirmed", "waiting_number": None} for row in people]
    queries.update_each(tx, rows, reason=None, changed_at=tx.now)
    for row in people:
        tx.publish(facts.confirmed(offering, row, row.enrollment_id), cause)


def count(tx: Transaction, offering: Any, seats: Seats, **more: Any) -> None:
    """Write down the counters that belong to the rows."""
    queries.set_offering(tx, offering.id, seats_taken=seats.taken, waiting=seats.waiting, **more)
