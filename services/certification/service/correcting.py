"""Corrected results: a certificate is replaced or revoked, and never written again."""

from typing import Any

import msgspec

from services.certification import models
from services.certification.domain.requests import RESULT_ANNULLED
from services.certification.service import braking, covering
from services.certification.service.minting import Office, mint
from services.certification.service.moving import ENROLLMENT, move
from services.certification.service.numbering import Numbers
from services.certification.service.replacing import changed, replace
from shared.database import Transaction
from shared.errors import Unavailable
from shared.events import EnrollmentCompletedV1, ResultCorrectedV1
from shared.messages import Message
from shared.persian import tehran_date


def correct(tx: Transaction, message: Message[ResultCorrectedV1], office: Office) -> None:
    """Follow the correction of a result; one that a later correction overtook changes nothing.

    Unavailable `certificate_not_known_yet` when the completion is still to be heard.
    """
    event = message.event
    numbers = Numbers(tx, [event.agency_code])
    latest = models.lock_latest(tx, event.enrollment_id)
    found = latest or models.lock_covered(tx, event.enrollment_id)
    if found is None and braking.correct_held(tx, message):
        return
    if found is None:
        raise Unavailable("certificate_not_known_yet", "The completion that is corrected has not arrived yet.")
    if found.corrected_at is not None and event.corrected_at <= found.corrected_at:
        return
    if latest is None:
        _correct_covered(tx, message, office, numbers)
    elif event.outcome == "failed" or _taken_back(latest):
        _revoke(tx, message, latest, office)
    else:
        _replace(tx, message, latest, office, numbers)


def _taken_back(latest: Any) -> bool:
    """Whether officers revoked it: for their reasons, which another score does not undo."""
    return latest.status == "revoked" and latest.reason_code not in (None, RESULT_ANNULLED)


def _replace(
    tx: Transaction, message: Message[ResultCorrectedV1], latest: Any, office: Office, numbers: Numbers
) -> None:
    """What officers corrected before stays corrected, but for the score, which is what this correction is about."""
    event = message.event
    decided = models.confirmed_changes(tx, event.enrollment_id)
    kept = [{name: change["after"] for name, change in each.items() if name != "score"} for each in decided]
    completion = changed(_completion(event), kept)
    said = {"corrected_at": event.corrected_at}
    replace(tx, office, latest, completion, numbers, message.cause, ENROLLMENT, event.reason, **said)


def _revoke(tx: Transaction, message: Message[ResultCorrectedV1], latest: Any, office: Office) -> None:
    event = message.event
    models.set_certificate(tx, latest.id, corrected_at=event.corrected_at)
    if latest.status != "revoked":
        ended: dict[str, Any] = {"revoked_on": tehran_date(tx.now), "reason_code": RESULT_ANNULLED}
        move(tx, office, [latest], "revoke", ENROLLMENT, reason=event.reason, cause=message.cause, **ended)


def _correct_covered(tx: Transaction, message: Message[ResultCorrectedV1], office: Office, numbers: Numbers) -> None:
    """A completion without a certificate of its own: no completion any more, or judged anew, for it may begin a cycle
    on its other day."""
    event = message.event
    corrected = {"corrected_at": event.corrected_at, "is_annulled": event.outcome == "failed"}
    if event.outcome == "completed":
        models.forget_covered(tx, event.enrollment_id)
        completion = Message(message.id, _completion(event), message.time, message.correlation_id, message.traceparent)
        people = models.people_now(tx, [event.employee_id])
        drafts = covering.drafts(tx, [completion], people, numbers)
        for draft in drafts:
            draft.columns["corrected_at"] = event.corrected_at
        mint(tx, office, drafts)
        numbers.write(tx)
    models.set_covered(tx, event.enrollment_id, **corrected)


def _completion(event: ResultCorrectedV1) -> EnrollmentCompletedV1:
    return msgspec.convert(msgspec.to_builtins(event), EnrollmentCompletedV1)
