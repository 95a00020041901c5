"""Periods of employment: another job, the end, and what was before."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import employees, hours, people
from services.enrollment.models.people import JOB, employment_periods
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import leaving, roles, scope
from services.enrollment.service.history import Actor
from services.enrollment.service.staff import KEEPERS, begin_period, check_supervisor, own_employee, tell_change
from services.enrollment.service.type2 import applications as type2
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.persian import tehran_date


class EmploymentCalls:
    @command(schemas.ChangeEmployment, reply=schemas.Employment, roles=KEEPERS)
    def change_employment(
        self, tx: Transaction, caller: Caller, employee_id: UUID, effective_on: date, **changes: Any
    ) -> dict[str, Any]:
        """Another unit, job, rank, kind of employment, personnel number or supervisor from a day on.

        The period at hand ends the day before; a change on its first day sets it right in place. What is left out
        stays, and the same again changes nothing. NotFound `employee_not_found`; Invalid for a day to come or before
        the period at hand, or a supervisor who is not of the agency; Conflict `not_employed`, `personnel_number_taken`.
        """
        before = own_employee(tx, caller, employee_id, lock=True)
        period = people.open_period(tx, employee_id)
        if period is None:
            raise Conflict("not_employed", "The person is not employed any more.")
        check_day(tx, effective_on, period)
        check_supervisor(tx, caller, employee_id, changes.get("supervisor_id"))
        changed = [name for name, value in changes.items() if getattr(before, name) != value]
        if changed:
            tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(**changes))
            if changed != ["supervisor_id"]:
                turn_period(tx, period, effective_on)
            tell_change(tx, employee_id, changed)
        return _shown(tx, caller, employee_id)

    @command(schemas.EndEmployment, reply=schemas.Employment, roles=KEEPERS)
    def end_employment(
        self, tx: Transaction, caller: Caller, employee_id: UUID, on: date, reason: str
    ) -> dict[str, Any]:
        """Somebody leaves; `on` is their last day, today or before. The same again answers the same.

        Requests, invitations, offers, waiting places, and seats in courses that have not begun pass on; roles end, who
        was supervised by them is by the agency's officers; a transfer that was asked for is off, and an application
        for a type-2 certificate withdrawn; results and the record stay. NotFound `employee_not_found`; Invalid for a
        day to come or before the period at hand; Conflict `not_employed` when they left on another day.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        period = people.open_period(tx, employee_id)
        if period is None:
            if person.left_on == on + timedelta(days=1):
                return _shown(tx, caller, employee_id)
            raise Conflict("not_employed", "The person left before.", {"left_on": str(person.left_on)})
        check_day(tx, on, period)
        ended = sa.update(employment_periods).where(employment_periods.c.id == period.id)
        tx.execute(ended.values(until_day=on, end_reason=reason, end_recorded_at=tx.now))
        left_on = on + timedelta(days=1)
        tx.execute(sa.update(employees).where(employees.c.id == employee_id).values(left_on=left_on))
        hours.mark_due(tx, employee_id)
        people.relieve(tx, employee_id, on)
        people.end_transfers(tx, employee_id, "not_employed")
        leaving.withdraw_running(tx, Actor.of(caller), employee_id, leaving.LEFT, lambda _offering: False)
        type2.leave(tx, Actor.of(caller), employee_id)
        tell_change(tx, employee_id, ["left_on"], reason=reason)
        return _shown(tx, caller, employee_id)

    @query(schemas.ListEmployment, reply=schemas.Employment, roles=roles.READERS)
    def list_employment(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """Where somebody was employed and as what, oldest first: all of it to the present agency, its own periods to a
        former one. NotFound `employee_not_found`."""
        return _shown(tx, caller, employee_id)


def check_day(tx: Transaction, day: date, period: Any) -> None:
    """Invalid for a day to come, or before the period at hand."""
    name = "effective_on"
    if day > tehran_date(tx.now):
        raise Invalid.field(name, "must not be a day to come")
    if day < period.from_day:
        raise Invalid.field(name, f"must not be before the period at hand, which began on {period.from_day}")


def turn_period(tx: Transaction, period: Any, effective_on: date, end_reason: str | None = None) -> None:
    """End the period the day before and open the next with what the person's row says now; on its first day, set it
    right in place."""
    row = tx.execute(sa.select(employees).where(employees.c.id == period.employee_id)).one()._mapping
    hours.mark_due(tx, period.employee_id)
    own = sa.update(employment_periods).where(employment_periods.c.id == period.id)
    if effective_on <= period.from_day:
        tx.execute(own.values({name: row[name] for name in (*JOB, "personnel_number")}))
        return
    until_day = effective_on - timedelta(days=1)
    tx.execute(own.values(until_day=until_day, end_reason=end_reason, end_recorded_at=tx.now))
    begin_period(tx, row, effective_on)


def _shown(tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
    own = employment_periods.c
    person = tx.execute(sa.select(employees).where(employees.c.id == employee_id)).first()
    statement = sa.select(employment_periods).where(own.employee_id == employee_id).order_by(own.from_day, own.id)
    if person is None or not scope.sees(tx, caller, person.agency_code):
        statement = statement.where(scope.within(tx, caller, own.agency_code))
    rows = tx.execute(statement).all()
    if not rows or (person is not None and person.erased_at is not None):
        raise NotFound("employee_not_found", "There is no such employee.")
    return {"employee_id": employee_id, "periods": [row._mapping for row in rows]}
