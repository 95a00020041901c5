"""Results reported as a whole: who completed a course and who did not."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.enrollment.domain import results as domain
from services.enrollment.domain.reasons import Reason
from services.enrollment.models import people, queries
from services.enrollment.schemas import enrollments as schemas
from services.enrollment.service import judging, roles, scope
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command


class ResultCalls:
    @command(schemas.RecordResults, reply=schemas.RecordedResults, roles=roles.OFFICERS)
    def record_results(
        self, tx: Transaction, caller: Caller, offering_id: UUID, results: Sequence[dict[str, Any]], dry_run: bool
    ) -> dict[str, Any]:
        """Record attended hours and score (0 to 100) of up to 1 000 enrollments of an offering of one's own agency.

        The course's own rule decides: share of hours and pass mark, both inclusive (policy default 80 % and 60). Who
        never came is left out: closing makes a `no_show` of them, a row of nothing is a failure like any other. Who
        misses the score alone while sittings are left may sit again (`resit`). `awaiting_form` counts those who passed
        and whose certificate waits for the reaction form. Rows are rejected one by one: `enrollment_not_found`,
        `withdrawn`, `not_confirmed`, `already_decided`, `offering_cancelled`, `too_many_hours`, `duplicate_row`. A
        completion counts from the last day of the offering, or from today in Tehran if that is earlier. Who completes a
        programme by it is found at once. With `dry_run` nothing is written. Conflict `offering_closed`; Unavailable
        `offering_not_known_yet`, `agency_not_known_yet`; NotFound `offering_not_found`.
        """
        # 1 000 people are one lock, one read, a few updates and the outbox: no statement per person.
        people.hold_those_of(tx, {result["enrollment_id"] for result in results})
        offering = known_offering(tx, offering_id)
        scope.must_own(tx, caller, offering)
        judging.refuse_closed(offering)
        marked, rejected = mark_results(tx, offering, results)
        counts = Counter(mark.status for mark in marked)
        if not dry_run:
            judging.settle(tx, Actor.of(caller), "record_result", offering, marked)
        more = {"resit": counts["resit"]} if counts["resit"] else {}
        more |= {"awaiting_form": counts["awaiting_form"]} if offering.form_before_certificate else {}
        return {"completed": counts["completed"], "failed": counts["failed"], "rejected": rejected, **more}


def mark_results(
    tx: Transaction, offering: Any, results: Sequence[dict[str, Any]]
) -> tuple[list[Marked], list[dict[str, Any]]]:
    """Sort the reported rows of a locked offering into those that count and those rejected with a reason."""
    rows = queries.lock_for_results(tx, offering.id, {result["enrollment_id"] for result in results})
    allowed, best = judging.resits_allowed(tx, offering), judging.best_counts(tx, offering)
    marked, rejected, seen = [], [], set[UUID]()
    for result in results:
        enrollment_id, hours, score = result["enrollment_id"], result["attended_hours"], result["score"]
        row = rows.get(enrollment_id)
        refusal = domain.result_refusal(offering, row and row.status, hours)
        if enrollment_id in seen:
            refusal = DUPLICATE
        seen.add(enrollment_id)
        if refusal is not None:
            rejected.append({"enrollment_id": enrollment_id, "code": refusal.code, "message": refusal.message})
            continue
        assert row is not None, "a row that is not there is refused"
        if best and row.status == "resit":
            score = max(score, row.score)
        marked.append(judging.judge(offering, row, hours, score, allowed))
    return judging.with_forms(tx, offering, marked), rejected


DUPLICATE = Reason("duplicate_row", "The enrollment is in the list more than once; its first row counts.")
