"""Invitations and offered seats: somebody is asked, and answers in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.entry import closed_reasons, is_open_to
from services.enrollment.domain.reasons import NOT_EMPLOYED, NOT_OPEN, Reason, already_enrolled, refusal
from services.enrollment.domain.states import STATES, check_move
from services.enrollment.models import enrollments, queries
from services.enrollment.models.people import hold
from services.enrollment.policies import value_on
from services.enrollment.schemas import enrollments as shapes
from services.enrollment.schemas import invitations as schemas
from services.enrollment.service import facts, history, roles, scope, seating
from services.enrollment.service.entrance import INVITATION, Entrance, came_between, is_employed
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.seating import known_offering
from services.enrollment.service.seats import DUPLICATE, NO_EMPLOYEE, locked, refused
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict
from shared.ids import new_id
from shared.persian import end_of_day, tehran_date


class InvitationCalls:
    @command(schemas.Invite, reply=shapes.Nominations, roles=roles.OFFICERS)
    def invite(
        self,
        tx: Transaction,
        caller: Caller,
        offering_id: UUID,
        employee_ids: Sequence[UUID],
        reason: str | None,
        dry_run: bool,
    ) -> dict[str, Any]:
        """Ask up to 1 000 employees to take part in an offering of one's own agency; a refused row stops no other.

        An invitation holds no seat; whoever accepts enters as by `enroll`, with a training officer's word given. It
        lapses after the days of the policy `invitation_days`, the last one wholly inside, and with the time for
        entering. Rows: `invited`, or "refused" with `already_enrolled`, `not_employed`, `offering_not_found` (not open
        to the person's agency), `offering_cancelled`, `employee_not_found`, `duplicate_row`. NotFound
        `offering_not_found`; Unavailable `offering_not_known_yet`.
        """
        people = scope.visible(tx, caller, hold(tx, set(employee_ids)))
        offering = known_offering(tx, offering_id)
        scope.must_own(tx, caller, offering)
        existing = queries.enrollments_of(tx, offering_id, people)
        rows, seen, chosen = [], set[UUID](), dict[UUID, Step]()
        for employee_id in employee_ids:
            person, known = people.get(employee_id), existing.get(employee_id)
            reasons = [DUPLICATE] if employee_id in seen else _refusals(tx, offering, person, known)
            seen.add(employee_id)
            if reasons:
                rows.append(refused(employee_id, reasons))
                continue
            step = Step(known.id if known else new_id(), known.status if known else None, "invited", reason)
            chosen[employee_id] = step
            shown = {} if dry_run and known is None else {"enrollment_id": step.enrollment_id}
            rows.append({"employee_id": employee_id, "status": "invited", **shown})
        if not dry_run:
            _invite(tx, Actor.of(caller), offering, [(people[key], step) for key, step in chosen.items()])
        return {"results": rows}

    @command(schemas.Answer, reply=shapes.Placement, roles=roles.STAFF)
    def answer_invitation(
        self, tx: Transaction, caller: Caller, enrollment_id: UUID, accept: bool, reason: str | None
    ) -> dict[str, Any]:
        """Say yes to an invitation, and enter as by `enroll`, or say no. The same answer again gets the same reply.

        NotFound `enrollment_not_found`; Conflict `illegal_state`, `answer_too_late`, and every reason of `enroll`.
        """
        person, offering, row = locked(tx, caller, enrollment_id)
        if row.origin == INVITATION and row.status in (STATES["invited"]["accept"] if accept else ("declined",)):
            return {"enrollment_id": enrollment_id, "status": row.status}
        _in_time(tx, row, "invited", accept)
        actor = Actor.of(caller)
        if not accept:
            seating.leave(tx, actor, "decline", offering, person, "invited", reason)
            return {"enrollment_id": enrollment_id, "status": "declined"}
        entrance = Entrance(tx, actor, offering, {person.id: person}, tehran_date(tx.now), INVITATION)
        entry = entrance.consider(person)
        if entry.reasons:
            raise refusal(entry.reasons)
        entrance.write()
        return {"enrollment_id": enrollment_id, "status": entry.status}

    @command(schemas.Answer, reply=shapes.Placement, roles=roles.STAFF)
    def answer_offer(
        self, tx: Transaction, caller: Caller, enrollment_id: UUID, accept: bool, reason: str | None
    ) -> dict[str, Any]:
        """Take a seat that became free, or leave it to the next. The same answer again gets the same reply.

        NotFound `enrollment_not_found`; Conflict `illegal_state`, `answer_too_late`, `session_clash`,
        `offering_cancelled`, `not_employed`.
        """
        person, offering, row = locked(tx, caller, enrollment_id)
        if row.status == ("confirmed" if accept else "declined"):
            return {"enrollment_id": enrollment_id, "status": row.status}
        _in_time(tx, row, "offered", accept)
        actor = Actor.of(caller)
        if not accept:
            seating.leave(tx, actor, "decline", offering, person, "offered", reason)
            return {"enrollment_id": enrollment_id, "status": "declined"}
        _take(tx, actor, offering, person, enrollment_id)
        return {"enrollment_id": enrollment_id, "status": "confirmed"}


def _refusals(tx: Transaction, offering: Any, person: Any, known: Any) -> list[Reason]:
    """Every reason why somebody cannot be asked; whether they may enter is judged when they say yes."""
    if person is None:
        return [NO_EMPLOYEE]
    if not is_open_to(offering, person.agency_code):
        return [NOT_OPEN]
    reasons = [] if is_employed(person, tehran_date(tx.now)) else [NOT_EMPLOYED]
    reasons += closed_reasons(offering)
    if known is not None and "invite" not in STATES[known.status]:
        reasons.append(already_enrolled(str(known.id), known.status))
    if tx.now > seating.waiting_until(offering):
        closes_on = offering.enrollment_closes_on.isoformat()
        reasons.append(Reason("enrollment_closed", "Enrollment is over.", {"enrollment_closes_on": closes_on}))
    return reasons


def _invite(tx: Transaction, actor: Actor, offering: Any, chosen: Sequence[tuple[Any, Step]]) -> None:
    today = tehran_date(tx.now)
    days = timedelta(days=value_on(tx, "invitation_days", today))
    until = min(end_of_day(today + days), seating.waiting_until(offering))
    same = {"status": "invited", "reason": None, "changed_at": tx.now, "origin": INVITATION, "expires_at": until}
    new = [
        {"id": step.enrollment_id, "employee_id": person.id, "offering_id": offering.id, "enrolled_at": tx.now}
        | {"agency_code": person.agency_code, "approvals_left": [], **same}
        for person, step in chosen
        if step.before is None
    ]
    insert_rows(tx, enrollments, new)
    again = [{"id": step.enrollment_id, "agency_code": person.agency_code} for person, step in chosen if step.before]
    queries.update_each(tx, again, **same)
    history.write(tx, actor, "invite", [step for _person, step in chosen])
    for person, step in chosen:
        tx.publish(facts.invited(offering, person, step, until))


def _in_time(tx: Transaction, row: Any, state: str, accept: bool) -> None:
    check_move(row.status, "accept" if accept else "decline")
    if row.status != state:
        possible = sorted(STATES[row.status])
        message = f"The enrollment is {row.status} and not {state}."
        raise Conflict("illegal_state", message, {"state": row.status, "possible": possible})
    if tx.now > row.expires_at:
        late: dict[str, Any] = {"answer_by": _iso(row.expires_at)}
        raise Conflict("answer_too_late", "The time to answer is over.", late)


def _take(tx: Transaction, actor: Actor, offering: Any, person: Any, enrollment_id: UUID) -> None:
    reasons = came_between(tx, offering, person)
    if reasons:
        raise refusal(reasons)
    step = Step(enrollment_id, "offered", "confirmed")
    own = sa.update(enrollments).where(enrollments.c.id == enrollment_id)
    tx.execute(own.values(status="confirmed", expires_at=None, changed_at=tx.now))
    history.write(tx, actor, "accept", [step])
    seating.count(tx, offering, seating.seats_of(tx, offering, tehran_date(tx.now)).accept())
    tx.publish(facts.confirmed(offering, person, step))


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
