"""The portable form of a certificate: an Open Badges 3.0 `OpenBadgeCredential` as VC-JWT.

Built from the snapshot alone, so the same snapshot, key and public address always give the same text. As section 8.2
of the specification says: `typ` is "JWT", `kid` is the address at which the public key is found, and the claims `iss`,
`jti`, `sub` and `nbf` repeat what the credential itself says. The credential is the payload itself, as VC Data Model
2.0 has it. The national code is in it as a salted hash only; the salt is not in it.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.signing import Signer, canonical
from shared.errors import Invalid

JWKS_PATH = "/.well-known/jwks.json"
CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
MAX_LENGTH = 50_000


def credential(snapshot: Mapping[str, Any], signer: Signer, public_url: str) -> str:
    """The signed VC-JWT of a certificate, in JWS compact form."""
    document = open_badge(snapshot, public_url)
    header = {"alg": "EdDSA", "typ": "JWT", "kid": f"{public_url}{JWKS_PATH}#{signer.key_id}"}
    claims = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": int(datetime.fromisoformat(document["validFrom"]).timestamp()),
    }
    signed = f"{_base64(canonical(header))}.{_base64(canonical({**document, **claims}))}"
    return f"{signed}.{_base64(signer.sign(signed.encode()))}"


def open_badge(snapshot: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    """The unsigned credential. Times are whole seconds, so that `validFrom` equals the claim `nbf`."""
    certificate_id = f"urn:uuid:{snapshot['certificate_id']}"
    issuer = _profile(snapshot["issuer"], public_url)
    return {
        "@context": CONTEXT,
        "id": certificate_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer,
        "validFrom": f"{snapshot['issued_at'][:19]}Z",
        "name": _text(snapshot["course_title"]),
        "evidence": [{"id": f"{public_url}/verify/{snapshot['verification_code']}", "type": ["Evidence"]}],
        "credentialSubject": {
            "id": f"{certificate_id}#holder",
            "type": ["AchievementSubject"],
            "activityStartDate": f"{snapshot['starts_on']}T00:00:00Z",
            "activityEndDate": f"{snapshot['ends_on']}T00:00:00Z",
            "licenseNumber": snapshot["serial"],
            "identifier": [
                _identity("name", snapshot["holder_name"], hashed=False),
                _identity("nationalIdentityNumber", snapshot["national_code_hash"], hashed=True),
            ],
            "achievement": _achievement(snapshot, public_url),
            **({} if snapshot["score"] is None else {"result": [{"type": ["Result"], "value": snapshot["score"]}]}),
        },
    }


def verify(token: str, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The claims of a credential signed with one of `keys` (by key id); raises Invalid for any other.

    Only the key id is taken from the token, never a key or an address to fetch one from.
    """
    try:
        if len(token) > MAX_LENGTH:
            raise jwt.InvalidTokenError("too long")
        address = jwt.get_unverified_header(token).get("kid", "")
        key = keys.get(str(address).rpartition("#")[2])
        if key is None:
            raise jwt.InvalidKeyError("not signed with a key of ours")
        claims = jwt.decode(token, key, algorithms=["EdDSA"], options={"require": ["iss", "jti", "sub", "nbf"]})
        _agree(claims)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise Invalid.field("credential", f"is not a valid credential: {error}") from error
    return claims


def _agree(claims: Mapping[str, Any]) -> None:
    """The claims beside the credential must say what it says itself (specification, section 8.2.4)."""
    said = (claims["issuer"]["id"], claims["id"], claims["credentialSubject"]["id"])
    if said != (claims["iss"], claims["jti"], claims["sub"]):
        raise ValueError("its claims contradict each other")
    if datetime.fromisoformat(claims["validFrom"]).timestamp() != claims["nbf"]:
        raise ValueError("its dates contradict each other")


def _achievement(snapshot: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    course, title = f"{snapshot['course_code']}.v{snapshot['course_version']}", _text(snapshot["course_title"])
    return {
        "id": f"{public_url}/#course-{quote(course)}",
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "humanCode": snapshot["course_code"],
        "version": str(snapshot["course_version"]),
        "inLanguage": "fa",
        "name": title,
        "description": f"{title} - {snapshot['hours']} h",
        "criteria": {"narrative": "Attendance and score reached what the course's completion rule asks for."},
        "creator": _profile(snapshot["provider"], public_url),
    }


def _profile(organisation: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    return {
        "id": f"{public_url}/#agency-{quote(organisation['code'])}",
        "type": ["Profile"],
        "name": _text(organisation["name"]),
        "url": f"{public_url}/",
    }


def _identity(kind: str, value: str, *, hashed: bool) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": hashed, "identityHash": value, "identityType": kind}


def _text(name: Mapping[str, str]) -> str:
    return f"{name['fa']} / {name['en']}" if name.get("en") else name["fa"]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
