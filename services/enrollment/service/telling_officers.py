"""Telling who the training officers of an agency are, for those who write to them."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.enrollment.models import officer_marks, people
from shared.database import Transaction
from shared.entrypoints import timer
from shared.events import OfficerDays, OfficersChangedV1
from shared.ids import new_id
from shared.persian import tehran_date

if TYPE_CHECKING:
    from shared.database import Database

ROLE = "training_officer"
BATCH = 200


class OfficerNews:
    """Mixed into the service."""

    db: "Database"

    @timer(interval=5)
    def tell_officers(self) -> None:
        """Tell of every agency whose officers changed who they are now, some hundred in a transaction."""
        with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
            more = officer_marks.has_marks(tx)
        while more:
            with self.db.transaction() as tx:
                more = _tell_some(tx)


def _tell_some(tx: Transaction) -> bool:
    """The whole state of each agency as it is under the lock on it, and so is the time; whether some were marked.

    Whose days are over is left out: an agency without officers is told with none.
    """
    codes = officer_marks.take_marked(tx, BATCH)
    today, found = tehran_date(tx.now), defaultdict(list)
    for row in people.days_of_role(tx, codes, ROLE):
        if row.until_day is None or row.until_day >= today:
            days = OfficerDays(employee_id=row.employee_id, from_day=row.from_day, until_day=row.until_day)
            found[row.agency_code].append(days)
    for code in codes:
        changed_at = datetime.now(UTC)
        tx.publish(OfficersChangedV1(change_id=new_id(), agency_code=code, officers=found[code], changed_at=changed_at))
    return bool(codes)
