"""What the clock does to certificates: reminding of the last day, and writing down that it is over."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

from services.certification import models
from services.certification.domain.validity import reminder_due
from services.certification.policies import value_on
from services.certification.service.desk import Desk
from services.certification.service.moving import CLOCK, about, move
from shared.database import Database
from shared.entrypoints import timer
from shared.events import CertificateExpiringV1
from shared.persian import tehran_date

BATCH = 200
# Reminders are named by certificate and occasion, so that one that was said twice is mailed once.
REMINDERS = UUID("5a0f4f0e-3b1c-4d57-9a86-0c6f1d1f7c11")


class ExpiryTimers(Desk):
    db: Database

    @timer(interval=60)
    def expire_pending(self) -> None:
        """Let certificates expire on the day after their last; replicas share the work, an outage is made up for."""
        while self._expire_some():
            pass

    @timer(interval=300)
    def remind_of_expiry(self) -> None:
        """Remind holders some days before, once for each occasion, unless something outlasts the certificate already.

        Of several occasions that were missed only the last is made up for.
        """
        while self._remind_some():
            pass

    def _expire_some(self) -> bool:
        with self.db.transaction() as tx:
            rows = models.lock_expired(tx, tehran_date(tx.now), BATCH)
            if rows:
                move(tx, self.office, rows, "expire", CLOCK)
        return len(rows) == BATCH

    def _remind_some(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            occasions = sorted(value_on(tx, "expiry_reminder_days", today))
            rows = models.lock_to_remind(tx, _ranges(occasions, today), BATCH)
            said: dict[int, list[UUID]] = {}
            for row in rows:
                left = (row.valid_until - today).days
                occasion = reminder_due(left, occasions)
                assert occasion is not None, "its last day lies in the range of an occasion"
                said.setdefault(occasion, []).append(row.id)
                reminder_id = uuid5(REMINDERS, f"{row.id}/{occasion}")
                days = {"valid_until": row.valid_until, "days_left": left}
                tx.publish(CertificateExpiringV1(**about(self.office, row), **days, reminder_id=reminder_id))
            for occasion, ids in sorted(said.items()):
                models.set_certificates(tx, ids, reminded_days=occasion)
        return len(rows) == BATCH


def _ranges(occasions: Sequence[int], today: date) -> list[tuple[int, date, date]]:
    """For each occasion the last days that it is the one to remind on: from after the next smaller one up to it."""
    steps = pairwise([-1, *occasions])
    return [(days, today + timedelta(days=before + 1), today + timedelta(days=days)) for before, days in steps]
