"""Issuing: from completions to numbered, signed certificates, a batch at a time and in bulk statements only."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.service import braking, covering
from services.certification.service.minting import Draft, Office, mint
from services.certification.service.numbering import Numbers
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1
from shared.messages import Message
from shared.metrics import CERTIFICATES_ISSUED, COMPLETION_TO_CERTIFICATE

_Completions = Sequence[Message[EnrollmentCompletedV1]]


def issue(tx: Transaction, messages: _Completions, office: Office) -> int:
    """Issue a certificate for each completion that has none and is covered by none, and hold what is above the agency's
    limit; how many were issued.

    The counters are locked before looking for existing certificates: a replica that handles the same completion
    has committed by then, so it is seen, and no number is taken in vain. A serial belongs to the employee's agency and
    the Jalali year in Tehran at the moment of issue.
    """
    numbers = Numbers(tx, (message.event.agency_code for message in messages))
    wanted = braking.let_through(tx, without_certificate(tx, messages))
    if not wanted:
        return 0
    drafts = drafts_of(tx, wanted, numbers)
    finish(tx, office, numbers, drafts)
    tx.after_commit(lambda: _measure([draft.completion.completed_at for draft in drafts]))
    return len(drafts)


def drafts_of(tx: Transaction, wanted: _Completions, numbers: Numbers) -> list[Draft]:
    """The certificates to be issued for completions; the others are covered by one that is there."""
    people = models.people_now(tx, {message.event.employee_id for message in wanted})
    return covering.drafts(tx, wanted, people, numbers)


def finish(
    tx: Transaction, office: Office, numbers: Numbers, drafts: Sequence[Draft], kind: str = "type1"
) -> list[dict[str, Any]]:
    """Mint, keep the numbers, and count; the rows that were stored."""
    rows = mint(tx, office, drafts)
    numbers.write(tx)
    tx.after_commit(lambda: CERTIFICATES_ISSUED.labels(kind=kind).inc(len(rows)))
    return rows


def without_certificate(tx: Transaction, messages: _Completions) -> list[Message[EnrollmentCompletedV1]]:
    """One message for each enrollment that has no certificate yet, in the order they came."""
    first: dict[UUID, Message[EnrollmentCompletedV1]] = {}
    for message in messages:
        first.setdefault(message.event.enrollment_id, message)
    for enrollment_id in models.enrollments_with_certificate(tx, first):
        del first[enrollment_id]
    return list(first.values())


def _measure(completed_at: Sequence[datetime]) -> None:
    now = datetime.now(UTC)
    for moment in completed_at:
        COMPLETION_TO_CERTIFICATE.observe((now - moment).total_seconds())
