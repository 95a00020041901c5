"""Annual plans as replies show them: what a revision says, and what it comes to."""

from datetime import date
from typing import Any

from services.catalog.domain import plan_figures
from services.catalog.models import plans as models
from services.catalog.models.base import columns_of
from services.catalog.models.plans import AnnualPlan, PlanRevision
from services.catalog.policies import periods_of, policy_on
from shared.database import Transaction
from shared.persian import jalali_months_bounds, jalali_year_bounds
from shared.policies.rules import Period, in_force

MINIMUM = "yearly_minimum_hours"


def content_of(revision: PlanRevision) -> dict[str, Any]:
    return {name: getattr(revision, name) for name in ("headcount", "needs", "planned_offerings", "budget")}


def shown(tx: Transaction, plan: AnnualPlan, revision: PlanRevision) -> dict[str, Any]:
    """A revision with all it says, what it comes to, and the steps of the whole plan."""
    steps = models.steps_of(tx, plan.agency_code, plan.jalali_year)
    reply = summary(plan, revision, periods_of(tx, MINIMUM))
    reply["figures"]["needs_not_covered"] = plan_figures.needs_not_covered(revision.needs, revision.planned_offerings)
    return reply | {"calendar": _calendar(tx, plan.jalali_year), "steps": [columns_of(step) for step in steps]}


def summary(plan: AnnualPlan, revision: PlanRevision, minimums: list[Period]) -> dict[str, Any]:
    """A revision and its totals; `minimums` are the yearly minimum hours by their days."""
    minimum = minimum_hours(minimums, plan.jalali_year)
    figures = plan_figures.figures(content_of(revision), minimum)
    return columns_of(revision) | {
        "edit": plan.edit,
        "newest_revision": plan.revision,
        "approved_revision": plan.approved_revision,
        "figures": figures | {"minimum_hours": minimum},
    }


def minimum_hours(minimums: list[Period], jalali_year: int) -> dict[str, Any] | None:
    """The minimum in force on the first day of a Jalali year, with its source; None before there was one."""
    period = in_force(minimums, jalali_year_bounds(jalali_year)[0])
    if period is None:
        return None
    names = ("effective_from", "source", "confidence", "basis")
    said: dict[str, Any] = {name: getattr(period.policy, name) for name in names}
    return said | period.policy.value


def _calendar(tx: Transaction, jalali_year: int) -> dict[str, Any] | None:
    """The days of the year before by which a plan is made, by the policy in force on the plan's first day."""
    calendar = policy_on(tx, "annual_plan_calendar", jalali_year_bounds(jalali_year)[0])
    if calendar is None:
        return None
    months: dict[str, int] = calendar.value
    first, last = jalali_months_bounds(jalali_year - 1, months["needs_from_month"], months["needs_to_month"])
    approve_until = _last_day(jalali_year - 1, months["approval_by_month"])
    return {
        "needs_from_on": first,
        "needs_until_on": last,
        "approve_until_on": approve_until,
        "basis": calendar.basis,
    }


def _last_day(jalali_year: int, month: int) -> date:
    return jalali_months_bounds(jalali_year, month, month)[1]
