"""Scores of the tests before and after a course, from which the gain follows."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrollment.domain.forms import score_refusal
from services.enrollment.models import forms as models
from services.enrollment.schemas import forms as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.results import DUPLICATE
from services.enrollment.service.seating import known_offering
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command


class ScoreCalls:
    @command(schemas.RecordTests, reply=schemas.RecordedTests, roles=roles.OFFICERS)
    def record_tests(
        self, tx: Transaction, caller: Caller, offering_id: UUID, kind: str, rows: Sequence[dict[str, Any]]
    ) -> dict[str, Any]:
        """Record scores (0 to 100) of the test before (`pre`) or after (`post`) an offering of one's own agency.

        Up to 1 000 rows. They measure what the course teaches and decide nothing; another score replaces the one
        before. Rows are rejected one by one: `enrollment_not_found`, `not_confirmed`, `withdrawn`, `no_show`,
        `offering_cancelled`, `duplicate_row`. NotFound `offering_not_found`; Unavailable `offering_not_known_yet`.
        """
        offering = known_offering(tx, offering_id)
        scope.must_own(tx, caller, offering)
        ids = {row["enrollment_id"] for row in rows}
        scores, rejected = _sort(models.states_in(tx, offering_id, ids), rows)
        known = models.scores_of(tx, kind, ids)
        new = {each: score for each, score in scores.items() if known.get(each) != score}
        same = {"kind": kind, "recorded_at": tx.now}
        written = [{"enrollment_id": each, "score": score, **same} for each, score in sorted(new.items())]
        changed = sorted(new.keys() & known.keys())
        models.forget_scores(tx, kind, changed)
        insert_rows(tx, models.test_scores, written)
        return {
            "recorded": len(written) - len(changed),
            "changed": len(changed),
            "unchanged": len(scores) - len(written),
            "rejected": rejected,
        }


def _sort(states: Mapping[UUID, str], rows: Sequence[dict[str, Any]]) -> tuple[dict[UUID, float], list[dict[str, Any]]]:
    """The scores that count, and the rows rejected with a reason."""
    scores, rejected = dict[UUID, float](), []
    seen = set[UUID]()
    for row in rows:
        enrollment_id = row["enrollment_id"]
        refusal = DUPLICATE if enrollment_id in seen else score_refusal(states.get(enrollment_id))
        seen.add(enrollment_id)
        if refusal is None:
            scores[enrollment_id] = row["score"]
        else:
            rejected.append({"enrollment_id": enrollment_id, "code": refusal.code, "message": refusal.message})
    return scores, rejected
