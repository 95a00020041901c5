"""Figures of agencies are counted again after what they are made of changed; plans that the catalog told of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from services.enrollment.models import compliance_counts as models
from services.enrollment.models.compliance import has_answer_marks, marked_since
from services.enrollment.models.compliance_counts import Key
from shared import metrics
from shared.database import Transaction
from shared.entrypoints import subscribe, timer
from shared.events import PlanApprovedV1
from shared.messages import Message
from shared.persian import jalali_year

if TYPE_CHECKING:
    from shared.database import Database

MARKS, ANSWER_MARKS = 5_000, 20_000  # of answers many belong to one agency and year, which is counted once


class ComplianceCounting:
    db: "Database"
    ending: Callable[[], bool]

    @subscribe(PlanApprovedV1, batch=200)
    def on_plan_approved(self, tx: Transaction, messages: list[Message[PlanApprovedV1]]) -> None:
        """Keep what an agency's plan of a year foresees; the latest revision holds, in whatever order they come."""
        plans: dict[tuple[str, int], PlanApprovedV1] = {}
        for message in sorted(messages, key=lambda one: one.event.revision):
            plans[message.event.agency_code, message.event.jalali_year] = message.event
        models.take_plans(tx, [_plan(plans[key]) for key in sorted(plans)])

    @timer(interval=10)
    def count_agency_years(self) -> None:
        """Count the sums of agencies and years of which something changed. Replicas share the marks."""
        with self.db.reading() as tx:
            since = marked_since(tx)
        metrics.FIGURES_BEHIND.set(max(0.0, (tx.now - since).total_seconds()) if since else 0.0)
        while since is not None and not self.ending() and self._count_years():
            pass

    @timer(interval=60)
    def count_agency_answers(self) -> None:
        """Count answers and scores of agencies' own people again, where there are new ones."""
        with self.db.reading() as tx:
            waiting = has_answer_marks(tx)
        while waiting and not self.ending() and self._count_answers():
            pass

    def _count_years(self) -> bool:
        with self.db.transaction() as tx:
            marks = models.take_marks(tx, MARKS)
            if marks:
                models.add_lines(tx, marks)
                models.count_years(tx, {Key(mark.jalali_year, mark.agency_code) for mark in marks})
        return len(marks) == MARKS

    def _count_answers(self) -> bool:
        with self.db.transaction() as tx:
            marks = models.take_answer_marks(tx, ANSWER_MARKS)
            days = models.last_days(tx, {mark.offering_id for mark in marks})
            keys = {
                Key(jalali_year(days[one.offering_id]), one.agency_code) for one in marks if one.offering_id in days
            }
            for key in sorted(keys):
                models.count_answers(tx, key)
        return len(marks) == ANSWER_MARKS


def _plan(event: PlanApprovedV1) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__ if name != "approval_id"}
    return said | {"by_type": msgspec.to_builtins(event.by_type)}
