"""Seats: enroll, nominate, decide on a request, withdraw."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.enrollment import domain, schemas
from services.enrollment.models import queries
from services.enrollment.service import facts, roles
from services.enrollment.service.entrance import Entrance, known_offering, seats_of
from services.enrollment.service.staff import own_employee
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import NotFound
from shared.persian import tehran_date


class SeatCalls:
    @command(schemas.Enroll, reply=schemas.Placement, roles=roles.STAFF)
    def enroll(self, tx: Transaction, caller: Caller, employee_id: UUID, offering_id: UUID) -> dict[str, Any]:
        """Enter an employee into an offering: confirmed, waitlisted, or requested where a supervisor decides.

        Somebody who withdrew or was rejected may enter again and gets the same enrollment back. The closing day
        counts wholly, in Tehran. NotFound `employee_not_found`, `offering_not_found` (also: not open to the agency);
        Unavailable `offering_not_known_yet`; Conflict `offering_cancelled`, `already_enrolled` (with `enrollment_id`
        and `status`), `enrollment_closed`, `leads_to_degree` (CSML article 61), `prerequisite_missing` (with
        `missing`), `offering_full`. All reasons that apply are in `details.reasons`, the first is the code.
        """
        employee = own_employee(tx, caller, employee_id)
        offering = known_offering(tx, offering_id)
        entrance = Entrance(tx, offering, {employee.id: employee}, tehran_date(tx.now))
        entry = entrance.consider(employee)
        if entry.reasons:
            raise domain.refusal(entry.reasons)
        entrance.write()
        return {"enrollment_id": entry.enrollment_id, "status": entry.status}

    @command(schemas.Nominate, reply=schemas.Nominations, roles=roles.OFFICERS)
    def nominate(
        self, tx: Transaction, caller: Caller, offering_id: UUID, employee_ids: Sequence[UUID], dry_run: bool
    ) -> dict[str, Any]:
        """Enter up to 1 000 employees in the order given; a refused row never stops the others.

        Each row has the status it got, or "refused" with the code and message that `enroll` would have raised, or
        `duplicate_row`. With `dry_run` nothing is written and the rows say what would happen.
        Unavailable `offering_not_known_yet`.
        """
        offering = known_offering(tx, offering_id)
        found = queries.employees_by_id(tx, set(employee_ids))
        employees = {key: row for key, row in found.items() if caller.sees(row.agency_code)}
        entrance = Entrance(tx, offering, employees, tehran_date(tx.now))
        rows, seen = [], set[UUID]()
        for employee_id in employee_ids:
            if employee_id in seen:
                rows.append(_refused(employee_id, DUPLICATE))
            else:
                rows.append(_nominated(entrance, employee_id, employees.get(employee_id), dry_run))
            seen.add(employee_id)
        if not dry_run:
            entrance.write()
        return {"results": rows}

    @command(schemas.DecideEnrollment, reply=schemas.Placement, roles=roles.STAFF)
    def decide_enrollment(
        self, tx: Transaction, caller: Caller, enrollment_id: UUID, approve: bool, reason: str | None
    ) -> dict[str, Any]:
        """Approve a request, which then gets a seat or a waiting place, or reject it.

        NotFound `enrollment_not_found`; Conflict `illegal_state` unless it is requested, `offering_full`
        (it stays requested).
        """
        employee, offering, status = _locked(tx, caller, enrollment_id)
        domain.check_move(status, "decide")
        if not approve:
            _change(tx, enrollment_id, "rejected", reason=reason)
            return {"enrollment_id": enrollment_id, "status": "rejected"}
        status, seats = seats_of(offering).enter()
        number = offering.last_waiting_number + (status == "waitlisted")
        _change(tx, enrollment_id, status, reason=reason, number=number if status == "waitlisted" else None)
        _count(tx, offering, seats, last_waiting_number=number)
        if status == "confirmed":
            tx.publish(facts.confirmed(offering, employee, enrollment_id))
        return {"enrollment_id": enrollment_id, "status": status}

    @command(schemas.Withdraw, reply=schemas.Placement, roles=roles.STAFF)
    def withdraw(self, tx: Transaction, caller: Caller, enrollment_id: UUID, reason: str) -> dict[str, Any]:
        """Leave an offering. A confirmed seat goes to whoever waits longest, at once.

        NotFound `enrollment_not_found`; Conflict `illegal_state` once there is a result or nothing to leave.
        """
        _employee, offering, status = _locked(tx, caller, enrollment_id)
        domain.check_move(status, "withdraw")
        promotes, seats = seats_of(offering).leave(status)
        first = queries.waiting_first(tx, offering.id) if promotes else None
        _change(tx, enrollment_id, "withdrawn", reason=reason)
        if first is not None:
            _change(tx, first.id, "confirmed")
            promoted = queries.employees_by_id(tx, [first.employee_id])[first.employee_id]
            tx.publish(facts.confirmed(offering, promoted, first.id))
        _count(tx, offering, seats)
        return {"enrollment_id": enrollment_id, "status": "withdrawn"}


DUPLICATE = domain.Reason("duplicate_row", "The employee is in the list more than once.")
NO_EMPLOYEE = domain.Reason("employee_not_found", "There is no such employee.")


def _nominated(entrance: Entrance, employee_id: UUID, employee: Any, dry_run: bool) -> dict[str, Any]:
    if employee is None:
        return _refused(employee_id, NO_EMPLOYEE)
    entry = entrance.consider(employee)
    if entry.reasons:
        return _refused(employee_id, entry.reasons[0])
    known = {} if dry_run else {"enrollment_id": entry.enrollment_id}
    return {"employee_id": employee_id, "status": entry.status, **known}


def _refused(employee_id: UUID, reason: domain.Reason) -> dict[str, Any]:
    return {"employee_id": employee_id, "status": "refused", "code": reason.code, "message": reason.message}


def _locked(tx: Transaction, caller: Caller, enrollment_id: UUID) -> tuple[Any, Any, str]:
    """Employee, offering (locked) and status of an enrollment that the caller's agency decides on."""
    found = queries.enrollment_with_employee(tx, enrollment_id)
    if found is None or not caller.sees(found.agency_code):
        raise NotFound("enrollment_not_found", "There is no such enrollment.")
    offering = queries.lock_offering(tx, found.offering_id)
    return found, offering, queries.status_of(tx, enrollment_id)


def _change(
    tx: Transaction, enrollment_id: UUID, status: str, reason: str | None = None, number: int | None = None
) -> None:
    row = {"id": enrollment_id, "status": status, "reason": reason, "waiting_number": number}
    queries.update_each(tx, [row], changed_at=tx.now)


def _count(tx: Transaction, offering: Any, seats: domain.Seats, **more: int) -> None:
    queries.set_offering(tx, offering.id, seats_taken=seats.taken, waiting=seats.waiting, **more)
