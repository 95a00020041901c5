"""What the rows of a bulk job do, a batch at a time: each as its single call would, in a fixed number of statements."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from marshmallow import Schema, ValidationError

from services.enrollment.models import employees, enrollments
from services.enrollment.models.people import hold, hold_those_of
from services.enrollment.schemas import files
from services.enrollment.schemas.enrollments import Result
from services.enrollment.schemas.staff import RegisterEmployee
from services.enrollment.service import judging, scope, seats
from services.enrollment.service.entrance import NOMINATION, Entrance
from services.enrollment.service.history import Actor
from services.enrollment.service.importing import Outcome, register_many
from services.enrollment.service.results import mark_results
from services.enrollment.service.seating import known_offering
from shared import green
from shared.auth import Caller
from shared.database import Transaction
from shared.files import Columns, Row
from shared.persian import digits_ascii, national_code, normalise, tehran_date


def _import(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    shape, outcomes = _shape(RegisterEmployee), dict[int, Outcome]()
    people, places = [], []
    for place, row in enumerate(batch):
        if place % 100 == 0:
            green.pause()
        try:
            loaded = _loaded(shape, row, {"agency_code": job.agency_code})
        except _Unusable as error:
            outcomes[place] = error.outcome
            continue
        people.append((loaded, frozenset(row.values.keys() & loaded.keys())))
        places.append(place)
    found = register_many(tx, people, dry_run=job.dry_run)
    outcomes |= dict(zip(places, found, strict=True))
    return [outcomes[place] for place in range(len(batch))]


def _nominate(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    people = _people(tx, caller, batch)
    found = scope.visible(tx, caller, hold(tx, {row.id for row in people.values()}))
    offering = known_offering(tx, job.offering_id)
    entrance = Entrance(tx, Actor.of(caller), offering, found, tehran_date(tx.now), NOMINATION)
    ids = [people[place].id if place in people else None for place in range(len(batch))]
    rows = iter(seats.consider_all(entrance, [one for one in ids if one is not None], found, job.dry_run))
    outcomes = [
        _nominated(next(rows)) if one is not None else _nobody(row) for one, row in zip(ids, batch, strict=True)
    ]
    if not job.dry_run:
        entrance.write()
    return outcomes


def _record(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    enrolled = _enrolled(tx, job.offering_id, batch)
    hold_those_of(tx, set(enrolled.values()))
    offering = known_offering(tx, job.offering_id)
    scope.must_own(tx, caller, offering)
    judging.refuse_closed(offering)
    shape, results, outcomes = _shape(Result), [], dict[int, Outcome]()
    for place, row in enumerate(batch):
        given = {name: value for name, value in row.values.items() if name in ("attended_hours", "score")}
        try:
            named = {"enrollment_id": str(enrolled[place])} if place in enrolled else {}
            if not named and row.problem is None:
                outcomes[place] = _nobody(row)
                continue
            results.append((place, _loaded(shape, row._replace(values=given), named)))
        except _Unusable as error:
            outcomes[place] = error.outcome
    marked, rejected = mark_results(tx, offering, [result for _place, result in results])
    if not job.dry_run:
        judging.settle(tx, Actor.of(caller), "record_result", offering, marked)
    decided = {mark.row.id: Outcome("accepted", mark.row.id, status=mark.status) for mark in marked}
    refused: dict[UUID, deque[dict[str, Any]]] = {}
    for each in rejected:
        refused.setdefault(each["enrollment_id"], deque()).append(each)
    seen = set[UUID]()
    for place, result in results:
        enrollment_id = result["enrollment_id"]
        first = enrollment_id in decided and enrollment_id not in seen
        seen.add(enrollment_id)
        outcomes[place] = decided[enrollment_id] if first else _rejected(refused[enrollment_id].popleft(), decided)
    return [outcomes[place] for place in range(len(batch))]


class Work(NamedTuple):
    """What files of a kind may hold, and what is done with a batch of their rows."""

    columns: Columns
    do: Callable[[Transaction, Caller, Any, Sequence[Row]], list[Outcome]]


WORK = {
    "import_employees": Work(files.EMPLOYEES, _import),
    "nominate_many": Work(files.NOMINATIONS, _nominate),
    "record_results_many": Work(files.RESULTS, _record),
}


class _Unusable(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


@cache
def _shape(shape: type[Schema]) -> Schema:
    return shape()


def _loaded(shape: Schema, row: Row, more: dict[str, Any]) -> dict[str, Any]:
    """The row as its call would take it; raises _Unusable naming every wrong field."""
    if row.problem is not None:
        raise _Unusable(Outcome("refused", None, "unreadable_row", f"The line {row.problem}."))
    try:
        return dict(shape.load(row.values | more))
    except ValidationError as error:
        said = "; ".join(f"{name}: {_first(reasons)}" for name, reasons in sorted(error.normalized_messages().items()))
        raise _Unusable(Outcome("refused", None, "invalid_arguments", said)) from None


def _first(reasons: Any) -> str:
    return str(reasons[0] if isinstance(reasons, list) else reasons)


def _people(tx: Transaction, caller: Caller, batch: Sequence[Row]) -> dict[int, Any]:
    """The employee that each row names, by its place; the caller's own people alone."""
    own = employees.c
    names = [_named(row) for row in batch]
    wanted: dict[str, list[Any]] = {"employee_id": [], "national_code": [], "personnel_number": []}
    for kind, value in names:
        wanted.get(kind, []).append(value)
    conditions = [
        own.id.in_(wanted["employee_id"]),
        own.national_code.in_(wanted["national_code"]),
        sa.and_(own.personnel_number.in_(wanted["personnel_number"]), own.agency_code == caller.agency),
    ]
    rows = tx.execute(sa.select(employees).where(sa.or_(*conditions))).all()
    seen = scope.visible(tx, caller, {row.id: row for row in rows}).values()
    by_name: dict[tuple[str, Any], Any] = {}
    for row in seen:
        by_name |= {("employee_id", row.id): row, ("national_code", row.national_code): row}
        if row.agency_code == caller.agency:
            by_name["personnel_number", row.personnel_number] = row
    return {place: by_name[name] for place, name in enumerate(names) if name in by_name}


def _enrolled(tx: Transaction, offering_id: UUID, batch: Sequence[Row]) -> dict[int, UUID]:
    """The enrollment that each row names, by its place."""
    own = enrollments.c
    names = [_named(row) for row in batch]
    wanted: dict[str, list[Any]] = {}
    for kind, value in names:
        wanted.setdefault(kind, []).append(value)
    columns = {
        "enrollment_id": own.id,
        "employee_id": own.employee_id,
        "national_code": employees.c.national_code,
        "personnel_number": employees.c.personnel_number,
    }
    conditions = [columns[kind].in_(values) for kind, values in wanted.items() if kind in columns]
    statement = (
        sa.select(own.id, *(column.label(f"by_{name}") for name, column in columns.items()))
        .join(employees, employees.c.id == own.employee_id)
        .where(own.offering_id == offering_id, sa.or_(sa.false(), *conditions))
    )
    by_name: dict[tuple[str, Any], UUID] = {}
    twice = set[tuple[str, Any]]()
    for row in tx.execute(statement):
        for kind in columns:
            key = (kind, getattr(row, f"by_{kind}"))
            twice |= {key} if key in by_name and by_name[key] != row.id else set()
            by_name[key] = row.id
    return {place: by_name[name] for place, name in enumerate(names) if name in by_name and name not in twice}


def _named(row: Row) -> tuple[str, Any]:
    """By what a row names somebody, and how; the most certain of its names counts."""
    for kind in ("enrollment_id", "employee_id", "national_code", "personnel_number"):
        value = row.values.get(kind)
        if value is None:
            continue
        try:
            if kind == "national_code":
                return kind, national_code(str(value))
            return (
                (kind, digits_ascii(normalise(str(value)))) if kind == "personnel_number" else (kind, UUID(str(value)))
            )
        except ValueError:
            return "unreadable", None
    return "nobody", None


def _nobody(row: Row) -> Outcome:
    if row.problem is not None:
        return Outcome("refused", None, "unreadable_row", f"The line {row.problem}.")
    return Outcome("refused", None, "employee_not_found", "The row names nobody who is known here.")


def _nominated(row: dict[str, Any]) -> Outcome:
    if row["status"] == "refused":
        outcome = "unchanged" if row["code"] == "already_enrolled" else "refused"
        return Outcome(outcome, row["employee_id"], row["code"], row["message"])
    return Outcome("accepted", row.get("enrollment_id") or row["employee_id"], status=row["status"])


def _rejected(row: dict[str, Any], decided: dict[UUID, Outcome]) -> Outcome:
    unchanged = row["code"] == "already_decided" and row["enrollment_id"] not in decided
    return Outcome("unchanged" if unchanged else "refused", row["enrollment_id"], row["code"], row["message"])
