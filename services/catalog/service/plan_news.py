"""Approved plans, told to others: in the transaction of the approval, or later those that nobody was told of."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from services.catalog.domain import plan_figures
from services.catalog.models import plans as models
from services.catalog.models.plans import AnnualPlan
from services.catalog.service import facts
from shared.database import Transaction
from shared.entrypoints import timer

if TYPE_CHECKING:
    from shared.database import Database

BATCH = 100


class PlanNews:
    db: "Database"
    ending: Callable[[], bool]

    @timer(interval=60)
    def tell_approved_plans(self) -> None:
        """Tell of the plans in force whose approval was not told: it is older than the news, or the release before
        approved it meanwhile. Replicas share them; each is told once."""
        while not self.ending() and self._tell_some():
            pass

    def _tell_some(self) -> bool:
        with self.db.transaction() as tx:
            plans = models.lock_untold(tx, BATCH)
            tell(tx, plans)
        return len(plans) == BATCH


def tell(tx: Transaction, plans: Collection[AnnualPlan]) -> None:
    """Say of these plans, which are locked, what their approved revisions foresee."""
    if not plans:
        return
    approvals = models.approvals_of(tx, plans)
    lines = [line for revision, _step in approvals.values() for line in revision.planned_offerings]
    types = models.types_of(tx, {(line["course_code"], line["course_version"]) for line in lines})
    for plan in plans:
        revision, step = approvals[plan.agency_code, plan.jalali_year]
        by_type = plan_figures.planned_by_type(revision.planned_offerings, types)
        # The same for the same revision, whoever tells of it.
        approval_id = uuid5(NAMESPACE_URL, f"plan:{plan.agency_code}:{plan.jalali_year}:{revision.revision}")
        tx.publish(facts.plan_approved(approval_id, revision, step, by_type))
        plan.told_revision = revision.revision
    tx.flush()
