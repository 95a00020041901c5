"""Credentials as VC-JWT (JWS compact form, EdDSA).

As section 8.2 of Open Badges 3.0 says: `typ` is "JWT", `kid` is the address at which the public key is found, and the
claims `iss`, `jti`, `sub`, `nbf` and `exp` repeat what the credential itself says. The credential is the payload
itself, as VC Data Model 2.0 has it. The same snapshot, key and public address always give the same text.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.credential.badge import open_badge
from services.certification.credential.profile import jwk_address
from services.certification.signing import Signer, canonical
from shared.errors import Invalid

MAX_LENGTH = 50_000


def credential(
    snapshot: Mapping[str, Any],
    signer: Signer,
    public_url: str,
    salt: str | None = None,
    signed_at: datetime | None = None,
) -> str:
    """The signed VC-JWT of a certificate; `salt` is that of the certificate's hashes.

    `signed_at` for one that is made later than its certificate: its key may not be older than that.
    """
    return signed(open_badge(snapshot, public_url, salt), signer, public_url, signed_at=signed_at)


def signed(
    document: Mapping[str, Any],
    signer: Signer,
    public_url: str,
    typ: str = "JWT",
    signed_at: datetime | None = None,
) -> str:
    """A credential as VC-JWT; its claims follow from the document, and `iat` is the time of its signature."""
    issuer = document["issuer"]
    claims = {
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": _seconds(document["validFrom"]),
    }
    if "validUntil" in document:
        claims["exp"] = _seconds(document["validUntil"])
    if signed_at is not None:
        claims["iat"] = int(signed_at.timestamp())
    payload = base64url(canonical({**document, **claims}))
    content = f"{_header(jwk_address(public_url, signer.key_id), typ)}.{payload}"
    return f"{content}.{base64url(signer.sign(content.encode()))}"


def verify(
    token: str, keys: Mapping[str, Ed25519PublicKey], *, may_be_over: bool = False, longest: int = MAX_LENGTH
) -> dict[str, Any]:
    """The claims of a credential signed with one of `keys` (by key id); raises Invalid for any other, also for one
    whose time is over unless that `may_be`, and for one longer than `longest` characters.

    Only the key id is taken from the token, never a key or an address to fetch one from.
    """
    try:
        if len(token) > longest:
            raise jwt.InvalidTokenError("too long")
        address = jwt.get_unverified_header(token).get("kid", "")
        key = keys.get(str(address).rpartition("#")[2])
        if key is None:
            raise jwt.InvalidKeyError("not signed with a key of ours")
        wanted: Any = {"require": ["iss", "jti", "sub", "nbf"], "verify_exp": not may_be_over}
        claims = jwt.decode(token, key, algorithms=["EdDSA"], options=wanted)
        _agree(claims)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise Invalid.field("credential", f"is not a valid credential: {error}") from error
    return claims


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _agree(claims: Mapping[str, Any]) -> None:
    """The claims beside the credential must say what it says itself (specification, section 8.2.4)."""
    said = (claims["issuer"]["id"], claims["id"], claims["credentialSubject"]["id"])
    if said != (claims["iss"], claims["jti"], claims["sub"]):
        raise ValueError("its claims contradict each other")
    if _seconds(claims["validFrom"]) != claims["nbf"]:
        raise ValueError("its dates contradict each other")
    if ("validUntil" in claims or "exp" in claims) and _seconds(claims["validUntil"]) != claims["exp"]:
        raise ValueError("its dates contradict each other")


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


@lru_cache(maxsize=64)
def _header(kid: str, typ: str) -> str:
    return base64url(canonical({"alg": "EdDSA", "typ": typ, "kid": kid}))
