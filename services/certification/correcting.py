"""Corrections: a certificate is replaced or revoked, and never written again."""

import os
from datetime import date
from typing import Any

import msgspec

from services.certification import domain, erasing, issuing, models
from services.certification.signing import Signer
from shared.database import Transaction
from shared.errors import Unavailable
from shared.events import CertificateRevokedV1, EnrollmentCompletedV1, LocalizedText, ResultCorrectedV1
from shared.messages import Message
from shared.persian import jalali_year, tehran_date


def correct(tx: Transaction, message: Message[ResultCorrectedV1], signer: Signer, public_url: str) -> None:
    """Follow the correction of a result; one that a later correction overtook changes nothing.

    Unavailable `certificate_not_known_yet` when the completion is still to be heard.
    """
    event = message.event
    year = jalali_year(tehran_date(tx.now))
    # The counter first, as issuing does: two that correct and issue wait for each other in one order.
    numbers = models.lock_counters(tx, [event.agency_code], year)
    latest = models.lock_latest(tx, event.enrollment_id)
    if latest is None:
        raise Unavailable("certificate_not_known_yet", "The completion that is corrected has not arrived yet.")
    if latest.corrected_at is not None and event.corrected_at <= latest.corrected_at:
        return
    if event.outcome == "failed":
        _revoke(tx, message, latest, public_url)
        return
    completion = msgspec.convert(msgspec.to_builtins(event), EnrollmentCompletedV1)
    serial = domain.serial(event.agency_code, year, numbers[event.agency_code] + 1)
    row = issuing.row_of(completion, serial, issuing.iso(tx.now), os.urandom(2 * domain.CODE_BYTES), signer)
    # The certificate knows whose it is now; the correction was said before a merge or an erasure, perhaps.
    person = models.people_now(tx, [latest.employee_id])[latest.employee_id]
    row |= {"issued_at": tx.now, "employee_id": person.id}
    replaced = {"status": "superseded" if latest.status == "valid" else latest.status, "superseded_by": row["id"]}
    models.set_certificate(tx, latest.id, **replaced, reason=event.reason)
    models.set_counters(tx, {event.agency_code: numbers[event.agency_code] + 1}, year)
    models.add_certificates(tx, [row | {"corrected_at": event.corrected_at}])
    erasing.erase_again(tx, [person])
    said = issuing.issued_event(completion, row, public_url, is_erased=bool(person.erased_at))
    tx.publish(said, message.cause)


def _revoke(tx: Transaction, message: Message[ResultCorrectedV1], latest: Any, public_url: str) -> None:
    event = message.event
    on = tehran_date(tx.now)
    ended = {"status": "revoked", "revoked_on": on, "reason": event.reason, "corrected_at": event.corrected_at}
    models.set_certificate(tx, latest.id, **ended)
    if latest.status == "valid":
        tx.publish(_revoked(event, latest, on, public_url), message.cause)


def _revoked(event: ResultCorrectedV1, row: Any, on: date, public_url: str) -> CertificateRevokedV1:
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
        verification_url=issuing.verification_url(public_url, row.verification_code),
    )
