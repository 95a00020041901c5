"""Who calls: signed access tokens (JWT, EdDSA) and what their bearer may see.

A token names a system, its agency, its roles and an expiry. It is signed with the platform's own key; services
verify with the public half. A record of another agency is "not found", never "forbidden".
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared import keys
from shared.errors import Forbidden, NotFound, Unauthenticated

ROLES = frozenset(
    {
        "agency_system",
        "training_officer",
        "catalog_admin",
        "certification_officer",
        "auditor",
        "national",
        "operator",
    }
)
ALGORITHM = "EdDSA"
ISSUER = "training"
KEY_FILE = "access-tokens.pem"
LONGEST_TOKEN = 8_192


@dataclass(frozen=True)
class Caller:
    """The bearer of a token, or the anonymous caller of a public query."""

    system: str = "anonymous"
    agency: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_national(self) -> bool:
        return "national" in self.roles

    def sees(self, agency_code: str) -> bool:
        """Whether records of this agency are theirs to know."""
        return self.is_national or agency_code == self.agency

    def must_see(self, agency_code: str, code: str = "not_found", message: str = "There is no such record.") -> None:
        """Raise NotFound unless records of this agency are theirs to know."""
        if not self.sees(agency_code):
            raise NotFound(code, message)

    def must_have(self, roles: frozenset[str]) -> None:
        """Raise Forbidden unless one of `roles` is theirs."""
        if not self.roles & roles:
            raise Forbidden("role_missing", "The token's roles do not allow this call.", {"one_of": sorted(roles)})


ANONYMOUS = Caller()


class Tokens:
    """Issues and checks access tokens with the key in `keys_dir`."""

    def __init__(self, keys_dir: Path) -> None:
        self._path = keys_dir / KEY_FILE
        self._key: Ed25519PrivateKey | None = None
        self._decode = lru_cache(maxsize=512)(self._verified)

    def issue(self, system: str, agency: str, roles: list[str], ttl: timedelta) -> str:
        """A token for `system` of `agency`; raises ValueError for an unknown role or a time to live below zero."""
        unknown = sorted(set(roles) - ROLES)
        if unknown or not roles:
            raise ValueError(f"unknown roles: {', '.join(unknown)}" if unknown else "at least one role is needed")
        if ttl <= timedelta(0):
            raise ValueError("the time to live must be positive")
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "sub": system, "agency": agency, "roles": sorted(set(roles)), "iat": now}
        return jwt.encode({**claims, "exp": now + ttl}, self._private(), algorithm=ALGORITHM)

    def caller(self, token: Any) -> Caller:
        """The bearer of a token; raises Unauthenticated for anything but a valid one."""
        if token is None or token == "":
            raise Unauthenticated("token_missing", "This call needs an access token.")
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            raise Unauthenticated("token_invalid", "The access token is not one of ours.")
        try:
            caller, expires = self._decode(token)
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("token_expired", "The access token has expired.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Unauthenticated("token_invalid", "The access token is not one of ours.") from None
        if expires <= datetime.now(UTC).timestamp():
            raise Unauthenticated("token_expired", "The access token has expired.")
        return caller

    def _verified(self, token: str) -> tuple[Caller, float]:
        claims = jwt.decode(
            token,
            self._public(),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "iss"]},
        )
        roles, agency = claims.get("roles"), claims.get("agency")
        if not isinstance(roles, list) or not isinstance(agency, str) or not set(roles) <= ROLES:
            raise ValueError("claims of another form")
        return Caller(claims["sub"], agency, frozenset(roles)), float(claims["exp"])

    def _private(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = keys.load_or_create(self._path)
        return self._key

    def _public(self) -> Ed25519PublicKey:
        """A service that only checks tokens needs no more than the public half, where that is given as a file."""
        return keys.load_public(self._path.with_suffix(".pub")) or self._private().public_key()
