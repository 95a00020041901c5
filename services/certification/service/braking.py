"""The brake at work: which completions are issued now, and what waits until somebody releases it.

Held is not lost: the event counts as handled, the completion is kept as it was heard, and nothing of it is signed or
told to anybody.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from services.certification import models
from services.certification.domain import brake
from services.certification.policies import value_on
from shared import metrics
from shared.database import Transaction
from shared.events import EnrollmentCompletedV1, ResultCorrectedV1, decode, encode
from shared.messages import Message
from shared.persian import tehran_date

Completion = Message[EnrollmentCompletedV1]
_ITSELF = "certification"  # who decided where no person did


def let_through(tx: Transaction, completions: Sequence[Completion]) -> list[Completion]:
    """Those that may be issued now, counted; what is above the limit of its agency is held, the last ones first.

    Under the lock of the agencies' counters, so that two replicas cannot both pass. One that waits or was dropped
    stays so, however often it is heard; one that a person released is not stopped again.
    """
    if not completions:
        return []
    codes = {message.event.agency_code for message in completions}
    issued, has_held = models.braked(tx, codes, brake.hour_of(tx.now))
    ids = [message.event.enrollment_id for message in completions] if has_held else []
    known = models.held_status(tx, ids) if ids else {}
    policy = value_on(tx, "issuance_brake", tehran_date(tx.now))
    left = Counter(allowances(tx, policy, codes))
    left.subtract(issued)
    passing, over = list[Completion](), list[Completion]()
    for message in completions:
        if message.event.enrollment_id not in known:
            left[message.event.agency_code] -= 1
            (over if left[message.event.agency_code] < 0 else passing).append(message)
    models.count_issued(tx, Counter(message.event.agency_code for message in passing), brake.hour_of(tx.now))
    _hold(tx, over)
    return passing + [message for message in completions if known.get(message.event.enrollment_id) == "issued"]


def allowances(tx: Transaction, policy: Any, agency_codes: Collection[str]) -> dict[str, int]:
    """How many certificates of each agency fit into an hour at present."""
    limits = {code: brake.limit_of(policy, code) for code in agency_codes}
    measured = [code for code, limit in limits.items() if limit["times_usual"] is not None]
    hour = brake.hour_of(tx.now)
    usual = models.usual_in(tx, measured, hour - timedelta(days=policy["usual_days"]), hour) if measured else {}
    return {code: brake.allowance(limit, usual.get(code, 0.0)) for code, limit in limits.items()}


def message_of(row: Any) -> Completion:
    """A held completion as it was heard."""
    event = decode(EnrollmentCompletedV1.TYPE, row.body.encode())
    assert isinstance(event, EnrollmentCompletedV1)
    return Message(row.enrollment_id, event, row.completed_at, row.correlation_id, row.traceparent)


def correct_held(tx: Transaction, message: Message[ResultCorrectedV1]) -> bool:
    """Follow the correction of a completion that is held; False when there is none.

    One that was dropped and is a completion after all waits again, for another decision.
    """
    event = message.event
    row = models.held_completion(tx, event.enrollment_id)
    if row is None or row.status == "issued":
        return False
    if row.corrected_at is not None and event.corrected_at <= row.corrected_at:
        return True
    changes: dict[str, Any] = {"corrected_at": event.corrected_at}
    [person] = models.people_now(tx, [row.employee_id]).values()
    if event.outcome == "failed" or person.erased_at is not None:
        changes |= {"status": "dropped", "body": None, "reason": event.reason}
        changes |= {"decided_at": tx.now, "decided_by": _ITSELF}
    else:
        completion = msgspec.convert(msgspec.to_builtins(event), EnrollmentCompletedV1)
        changes |= {"body": encode(completion).decode()}
        if row.status == "dropped":
            changes |= {"status": "held", "reason": None, "decided_at": None, "decided_by": None}
    models.set_held(tx, [row.enrollment_id], **changes)
    return True


def _hold(tx: Transaction, completions: Sequence[Completion]) -> None:
    if not completions:
        return
    people = models.people_now(tx, {message.event.employee_id for message in completions})
    rows = [_row(tx, message, people[message.event.employee_id]) for message in completions]
    models.hold_completions(tx, rows)
    tx.after_commit(lambda: metrics.COMPLETIONS_HELD.inc(len(rows)))


def _row(tx: Transaction, message: Completion, person: models.Person) -> dict[str, Any]:
    event = message.event
    is_erased = person.erased_at is not None
    return {
        "enrollment_id": event.enrollment_id,
        "agency_code": event.agency_code,
        "employee_id": person.id,
        "offering_id": event.offering_id,
        "course_code": event.course_code,
        "completed_at": event.completed_at,
        "held_at": tx.now,
        "status": "dropped" if is_erased else "held",
        "body": None if is_erased else encode(event).decode(),
        "correlation_id": message.correlation_id,
        "traceparent": message.traceparent,
        "mail": True,
    }
