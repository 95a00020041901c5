"""What ends by itself: decisions and answers that did not come in time, and waiting once the course has begun."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from services.enrollment.domain.seats import waiting_ends_on
from services.enrollment.models import queries
from services.enrollment.service import facts, history, seating
from services.enrollment.service.history import CLOCK, Actor, Step
from shared.database import Transaction
from shared.entrypoints import timer
from shared.persian import tehran_date

if TYPE_CHECKING:
    from shared.database import Database

BATCH = 20


class LapseTimers:
    db: "Database"

    @timer(interval=30)
    def lapse_due(self) -> None:
        """End requests, invitations and offers whose time is over; an offered seat goes to the next who waits.

        Made up for after an outage; replicas share the offerings.
        """
        while self._lapse_some():
            pass

    @timer(interval=60)
    def end_waiting(self) -> None:
        """End the waiting in offerings that have begun and take nobody any more, and tell those who waited."""
        while self._end_some():
            pass

    def _lapse_some(self) -> bool:
        with self.db.transaction() as tx:
            due = queries.offerings_with_lapsed(tx, tx.now, BATCH)
            for offering in due:
                _lapse(tx, offering)
        return len(due) == BATCH

    def _end_some(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            due = [
                offering
                for offering in queries.to_end_waiting(tx, today, BATCH)
                if waiting_ends_on(offering.starts_on, offering.enrollment_closes_on) < today
            ]
            for offering in due:
                _end_waiting(tx, offering)
        return len(due) == BATCH


def _lapse(tx: Transaction, offering: Any) -> None:
    people = queries.lapsed_in(tx, offering.id, tx.now)
    seats = seating.seats_of(tx, offering, tehran_date(tx.now))
    for person in people:
        seats = seats.leave(person.status, person.seat_agency)
    let_go(tx, CLOCK, offering, people)
    seating.pass_on(tx, offering, seats)


def _end_waiting(tx: Transaction, offering: Any) -> None:
    let_go(tx, CLOCK, offering, queries.people_in_states(tx, offering.id, ("waitlisted",)))
    queries.set_offering(tx, offering.id, waiting=0)


def let_go(tx: Transaction, actor: Actor, offering: Any, people: Sequence[Any]) -> None:
    """End what these people had in an offering and tell them; the counters are left to the caller."""
    rows = [{"id": person.enrollment_id, "status": "lapsed", "waiting_number": None} for person in people]
    queries.update_each(tx, rows, changed_at=tx.now, expires_at=None, pending_step=None, approvals_left=[])
    steps = [Step(person.enrollment_id, person.status, "lapsed") for person in people]
    history.write(tx, actor, "lapse", steps)
    for person, step in zip(people, steps, strict=True):
        tx.publish(facts.lapsed(offering, person, step))
