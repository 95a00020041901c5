"""How everybody in a course stands: what was recorded of them, what is missing, and whether they may still pass."""

from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.attendance import Excuses, Sheet, Standing, may_still_pass, standing, to_sit_again
from services.enrollment.domain.reasons import NOT_OPEN
from services.enrollment.models import employees, enrollments, offerings, queries
from services.enrollment.models import running as models
from services.enrollment.schemas import running as schemas
from services.enrollment.service import judging, roles
from services.enrollment.service.reading import visible_to
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class StandingQueries:
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

        `may_pass`: being there all the time and full marks in what is missing, a further sitting among it, would do; of
        a result that is in, that it is passed. Of somebody who sits again, what is missing is what they sit. Of an
        offering of one's own agency everybody, of another one's own staff. NotFound `offering_not_found` when there is
        no such offering.
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
        rules = _Rules(
            judging.excuses_of(tx, offering), judging.best_counts(tx, offering), judging.resits_allowed(tx, offering)
        )
        items = [_progress(offering, row, sheets[row.id], rules) for row in rows]
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


class _Rules(NamedTuple):
    """What everybody in a course is judged by."""

    excuses: Excuses
    best_counts: bool
    resits: int


def sitting_of(row: Any) -> int:
    """Which sitting a score of theirs is of: 0 the first, then that of each resit."""
    return int(row.resits_used) + (row.status == "resit")


def _progress(offering: Any, row: Any, sheet: Sheet, rules: _Rules) -> dict[str, Any]:
    stands = standing(offering, sheet, rules.excuses, best_counts=rules.best_counts)
    return _so_far(offering, row, sheet, stands) | {
        "enrollment_id": row.id,
        "employee_id": row.employee_id,
        "full_name": row.full_name,
        "status": row.status,
        "hours": offering.hours,
        "excused_hours": stands.excused_hours,
        "sessions": [
            {"session": number, "hours": hours, "excuse": excuse}
            for number, (hours, excuse) in sorted(sheet.sessions.items())
        ],
        "assessments": [
            {"assessment": code, "scores": [scores[sitting] for sitting in sorted(scores)]}
            for code, scores in sorted(sheet.scores.items())
        ],
        "resits_used": row.resits_used,
        "may_pass": _may_pass(offering, row, sheet, rules),
    }


def _so_far(offering: Any, row: Any, sheet: Sheet, stands: Standing) -> dict[str, Any]:
    """Hours, score and what is missing: of the result where it is in, else of what was recorded."""
    if row.status == "confirmed":
        hours, score = stands.attended_hours, stands.score
        sessions, assessments = list(stands.missing_sessions), list(stands.missing_assessments)
    else:
        # Whoever sits again was judged, perhaps by a list of results; their hours stand.
        again = to_sit_again(offering, sheet, sitting_of(row)) if row.status == "resit" else []
        hours, score, sessions, assessments = row.attended_hours, row.score, [], again
    return {
        "attended_hours": hours,
        "score": score,
        "missing_sessions": sessions,
        "missing_assessments": assessments,
    }


def _may_pass(offering: Any, row: Any, sheet: Sheet, rules: _Rules) -> bool:
    if row.status not in ("confirmed", "resit"):
        return row.status in ("completed", "awaiting_form")
    # Only the score was missing of whoever sits again.
    known = Sheet({}, sheet.scores) if row.status == "resit" else sheet
    sitting = sitting_of(row)
    left = rules.resits - sitting
    return may_still_pass(offering, known, rules.excuses, sitting, left, best_counts=rules.best_counts)
