"""How agencies meet what a Jalali year asks of them: coverage, hours, what is missing, plans, and what it brought."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from services.enrollment.domain import compliance as domain
from services.enrollment.domain.effectiveness import Pairs
from services.enrollment.models import agencies
from services.enrollment.models import compliance as models
from services.enrollment.models.people import agency_tree
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import compliance as schemas
from services.enrollment.service import effectiveness, roles, scope
from services.enrollment.service.hours.figures import MINIMUM_KEYS
from services.enrollment.service.sources import sources
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.paging import decode_cursor, encode_cursor
from shared.persian import TEHRAN, jalali_year_bounds, tehran_date

POLICIES = (*MINIMUM_KEYS, "minimum_binds", "induction_side")
Codes = Sequence[str] | None


class ComplianceQueries:
    @query(schemas.AgencyCompliance, reply=schemas.AgencyComplianceReply, roles=roles.READERS)
    def agency_compliance(
        self, tx: Transaction, caller: Caller, agency_code: str, jalali_year: int, with_below: bool
    ) -> dict[str, Any]:
        """Figures of an agency for a Jalali year: coverage, hours per head by group of staff, shortfalls, the approved
        plan against what was done, type-2 certificates and ranks, and what people and agencies said of it.

        The yearly minimum is 60 hours a manager and 40 a member of staff (circular 200/90/31146 of 1390/12/04);
        whether it binds each person or the agency's average was not found, so both are reported, and contract staff
        are counted apart in it. `policies` names every number used with its source. Hours stay with the agency where
        they were earned: who moves within the year is counted in each agency, for the part of the year there.
        `with_below` adds the agencies that are below it today. Effectiveness is that of the agency's own people, by
        the year of the offerings' last days, and shows nothing of fewer than `min_answers_shown` of them. Of a running
        year everything is so far, against the minimum of the whole year; of one to come (`state` ahead) there is only
        its plan. NotFound `agency_not_found`.
        """
        agency = own_agency(tx, caller, agency_code)
        codes = sorted(tx.scalars(agency_tree.subtree(agency_code))) if with_below else [agency_code]
        year = Year(tx, jalali_year)
        about = year.about(tx, codes)
        sums = models.sums_of(tx, codes, jalali_year)
        groups, unknown = domain.by_group(row._mapping for row in sums)
        total = domain.total(groups, year.induction_side)
        certificates, ranks = models.advanced(tx, codes, year.first, year.last)
        return {
            **about,
            "has_data": bool(sums),
            "agency_code": agency_code,
            "agency_name": agency.name,
            "with_below": with_below,
            "agencies": len(codes),
            "complete_agencies": models.count_complete(tx, codes, year.complete_until),
            "total": total,
            "required_hours_so_far": domain.rounded(total["average"]["required_hours"] * year.gone),
            "groups": [
                {"staff_group": group, **domain.figures(of_group, year.induction_side)}
                for group, of_group in groups.items()
            ],
            "beside": domain.beside(unknown),
            "plan": _plan(tx, agency_code, codes, year, [*groups.values(), unknown]),
            "advancement": {"type2_awarded": certificates, "ranks_reached": ranks},
            "effectiveness": _effectiveness(tx, codes, jalali_year),
        }

    @query(schemas.ListAgencyCompliance, reply=schemas.AgencyCompliancePage, roles=roles.READERS)
    def list_agency_compliance(
        self,
        tx: Transaction,
        caller: Caller,
        jalali_year: int,
        agency_code: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """The main figures of the agencies that the caller may see, by code, each by itself, and the total of the list.

        National callers get all agencies, others their own and those below it. Figures are as in `agency_compliance`;
        who moves within the year is counted in each agency. NotFound `agency_not_found`.
        """
        codes = visible(tx, caller, agency_code)
        after = decode_cursor(cursor, {"code": str})["code"] if cursor else None
        rows = models.agencies_after(tx, codes, after, limit + 1)
        shown = rows[:limit]
        year = Year(tx, jalali_year)
        about = year.about(tx, codes)
        sums = models.sums_of(tx, codes, jalali_year)
        groups, _unknown = domain.by_group(row._mapping for row in sums)
        plans = models.plans_of(tx, codes, jalali_year)
        return {
            **about,
            "has_data": bool(sums),
            "items": items_of(tx, shown, year, {plan.agency_code: plan for plan in plans}),
            "next": encode_cursor({"code": shown[-1].code}) if len(rows) > limit else None,
            "total": {
                **domain.total(groups, year.induction_side),
                "agencies": models.count_agencies(tx, codes),
                "complete_agencies": models.count_complete(tx, codes, year.complete_until),
                "agencies_with_plan": len(plans),
                "planned_hours": domain.rounded(sum(plan.hours for plan in plans)),
            },
        }


class Year:
    """A Jalali year as it stands today in Tehran."""

    def __init__(self, tx: Transaction, jalali_year: int) -> None:
        self.number = jalali_year
        self.first, self.last = jalali_year_bounds(jalali_year)
        self.today = tehran_date(tx.now)
        self.calendar = domain.calendar(self.first, self.last, self.today)
        self.gone = self.calendar["days_gone"] / self.calendar["days_of_year"]
        # What a year asks of people is kept from the year before their registration on.
        after_next = jalali_year_bounds(jalali_year + 1)[1] + timedelta(days=1)
        self.complete_until = datetime.combine(after_next, time.min, TEHRAN)
        self.induction_side: str = value_on(tx, "induction_side", self._day())

    def _day(self) -> date:
        """The last day of the year that has come, and that policies know of."""
        return max(min(self.last, self.today), FIRST_DAY)

    def about(self, tx: Transaction, codes: Codes) -> dict[str, Any]:
        """What every reply says of the year, the moment of the figures, and the numbers that they rest on.

        Asked for before the sums are read: those that are counted meanwhile are newer than it says, and never older.
        """
        used = sources(tx, POLICIES, self.first, self.last)
        return {
            "jalali_year": self.number,
            **self.calendar,
            "as_of": models.marked_since(tx, codes, self.number) or tx.now,
            "policies": [*used, *sources(tx, ("min_answers_shown",), self.today)],
        }


def own_agency(tx: Transaction, caller: Caller, agency_code: str) -> Any:
    """The row of an agency that the caller may see. NotFound `agency_not_found`."""
    scope.must_see(tx, caller, agency_code)
    return tx.execute(agencies.select().where(agencies.c.code == agency_code)).one()


def visible(tx: Transaction, caller: Caller, agency_code: str | None) -> Codes:
    """The agencies of a list; None are all. NotFound `agency_not_found`."""
    if agency_code is None:
        return None if caller.is_national else scope.codes(tx, caller)
    scope.must_see(tx, caller, agency_code)
    return tx.scalars(agency_tree.subtree(agency_code)).all()


def items_of(tx: Transaction, rows: Sequence[Any], year: Year, plans: dict[str, Any]) -> list[dict[str, Any]]:
    found: dict[str, list[Any]] = {row.code: [] for row in rows}
    for sums in models.sums_by_agency(tx, list(found), year.number):
        found[sums.agency_code].append(sums._mapping)
    items = []
    for row in rows:
        plan = plans.get(row.code)
        groups, _unknown = domain.by_group(found[row.code])
        named: dict[str, Any] = {
            "agency_code": row.code,
            "agency_name": row.name,
            "parent_code": row.parent_code,
            "kind": row.kind,
        }
        planned = {"planned_hours": plan and plan.hours, "budget": plan and plan.budget}
        named["is_complete"] = row.registered_at < year.complete_until
        items.append({**named, **planned, **domain.total(groups, year.induction_side)})
    return items


def _plan(
    tx: Transaction, agency_code: str, codes: Sequence[str], year: Year, sums: Sequence[Any]
) -> dict[str, Any] | None:
    """The plans of these agencies together against all that was done in them; None without a plan."""
    plans = {plan.agency_code: plan for plan in models.plans_of(tx, codes, year.number)}
    if not plans:
        return None
    planned = domain.plans_added([plan._mapping for plan in plans.values()])
    lines, hours = models.lines_by_type(tx, codes, year.number), domain.added(sums)
    done = {kind: (lines.get(kind, 0), hours[f"{kind}_hours"]) for kind in domain.TYPES}
    against = domain.plan_against_done(planned, done, year.calendar["days_gone"], year.calendar["days_of_year"])
    own = plans.get(agency_code)
    return {
        "agencies": len(plans),
        **{name: own and getattr(own, name) for name in ("revision", "minutes_number", "approved_on")},
        **{name: planned[name] for name in ("headcount", "offerings", "budget")},
        "planned_people": planned["people"],
        **against,
    }


def _effectiveness(tx: Transaction, codes: Sequence[str], jalali_year: int) -> dict[str, Any]:
    """The four levels from what was counted of these agencies' own people, as `effectiveness` shows them."""
    least = value_on(tx, "min_answers_shown", tehran_date(tx.now))
    kinds: dict[str, SimpleNamespace] = {}
    answers, pairs = [], []
    names = ("kind", "questionnaire_agency", "questionnaire_code", "questionnaire_version", "item", "number", "people")
    for counted in models.answers_of(tx, codes, jalali_year):
        for kind, (asked, answered, late) in counted["forms"].items():
            of_kind = kinds.setdefault(kind, SimpleNamespace(asked=0, answered=0, late=0))
            of_kind.asked, of_kind.answered, of_kind.late = (
                of_kind.asked + asked,
                of_kind.answered + answered,
                of_kind.late + late,
            )
        answers += [SimpleNamespace(own=True, **dict(zip(names, row, strict=True))) for row in counted["answers"]]
        pairs += [Pairs(True, *row) for row in counted["pairs"]]
    return effectiveness.figures(tx, kinds, effectiveness.by_item(answers), pairs, least)
