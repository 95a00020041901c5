"""Moving a certificate from one state to another: row, history, event and metric, in one place."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain import states
from services.certification.domain.log import EXPIRED, REINSTATED, REVOKED, SUPERSEDED, SUSPENDED, Entry
from services.certification.domain.requests import Asker
from services.certification.policies import value_on
from services.certification.service import transparency
from services.certification.service.minting import Office
from shared.database import Transaction
from shared.events import (
    CertificateExpiredV1,
    CertificateReinstatedV1,
    CertificateRevokedV1,
    CertificateSuspendedV1,
    Event,
    LocalizedText,
)
from shared.ids import new_id
from shared.messages import Cause
from shared.metrics import CERTIFICATE_CHANGES
from shared.persian import tehran_date

CLOCK = Asker("clock")  # what falls due by itself
ENROLLMENT = Asker("enrollment")  # what follows from a corrected result
_KINDS = {"correct": SUPERSEDED, "suspend": SUSPENDED, "reinstate": REINSTATED, "revoke": REVOKED, "expire": EXPIRED}


def move(
    tx: Transaction,
    office: Office,
    rows: Sequence[Any],
    action: str,
    actor: Asker,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
    cause: Cause | None = None,
    logged: dict[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Do one thing with locked certificates; `columns` are further ones of their rows.

    `details` are for the history, `logged` for the public log. There is at least one row, and all end in one state.
    Conflict `illegal_state` where a state does not allow it; then nothing is done. A few statements, however many
    certificates they are.
    """
    [after] = {states.after(row.status, action) for row in rows}
    moves = {row.id: new_id() for row in rows}
    shown = None if after == "valid" else reason  # why it holds again is for the history
    models.set_certificates(tx, list(moves), status=after, status_since=tx.now, reason=shown, **columns)
    same = {"at": tx.now, "action": action, "after": after, "system": actor.system, "officer_id": actor.officer_id}
    same |= {"reason": reason, "details": details}
    steps = [{"id": moves[row.id], "certificate_id": row.id, "before": row.status, **same} for row in rows]
    models.add_history(tx, steps)
    transparency.append(tx, office, [Entry(_KINDS[action], row.id, row.serial, tx.now, logged or {}) for row in rows])
    if action == "revoke":
        models.uncover(tx, list(moves))
    outlasted = models.renewed(tx, list(moves)) if action == "expire" else set()
    for row in rows:
        for event in _events(tx, office, row, action, moves[row.id], reason, columns, is_renewed=row.id in outlasted):
            tx.publish(event, cause)
    tx.after_commit(lambda: CERTIFICATE_CHANGES.labels(status=after).inc(len(rows)))


def _events(
    tx: Transaction,
    office: Office,
    row: Any,
    action: str,
    move_id: UUID,
    reason: str | None,
    columns: dict[str, Any],
    *,
    is_renewed: bool,
) -> list[Event]:
    """What is told of a move; of a correction the new certificate tells."""
    common, on = about(office, row), tehran_date(tx.now)
    of_kind = common | {"kind": row.kind}
    why = reason or ""
    match action:
        case "suspend":
            return [CertificateSuspendedV1(**of_kind, move_id=move_id, reason=why, suspended_on=on)]
        case "reinstate":
            return [CertificateReinstatedV1(**of_kind, move_id=move_id, reason=why, reinstated_on=on)]
        case "revoke":
            title = reason_title(tx, columns.get("reason_code"))
            return [CertificateRevokedV1(**of_kind, reason=why, revoked_on=on, reason_title=title)]
        case "expire":
            return [CertificateExpiredV1(**common, valid_until=row.valid_until, renewed=is_renewed)]
    return []


def about(office: Office, row: Any) -> dict[str, Any]:
    """What every event says of its certificate; of an erased holder no name."""
    said = json.loads(row.snapshot)
    return {
        "certificate_id": row.id,
        "enrollment_id": row.enrollment_id,
        "employee_id": row.employee_id,
        "agency_code": row.agency_code,
        "full_name": said["holder_name"] or "",
        "serial": row.serial,
        "course_code": said["course_code"],
        "course_title": LocalizedText(**said["course_title"]),
        "verification_url": office.verification_url(row.verification_code),
    }


def reason_title(tx: Transaction, code: str | None) -> LocalizedText | None:
    """The words for the code of a reason, as of today; None for one that is not in use any more."""
    reasons = value_on(tx, "revocation_reasons", tehran_date(tx.now)) if code else []
    return next((LocalizedText(**each["title"]) for each in reasons if each["code"] == code), None)
