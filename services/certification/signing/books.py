"""How the books of the database (`signing_keys`) write a public key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.certification import models
from services.certification.signing.public import ALWAYS, KnownKey, from_der, to_der
from services.certification.signing.signers import HeldKey
from services.certification.signing.stores import known
from shared.database import Transaction


def to_row(key: KnownKey, now: datetime) -> dict[str, Any]:
    """The row of a key that is written down now."""
    return {
        "key_id": key.key_id,
        "owner_code": key.owner_code,
        "use": key.use,
        "public_key": to_der(key.public_key),
        "certificates": "".join(each.public_bytes(Encoding.PEM).decode() for each in key.certificates) or None,
        "not_before": key.not_before,
        "not_after": key.not_after,
        "recorded_at": now,
    }


def from_row(row: Any) -> KnownKey:
    """The key of a row."""
    return KnownKey(
        key_id=row.key_id,
        owner_code=row.owner_code,
        public_key=from_der(row.public_key),
        certificates=tuple(x509.load_pem_x509_certificates(row.certificates.encode())) if row.certificates else (),
        not_before=row.not_before,
        not_after=row.not_after,
        retired_at=row.retired_at,
        retired_reason=row.retired_reason,
    )


def begins(certificates: Sequence[x509.Certificate]) -> datetime:
    """When the first of the certificates begins to hold."""
    return certificates[0].not_valid_before_utc if certificates else ALWAYS


def write_down(tx: Transaction, known_before: Sequence[KnownKey], unknown: Sequence[HeldKey]) -> None:
    """Enter keys that are not in the books, and certificates that were renewed.

    A key starts when it is first seen. Only the platform may have signed before: its first keys are older than the
    books, and one that turns up again later starts with the first certificate that it signed.
    """
    names = {key.key_id for key in known_before}
    opened = any(key.owner_code is None for key in known_before)
    for held in unknown:
        key = known(held)
        if key.not_before is None and held.owner_code is not None:
            key = replace(key, not_before=tx.now)
        elif key.not_before is None and opened:
            key = replace(key, not_before=models.first_signed_at(tx, key.key_id) or tx.now)
        if key.key_id in names:
            models.put_signing_key(tx, to_row(key, tx.now))
        else:
            models.add_signing_keys(tx, [to_row(key, tx.now)])
