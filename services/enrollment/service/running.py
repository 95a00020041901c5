"""A running course: attendance by session, scores by assessment, and how everybody stands."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain import attendance as domain
from services.enrollment.domain.attendance import Sheet, Standing, standing
from services.enrollment.domain.reasons import NOT_OPEN, Reason
from services.enrollment.domain.results import completion_failures, state_refusal
from services.enrollment.models import employees, enrollments, offerings, queries
from services.enrollment.models import running as models
from services.enrollment.policies import value_on
from services.enrollment.schemas import running as schemas
from services.enrollment.service import history, judging, roles, scope
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.reading import visible_to
from services.enrollment.service.results import DUPLICATE
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class RunningCalls:
    @query(schemas.ListExcuseKinds, reply=schemas.ExcuseKinds, roles=roles.EVERYBODY)
    def list_excuse_kinds(self, tx: Transaction, caller: Caller) -> dict[str, Any]:
        """The kinds of excuse of today, and what each counts as; and the share of a course that excuses may reach."""
        today = tehran_date(tx.now)
        share = value_on(tx, "max_excused_share", today)
        return {"items": value_on(tx, "excuse_kinds", today), "max_excused_share": share}

    @command(schemas.RecordAttendance, reply=schemas.Recorded, roles=roles.OFFICERS)
    def record_attendance(
        self,
        tx: Transaction,
        caller: Caller,
        offering_id: UUID,
        session: int,
        rows: Sequence[dict[str, Any]],
        dry_run: bool,
    ) -> dict[str, Any]:
        """Record the hours of one session for up to 1 000 people, in place of what was recorded of it before.

        An offering without sessions has one, number 1, as long as the course. Once all sessions and assessments of a
        person are in, the result follows at once, as by `record_results`. Rows are rejected one by one:
        `enrollment_not_found`, `withdrawn`, `not_confirmed`, `already_decided`, `too_many_hours`, `unknown_excuse`,
        `duplicate_row`. NotFound `offering_not_found`, `session_not_found`; Conflict `offering_closed`; Unavailable
        `offering_not_known_yet`.
        """
        offering = _of_ones_own(tx, caller, offering_id)
        length = domain.session_lengths(offering).get(session)
        if length is None:
            raise NotFound("session_not_found", "The offering has no such session.", {"session": session})
        excuses = judging.excuses_of(tx)

        def refusal(row: dict[str, Any]) -> Reason | None:
            return domain.attendance_refusal(length, row["hours"], row["excuse"], excuses)

        found, accepted, rejected = _sorted(tx, offering, rows, "record_attendance", refusal)
        if dry_run:
            return {"recorded": len(accepted), "decided": {}, "rejected": rejected}
        _remember_changes(tx, Actor.of(caller), found, session, accepted)
        new = {"session": session, "recorded_at": tx.now, "recorded_by": caller.system}
        names = ("enrollment_id", "hours", "excuse")
        models.put_attendance(tx, session, [{name: row[name] for name in names} | new for row in accepted])
        return _decide(tx, Actor.of(caller), "record_attendance", offering, found, accepted, rejected)

    @command(schemas.RecordAssessment, reply=schemas.Recorded, roles=roles.OFFICERS)
    def record_assessment(
        self,
        tx: Transaction,
        caller: Caller,
        offering_id: UUID,
        assessment: str,
        rows: Sequence[dict[str, Any]],
        dry_run: bool,
    ) -> dict[str, Any]:
        """Record the scores (0 to 100) of one assessment for up to 1 000 people.

        Until the result is in, a score takes the place of the one before; of somebody who sits again it is that of the
        new sitting. A course without assessments of its own has one, `exam`. Once all sessions and assessments of a
        person are in, the result follows at once; a resit is decided when every assessment below the pass mark was sat
        again, or as soon as the score suffices. Rows are rejected as by `record_attendance`. NotFound
        `offering_not_found`; Invalid for an assessment that the course does not have; Conflict `offering_closed`.
        """
        offering = _of_ones_own(tx, caller, offering_id)
        known = [part["code"] for part in domain.assessments_of(offering)]
        if assessment not in known:
            raise Invalid.field("assessment", f"is none of {', '.join(known)}")
        found, accepted, rejected = _sorted(tx, offering, rows, "record_assessment", lambda _row: None)
        if dry_run:
            return {"recorded": len(accepted), "decided": {}, "rejected": rejected}
        new = {"assessment": assessment, "recorded_at": tx.now, "recorded_by": caller.system}
        scores = [
            {
                "enrollment_id": row["enrollment_id"],
                "score": row["score"],
                "sitting": _sitting(found[row["enrollment_id"]]),
            }
            for row in accepted
        ]
        models.put_scores(tx, assessment, [row | new for row in scores])
        return _decide(tx, Actor.of(caller), "record_assessment", offering, found, accepted, rejected)

    @query(schemas.ListProgress, reply=page_of(schemas.CourseProgress), roles=roles.READERS)
    def list_progress(
        self,
        tx: Transaction,
        caller: Caller,
        offering_id: UUID,
        enrollment_id: UUID | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """How people with a seat stand: hours and score so far, what is missing, and whether they may still pass.

        Of an offering of one's own agency everybody, of another one's own staff. NotFound `offering_not_found` when
        there is no such offering.
        """
        offering = tx.execute(sa.select(offerings).where(offerings.c.id == offering_id)).first()
        if offering is None:
            raise NotFound(NOT_OPEN.code, NOT_OPEN.message)
        own = enrollments.c
        columns = (own.id, own.employee_id, own.status, own.attended_hours, own.score, own.resits_used)
        statement = visible_to(tx, caller, sa.select(*columns, employees.c.full_name)).where(
            own.offering_id == offering_id, own.status.in_(queries.SEATED)
        )
        if enrollment_id is not None:
            statement = statement.where(own.id == enrollment_id)
        if cursor is not None:
            statement = statement.where(own.id > decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement.order_by(own.id), limit)
        sheets = sheets_of(tx, [row.id for row in rows])
        excuses, best = judging.excuses_of(tx), judging.best_counts(tx)
        items = [
            _progress(offering, row, sheets[row.id], standing(offering, sheets[row.id], excuses, best_counts=best))
            for row in rows
        ]
        return {"items": items, "next": last and encode_cursor({"id": last.id})}


def sheets_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Sheet]:
    """What was recorded of each of these enrollments."""
    sessions: dict[UUID, dict[int, tuple[float, str | None]]] = {one: {} for one in ids}
    scores: dict[UUID, dict[str, dict[int, float]]] = {one: {} for one in ids}
    for row in models.attendance_of(tx, ids):
        sessions[row.enrollment_id][row.session] = (row.hours, row.excuse)
    for row in models.scores_of(tx, ids):
        scores[row.enrollment_id].setdefault(row.assessment, {})[row.sitting] = row.score
    return {one: Sheet(sessions[one], scores[one]) for one in ids}


def _of_ones_own(tx: Transaction, caller: Caller, offering_id: UUID) -> Any:
    offering = known_offering(tx, offering_id)
    scope.must_own(tx, caller, offering)
    judging.refuse_closed(offering)
    return offering


def _sitting(row: Any) -> int:
    return int(row.resits_used) + (row.status == "resit")


def _sorted(
    tx: Transaction, offering: Any, rows: Sequence[dict[str, Any]], action: str, refusal: Any
) -> tuple[dict[UUID, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The enrollments, the rows that count, and those rejected with a reason."""
    found = queries.lock_for_results(tx, offering.id, {row["enrollment_id"] for row in rows})
    accepted, rejected, seen = [], [], set[UUID]()
    for row in rows:
        known = found.get(row["enrollment_id"])
        why = state_refusal(known and known.status, action) or refusal(row)
        if row["enrollment_id"] in seen:
            why = DUPLICATE
        seen.add(row["enrollment_id"])
        if why is None:
            accepted.append(row)
        else:
            rejected.append({"enrollment_id": row["enrollment_id"], "code": why.code, "message": why.message})
    return found, accepted, rejected


def _remember_changes(
    tx: Transaction, actor: Actor, found: dict[UUID, Any], session: int, rows: Sequence[dict[str, Any]]
) -> None:
    """Hours that take the place of other ones stay in the history."""
    given = {row["enrollment_id"]: row for row in rows}
    steps = []
    for known in models.attendance_of(tx, list(given)):
        new = given[known.enrollment_id]
        if known.session == session and (known.hours, known.excuse) != (new["hours"], new["excuse"]):
            state = found[known.enrollment_id].status
            details = {"session": session, "hours": known.hours, "excuse": known.excuse}
            steps.append(Step(known.enrollment_id, state, state, details=details))
    history.write(tx, actor, "record_attendance", steps)


def _decide(
    tx: Transaction,
    actor: Actor,
    action: str,
    offering: Any,
    found: dict[UUID, Any],
    accepted: Sequence[dict[str, Any]],
    rejected: list[dict[str, Any]],
) -> dict[str, Any]:
    """Judge those of whom everything is in."""
    sheets = sheets_of(tx, [row["enrollment_id"] for row in accepted])
    excuses, best = judging.excuses_of(tx), judging.best_counts(tx)
    allowed = judging.resits_allowed(tx, offering)
    marked = []
    for enrollment_id, sheet in sheets.items():
        row, stands = found[enrollment_id], standing(offering, sheet, excuses, best_counts=best)
        if _is_decided(offering, row, sheet, stands):
            # Whoever sits again may have been judged by a list of results; their hours stand.
            hours = row.attended_hours if row.status == "resit" and not sheet.sessions else stands.attended_hours
            marked.append(judging.judge(offering, row, hours, stands.score, allowed))
    marked = judging.with_forms(tx, offering, marked)
    decided = judging.settle(tx, actor, action, offering, marked) if marked else {}
    return {"recorded": len(accepted), "decided": dict(decided), "rejected": rejected}


def _is_decided(offering: Any, row: Any, sheet: Sheet, stands: Standing) -> bool:
    if row.status != "resit":
        return stands.complete
    passes = "score" not in completion_failures(offering, offering.hours, stands.score)
    return passes or not domain.to_sit_again(offering, sheet, _sitting(row))


def _progress(offering: Any, row: Any, sheet: Sheet, stands: Standing) -> dict[str, Any]:
    decided = row.status not in ("confirmed", "resit")
    return {
        "enrollment_id": row.id,
        "employee_id": row.employee_id,
        "full_name": row.full_name,
        "status": row.status,
        "hours": offering.hours,
        "attended_hours": row.attended_hours if decided else stands.attended_hours,
        "excused_hours": stands.excused_hours,
        "score": row.score if decided else stands.score,
        "sessions": [
            {"session": number, "hours": hours, "excuse": excuse}
            for number, (hours, excuse) in sorted(sheet.sessions.items())
        ],
        "assessments": [
            {"assessment": code, "scores": [scores[sitting] for sitting in sorted(scores)]}
            for code, scores in sorted(sheet.scores.items())
        ],
        "missing_sessions": [] if decided else list(stands.missing_sessions),
        "missing_assessments": [] if decided else list(stands.missing_assessments),
        "resits_used": row.resits_used,
    }
