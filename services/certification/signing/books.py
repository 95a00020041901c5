"""How the books of the database (`signing_keys`) write a public key."""

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.certification.signing.public import KnownKey, from_der, to_der


def to_row(key: KnownKey, now: datetime) -> dict[str, Any]:
    """The row of a key that is written down now."""
    return {
        "key_id": key.key_id,
        "agency_code": key.agency_code,
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
        agency_code=row.agency_code,
        public_key=from_der(row.public_key),
        certificates=tuple(x509.load_pem_x509_certificates(row.certificates.encode())) if row.certificates else (),
        not_before=row.not_before,
        not_after=row.not_after,
        retired_at=row.retired_at,
        retired_reason=row.retired_reason,
    )
