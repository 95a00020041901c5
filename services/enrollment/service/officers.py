"""Officers of agencies, and to whom their roles are delegated: who decides about whom."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import employees, people, queries
from services.enrollment.models.officer_marks import mark_officers
from services.enrollment.models.people import officers
from services.enrollment.schemas import transfers as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class OfficerCalls:
    @command(schemas.AppointOfficer, reply=schemas.Officer, roles=roles.STAFF)
    def appoint_officer(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        employee_id: UUID,
        role: str,
        from_day: date | None,
        until_day: date | None,
    ) -> dict[str, Any]:
        """Give a role of an agency to somebody whom the caller may see; from today unless said. It holds for the agency
        and those below it that have nobody with the role, and ends when its holder leaves or moves.

        Several people may hold one role. Somebody who holds it already keeps it, and the same answer is given.
        NotFound `agency_not_found`, `employee_not_found`; Invalid for days in the wrong order; Conflict `not_employed`.
        """
        scope.must_see(tx, caller, agency_code)
        person = own_employee(tx, caller, employee_id, lock=True)
        _check(person, from_day, until_day)
        first = from_day or tehran_date(tx.now)
        known = tx.execute(
            sa.select(officers).where(
                officers.c.agency_code == agency_code,
                officers.c.employee_id == employee_id,
                officers.c.role == role,
                officers.c.delegated_by.is_(None),
                officers.c.from_day <= first,
                sa.or_(officers.c.until_day.is_(None), officers.c.until_day >= first),
            )
        ).first()
        if known is not None:
            return _shown(known)
        days = {"from_day": first, "until_day": until_day}
        return _add(tx, agency_code=agency_code, employee_id=employee_id, role=role, **days)

    @command(schemas.DelegateRole, reply=schemas.Officer, roles=roles.STAFF)
    def delegate_role(
        self,
        tx: Transaction,
        caller: Caller,
        officer_id: UUID,
        employee_id: UUID,
        from_day: date,
        until_day: date,
        reason: str,
    ) -> dict[str, Any]:
        """Let somebody else do an officer's duties for some days; the officer keeps the role.

        A delegation cannot be delegated on, and ends with the role at the latest. The same one again is answered with
        the first. NotFound `officer_not_found`,
        `employee_not_found`; Invalid for days in the wrong order or outside the role's; Conflict `not_employed`,
        `delegation_of_delegation`, `delegated_to_oneself`.
        """
        officer = _own(tx, caller, officer_id)
        person = own_employee(tx, caller, employee_id, lock=True)
        _check(person, from_day, until_day)
        if officer.delegated_by is not None:
            raise Conflict("delegation_of_delegation", "A role that was delegated cannot be delegated on.")
        if officer.employee_id == employee_id:
            raise Conflict("delegated_to_oneself", "The officer has the role already.")
        ends = officer.until_day or until_day
        if from_day < officer.from_day or until_day > ends:
            raise Invalid.field("until_day", "must lie within the days of the role")
        same = {"delegated_by": officer_id, "employee_id": employee_id, "from_day": from_day, "until_day": until_day}
        known = tx.execute(sa.select(officers).filter_by(**same)).first()
        if known is not None:
            return _shown(known)
        return _add(tx, agency_code=officer.agency_code, role=officer.role, reason=reason, **same)

    @command(schemas.EndOfficer, reply=schemas.Officer, roles=roles.STAFF)
    def end_officer(self, tx: Transaction, caller: Caller, officer_id: UUID, on: date | None) -> dict[str, Any]:
        """End a role, with its last day, and what was delegated of it. NotFound `officer_not_found`; Invalid for a day
        before its first."""
        officer = _own(tx, caller, officer_id)
        last = on or tehran_date(tx.now)
        if last < officer.from_day:
            raise Invalid.field("on", f"must not be before {officer.from_day}")
        own = officers.c
        later = sa.or_(own.until_day.is_(None), own.until_day > last)
        begun = sa.and_(sa.or_(own.id == officer_id, own.delegated_by == officer_id), later)
        people.mark_roles(tx, begun)
        tx.execute(sa.delete(officers).where(own.delegated_by == officer_id, own.from_day > last))
        tx.execute(sa.update(officers).where(begun).values(until_day=last))
        return _shown(tx.execute(sa.select(officers).where(own.id == officer_id)).one())

    @query(schemas.ListOfficers, reply=page_of(schemas.Officer), roles=roles.READERS)
    def list_officers(
        self, tx: Transaction, caller: Caller, agency_code: str, on: date | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Who holds which role in an agency on a day (today unless given). NotFound `agency_not_found`."""
        scope.must_see(tx, caller, agency_code)
        own, day = officers.c, on or tehran_date(tx.now)
        in_force = sa.and_(own.from_day <= day, sa.or_(own.until_day.is_(None), own.until_day >= day))
        statement = sa.select(officers).where(own.agency_code == agency_code, in_force).order_by(own.id)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.id})}


def deciders_of(tx: Transaction, person: Any, step: str, today: date) -> list[Any]:
    """Who decides a step about somebody: their own supervisor who has not left, or else those with the role in the
    agency, or above it where it has none; and whom they delegated it to. The person may be among them, and yet never
    decides."""
    named = person.supervisor_id
    supervisor = queries.employees_by_id(tx, [named]).get(named) if named else None
    found: dict[UUID, Any] = {}
    if step == "supervisor" and supervisor is not None and supervisor.left_on is None:
        found[supervisor.id] = supervisor
        found |= {row.id: row for row in people.delegates_of(tx, supervisor.id, "supervisor", today)}
    else:
        for code in people.agency_tree.above(tx, person.agency_code):
            found = {row.id: row for row in people.holders(tx, [code], step, today)}
            if found.keys() - {person.id}:
                break
    return list(found.values())


def check_decider(tx: Transaction, caller: Caller, officer_id: UUID, person: Any, step: str, today: date) -> None:
    """NotFound `employee_not_found` for an officer the caller may not see; Conflict `not_the_decider` for one who does
    not decide this step about this person today."""
    own_employee(tx, caller, officer_id)
    if officer_id == person.id or officer_id not in {row.id for row in deciders_of(tx, person, step, today)}:
        raise Conflict("not_the_decider", "This employee does not decide this step about this person.", {"step": step})


def decides_about(tx: Transaction, officer: Any, today: date) -> sa.ColumnElement[bool]:
    """The condition, on people and the step at hand, that an officer decides: as the supervisor of the person, or by a
    role of theirs, or in the place of somebody. It may show a few more than `check_decider` lets decide."""
    own, held = officers.alias("own"), officers.alias("held")
    in_force = sa.and_(own.c.from_day <= today, sa.or_(own.c.until_day.is_(None), own.c.until_day >= today))
    mine = (
        sa.select(own.c.agency_code, own.c.role, held.c.employee_id.label("instead_of"))
        .outerjoin(held, held.c.id == own.c.delegated_by)
        .where(own.c.employee_id == officer.id, in_force)
    )
    chief = employees.alias("chief")
    supervised = sa.exists().where(chief.c.id == employees.c.supervisor_id, chief.c.left_on.is_(None))
    conditions = [sa.and_(_STEP == "supervisor", employees.c.supervisor_id == officer.id)]
    for agency_code, role, instead_of in tx.execute(mine).all():
        in_agency = employees.c.agency_code.in_(people.agency_tree.subtree(agency_code))
        unsupervised = sa.or_(sa.literal(role != "supervisor"), sa.not_(supervised))
        conditions.append(sa.and_(role == _STEP, in_agency, unsupervised))
        if role == "supervisor" and instead_of is not None:
            conditions.append(sa.and_(_STEP == "supervisor", employees.c.supervisor_id == instead_of))
    return sa.and_(sa.or_(*conditions), employees.c.id != officer.id)


_STEP = queries.enrollments.c.pending_step


def _own(tx: Transaction, caller: Caller, officer_id: UUID) -> Any:
    found = tx.execute(sa.select(officers).where(officers.c.id == officer_id).with_for_update()).first()
    if found is None or not scope.sees(tx, caller, found.agency_code):
        raise NotFound("officer_not_found", "There is no such officer.")
    return found


def _check(person: Any, from_day: date | None, until_day: date | None) -> None:
    if person.left_on is not None:
        raise Conflict("not_employed", "The person is not employed any more.")
    if from_day and until_day and until_day < from_day:
        raise Invalid.field("until_day", "must not be before from_day")


def _add(tx: Transaction, **row: Any) -> dict[str, Any]:
    whole = {"id": new_id(), "delegated_by": None, "reason": None, "recorded_at": tx.now, **row}
    tx.execute(sa.insert(officers).values(**whole))
    mark_officers(tx, [whole["agency_code"]])
    return {"officer_id": whole["id"], **whole}


def _shown(row: Any) -> dict[str, Any]:
    return {"officer_id": row.id, **row._mapping}
