"""What falls due by the day: whether an offering is formed, and reserved seats that become everybody's."""

from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.enrollment.domain.offerings import is_formed
from services.enrollment.domain.seats import next_release
from services.enrollment.models import offerings, queries
from services.enrollment.service import facts, seating
from shared.database import Transaction
from shared.entrypoints import timer
from shared.persian import tehran_date

if TYPE_CHECKING:
    from shared.database import Database

BATCH = 50


class OfferingTimers:
    db: "Database"

    @timer(interval=60)
    def decide_offerings(self) -> None:
        """Decide on every offering whose day of decision has begun in Tehran, each once, and say it.

        A day missed is made up for at the next start. Replicas share the work: what one has locked another skips.
        """
        while self._decide_some():
            pass

    @timer(interval=60)
    def release_reserved_seats(self) -> None:
        """Give reserved seats whose last day is over to those who wait longest."""
        while self._release_some():
            pass

    def _decide_some(self) -> bool:
        with self.db.transaction() as tx:
            due = queries.to_decide(tx, tehran_date(tx.now), BATCH)
            for formed in (True, False):
                chosen = [one for one in due if is_formed(one.seats_taken, one.min_seats) is formed]
                _decide(tx, chosen, formed)
        return len(due) == BATCH

    def _release_some(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            due = queries.to_release(tx, today, BATCH)
            for offering in due:
                _release(tx, offering, today)
        return len(due) == BATCH


def _decide(tx: Transaction, chosen: list[Any], formed: bool) -> None:
    """One that is not formed takes nobody from now on; its people are told when the catalog has called it off."""
    if not chosen:
        return
    these = offerings.c.id.in_([offering.id for offering in chosen])
    tx.execute(sa.update(offerings).where(these).values(decided_at=tx.now, formed=formed))
    for offering in chosen:
        tx.publish(facts.decided(offering, formed, tx.now))


def _release(tx: Transaction, offering: Any, today: date) -> None:
    seats = seating.seats_of(tx, offering, today)
    seating.pass_on(tx, offering, seats, releases_on=next_release(offering.reserved_seats, today))
