"""Credentials that were made once are kept, and given again byte for byte."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from services.certification import models
from services.certification.credential import credential, integrity, open_badge
from shared.database import Transaction
from shared.errors import NotFound

if TYPE_CHECKING:
    from services.certification.service.minting import Office


def keep_tokens(tx: Transaction, office: "Office", rows: Sequence[Mapping[str, Any]]) -> None:
    """Make and keep the VC-JWT of new certificates, in one statement; `rows` are those of their table."""
    made = {row["id"]: _made("jwt", row, msgspec.json.decode(row["snapshot"]), office, tx.now) for row in rows}
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
        found = _made(form, row._mapping, said, office, tx.now)
        models.add_credential(tx, row.id, form, found, tx.now)
    return found


def must_have_holder(row: Any) -> None:
    """NotFound `holder_erased` for a certificate whose holder's data was erased: nothing says whose it is."""
    if row.erased_at is not None:
        raise NotFound("holder_erased", "The holder's data was erased; the certificate can only be verified.")


def _made(form: str, row: Mapping[str, Any], said: Mapping[str, Any], office: "Office", now: datetime) -> str:
    """A new credential. The one place that says with which key credentials are signed."""
    signer, salt = office.signer, row["national_code_salt"]
    if form == "jwt":
        return credential(said, signer, office.public_url, salt)
    badge = open_badge(said, office.public_url, salt)
    document = integrity.secured(badge, signer, f"{now:%Y-%m-%dT%H:%M:%SZ}")
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
