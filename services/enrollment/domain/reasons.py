"""Why somebody is refused: every reason with a stable code, and the error that carries all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.errors import Conflict, NotFound, TrainingError


@dataclass(frozen=True)
class Reason:
    """One reason for a refusal: a stable code, a sentence, and what the caller needs to act on it."""

    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "details": dict(self.details)}


FULL = Reason("offering_full", "All seats and all waiting places are taken.")
QUOTA = Reason(
    "agency_quota_used", "The seats that are free are kept for other agencies, and no waiting place is left."
)
NOT_EMPLOYED = Reason("not_employed", "The person is not employed any more.")
NOT_OPEN = Reason("offering_not_found", "There is no such offering.")
CANCELLED = Reason("offering_cancelled", "The offering was cancelled.")
NOT_FORMED = Reason("offering_cancelled", "Too few people had enrolled on the day of decision; it is not held.")
CLOSED = Reason("enrollment_closed", "The offering is over and closed.")
DEGREE = Reason("leads_to_degree", "Staff are not sent to courses that lead to a degree (CSML article 61).")


def already_enrolled(enrollment_id: str | None, status: str | None) -> Reason:
    details = {"enrollment_id": enrollment_id, "status": status}
    return Reason("already_enrolled", "The employee is enrolled already.", details)


def refusal(reasons: Sequence[Reason]) -> TrainingError:
    """The error for a refusal: code and details of the first reason, all of them in `details.reasons`."""
    first = reasons[0]
    kind = NotFound if first.code == NOT_OPEN.code else Conflict
    return kind(first.code, first.message, {**first.details, "reasons": [reason.as_dict() for reason in reasons]})
