"""What is foreseen for somebody, and what is due in an agency."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain.foreseen import DONE, DUE, OVERDUE, Item, absent_before, status_on
from services.enrollment.models import foreseen as models
from services.enrollment.models import queries
from services.enrollment.schemas import foreseen as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.foreseen.offerings import OF_AN_ITEM, by_course, offerings_page
from services.enrollment.service.foreseen.rules import KEYS, Demands, demands_on, is_there, items_of, subjects_of
from services.enrollment.service.hours.figures import MINIMUM_KEYS
from services.enrollment.service.hours.reading import year_figures
from services.enrollment.service.sources import sources
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_year, tehran_date
from shared.schemas import page_of

# What orders a list of what is due, with how each part is read from a cursor.
_KEY: dict[str, Callable[[Any], Any]] = {
    "sorted_on": date.fromisoformat,
    "employee_id": UUID,
    "cause": str,
    "code": str,
}


class ForeseenQueries:
    @query(schemas.WhatIsForeseen, reply=schemas.Foreseen, roles=roles.READERS)
    def what_is_foreseen(
        self, tx: Transaction, caller: Caller, employee_id: UUID, on: date | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """What somebody must complete and until when, the hours of the year, and the offerings that they could enter.

        - `induction`: one of the published programmes of induction, by the end of the probation period (circular 98565;
          time and effect are policy defaults: `probation_years`), of those hired from `induction_since` on;
        - `compulsory`: what the policy `compulsory_courses` names, such as citizen rights (decision 1127128);
        - `renewal`: a course completed before that the catalog has refreshed every so many months, counted from the
          last time; a completion of an equivalent course counts too;
        - `pre_appointment`: of candidates (`record_candidacy`) a programme before appointment (circular
          200/90/32664, CSML art. 56).

        Recognised training and records of the past count by their course. A day is wholly inside; months are of the
        Jalali calendar. Without a known day of employment nothing is overdue: `not_known` has `hired_on`. Of somebody
        who has left nothing is due. Offerings are those that `enroll` would let them in, today, without courses that
        they have or take; a page may be short with more to come. NotFound `employee_not_found`.
        """
        person = own_employee(tx, caller, employee_id)
        today = tehran_date(tx.now)
        day = on or today
        demands = demands_on(tx, day)
        subjects = subjects_of(tx, demands, [person] if is_there(person) else [], day)
        items = items_of(demands, subjects, day).get(employee_id, [])
        renewing = {item.code for item in items if item.cause == "renewal" and item.status(today) in (OVERDUE, DUE)}
        renewing = renewing.union(*(demands.rules.standing_for(code) for code in renewing))
        posts = models.running_candidacies(tx, [employee_id]).get(employee_id, ())
        absent = {code for post in posts for code in absent_before(demands.rules, post.post_level)}
        absent -= {*demands.unpublished, *(item.code for item in items if item.done_on is not None)}
        return {
            "employee_id": employee_id,
            "on": day,
            "compulsory": _shown_items(tx, demands, person, items, day, renewing),
            "hours": _hours(tx, employee_id, day),
            "offerings": offerings_page(tx, person, today, renewing, limit, cursor),
            "candidacies": [{"candidacy_id": row.id, **row._mapping} for row in posts],
            "not_known": ["hired_on"] if person.hired_on is None else [],
            "unpublished": [*demands.unpublished, *sorted(absent)],
            "policies": sources(tx, (*KEYS, *MINIMUM_KEYS), day),
        }

    @query(schemas.ListDue, reply=page_of(schemas.DueOfPerson), roles=roles.READERS)
    def list_due(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        status: str | None,
        cause: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Who in an agency has something overdue, due or upcoming, by its last day; what has no day comes last.

        Read from what is kept of everybody, which follows a registration, a completion or a move within a minute, and a
        change of a policy or programme as soon as everybody was looked through. NotFound `agency_not_found`.
        """
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
            codes: Sequence[str] | None = [agency_code]
        else:
            codes = None if caller.is_national else scope.codes(tx, caller)
        today = tehran_date(tx.now)
        statement = models.listed(codes).where(*models.with_status(status, today))
        if cause is not None:
            statement = statement.where(models.due_items.c.cause == cause)
        if cursor is not None:
            statement = statement.where(models.after(decode_cursor(cursor, _KEY)))
        rows, last = queries.page(tx, statement, limit)
        following = last and {name: str(getattr(last, name)) for name in _KEY}
        return {"items": _listed(tx, rows, today), "next": following and encode_cursor(following)}


def _shown_items(
    tx: Transaction, demands: Demands, person: Any, items: Sequence[Item], day: date, renewing: Collection[str]
) -> list[dict[str, Any]]:
    running = models.in_progress(tx, [person.id], demands.courses)
    wanted = {item: _wanted(demands, item) for item in items if item.done_on is None}
    open_now = by_course(tx, person, tehran_date(tx.now), set[str]().union(*wanted.values()), renewing)
    shown = []
    for item in sorted(items, key=lambda one: (one.done_on is not None, one.due_on or date.max, one.cause, one.code)):
        courses = demands.courses_of(item.code, is_programme=item.is_programme)
        taken = [row._mapping for row in running if row.course_code in courses] if item.done_on is None else []
        offered = [one for code in wanted.get(item, ()) for one in open_now.get(code, ())]
        offered.sort(key=lambda one: (one["starts_on"], one["offering_id"]))
        shown.append(
            {
                "title": demands.title(item.code),
                "hours": None if item.is_programme else demands.hours.get(item.code),
                "status": item.status(day),
                "progress": DONE if item.done_on is not None else _progress(taken, begun=item.begun),
                "running": taken,
                "offerings": offered[:OF_AN_ITEM],
                **{name: getattr(item, name) for name in ("cause", "code", "is_programme", "due_on", "opens_on")},
                **{name: getattr(item, name) for name in ("done_on", "missing", "not_known")},
            }
        )
    return shown


def _wanted(demands: Demands, item: Item) -> set[str]:
    """The courses that would bring somebody on, and those that stand for them."""
    return set(item.missing).union(*(demands.rules.standing_for(code) for code in item.missing))


def _progress(running: Sequence[Any], *, begun: bool) -> str:
    return "in_progress" if begun or running else "not_started"


def _listed(tx: Transaction, rows: Sequence[Any], today: date) -> list[dict[str, Any]]:
    demands = demands_on(tx, today)
    courses = {
        (row.code, row.is_programme): demands.courses_of(row.code, is_programme=row.is_programme) for row in rows
    }
    running: dict[UUID, list[Mapping[str, Any]]] = {}
    for one in models.in_progress(tx, {row.employee_id for row in rows}, set[str]().union(*courses.values())):
        running.setdefault(one.employee_id, []).append(one._mapping)
    items = []
    for row in rows:
        theirs = courses[row.code, row.is_programme]
        taken = [one for one in running.get(row.employee_id, ()) if one["course_code"] in theirs]
        more: dict[str, Any] = {"status": status_on(row.due_on, row.opens_on, today), "running": taken}
        more["hours"] = None if row.is_programme else demands.hours.get(row.code)
        more |= {"title": demands.title(row.code), "progress": _progress(taken, begun=row.begun)}
        items.append(dict(row._mapping) | more)
    return items


def _hours(tx: Transaction, employee_id: UUID, day: date) -> dict[str, Any]:
    year = jalali_year(day)
    for known in year_figures(tx, [employee_id])[employee_id]:
        if known["jalali_year"] == year:
            same = {"required": known["required_hours"], "done": known["hours"], "missing": known["missing_hours"]}
            return {"jalali_year": year, **same}
    # A year that is left out asked for nothing; of one to come it is not known.
    asked = 0.0 if day <= tehran_date(tx.now) else None
    return {"jalali_year": year, "required": asked, "done": 0.0, "missing": asked}
