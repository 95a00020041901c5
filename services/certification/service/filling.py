"""What is made when somebody needs it first, and kept: the signed essentials of the QR code, and the credential of
certificates that an earlier release issued."""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.certification import models, scanning
from services.certification.service.keeping import kept, must_have_holder
from services.certification.service.minting import Office
from shared.database import Database, Transaction
from shared.persian import tehran_date

SIGNED_ALONG = 63


def essentials(db: Database, office: Office, row: Any) -> bytes:
    """The signed essentials of a certificate; they say the day of their signature. NotFound `holder_erased`.

    Where its holder was written to, so were those of the certificates issued with it, and each mail has its file: the
    next ones are signed along, since a transaction takes many times as long as a signature.
    """
    known: bytes | None = row.essentials
    if known is not None:
        return known
    with db.transaction() as tx:
        # Somebody else may have signed it, or erased the holder, since we looked.
        row = models.lock_certificate(tx, row.id)
        must_have_holder(row)
        known = row.essentials
        if known is not None:
            return known
        along = models.lock_unprinted_after(tx, row, SIGNED_ALONG) if row.mail else []
        signed = {each.id: _signed(tx, office, each) for each in (row, *along)}
        models.keep_essentials(tx, signed)
        return signed[row.id]


def _signed(tx: Transaction, office: Office, row: Any) -> bytes:
    said = msgspec.json.decode(row.snapshot)
    signer = office.keyring.to_sign(tx).signer_for(said["issuer"]["code"], tx.now)
    return scanning.signed(said, signer, tehran_date(tx.now))


def token(db: Database, office: Office, row: Any, said: Mapping[str, Any]) -> str:
    """The VC-JWT of a certificate, kept from now on, so that its page has the same bytes whatever key signs later."""
    with db.transaction() as tx:
        return kept(tx, office, row, said, "jwt")
