"""Completions that are not in the record yet: those of an earlier release that still served after the upgrade."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.enrollment.models import recording as models
from services.enrollment.service.history import CLOCK
from services.enrollment.service.record import recording
from shared.entrypoints import timer
from shared.persian import jalali_year

if TYPE_CHECKING:
    from shared.database import Database

DAYS, BATCH = 40, 500


class MissedTimers:
    db: "Database"
    log: Any
    ending: Callable[[], bool]

    @timer(interval=3600)
    def enter_missed(self) -> None:
        """Enter completions of the last 40 days that have no line, as known since they were recorded.

        Every completion is entered in its own transaction, so there are none but after an upgrade, or after a while
        in which the release before served again. What that one corrected meanwhile is not looked at.
        """
        while not self.ending() and self._enter_some() == BATCH:
            pass

    def _enter_some(self) -> int:
        with self.db.transaction() as tx:
            rows = models.completions_without_line(tx, tx.now - timedelta(days=DAYS), BATCH)
            said = {"source": "own", "recorded_by": CLOCK.system}
            recording.enter(
                tx, [{**row._mapping, **said, "jalali_year": jalali_year(row.completed_on)} for row in rows]
            )
        if rows:
            self.log.warning("missed_completions_entered", count=len(rows))
        return len(rows)
