"""Seats: enroll, nominate, withdraw."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrollment.domain.reasons import Reason, refusal
from services.enrollment.domain.states import check_move
from services.enrollment.models import people, queries
from services.enrollment.schemas import enrollments as schemas
from services.enrollment.service import facts, roles, scope, seating
from services.enrollment.service.entrance import NOMINATION, Entrance
from services.enrollment.service.history import Actor
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
        """Enter an employee into an offering: confirmed, waitlisted, or requested where somebody decides on it.

        The steps of a request are those of the offering's route and of the employee's agency (`set_approval_rule`),
        and a training officer's after too many no-shows (policy `no_show_rule`).

        Somebody who withdrew or was rejected may enter again and gets the same enrollment back. The opening and the
        closing day count wholly, in Tehran (policy default). A seat reserved for an agency is for its people only until
        the end of the reservation's day; others wait meanwhile. NotFound `employee_not_found`, `offering_not_found`
        (also: not open to the agency); Unavailable `offering_not_known_yet`; Conflict:

        - `offering_cancelled`: cancelled, or called off on its day of decision;
        - `not_employed`: the person has left;
        - `already_enrolled` with `enrollment_id` and `status`;
        - `enrollment_not_open_yet` with `enrollment_opens_on`, `enrollment_closed` with `enrollment_closes_on`;
        - `leads_to_degree`: CSML article 61 forbids it to all but veterans, where the course has the exception;
        - `audience_managers`, `audience_employment`, `audience_job_family`: the course is for others;
        - `prerequisite_missing` with `missing` and `min_versions`; a completed course that is equivalent will do;
        - `already_completed` with `version`: this course, unless it is to be refreshed from time to time or the policy
          `repeat_completed_course` allows it;
        - `counts_once` with `completed`: another course of a group of which only one counts;
        - `session_clash` with `clashes`: a session at the time of one of another offering with a seat of theirs;
        - `no_shows`, where the policy `no_show_rule` refuses for them;
        - `offering_full`, or `agency_quota_used` when the free seats are kept for other agencies.

        All reasons that apply are in `details.reasons`, the first is the code.
        """
        people.hold(tx, [employee_id])
        employee = own_employee(tx, caller, employee_id)
        offering = known_offering(tx, offering_id)
        entrance = Entrance(tx, Actor.of(caller), offering, {employee.id: employee}, tehran_date(tx.now))
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

        Each row has the status it got, or "refused" with the code, message and all `reasons` that `enroll` would have
        raised, or `duplicate_row`. A training officer's step of a route counts as done by the nomination. With
        `dry_run` nothing is written and the rows say what would happen.
        Unavailable `offering_not_known_yet`.
        """
        employees = scope.visible(tx, caller, people.hold(tx, set(employee_ids)))
        offering = known_offering(tx, offering_id)
        entrance = Entrance(tx, Actor.of(caller), offering, employees, tehran_date(tx.now), NOMINATION)
        rows = consider_all(entrance, employee_ids, employees, dry_run)
        if not dry_run:
            entrance.write()
        return {"results": rows}

    @command(schemas.Withdraw, reply=schemas.Placement, roles=roles.STAFF)
    def withdraw(self, tx: Transaction, caller: Caller, enrollment_id: UUID, reason: str) -> dict[str, Any]:
        """Leave an offering. A seat goes at once to whoever waits longest and may take it: offered, with an expiry.

        NotFound `enrollment_not_found`; Conflict `illegal_state` once there is a result or nothing to leave.
        """
        person, offering, row = locked(tx, caller, enrollment_id)
        check_move(row.status, "withdraw")
        step = seating.leave(tx, Actor.of(caller), "withdraw", offering, person, row.status, reason)
        tx.publish(facts.withdrawn(offering, person, step))
        return {"enrollment_id": enrollment_id, "status": "withdrawn"}


DUPLICATE = Reason("duplicate_row", "The employee is in the list more than once.")
NO_EMPLOYEE = Reason("employee_not_found", "There is no such employee.")


def consider_all(
    entrance: Entrance, employee_ids: Sequence[UUID], employees: Mapping[UUID, Any], dry_run: bool
) -> list[dict[str, Any]]:
    """A row for each of the ids, in their order; nothing is written yet."""
    rows, seen = [], set[UUID]()
    for employee_id in employee_ids:
        if employee_id in seen:
            rows.append(refused(employee_id, [DUPLICATE]))
        else:
            rows.append(_nominated(entrance, employee_id, employees.get(employee_id), dry_run))
        seen.add(employee_id)
    return rows


def _nominated(entrance: Entrance, employee_id: UUID, employee: Any, dry_run: bool) -> dict[str, Any]:
    if employee is None:
        return refused(employee_id, [NO_EMPLOYEE])
    entry = entrance.consider(employee)
    if entry.reasons:
        return refused(employee_id, entry.reasons)
    known = {} if dry_run and entry.before is None else {"enrollment_id": entry.enrollment_id}
    return {"employee_id": employee_id, "status": entry.status, **known}


def refused(employee_id: UUID, reasons: Sequence[Reason]) -> dict[str, Any]:
    shown = [reason.as_dict() for reason in reasons]
    first = {"code": reasons[0].code, "message": reasons[0].message}
    return {"employee_id": employee_id, "status": "refused", **first, "reasons": shown}


def locked(tx: Transaction, caller: Caller, enrollment_id: UUID) -> tuple[Any, Any, Any]:
    """Employee, offering (locked) and row of an enrollment of the caller's staff; NotFound `enrollment_not_found`."""
    # Locked before anything is read: the person may be on the way to another agency.
    people.hold_those_of(tx, [enrollment_id])
    offering = queries.lock_offering_of(tx, enrollment_id)
    person = queries.enrollment_with_employee(tx, enrollment_id)
    if person is None or not scope.sees(tx, caller, person.agency_code):
        raise NotFound("enrollment_not_found", "There is no such enrollment.")
    return person, offering, queries.locked_enrollment(tx, enrollment_id)
