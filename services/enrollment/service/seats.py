"""Seats: enroll, nominate, decide on a request, withdraw."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.enrollment.domain import entry as rules
from services.enrollment.domain.reasons import Reason, refusal
from services.enrollment.domain.states import check_move
from services.enrollment.models import queries
from services.enrollment.schemas import enrollments as schemas
from services.enrollment.service import facts, roles, seating
from services.enrollment.service.entrance import Entrance
from services.enrollment.service.seating import known_offering
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

        Somebody who withdrew or was rejected may enter again and gets the same enrollment back. The opening and the
        closing day count wholly, in Tehran (policy default). A seat reserved for an agency is for its people only until
        the end of the reservation's day; others wait meanwhile. NotFound `employee_not_found`, `offering_not_found`
        (also: not open to the agency); Unavailable `offering_not_known_yet`; Conflict:

        - `offering_cancelled`: cancelled, or called off on its day of decision;
        - `already_enrolled` with `enrollment_id` and `status`;
        - `enrollment_not_open_yet` with `enrollment_opens_on`, `enrollment_closed` with `enrollment_closes_on`;
        - `leads_to_degree`: CSML article 61 forbids it to all but veterans, where the course has the exception;
        - `audience_managers`, `audience_employment`: the course is for others (an audience's job families are not
          compared, as those of employees are not known);
        - `prerequisite_missing` with `missing` and `min_versions`; a completed course that is equivalent will do;
        - `counts_once` with `completed`: another course of a group of which only one counts;
        - `offering_full`.

        All reasons that apply are in `details.reasons`, the first is the code.
        """
        employee = own_employee(tx, caller, employee_id)
        offering = known_offering(tx, offering_id)
        entrance = Entrance(tx, offering, {employee.id: employee}, tehran_date(tx.now))
        entry = entrance.consider(employee)
        if entry.reasons:
            raise refusal(entry.reasons)
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

        NotFound `enrollment_not_found`; Conflict `illegal_state` unless it is requested; when approving
        `offering_cancelled` (called off for want of people) and `offering_full` (it stays requested).
        """
        employee, offering, status = _locked(tx, caller, enrollment_id)
        check_move(status, "decide")
        if not approve:
            _change(tx, enrollment_id, "rejected", reason=reason)
            return {"enrollment_id": enrollment_id, "status": "rejected"}
        return {"enrollment_id": enrollment_id, "status": _approve(tx, offering, employee, enrollment_id, reason)}

    @command(schemas.Withdraw, reply=schemas.Placement, roles=roles.STAFF)
    def withdraw(self, tx: Transaction, caller: Caller, enrollment_id: UUID, reason: str) -> dict[str, Any]:
        """Leave an offering. A confirmed seat goes at once to whoever waits longest and may take it.

        NotFound `enrollment_not_found`; Conflict `illegal_state` once there is a result or nothing to leave.
        """
        employee, offering, status = _locked(tx, caller, enrollment_id)
        check_move(status, "withdraw")
        seats = seating.seats_of(tx, offering, tehran_date(tx.now)).leave(status, employee.agency_code)
        _change(tx, enrollment_id, "withdrawn", reason=reason)
        moved_up, seats = seating.next_up(tx, offering, seats)
        seating.seat(tx, offering, moved_up)
        seating.count(tx, offering, seats)
        return {"enrollment_id": enrollment_id, "status": "withdrawn"}


DUPLICATE = Reason("duplicate_row", "The employee is in the list more than once.")
NO_EMPLOYEE = Reason("employee_not_found", "There is no such employee.")


def _nominated(entrance: Entrance, employee_id: UUID, employee: Any, dry_run: bool) -> dict[str, Any]:
    if employee is None:
        return _refused(employee_id, NO_EMPLOYEE)
    entry = entrance.consider(employee)
    if entry.reasons:
        return _refused(employee_id, entry.reasons[0])
    known = {} if dry_run else {"enrollment_id": entry.enrollment_id}
    return {"employee_id": employee_id, "status": entry.status, **known}


def _refused(employee_id: UUID, reason: Reason) -> dict[str, Any]:
    return {"employee_id": employee_id, "status": "refused", "code": reason.code, "message": reason.message}


def _locked(tx: Transaction, caller: Caller, enrollment_id: UUID) -> tuple[Any, Any, str]:
    """Employee, offering (locked) and status of an enrollment that the caller's agency decides on."""
    found = queries.enrollment_with_employee(tx, enrollment_id)
    if found is None or not caller.sees(found.agency_code):
        raise NotFound("enrollment_not_found", "There is no such enrollment.")
    offering = queries.lock_offering(tx, found.offering_id)
    return found, offering, queries.status_of(tx, enrollment_id)


def _approve(tx: Transaction, offering: Any, employee: Any, enrollment_id: UUID, reason: str | None) -> str:
    """A seat or a waiting place for a request, after those who wait already; its new status."""
    closed = rules.closed_reasons(offering)
    if closed:
        raise refusal(closed)
    moved_up, seats = seating.next_up(tx, offering, seating.seats_of(tx, offering, tehran_date(tx.now)))
    status, seats = seats.enter(employee.agency_code)
    number = offering.last_waiting_number + (status == "waitlisted")
    seating.seat(tx, offering, moved_up)
    _change(tx, enrollment_id, status, reason=reason, number=number if status == "waitlisted" else None)
    seating.count(tx, offering, seats, last_waiting_number=number)
    if status == "confirmed":
        tx.publish(facts.confirmed(offering, employee, enrollment_id))
    return status


def _change(
    tx: Transaction, enrollment_id: UUID, status: str, reason: str | None = None, number: int | None = None
) -> None:
    row = {"id": enrollment_id, "status": status, "reason": reason, "waiting_number": number}
    queries.update_each(tx, [row], changed_at=tx.now)
