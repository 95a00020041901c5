"""Annual plans: read, listed, followed up."""

from datetime import date
from typing import Any

from services.catalog.domain import plan_figures
from services.catalog.domain import plans as domain
from services.catalog.models import plans as models
from services.catalog.models.plans import AnnualPlan, PlanRevision
from services.catalog.policies import periods_of
from services.catalog.schemas import plan_follow_up as follow_up
from services.catalog.schemas import plans as schemas
from services.catalog.service.plan_replies import MINIMUM, minimum_hours, shown, summary
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Conflict
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_months_bounds, jalali_year_bounds, tehran_date
from shared.schemas import page_of

PLAN_READERS = ("training_officer", "auditor", "national")


class PlanQueries:
    @query(schemas.GetAnnualPlan, reply=schemas.AnnualPlan, roles=PLAN_READERS)
    def get_annual_plan(
        self, tx: Transaction, caller: Caller, agency_code: str, jalali_year: int, revision: int | None
    ) -> dict[str, Any]:
        """One revision of an agency's plan, the newest unless given, with what it comes to. NotFound `plan_not_found`.

        Required hours are the headcount times the yearly minimum in force on 1 Farvardin of that year, shown with its
        source: 60 hours a manager and 40 a member of staff (circular 200/90/31146 of 1390/12/04) unless another was
        recorded. Whether it binds each person or the average is not known. The calendar is a policy default.
        """
        plan = _plan(tx, caller, agency_code, jalali_year)
        row = tx.get(PlanRevision, (agency_code, jalali_year, revision or plan.revision))
        if row is None:
            raise domain.no_plan()
        return shown(tx, plan, row)

    @query(schemas.ListAnnualPlans, reply=page_of(schemas.PlanSummary), roles=PLAN_READERS)
    def list_annual_plans(
        self,
        tx: Transaction,
        caller: Caller,
        jalali_year: int | None,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Plans of the caller's agency, or of all for the national body, by agency and year; each in its newest
        revision, whose status `status` asks for."""
        agency_code = None if caller.is_national else caller.agency
        rows = models.page(tx, agency_code, jalali_year, status, _after(cursor), limit + 1)
        minimums = periods_of(tx, MINIMUM)
        items = [summary(plan, revision, minimums) for plan, revision in rows[:limit]]
        last = {name: items[-1][name] for name in ("agency_code", "jalali_year")} if len(rows) > limit else None
        return {"items": items, "next": encode_cursor(last) if last else None}

    @query(follow_up.FollowAnnualPlan, reply=follow_up.FollowUp, roles=PLAN_READERS)
    def follow_annual_plan(self, tx: Transaction, caller: Caller, agency_code: str, jalali_year: int) -> dict[str, Any]:
        """The approved plan against what was done of it until today in Tehran.

        Offerings are the agency's own that begin in the year; completions are those of its people, wherever they were
        taught, by the year of their last day. The minimum is taken for the whole days gone by (pro rata: a policy
        default). Conflict `plan_not_approved` while no revision is in force.
        """
        plan = _plan(tx, caller, agency_code, jalali_year)
        if plan.approved_revision is None:
            raise Conflict("plan_not_approved", "No revision of this plan is approved yet.")
        row = tx.get_one(PlanRevision, (agency_code, jalali_year, plan.approved_revision))
        today, (first, last) = tehran_date(tx.now), jalali_year_bounds(jalali_year)
        gone, days = plan_figures.days_gone(first, last, today)
        courses, unplanned = _courses(tx, row, today)
        totals = plan_figures.totals(courses, unplanned)
        minimum = minimum_hours(periods_of(tx, MINIMUM), jalali_year)
        against = plan_figures.against_minimum(row.headcount, minimum, totals["done_hours"], gone, days)
        return {
            "agency_code": agency_code,
            "jalali_year": jalali_year,
            "revision": row.revision,
            "on": today,
            "days_gone": gone,
            "days_of_year": days,
            "minimum_hours": minimum,
            "courses": courses,
            "unplanned": unplanned,
            "totals": totals,
            "against_minimum": against,
        }


def _plan(tx: Transaction, caller: Caller, agency_code: str, jalali_year: int) -> AnnualPlan:
    plan = tx.get(AnnualPlan, (agency_code, jalali_year))
    if plan is None or not caller.sees(agency_code):
        raise domain.no_plan()
    return plan


def _after(cursor: str | None) -> tuple[str, int] | None:
    if not cursor:
        return None
    key = decode_cursor(cursor, {"agency_code": str, "jalali_year": _year})
    return key["agency_code"], key["jalali_year"]


def _year(value: Any) -> int:
    year = int(value)
    if not domain.FIRST_YEAR <= year < 10_000:
        raise ValueError("is no year of a plan")
    return year


def _courses(tx: Transaction, revision: PlanRevision, today: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What became of each planned course, and of the others, with their titles."""
    agency_code, year = revision.agency_code, revision.jalali_year
    lines = revision.planned_offerings
    over = {place for place, line in enumerate(lines) if jalali_months_bounds(year, *domain.months_of(line))[1] < today}
    held = models.held(tx, agency_code, *jalali_year_bounds(year), today)
    planned, unplanned = plan_figures.progress(lines, over, held, models.done(tx, agency_code, year))
    titles = models.titles(tx, [row["course_code"] for row in planned + unplanned])
    for row in planned + unplanned:
        row["course_title"] = titles.get(row["course_code"])
    return planned, unplanned
