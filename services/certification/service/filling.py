"""What is made when somebody needs it first, and kept: the signed essentials of the QR code, and the credential of
certificates that an earlier release issued."""

from collections.abc import Mapping
from typing import Any

from services.certification import models, scanning
from services.certification.service.keeping import kept
from services.certification.service.minting import Office
from shared.database import Database
from shared.persian import tehran_date


def essentials(db: Database, office: Office, row: Any, said: Mapping[str, Any]) -> bytes:
    """The signed essentials of a certificate; they say the day of their signature."""
    payload: bytes | None = row.essentials
    if payload is None:
        with db.transaction() as tx:
            signer = office.keyring.to_sign(tx).signer_for(said["issuer"]["code"], tx.now)
            payload = scanning.signed(said, signer, tehran_date(tx.now))
            models.keep_essentials(tx, row.id, payload)
    return payload


def token(db: Database, office: Office, row: Any, said: Mapping[str, Any]) -> str:
    """The VC-JWT of a certificate, kept from now on, so that its page has the same bytes whatever key signs later."""
    with db.transaction() as tx:
        return kept(tx, office, row, said, "jwt")
