"""Decisions on requests: who decides by which route, one by one or many at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.reasons import refusal
from services.enrollment.domain.states import check_move
from services.enrollment.models import approval_rules, people, queries
from services.enrollment.schemas import approvals as schemas
from services.enrollment.service import approving, facts, history, officers, roles, scope, seating
from services.enrollment.service.entrance import came_between
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.seats import locked
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound, TrainingError
from shared.persian import tehran_date


class ApprovalCalls:
    @command(schemas.SetApprovalRule, reply=schemas.ApprovalRule, roles=roles.OFFICERS)
    def set_approval_rule(
        self, tx: Transaction, caller: Caller, agency_code: str, route: str, days: int | None
    ) -> dict[str, Any]:
        """What an agency asks of requests of its own staff, besides what an offering asks; requests made go on.

        `route`: none, supervisor, training_officer, or both. `days`: the time for each
        step, the last day wholly inside (policy `approval_days` unless given). NotFound `agency_not_found`.
        """
        scope.must_see(tx, caller, agency_code)
        if agency_code not in queries.agency_names(tx, [agency_code]):
            raise NotFound(_NO_AGENCY, "There is no such agency.")
        row = {"agency_code": agency_code, "route": route, "days": days, "changed_at": tx.now}
        own = approval_rules.c.agency_code == agency_code
        # Two at once: the second waits for the first one's row and then changes it.
        insert_rows(tx, approval_rules, [row], skip_known=True)
        known = tx.execute(sa.select(approval_rules).where(own).with_for_update()).one()
        if (known.route, known.days) == (route, days):
            return dict(known._mapping)
        tx.execute(sa.update(approval_rules).where(own).values(row))
        return row

    @query(schemas.GetApprovalRule, reply=schemas.ApprovalRule, roles=roles.READERS)
    def get_approval_rule(self, tx: Transaction, caller: Caller, agency_code: str) -> dict[str, Any]:
        """The agency's own rule; route none where it has none. NotFound `agency_not_found`."""
        scope.must_see(tx, caller, agency_code)
        row = tx.execute(sa.select(approval_rules).where(approval_rules.c.agency_code == agency_code)).first()
        none = {"agency_code": agency_code, "route": "none", "days": None, "changed_at": None}
        return dict(row._mapping) if row else none

    @command(schemas.DecideEnrollment, reply=schemas.Decided, roles=roles.STAFF)
    def decide_enrollment(
        self,
        tx: Transaction,
        caller: Caller,
        enrollment_id: UUID,
        approve: bool,
        reason: str | None,
        officer_id: UUID | None,
        step: str | None,
    ) -> dict[str, Any]:
        """Decide the step at hand of a request. After the last yes it gets a seat or a waiting place; a no rejects it.

        `officer_id`, the employee who decides, must be the one for this step today (the person's supervisor, an officer
        of the agency or above, or a delegate) and is kept in the history with the calling system. Without it the system
        answers for who decided, and for a training officer only with the role `training_officer` or `national`. `step`
        is the one that was shown to whoever decides: a second click does not decide the next one. NotFound
        `enrollment_not_found`, `employee_not_found` (the officer); Forbidden `role_missing`; Conflict
        `not_the_decider`, `another_step` with `pending_step`, `illegal_state` unless it is requested,
        `decision_too_late` after the step's deadline. When approving the last step, and it stays requested:
        `offering_cancelled`, `enrollment_closed` (the offering is over), `not_employed`, `session_clash` with
        `clashes` (booked since the request), `offering_full` and `agency_quota_used`.
        """
        return _decide(tx, caller, enrollment_id, _Decision(approve, reason, officer_id, step))

    @command(schemas.DecideEnrollments, reply=schemas.Decisions, roles=roles.STAFF)
    def decide_enrollments(
        self,
        tx: Transaction,
        caller: Caller,
        enrollment_ids: Sequence[UUID],
        approve: bool,
        reason: str | None,
        officer_id: UUID | None,
        step: str | None,
        dry_run: bool,
    ) -> dict[str, Any]:
        """Decide up to 200 requests in the order given, each as `decide_enrollment` does; no row stops the others.

        A row has the status it got, or "refused" with code, message and all `reasons` where there are several. With
        `dry_run` nothing stays written and the rows say what would happen.
        """
        decision = _Decision(approve, reason, officer_id, step)
        rows, seen = [], set[UUID]()
        # One order of locks for everybody: what the list is about is locked before anything is decided.
        people.hold_those_of(tx, enrollment_ids)
        queries.lock_offerings_of(tx, enrollment_ids)
        with tx.begin_nested() as attempt:
            for enrollment_id in enrollment_ids:
                try:
                    if enrollment_id in seen:
                        raise Conflict("duplicate_row", "The enrollment is in the list more than once.")
                    seen.add(enrollment_id)
                    rows.append(_decide(tx, caller, enrollment_id, decision))
                except TrainingError as error:
                    refused = {"status": "refused", "code": error.code, "message": error.message}
                    more = {"reasons": error.details["reasons"]} if "reasons" in error.details else {}
                    rows.append({"enrollment_id": enrollment_id, **refused, **more})
            if dry_run:
                attempt.rollback()
                tx.forget_events()
        return {"results": rows}


_NO_AGENCY = "agency_not_found"


class _Decision(NamedTuple):
    """What was decided and why, by whom, and on which step if that was said."""

    approve: bool
    reason: str | None
    officer_id: UUID | None
    step: str | None


def _decide(tx: Transaction, caller: Caller, enrollment_id: UUID, decision: _Decision) -> dict[str, Any]:
    person, offering, row = locked(tx, caller, enrollment_id)
    done = row.pending_step or "supervisor"
    _check(tx, caller, person, row, done, decision)
    actor, reason = Actor.of(caller, decision.officer_id), decision.reason
    left = list(row.approvals_left[1:])
    if not decision.approve:
        step = Step(enrollment_id, "requested", "rejected", reason, done)
        _change(tx, actor, step)
        tx.publish(facts.rejected(offering, person, step))
    elif left:
        _ask_next(tx, actor, offering, person, Step(enrollment_id, "requested", "requested", reason, done), left)
        return {"enrollment_id": enrollment_id, "status": "requested", "pending_step": left[0]}
    else:
        step = _give_place(tx, actor, offering, person, Step(enrollment_id, "requested", "", reason, done))
    return {"enrollment_id": enrollment_id, "status": step.after, "pending_step": None}


def _check(tx: Transaction, caller: Caller, person: Any, row: Any, done: str, decision: _Decision) -> None:
    """Whether this step may be decided now, and by them."""
    check_move(row.status, "decide")
    if decision.step not in (None, done):
        message = f"The request waits for its step {done}, not for {decision.step}."
        raise Conflict("another_step", message, {"pending_step": done})
    if row.expires_at is not None and tx.now > row.expires_at:
        late = {"decide_by": row.expires_at.isoformat()}
        raise Conflict("decision_too_late", "The time to decide on this request is over.", late)
    if decision.officer_id is not None:
        officers.check_decider(tx, caller, decision.officer_id, person, done, tehran_date(tx.now))
    elif done == "training_officer":
        caller.must_have(frozenset(roles.OFFICERS))


def _ask_next(tx: Transaction, actor: Actor, offering: Any, person: Any, step: Step, left: list[str]) -> None:
    rule = tx.execute(sa.select(approval_rules).where(approval_rules.c.agency_code == person.agency_code)).first()
    until = approving.decide_by(tx, offering, rule)
    waits = {"approvals_left": left, "pending_step": left[0], "expires_at": until}
    queries.update_each(tx, [{"id": step.enrollment_id, "status": "requested"} | waits], changed_at=tx.now)
    history.write(tx, actor, "decide", [step])
    approving.ask(tx, offering, person, step, left, until, {})


def _give_place(tx: Transaction, actor: Actor, offering: Any, person: Any, decided: Step) -> Step:
    """A seat or a waiting place for a request, after those who wait already; the step with its new status."""
    reasons = came_between(tx, offering, person)
    if reasons:
        raise refusal(reasons)
    moved_up, seats = seating.next_up(tx, offering, seating.seats_of(tx, offering, tehran_date(tx.now)))
    status, seats = seats.enter(person.seat_agency)
    number = offering.last_waiting_number + (status == "waitlisted")
    seating.seat(tx, offering, moved_up)
    step = Step(decided.enrollment_id, "requested", status, decided.reason, decided.step)
    _change(tx, actor, step, number=number if status == "waitlisted" else None)
    seating.count(tx, offering, seats, last_waiting_number=number)
    if status == "confirmed":
        tx.publish(facts.confirmed(offering, person, step))
    else:
        tx.publish(facts.waitlisted(offering, person, step, seats.waiting))
    return step


def _change(tx: Transaction, actor: Actor, step: Step, number: int | None = None) -> None:
    row = {"id": step.enrollment_id, "status": step.after, "reason": step.reason, "waiting_number": number}
    queries.update_each(tx, [row], changed_at=tx.now, expires_at=None, approvals_left=[], pending_step=None)
    history.write(tx, actor, "decide", [step])
