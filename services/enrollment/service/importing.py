"""Registering many people with a fixed number of statements, each row as `register_employee` would."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import employees
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.models.people import JOB, employment_periods
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.errors import Conflict
from shared.events import EmployeeRegisteredV1
from shared.ids import new_id
from shared.persian import tehran_date


class Outcome(NamedTuple):
    """What came of a row: `accepted`, `unchanged` or `refused`; `status` is the enrollment's, where it has one."""

    outcome: str
    subject_id: UUID | None = None
    code: str | None = None
    message: str | None = None
    status: str | None = None


def register_many(
    tx: Transaction, people: Sequence[tuple[dict[str, Any], frozenset[str]]], *, dry_run: bool
) -> list[Outcome]:
    """Register people of one agency; each comes with the names of the fields that were said of them."""
    known = _known(tx, [person for person, _said in people])
    outcomes, new = [], []
    for person, said in people:
        outcome = _judged(person, said, known)
        if outcome is None:
            row = {"id": new_id(), "registered_at": tx.now, "left_on": None, **person}
            new.append(row)
            known.add(row)
            outcome = Outcome("accepted", None if dry_run else row["id"])
        outcomes.append(outcome)
    if not dry_run:
        _write(tx, new)
    return outcomes


class _Known:
    """Who is registered, by national code and by personnel number, those of this list included."""

    def __init__(self) -> None:
        self.by_code: dict[str, Mapping[str, Any]] = {}
        self.by_number: dict[str, Mapping[str, Any]] = {}

    def add(self, row: Mapping[str, Any], agency_code: str | None = None) -> None:
        self.by_code[row["national_code"]] = row
        if agency_code in (None, row["agency_code"]):
            self.by_number[row["personnel_number"]] = row


def _known(tx: Transaction, people: Sequence[dict[str, Any]]) -> _Known:
    known = _Known()
    if not people:
        return known
    own, agency_code = employees.c, people[0]["agency_code"]
    codes = [person["national_code"] for person in people]
    numbers = [person["personnel_number"] for person in people]
    same_number = sa.and_(own.agency_code == agency_code, own.personnel_number.in_(numbers))
    for row in tx.execute(sa.select(employees).where(sa.or_(own.national_code.in_(codes), same_number))):
        if row.national_code is not None:
            known.add(dict(row._mapping), agency_code)
    return known


def _judged(person: dict[str, Any], said: frozenset[str], known: _Known) -> Outcome | None:
    """Why a person is not registered anew; None when they are."""
    same, holder = known.by_code.get(person["national_code"]), known.by_number.get(person["personnel_number"])
    if same is None:
        if holder is None:
            return None
        message = "Another employee of the agency has this personnel number."
        return Outcome("refused", None, "personnel_number_taken", message)
    if same["left_on"] is not None:
        message = "The person was employed before; register_employee brings them back."
        return Outcome("refused", None, "former_employee", message)
    if (same["agency_code"], same["personnel_number"]) != (person["agency_code"], person["personnel_number"]):
        message = "The person is registered as employed already; transfer_employee moves them."
        return Outcome("refused", None, "already_employed", message)
    differing = sorted(name for name in said if same[name] != person[name])
    if differing:
        message = f"The person is registered with other data: {', '.join(differing)}."
        return Outcome("refused", same["id"], "differs", message)
    return Outcome("unchanged", same["id"])


def _write(tx: Transaction, new: Sequence[dict[str, Any]]) -> None:
    today = tehran_date(tx.now)
    # In one order, so that two who register the same people wait for each other and never deadlock.
    ordered = sorted(new, key=itemgetter("national_code"))
    inserted = insert_rows(tx, employees, ordered, returning="id", skip_known=True)
    if len(inserted) < len(new):
        # Somebody registered one of them at this moment; the whole batch is judged again.
        raise Conflict("registered_meanwhile", "Somebody else registered one of these people at the same moment.")
    periods = [
        {name: row[name] for name in (*JOB, "personnel_number")}
        | {"id": new_id(), "employee_id": row["id"], "from_day": row["hired_on"] or today, "recorded_at": tx.now}
        for row in new
    ]
    insert_rows(tx, employment_periods, periods)
    mark(tx, [row["id"] for row in new])
    for row in new:
        said = {name: row[name] for name in ("agency_code", "full_name", "email", "language")}
        tx.publish(EmployeeRegisteredV1(employee_id=row["id"], **said))
