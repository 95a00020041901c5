"""A running course: attendance by session and scores by assessment, until the result follows."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain import attendance as domain
from services.enrollment.domain.attendance import Sheet, Standing, standing
from services.enrollment.domain.reasons import Reason
from services.enrollment.domain.results import completion_failures, state_refusal
from services.enrollment.models import people, queries
from services.enrollment.models import running as models
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import running as schemas
from services.enrollment.service import history, judging, roles, scope
from services.enrollment.service.history import Actor, Step
from services.enrollment.service.results import DUPLICATE
from services.enrollment.service.seating import known_offering
from services.enrollment.service.standings import sheets_of, sitting_of
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound
from shared.persian import tehran_date


class RunningCalls:
    @query(schemas.ListExcuseKinds, reply=schemas.ExcuseKinds, roles=roles.EVERYBODY)
    def list_excuse_kinds(self, tx: Transaction, caller: Caller, on: date | None) -> dict[str, Any]:
        """The kinds of excuse for courses that begin on a day (today in Tehran unless given), what each counts as, and
        the share of a course's hours that excuses may reach."""
        day = max(on or tehran_date(tx.now), FIRST_DAY)
        share = value_on(tx, "max_excused_share", day)
        return {"items": value_on(tx, "excuse_kinds", day), "max_excused_share": share}

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

        An offering without sessions has one, number 1, as long as the course. Excuses are those of the offering's first
        day (`list_excuse_kinds`). Once all sessions and assessments of a
        person are in, the result follows at once, as by `record_results`. Rows are rejected one by one:
        `enrollment_not_found`, `withdrawn`, `not_confirmed`, `already_decided`, `too_many_hours`, `unknown_excuse`,
        `duplicate_row`. NotFound `offering_not_found`, `session_not_found`; Conflict `offering_closed`; Unavailable
        `offering_not_known_yet`.
        """
        offering = _of_ones_own(tx, caller, offering_id, rows)
        length = domain.session_lengths(offering).get(session)
        if length is None:
            raise NotFound("session_not_found", "The offering has no such session.", {"session": session})
        excuses = judging.excuses_of(tx, offering)

        def refusal(row: dict[str, Any]) -> Reason | None:
            return domain.attendance_refusal(length, row["hours"], row["excuse"], excuses)

        found, accepted, rejected = _sorted(tx, offering, rows, "record_attendance", refusal)
        if dry_run:
            return {"recorded": len(accepted), "decided": {}, "rejected": rejected}
        _remember_hours(tx, Actor.of(caller), found, session, accepted)
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
        offering = _of_ones_own(tx, caller, offering_id, rows)
        known = {part["code"].upper(): part["code"] for part in domain.assessments_of(offering)}
        if assessment not in known:
            raise Invalid.field("assessment", f"is none of {', '.join(known.values())}")
        assessment = known[assessment]
        found, accepted, rejected = _sorted(tx, offering, rows, "record_assessment", lambda _row: None)
        if dry_run:
            return {"recorded": len(accepted), "decided": {}, "rejected": rejected}
        new = {"assessment": assessment, "recorded_at": tx.now, "recorded_by": caller.system}
        scores = [
            {
                "enrollment_id": row["enrollment_id"],
                "score": row["score"],
                "sitting": sitting_of(found[row["enrollment_id"]]),
            }
            for row in accepted
        ]
        _remember_scores(tx, Actor.of(caller), found, assessment, scores)
        models.put_scores(tx, assessment, [row | new for row in scores])
        return _decide(tx, Actor.of(caller), "record_assessment", offering, found, accepted, rejected)


def _of_ones_own(tx: Transaction, caller: Caller, offering_id: UUID, rows: Sequence[dict[str, Any]]) -> Any:
    people.hold_those_of(tx, {row["enrollment_id"] for row in rows})
    offering = known_offering(tx, offering_id)
    scope.must_own(tx, caller, offering)
    judging.refuse_closed(offering)
    return offering


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


def _remember_hours(
    tx: Transaction, actor: Actor, found: dict[UUID, Any], session: int, rows: Sequence[dict[str, Any]]
) -> None:
    """Hours that take the place of other ones stay in the history."""
    given = {row["enrollment_id"]: row for row in rows}
    steps = []
    for known in models.attendance_of(tx, list(given)):
        new = given[known.enrollment_id]
        if known.session == session and (known.hours, known.excuse) != (new["hours"], new["excuse"]):
            details = {"session": session, "hours": known.hours, "excuse": known.excuse}
            steps.append(_stays(found[known.enrollment_id], details))
    history.write(tx, actor, "record_attendance", steps)


def _remember_scores(
    tx: Transaction, actor: Actor, found: dict[UUID, Any], assessment: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Scores that take the place of other ones stay in the history."""
    given = {(row["enrollment_id"], row["sitting"]): row["score"] for row in rows}
    steps = []
    for known in models.scores_of(tx, [enrollment_id for enrollment_id, _sitting in given]):
        new = given.get((known.enrollment_id, known.sitting))
        if known.assessment == assessment and new is not None and new != known.score:
            details = {"assessment": assessment, "sitting": known.sitting, "score": known.score}
            steps.append(_stays(found[known.enrollment_id], details))
    history.write(tx, actor, "record_assessment", steps)


def _stays(row: Any, details: dict[str, Any]) -> Step:
    return Step(row.id, row.status, row.status, details=details)


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
    excuses, best = judging.excuses_of(tx, offering), judging.best_counts(tx, offering)
    allowed = judging.resits_allowed(tx, offering)
    marked = []
    for enrollment_id, sheet in sheets.items():
        row, stands = found[enrollment_id], standing(offering, sheet, excuses, best_counts=best)
        if _is_decided(offering, row, sheet, stands):
            # Whoever sits again was judged before, perhaps by a list of results; their hours stand.
            hours = row.attended_hours if row.status == "resit" else stands.attended_hours
            marked.append(judging.judge(offering, row, hours, stands.score, allowed))
    marked = judging.with_forms(tx, offering, marked)
    decided = judging.settle(tx, actor, action, offering, marked) if marked else {}
    return {"recorded": len(accepted), "decided": dict(decided), "rejected": rejected}


def _is_decided(offering: Any, row: Any, sheet: Sheet, stands: Standing) -> bool:
    if row.status != "resit":
        return stands.complete
    passes = "score" not in completion_failures(offering, offering.hours, stands.score)
    return passes or not domain.to_sit_again(offering, sheet, sitting_of(row))
