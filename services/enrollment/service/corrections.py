"""Corrections of results, before a completion and after it."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.results import completion_day, completion_failures, exact
from services.enrollment.domain.states import check_move
from services.enrollment.models import enrollments, people, queries
from services.enrollment.models import running as models
from services.enrollment.schemas import running as schemas
from services.enrollment.service import asking, facts, history, judging, roles, scope
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.record import recording
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, NotFound
from shared.persian import tehran_date


class CorrectionCalls:
    @command(schemas.CorrectResult, reply=schemas.Corrected, roles=roles.OFFICERS)
    def correct_result(
        self, tx: Transaction, caller: Caller, enrollment_id: UUID, attended_hours: float, score: float, reason: str
    ) -> dict[str, Any]:
        """Give a decided enrollment of an offering of one's own agency other hours and another score, for a reason.

        The course's rule judges anew, without further sittings. Somebody who had not completed the course before and
        now has gets a certificate as usual. Of a completion certification hears: other numbers make a new certificate
        that supersedes, of the agency that the person had then, a failure revokes. A programme that was completed by it
        stays completed. Whoever fails, or fails by other numbers, is told so. NotFound `enrollment_not_found`; Conflict
        `illegal_state` while there is no result, `nothing_changes`, `too_many_hours`, `employee_erased`.
        """
        known = tx.execute(sa.select(enrollments.c.offering_id).where(enrollments.c.id == enrollment_id)).first()
        people.hold_those_of(tx, [enrollment_id])
        offering = known_offering(tx, known.offering_id) if known else None
        if offering is None or not scope.sees(tx, caller, offering.agency_code):
            raise NotFound("enrollment_not_found", "There is no such enrollment.")
        row = queries.lock_for_results(tx, offering.id, [enrollment_id])[enrollment_id]
        check_move(row.status, "correct")
        if row.national_code is None:
            raise Conflict("employee_erased", "The person's data was erased; their record stays as it is.")
        row = judging.as_of(tx, row, _day(tx, offering, row))
        _refuse_nonsense(offering, row, attended_hours, score)
        completed_before = row.status == "completed" or models.once_completed(tx, enrollment_id)
        mark = _judged_anew(tx, offering, row, attended_hours, score, completed_before=completed_before)
        status = mark.status
        step = Step(enrollment_id, row.status, status, reason, details={"before": _before(row)})
        history.write(tx, Actor.of(caller), "correct", [step])
        if status == "completed" and not completed_before:
            judging.complete(tx, Actor.of(caller), offering, [mark])
        elif status == "awaiting_form":
            asking.await_forms(tx, offering, [mark], _day(tx, offering, row))
        else:
            _write(tx, Actor.of(caller), offering, mark, step, completed_before=completed_before)
            if status == "completed":
                # The course may have been the one missing of a programme while it did not count.
                judging.complete_programmes(tx, offering, [mark])
        return {"enrollment_id": enrollment_id, "before": row.status, "status": status}


def _refuse_nonsense(offering: Any, row: Any, attended_hours: float, score: float) -> None:
    if exact(attended_hours) > exact(offering.hours):
        raise Conflict("too_many_hours", f"The course has {offering.hours:g} hours.", {"hours": offering.hours})
    same = (attended_hours, score) == (row.attended_hours, row.score)
    if same and row.status != "no_show":
        raise Conflict("nothing_changes", "The result has these numbers already.")


def _judged_anew(
    tx: Transaction, offering: Any, row: Any, attended_hours: float, score: float, *, completed_before: bool
) -> Marked:
    """By the course's rule alone; no form comes between a completion and its correction."""
    failures = completion_failures(offering, attended_hours, score)
    mark = Marked(row, attended_hours, score, failures, "failed" if failures else "completed", row.resits_used)
    return mark if completed_before else judging.with_forms(tx, offering, [mark])[0]


def _write(tx: Transaction, actor: Actor, offering: Any, mark: Marked, step: Step, *, completed_before: bool) -> None:
    """The row, the training record, and what certification has to know; the day of a completion stays what it was."""
    row = mark.row
    is_completed = mark.status == "completed"
    day = _day(tx, offering, row)
    moment = row.completed_at or tx.now
    kept = (
        {"completed_on": day, "completed_at": moment}
        if is_completed
        else dict.fromkeys(("completed_on", "completed_at"))
    )
    own = sa.update(enrollments).where(enrollments.c.id == row.id)
    numbers = {"attended_hours": mark.attended_hours, "score": mark.score}
    tx.execute(own.values(status=mark.status, changed_at=tx.now, reason=step.reason, **numbers, **kept))
    if completed_before:
        # Of two corrections the later one holds: the time is taken under the lock, not from the transaction's start.
        said = {"correction_id": step.id, "outcome": mark.status, "reason": step.reason}
        said["corrected_at"] = datetime.now(UTC)
        names = judging.names_of(tx, offering, {row.agency_code})
        recording.corrected(tx, actor, offering, mark, names, day, step.reason)
        days = {"completed_on": day, "completed_at": moment}
        tx.publish(facts.result_corrected(offering, mark, names, said | days))
    # Of a completion that was none the person hears by the certificate that is revoked.
    if mark.status == "failed" and row.status != "completed":
        for event in facts.failed(offering, [mark], correction_id=step.id):
            tx.publish(event)


def _before(row: Any) -> dict[str, Any]:
    numbers = {"attended_hours": row.attended_hours, "score": row.score}
    return numbers | ({"completed_on": row.completed_on.isoformat()} if row.completed_on else {})


def _day(tx: Transaction, offering: Any, row: Any) -> date:
    """From when a completion counts: its own day, also if it was taken away meanwhile."""
    known = row.completed_on or models.first_completion_day(tx, row.id)
    return known or completion_day(offering.ends_on, tehran_date(tx.now))
