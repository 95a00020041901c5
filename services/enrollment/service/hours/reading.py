"""Hours of people and agencies in a Jalali year: three counters, each of its own, with what they rest on."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.enrollment.domain import hours as domain
from services.enrollment.domain.record import Line
from services.enrollment.models import hours as models
from services.enrollment.models import queries, record
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import hours as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours.figures import KEYS, MINIMUM_KEYS, Person, Rules, plain, read_people
from services.enrollment.service.record.reading import moment_of
from services.enrollment.service.sources import sources
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Invalid
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_year as year_of
from shared.persian import jalali_year_bounds, tehran_date
from shared.schemas import page_of

_TYPE2_KEYS = ("type2_thresholds", "type2_excludes_uses")


class HoursQueries:
    @query(schemas.GetTrainingHours, reply=schemas.TrainingHours, roles=roles.READERS)
    def get_training_hours(
        self, tx: Transaction, caller: Caller, employee_id: UUID, jalali_year: int | None, as_of: date | datetime | None
    ) -> dict[str, Any]:
        """Somebody's hours in a Jalali year by three counters: the yearly minimum (circular 200/90/31146), pay points,
        and what a type-2 certificate could use.

        Each names the lines that serve it and how many of their hours; a line that a limit cuts shows the counted part.
        The minimum is for the part of the year that somebody was employed (policy `part_year_rule`), in all agencies.
        As of a day or moment: the hours and employment that were known then. `policies` says what each
        number rests on and whether it is the regulation. NotFound `employee_not_found`; Invalid for a year or moment to
        come.
        """
        own_employee(tx, caller, employee_id)
        moment = moment_of(tx, as_of)
        day = tehran_date(moment)
        number = _year(jalali_year, day)
        rules = Rules(tx)
        person = read_people(tx, [employee_id], moment, day)[employee_id]
        own = [line for line in person.lines if line.jalali_year == number]
        year = rules.year(number)
        first_day = max(year.last, FIRST_DAY)
        return {
            "employee_id": employee_id,
            "jalali_year": number,
            "as_of": moment,
            "hours": round(sum(line.hours for line in own if line.counts), 2),
            "minimum": _minimum(person, own, rules, number) | {"binds": value_on(tx, "minimum_binds", first_day)},
            "pay": _pay(person, own, rules, number),
            "type2": _type2(tx, employee_id, own, rules, moment, number),
            "policies": sources(tx, (*KEYS, "minimum_binds", *_TYPE2_KEYS), year.first, year.last),
        }

    @query(schemas.AgencyYear, reply=schemas.AgencyHours, roles=roles.READERS)
    def agency_hours(
        self, tx: Transaction, caller: Caller, agency_code: str, jalali_year: int | None
    ) -> dict[str, Any]:
        """The yearly minimum in an agency, by person and as the agency's average: what was read does not say which of
        the two binds (policy `minimum_binds`). Contract staff are counted apart. NotFound `agency_not_found`; Invalid
        for a year to come."""
        scope.must_see(tx, caller, agency_code)
        number = _year(jalali_year, tehran_date(tx.now))
        rows = models.years_in(tx, agency_code, number)
        first, last = jalali_year_bounds(number)
        return {
            "agency_code": agency_code,
            "jalali_year": number,
            "binds": value_on(tx, "minimum_binds", max(last, FIRST_DAY)),
            **_of_agency([row for row in rows if row.staff_group != "contract"]),
            "groups": [{"staff_group": row.staff_group, **_of_agency([row])} for row in rows],
            "policies": sources(tx, (*MINIMUM_KEYS, "minimum_binds"), first, last),
        }

    @query(schemas.ListShortfalls, reply=page_of(schemas.Shortfall), roles=roles.READERS)
    def list_shortfalls(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        jalali_year: int | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Who of an agency has fewer hours than the whole year asks of them, by id. NotFound `agency_not_found`;
        Invalid for a year to come."""
        scope.must_see(tx, caller, agency_code)
        number = _year(jalali_year, tehran_date(tx.now))
        after = decode_cursor(cursor, {"employee_id": UUID})["employee_id"] if cursor is not None else None
        rows, last = queries.page(tx, models.short_in(agency_code, number, after), limit)
        items = [{**row._mapping, "missing_hours": domain.missing(row.required_hours, row.hours)} for row in rows]
        return {"items": items, "next": last and encode_cursor({"employee_id": last.employee_id})}


def year_figures(
    tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None
) -> dict[UUID, list[dict[str, Any]]]:
    """Of each of these people their Jalali years, the first one first, from the first hours or employment until today.

    Each year: `hours` that count, `job_hours` and `general_hours` of them, `required_hours` of the whole year (0: it
    asks for none), `missing_hours`, and `pay_hours` and `pay_points` that pay counts. As of a moment: the hours and
    employment that were known then. Years without hours that ask for none are left out.
    """
    rules, day = Rules(tx), tehran_date(as_of or tx.now)
    people = read_people(tx, employee_ids, as_of, day)
    return {one: plain(person.figures(rules, year_of(day))) for one, person in people.items()}


def _year(asked: int | None, day: date) -> int:
    """The Jalali year that is asked about: that of the day unless given. Invalid for one to come."""
    if asked is not None and asked > year_of(day):
        raise Invalid.field("jalali_year", "must not be a year to come")
    return asked or year_of(day)


def _minimum(person: Person, own: Sequence[Line], rules: Rules, number: int) -> dict[str, Any]:
    asked = person.asked(rules, number)
    required = round(sum(each.hours for each in asked), 2)
    hours = sum(line.hours for line in own if line.counts)
    done: dict[str, float] = {}
    for line in own:
        if line.counts:
            done[line.agency_code] = done.get(line.agency_code, 0.0) + line.hours
    agencies = [
        {
            "agency_code": each.agency_code,
            "staff_group": each.staff_group,
            "days": each.days,
            "hours": round(done.get(each.agency_code, 0.0), 2),
            "required_hours": each.hours,
        }
        for each in asked
    ]
    return {
        "required_hours": required,
        "hours": round(hours, 2),
        "missing_hours": domain.missing(required, hours),
        "agencies": agencies,
        "lines": _served(own, domain.serving_minimum(own, {number: required})),
    }


def _pay(person: Person, own: Sequence[Line], rules: Rules, number: int) -> dict[str, Any]:
    counted, pay = person.paid(rules), rules.pay(number)
    until = [line for line in person.lines if line.jalali_year <= number]
    hours = sum(counted.get(line.line_id, 0.0) for line in own)
    career = sum(counted.get(line.line_id, 0.0) for line in until)
    points = sum(counted.get(line.line_id, 0.0) * rules.pay(line.jalali_year).points for line in until)
    return {
        "points_per_hour": pay.points,
        "hours": round(hours, 2),
        "points": round(hours * pay.points, 2),
        "year_limit": pay.year_hours,
        "year_left": round(max(0.0, min(pay.year_hours - hours, pay.career_hours - career)), 2),
        "cut_hours": round(sum(line.hours for line in own if line.counts) - hours, 2),
        "career_hours": round(career, 2),
        "career_points": round(points, 2),
        "career_limit": pay.career_hours,
        "career_left": round(max(0.0, pay.career_hours - career), 2),
        "lines": _served(own, counted),
    }


def _type2(
    tx: Transaction, employee_id: UUID, own: Sequence[Line], rules: Rules, as_of: datetime, number: int
) -> dict[str, Any]:
    day = max(rules.year(number).last, FIRST_DAY)
    barred = value_on(tx, "type2_excludes_uses", day)
    used: dict[UUID, float] = {}
    for row in record.uses_of(tx, [employee_id], as_of):
        if row.purpose in barred:
            used[row.line_id] = used.get(row.line_id, 0.0) + row.hours
    sums: dict[str, float] = {}
    taken = 0.0
    for line in own:
        if line.counts:
            sums[line.course_type] = sums.get(line.course_type, 0.0) + line.hours
            taken += min(line.hours, used.get(line.line_id, 0.0))
    job, general = domain.hours_by_side(sums, rules.induction_side(number))
    free = round(job + general - taken, 2)
    levels = value_on(tx, "type2_thresholds", day)
    return {
        "hours": round(job + general, 2),
        "job_hours": round(job, 2),
        "general_hours": round(general, 2),
        "used_hours": round(taken, 2),
        "free_hours": free,
        "levels": [_type2_level(level, asks["hours_per_year"], free) for level, asks in levels.items()],
    }


def _type2_level(level: str, limit: float | None, free: float) -> dict[str, Any]:
    return {"level": level, "year_limit": limit, "countable_hours": free if limit is None else min(free, limit)}


def _served(own: Sequence[Line], serving: Mapping[UUID, float]) -> list[dict[str, Any]]:
    return [
        {"line_id": line.line_id, "hours": round(serving[line.line_id], 2), "hours_of_line": line.hours}
        for line in own
        if line.line_id in serving
    ]


def _of_agency(rows: Sequence[Any]) -> dict[str, Any]:
    people, hours, required, short, missing = (
        sum(getattr(row, name) for row in rows)
        for name in ("people", "hours", "required_hours", "short", "missing_hours")
    )
    average: dict[str, float | None] = {"hours": None, "required_hours": None, "missing_hours": None}
    if people:
        average = {
            "hours": round(hours / people, 2),
            "required_hours": round(required / people, 2),
            "missing_hours": domain.missing(required / people, hours / people),
        }
    return {
        "people": people,
        "hours": round(hours, 2),
        "required_hours": round(required, 2),
        "person_shortfall": {"people": short, "missing_hours": round(missing, 2)},
        "agency_average": average,
    }
