"""Credentials that were made once are kept, and given again byte for byte."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from services.certification import models
from services.certification.credential import credential, integrity, open_badge
from services.certification.signing import Signer
from shared.database import Transaction
from shared.errors import NotFound

if TYPE_CHECKING:
    from services.certification.service.minting import Office


def keep_tokens(tx: Transaction, office: "Office", rows: Sequence[Mapping[str, Any]]) -> None:
    """Make and keep the VC-JWT of new certificates, in one statement; `rows` are those of their table."""
    made = {}
    for row in rows:
        said = msgspec.json.decode(row["snapshot"])
        made[row["id"]] = credential(said, _signer(tx, office, said), office.public_url, row["national_code_salt"])
    models.add_tokens(tx, made, tx.now)


def kept(tx: Transaction, office: "Office", row: Any, said: Mapping[str, Any], form: str) -> str:
    """The credential of a certificate in a form: made and kept if it is the first time, so `tx` must be one that
    writes. `row` and `said` are the certificate and its snapshot. NotFound `holder_erased`.
    """
    found = models.credential_text(tx, row.id, form)
    if found is not None:
        return found
    # Somebody else may have made it, or erased the holder, since we looked.
    row = models.lock_certificate(tx, row.id)
    must_have_holder(row)
    found = models.credential_text(tx, row.id, form)
    if found is None:
        found = _made(tx, office, form, row, said)
        models.add_credential(tx, row.id, form, found, tx.now)
    return found


def must_have_holder(row: Any) -> None:
    """NotFound `holder_erased` for a certificate whose holder's data was erased: nothing says whose it is."""
    if row.erased_at is not None:
        raise NotFound("holder_erased", "The holder's data was erased; the certificate can only be verified.")


def _made(tx: Transaction, office: "Office", form: str, row: Any, said: Mapping[str, Any]) -> str:
    signer, salt = _signer(tx, office, said), row.national_code_salt
    if form == "jwt":
        return credential(said, signer, office.public_url, salt, tx.now)
    badge = open_badge(said, office.public_url, salt)
    document = integrity.secured(badge, signer, f"{tx.now:%Y-%m-%dT%H:%M:%SZ}")
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _signer(tx: Transaction, office: "Office", said: Mapping[str, Any]) -> Signer:
    """The key that signs credentials: the issuer's that is in force now, also for certificates of former days."""
    return office.keyring.to_sign(tx).signer_for(said["issuer"]["code"], tx.now)
