"""Corrections: a certificate is replaced or revoked, and never written again."""

from datetime import date
from typing import Any

import msgspec

from services.certification import models
from services.certification.domain.log import REVOKED, SUPERSEDED, Entry
from services.certification.service import braking, transparency
from services.certification.service.minting import Draft, Office, mint
from services.certification.service.numbering import Numbers
from shared.database import Transaction
from shared.errors import Unavailable
from shared.events import CertificateRevokedV1, EnrollmentCompletedV1, LocalizedText, ResultCorrectedV1
from shared.messages import Message
from shared.persian import tehran_date


def correct(tx: Transaction, message: Message[ResultCorrectedV1], office: Office) -> None:
    """Follow the correction of a result; one that a later correction overtook changes nothing.

    Unavailable `certificate_not_known_yet` when the completion is still to be heard.
    """
    event = message.event
    numbers = Numbers(tx, [event.agency_code])
    latest = models.lock_latest(tx, event.enrollment_id)
    if latest is None and braking.correct_held(tx, message):
        return
    if latest is None:
        raise Unavailable("certificate_not_known_yet", "The completion that is corrected has not arrived yet.")
    if latest.corrected_at is not None and event.corrected_at <= latest.corrected_at:
        return
    if event.outcome == "failed":
        _revoke(tx, message, latest, office)
        return
    completion = msgspec.convert(msgspec.to_builtins(event), EnrollmentCompletedV1)
    corrected = {"corrected_at": event.corrected_at}
    # The certificate knows whose it is now; the correction was said before a merge or an erasure, perhaps.
    person = models.people_now(tx, [latest.employee_id])[latest.employee_id]
    draft = Draft(completion, person, numbers.take(event.agency_code), message.cause, corrected)
    # One valid certificate of an enrollment at most: the old one gives way before the new one is there.
    status = SUPERSEDED if latest.status == "valid" else latest.status
    models.set_certificate(tx, latest.id, status=status, reason=event.reason)
    [row] = mint(tx, office, [draft])
    models.set_certificate(tx, latest.id, superseded_by=row["id"])
    if status != latest.status:
        entry = Entry(SUPERSEDED, latest.id, latest.serial, tx.now, {"superseded_by": row["serial"]})
        transparency.append(tx, office, [entry])
    numbers.write(tx)


def _revoke(tx: Transaction, message: Message[ResultCorrectedV1], latest: Any, office: Office) -> None:
    event = message.event
    on = tehran_date(tx.now)
    ended = {"status": REVOKED, "revoked_on": on, "reason": event.reason, "corrected_at": event.corrected_at}
    models.set_certificate(tx, latest.id, **ended)
    if latest.status != REVOKED:
        transparency.append(tx, office, [Entry(REVOKED, latest.id, latest.serial, tx.now)])
    if latest.status == "valid":
        tx.publish(_revoked(event, latest, on, office), message.cause)


def _revoked(event: ResultCorrectedV1, row: Any, on: date, office: Office) -> CertificateRevokedV1:
    title: LocalizedText = event.course_title
    return CertificateRevokedV1(
        certificate_id=row.id,
        enrollment_id=row.enrollment_id,
        employee_id=row.employee_id,
        agency_code=row.agency_code,
        full_name="" if row.erased_at else event.full_name,
        serial=row.serial,
        course_code=event.course_code,
        course_title=title,
        reason=event.reason,
        revoked_on=on,
        verification_url=office.verification_url(row.verification_code),
    )
