"""Minting: what has happened and has a number becomes a signed certificate. Issuing and correcting both end here."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.certification import models
from services.certification.domain import awards, codes, log, snapshots
from services.certification.domain.log import moment as iso
from services.certification.models import Person
from services.certification.service import erasing, transparency
from services.certification.service.designing import Designs
from services.certification.service.keeping import keep_tokens
from services.certification.signing import Keyring, Keys, Signer, canonical
from shared import crash
from shared.database import Transaction
from shared.events import CertificateIssuedV1, EnrollmentCompletedV1
from shared.ids import new_id
from shared.messages import Cause
from shared.persian import tehran_date


@dataclass(frozen=True)
class Office:
    """What certificates are made with: the keys, and the address at which anybody finds them."""

    keyring: Keyring
    public_url: str

    def verification_url(self, code: str) -> str:
        """Where anybody can check a certificate."""
        return f"{self.public_url}/verify/{code}"


@dataclass(frozen=True)
class Draft:
    """A certificate to be: what it certifies, whose it is today, its number, and further columns of its row.

    `mail`: whether the holder is written to. `past`: what a record of the past says that no completion does. `award`:
    that of a type-2 certificate, whose completion repeats it in the form of what is certified otherwise.
    One that takes the place of another names it and the reason.
    """

    completion: EnrollmentCompletedV1
    person: Person
    serial: str
    cause: Cause
    columns: dict[str, Any] = field(default_factory=dict)
    mail: bool = True
    past: Mapping[str, Any] | None = None
    award: Mapping[str, Any] | None = None
    cycle: int = 1
    valid_until: date | None = None
    replaces_serial: str | None = None
    reason: str | None = None
    certificate_id: UUID = field(default_factory=new_id)


def mint(tx: Transaction, office: Office, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Sign and store certificates, all of one kind, and say so: a fixed number of statements. The rows as stored."""
    if not drafts:
        return []
    issued_at = iso(tx.now)
    random = os.urandom(2 * codes.CODE_BYTES * len(drafts))
    keys = office.keyring.to_sign(tx)
    designs = Designs(tx, {draft.completion.agency_code for draft in drafts}, tehran_date(tx.now))
    rows = []
    for place, draft in enumerate(drafts):
        signers = keys.signer_for(draft.completion.agency_code, tx.now), _cosigner(draft, keys, tx.now)
        row = _row(draft, issued_at, random[32 * place : 32 * place + 32], _look(draft, designs), *signers)
        rows.append(row | {"issued_at": tx.now})
    crash.point("signed")
    models.add_certificates(tx, rows)
    keep_tokens(tx, office, rows)
    transparency.append(tx, office, [log.issued(row["id"], row["serial"], tx.now, row["snapshot"]) for row in rows])
    erasing.erase_again(tx, [draft.person for draft in drafts], office)
    for draft, row in zip(drafts, rows, strict=True):
        tx.publish(_issued(draft, row, office), draft.cause)
    return rows


def _cosigner(draft: Draft, keys: Keys, at: datetime) -> Signer | None:
    """Who signs beside the issuer. The Organisation's signature of an award is the platform's, in any case."""
    if draft.award is not None:
        return keys.signer_for(None, at)
    # An agency says alone what its own old records hold: their provider has not seen them and signs nothing.
    if draft.past is not None:
        return None
    return keys.cosigner_for(draft.completion.provider_code, draft.completion.agency_code, at)


def _look(draft: Draft, designs: Designs) -> dict[str, Any]:
    if draft.award is not None:
        look = designs.look(draft.completion.agency_code)
        return {"design": look | {"signatories": awards.signatories(draft.award)}}
    return designs.of(draft.completion, draft.past["score"] if draft.past else draft.completion.score)


def _row(
    draft: Draft,
    issued_at: str,
    random: bytes,
    look: dict[str, Any],
    signer: Signer,
    cosigner: Signer | None,
) -> dict[str, Any]:
    """The row of a certificate but for its `issued_at`; `random` is 16 bytes for the code and 16 for the salt."""
    completion = draft.completion
    certificate_id, salt = draft.certificate_id, random[codes.CODE_BYTES :].hex()
    code = codes.verification_code(random[: codes.CODE_BYTES])
    said = snapshots.snapshot(
        {**msgspec.to_builtins(completion), **(draft.past or {})},
        certificate_id=str(certificate_id),
        serial=draft.serial,
        verification_code=code,
        national_code_hash=snapshots.hashed_national_code(salt, completion.national_code),
        issued_at=issued_at,
        key_id=signer.key_id,
        valid_until=draft.valid_until and draft.valid_until.isoformat(),
        cosigner_key_id=cosigner and cosigner.key_id,
        **look,
    )
    if draft.award is not None:
        said = awards.said(said, draft.award)
    snapshot = canonical(said)
    # The table's own default is a certificate of a course.
    kind = {} if draft.award is None else {"kind": awards.KIND}
    return {
        "id": certificate_id,
        "enrollment_id": completion.enrollment_id,
        "employee_id": draft.person.id,
        "agency_code": completion.agency_code,
        "serial": draft.serial,
        "verification_code": code,
        "snapshot": snapshot.decode(),
        "signature": signer.sign(snapshot),
        "key_id": signer.key_id,
        "cosigner_key_id": cosigner and cosigner.key_id,
        "cosignature": cosigner and cosigner.sign(snapshot),
        "status": "valid",
        "mail": draft.mail,
        "national_code": completion.national_code,
        "national_code_salt": salt,
        "course_code": completion.course_code,
        "course_version": completion.course_version,
        "cycle": draft.cycle,
        "valid_until": draft.valid_until,
        "refresh_every_months": completion.refresh_every_months,
        **kind,
        **draft.columns,
    }


def _issued(draft: Draft, row: dict[str, Any], office: Office) -> CertificateIssuedV1:
    """Of somebody whose data was erased meanwhile it says no name."""
    completion = draft.completion
    return CertificateIssuedV1(
        certificate_id=row["id"],
        enrollment_id=completion.enrollment_id,
        employee_id=row["employee_id"],
        agency_code=completion.agency_code,
        full_name="" if draft.person.erased_at else completion.full_name,
        kind="type1" if draft.award is None else awards.KIND,
        serial=row["serial"],
        course_code=completion.course_code,
        course_title=completion.course_title,
        hours=completion.hours,
        completed_on=completion.completed_on,
        # It is there for timing: what was long ago is not late.
        completed_at=row["issued_at"] if draft.past else completion.completed_at,
        issued_at=row["issued_at"],
        verification_code=row["verification_code"],
        verification_url=office.verification_url(row["verification_code"]),
        mail=draft.mail,
        valid_until=draft.valid_until,
        replaces_serial=draft.replaces_serial,
        reason=draft.reason,
    )
