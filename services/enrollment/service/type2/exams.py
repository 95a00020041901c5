"""What an accepted applicant reaches: the comprehensive exam, and the research project of the third level."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.enrollment.domain.type2 import exact
from services.enrollment.domain.type2_moves import check_move
from services.enrollment.models import type2 as models
from services.enrollment.policies import value_on
from services.enrollment.schemas import type2 as schemas
from services.enrollment.service import roles
from services.enrollment.service.type2.applications import acting, locked, move, not_to_come, shown
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, Invalid


class Type2ExamCalls:
    @command(schemas.RecordExam, reply=schemas.Application, roles=roles.OFFICERS)
    def record_type2_exam(
        self,
        tx: Transaction,
        caller: Caller,
        application_id: UUID,
        sat_on: date,
        score: float,
        reason: str | None,
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """The score of a sitting of the comprehensive exam; the last sitting counts.

        The pass mark is policy `type2_exam_pass_mark` on the day of the application. Who fails may sit again:
        `type2_exam_attempts` in all, `type2_exam_waiting_days` apart (policy defaults). The same again answers the
        same; another score for a day that is known needs a `reason`. NotFound `application_not_found`,
        `employee_not_found` (the officer); Forbidden `own_application`; Invalid for a day to come, or before the
        committee's; Conflict `illegal_state`, `exam_recorded` (another score without a reason, or a later sitting),
        `exam_passed`, `no_attempt_left`, `exam_too_early` with `from_day`, `already_signed`.
        """
        row, person = locked(tx, caller, application_id)
        actor = acting(tx, caller, person, officer_id)
        sat = {each.sat_on: each.score for each in models.sittings_of(tx, application_id)}
        if sat.get(sat_on) == score:
            return shown(tx, application_id)
        check_move(row.state, "record_exam")
        not_signed(row)
        not_to_come(tx, "sat_on", sat_on)
        if sat_on < row.minutes_on:
            raise Invalid.field("sat_on", f"must not be before {row.minutes_on}, when the committee accepted")
        if sat_on in sat:
            _may_correct(sat, sat_on, reason)
        else:
            _may_sit(tx, row, sat, sat_on)
        pass_mark = value_on(tx, "type2_exam_pass_mark", row.applied_on)
        sitting = {"application_id": application_id, "sat_on": sat_on, "score": score, "pass_mark": pass_mark}
        models.set_sitting(tx, sitting | {"recorded_at": tx.now})
        after = "exam_passed" if exact(score) >= exact(pass_mark) else "exam_failed"
        details = {"sat_on": sat_on.isoformat(), "score": score, "before": sat.get(sat_on)}
        columns = {"exam_score": score, "exam_on": sat_on}
        move(tx, actor, row, "record_exam", after, reason, columns=columns, details=details)
        return shown(tx, application_id)

    @command(schemas.RecordResearch, reply=schemas.Application, roles=roles.OFFICERS)
    def record_type2_research(
        self,
        tx: Transaction,
        caller: Caller,
        application_id: UUID,
        title: str,
        hours: float,
        approved_on: date,
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """The research project of a level that asks for one (R-1380: 100 hours beside those of courses).

        Until somebody has signed, another project takes its place; the same again answers the same. NotFound
        `application_not_found`, `employee_not_found` (the officer); Forbidden `own_application`; Invalid for a day to
        come; Conflict `illegal_state`, `no_research_asked`, `already_signed`.
        """
        row, person = locked(tx, caller, application_id)
        actor = acting(tx, caller, person, officer_id)
        said = {"research_title": title, "research_hours": hours, "research_on": approved_on}
        if all(getattr(row, name) == value for name, value in said.items()):
            return shown(tx, application_id)
        check_move(row.state, "record_research")
        not_signed(row)
        not_to_come(tx, "approved_on", approved_on)
        if not value_on(tx, "type2_thresholds", row.applied_on)[row.level]["research_hours"]:
            raise Conflict("no_research_asked", "This level asks for no research project.")
        details = {"title": title, "hours": hours, "approved_on": approved_on.isoformat()}
        move(tx, actor, row, "record_research", row.state, columns=said, details=details)
        return shown(tx, application_id)


def not_signed(row: Any) -> None:
    """Conflict `already_signed` where somebody has signed what is there."""
    if row.committee or row.organisation:
        raise Conflict("already_signed", "Somebody has signed already; withdraw the application and apply anew.")


def _may_correct(sat: dict[date, float], sat_on: date, reason: str | None) -> None:
    if reason is None:
        raise Conflict("exam_recorded", "This sitting has another score; say why it is corrected.")
    if sat_on != max(sat):
        raise Conflict("exam_recorded", "There is a later sitting; only the last is corrected.")


def _may_sit(tx: Transaction, row: Any, sat: dict[date, float], sat_on: date) -> None:
    if row.state == "exam_passed":
        raise Conflict("exam_passed", "The exam is passed already.")
    attempts = value_on(tx, "type2_exam_attempts", row.applied_on)
    if len(sat) >= attempts:
        raise Conflict("no_attempt_left", "No sitting is left; withdraw the application and apply anew.")
    if sat:
        days = value_on(tx, "type2_exam_waiting_days", row.applied_on)
        first = max(sat) + timedelta(days=days)
        if sat_on < first:
            raise Conflict("exam_too_early", f"The next sitting is from {first} on.", {"from_day": str(first)})
