"""The public keys as everybody finds them: a JSON Web Key Set."""

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from services.certification.signing.public import KnownKey, raw


def jwks(keys: Iterable[KnownKey]) -> dict[str, list[dict[str, Any]]]:
    """The keys as a JSON Web Key Set (RFC 7517; OKP keys of RFC 8037), in the order of their ids.

    Beside the standard members: `x-agency`, and of OpenID Federation's historical keys `nbf`, `exp` (seconds) and
    `revoked` with `revoked_at` and `reason`. Readers leave members alone that they do not know (RFC 7517, section 4).
    """
    return {"keys": [_jwk(key) for key in sorted(keys, key=lambda key: key.key_id)]}


def _jwk(key: KnownKey) -> dict[str, Any]:
    members = {
        **_numbers(key),
        "kid": key.key_id,
        "use": "sig",
        "x-agency": key.owner_code,
        "nbf": _seconds(key.not_before),
        "exp": _seconds(key.not_after),
        "revoked": key.retired_at and {"revoked_at": _seconds(key.retired_at), "reason": key.retired_reason},
        "x5c": [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in key.certificates] or None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _numbers(key: KnownKey) -> dict[str, str]:
    data = raw(key.public_key)
    if key.algorithm == "Ed25519":
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": _base64(data)}
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "x": _base64(data[1:33]), "y": _base64(data[33:])}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
