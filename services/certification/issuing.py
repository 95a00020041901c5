"""Issuing: from completions to numbered, signed certificates, a batch at a time and in bulk statements only."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from services.certification import domain, erasing, models
from services.certification.signing import Signer, canonical
from shared import crash
from shared.database import Transaction
from shared.events import CertificateIssuedV1, EnrollmentCompletedV1
from shared.ids import new_id
from shared.messages import Message
from shared.metrics import CERTIFICATES_ISSUED, COMPLETION_TO_CERTIFICATE
from shared.persian import jalali_year, tehran_date

_Completions = Sequence[Message[EnrollmentCompletedV1]]
_KIND: Final = "type1"


def issue(tx: Transaction, messages: _Completions, signer: Signer, public_url: str) -> int:
    """Issue a certificate for each completion that has none; how many were issued.

    The counters are locked before looking for existing certificates: a replica that handles the same completion
    has committed by then, so it is seen, and no number is taken in vain. A serial belongs to the employee's agency and
    the Jalali year in Tehran at the moment of issue.
    """
    year = jalali_year(tehran_date(tx.now))
    numbers = models.lock_counters(tx, (message.event.agency_code for message in messages), year)
    wanted = _without_certificate(tx, messages)
    if not wanted:
        return 0
    people = models.people_now(tx, {message.event.employee_id for message in wanted})
    issued_at = iso(tx.now)
    random = os.urandom(2 * domain.CODE_BYTES * len(wanted))
    rows = []
    for place, message in enumerate(wanted):
        agency_code = message.event.agency_code
        numbers[agency_code] += 1
        serial = domain.serial(agency_code, year, numbers[agency_code])
        row = row_of(message.event, serial, issued_at, random[32 * place : 32 * place + 32], signer)
        person = people[row["employee_id"]]
        rows.append(row | {"issued_at": tx.now, "employee_id": person.id})
        tx.publish(issued_event(message.event, rows[-1], public_url, is_erased=bool(person.erased_at)), message.cause)
    crash.point("signed")
    agency_codes = {message.event.agency_code for message in wanted}
    models.set_counters(tx, {code: numbers[code] for code in agency_codes}, year)
    models.add_certificates(tx, rows)
    erasing.erase_again(tx, people.values())
    tx.after_commit(lambda: _measure([message.event.completed_at for message in wanted]))
    return len(rows)


def iso(moment: datetime) -> str:
    """A moment as every certificate writes it: UTC, microseconds, a Z at the end."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def verification_url(public_url: str, code: str) -> str:
    """Where anybody can check a certificate."""
    return f"{public_url}/verify/{code}"


def _without_certificate(tx: Transaction, messages: _Completions) -> list[Message[EnrollmentCompletedV1]]:
    """One message for each enrollment that has no certificate yet, in the order they came."""
    first: dict[UUID, Message[EnrollmentCompletedV1]] = {}
    for message in messages:
        first.setdefault(message.event.enrollment_id, message)
    for enrollment_id in models.enrollments_with_certificate(tx, first):
        del first[enrollment_id]
    return list(first.values())


def row_of(event: EnrollmentCompletedV1, serial: str, issued_at: str, random: bytes, signer: Signer) -> dict[str, Any]:
    """The row of a certificate but for its `issued_at`; `random` is 16 bytes for the code and 16 for the salt."""
    certificate_id, salt = new_id(), random[domain.CODE_BYTES :].hex()
    code = domain.verification_code(random[: domain.CODE_BYTES])
    snapshot = canonical(
        domain.snapshot(
            msgspec.to_builtins(event),
            certificate_id=str(certificate_id),
            serial=serial,
            verification_code=code,
            national_code_hash=domain.hashed_national_code(salt, event.national_code),
            issued_at=issued_at,
            key_id=signer.key_id,
        )
    )
    return {
        "id": certificate_id,
        "enrollment_id": event.enrollment_id,
        "employee_id": event.employee_id,
        "agency_code": event.agency_code,
        "serial": serial,
        "verification_code": code,
        "snapshot": snapshot.decode(),
        "signature": signer.sign(snapshot),
        "key_id": signer.key_id,
        "status": "valid",
        "national_code": event.national_code,
        "national_code_salt": salt,
    }


def issued_event(
    event: EnrollmentCompletedV1, row: dict[str, Any], public_url: str, *, is_erased: bool = False
) -> CertificateIssuedV1:
    """Of somebody whose data was erased meanwhile it says no name."""
    return CertificateIssuedV1(
        certificate_id=row["id"],
        enrollment_id=event.enrollment_id,
        employee_id=row["employee_id"],
        agency_code=event.agency_code,
        full_name="" if is_erased else event.full_name,
        kind=_KIND,
        serial=row["serial"],
        course_code=event.course_code,
        course_title=event.course_title,
        hours=event.hours,
        completed_on=event.completed_on,
        completed_at=event.completed_at,
        issued_at=row["issued_at"],
        verification_code=row["verification_code"],
        verification_url=verification_url(public_url, row["verification_code"]),
    )


def _measure(completed_at: Sequence[datetime]) -> None:
    CERTIFICATES_ISSUED.labels(kind=_KIND).inc(len(completed_at))
    now = datetime.now(UTC)
    for moment in completed_at:
        COMPLETION_TO_CERTIFICATE.observe((now - moment).total_seconds())
