"""Results: who completed a course and who did not."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.enrollment.domain import results as domain
from services.enrollment.domain.reasons import NOT_OPEN, Reason
from services.enrollment.models import queries
from services.enrollment.models.programmes import programmes_with
from services.enrollment.schemas import enrollments as schemas
from services.enrollment.service import asking, facts, programmes, roles
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Unavailable
from shared.events import LocalizedText
from shared.persian import tehran_date


class ResultCalls:
    @command(schemas.RecordResults, reply=schemas.RecordedResults, roles=roles.OFFICERS)
    def record_results(
        self, tx: Transaction, caller: Caller, offering_id: UUID, results: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Record attended hours and score (0 to 100) of up to 1 000 enrollments of an offering of one's own agency.

        The course's own rule decides: share of hours and pass mark, both inclusive (policy default 80 % and 60).
        Rows are rejected one by one: `enrollment_not_found`, `withdrawn`, `not_confirmed`, `already_decided`,
        `offering_cancelled`, `too_many_hours`, `duplicate_row`. A completion counts from the last day of the
        offering, or from today in Tehran if that is earlier. Who completes a programme by it is found at once.
        Where the certificate waits for the reaction form, who passed and has not answered it is `awaiting_form`.
        Unavailable `offering_not_known_yet`, `agency_not_known_yet`; NotFound `offering_not_found`.
        """
        # 1 000 people are one lock, one read, at most two updates and the outbox: no statement per person.
        offering = known_offering(tx, offering_id)
        caller.must_see(offering.agency_code, NOT_OPEN.code, NOT_OPEN.message)
        rows = queries.lock_for_results(tx, offering_id, {result["enrollment_id"] for result in results})
        marked, rejected = _mark(offering, rows, results)
        passed = [mark for mark in marked if not mark.failures]
        failed = [mark for mark in marked if mark.failures]
        day = domain.completion_day(offering.ends_on, tehran_date(tx.now))
        waits = offering.form_before_certificate
        waiting = asking.await_forms(tx, Actor.of(caller), offering, passed, day) if waits else set()
        completed = [mark for mark in passed if mark.row.id not in waiting]
        complete(tx, offering, completed, day)
        _fail(tx, offering, failed)
        counts = {"completed": len(completed), "failed": len(failed), "rejected": rejected}
        return counts | {"awaiting_form": len(waiting)} if waits else counts


def _mark(
    offering: Any, rows: dict[UUID, Any], results: Sequence[dict[str, Any]]
) -> tuple[list[Marked], list[dict[str, Any]]]:
    """Sort the reported rows into those that count and those rejected with a reason."""
    marked, rejected, seen = [], [], set[UUID]()
    for result in results:
        enrollment_id, hours, score = result["enrollment_id"], result["attended_hours"], result["score"]
        row = rows.get(enrollment_id)
        refusal = domain.result_refusal(offering, row and row.status, hours)
        if enrollment_id in seen:
            refusal = DUPLICATE
        seen.add(enrollment_id)
        if refusal is None:
            marked.append(Marked(row, hours, score, domain.completion_failures(offering, hours, score)))
        else:
            rejected.append({"enrollment_id": enrollment_id, "code": refusal.code, "message": refusal.message})
    return marked, rejected


DUPLICATE = Reason("duplicate_row", "The enrollment is in the list more than once; its first row counts.")


def complete(tx: Transaction, offering: Any, marked: list[Marked], day: date) -> None:
    """Complete enrollments of a locked offering, and say so; `day` is the one it counts from."""
    if not marked:
        return
    names = _names(tx, offering, {mark.row.agency_code for mark in marked})
    same = {"status": "completed", "changed_at": tx.now, "completed_at": tx.now, "completed_on": day}
    queries.update_each(tx, _columns(marked), **same)
    for event in facts.completed(offering, marked, names, day, tx.now):
        tx.publish(event)
    # One look by an index where no programme has the course, which is nearly always.
    due = programmes_with(tx, offering.course_code)
    programmes.complete(tx, due, {mark.row.employee_id: mark.row for mark in marked})


def _fail(tx: Transaction, offering: Any, marked: list[Marked]) -> None:
    if not marked:
        return
    queries.update_each(tx, _columns(marked), status="failed", changed_at=tx.now)
    for event in facts.failed(offering, marked):
        tx.publish(event)


def _columns(marked: list[Marked]) -> list[dict[str, Any]]:
    return [{"id": mark.row.id, "attended_hours": mark.attended_hours, "score": mark.score} for mark in marked]


def _names(tx: Transaction, offering: Any, employers: set[str]) -> dict[str, LocalizedText]:
    """Names as the certificates will say them; a provider that the catalog did not name must be registered here."""
    own, provider = offering.agency_code, facts.provider_of(offering)
    names = queries.agency_names(tx, {own, *employers})
    if offering.provider_name:
        names[provider] = offering.provider_name
    if provider not in names:
        raise Unavailable("agency_not_known_yet", "The agency that gives the course is not registered here yet.")
    return {code: LocalizedText(**name) for code, name in names.items()}
