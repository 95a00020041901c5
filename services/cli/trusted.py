"""The public keys that `training verify` trusts: those of a saved key set, or of the keys folder."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification import signing
from shared.persian import tehran_date

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey


class UnreadableKeys(Exception):
    """The key set cannot be used; the text says why."""


@dataclass(frozen=True)
class TrustedKey:
    """A public key; its signatures count from `starts` until before `ends`. Without an `owner` it is the platform's."""

    public_key: PublicKey
    owner: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None

    def refusal(self, issuer: str | None, at: datetime | date) -> str | None:
        """Why its signature of that moment, or of that day in Tehran, does not count for this issuer; None if it
        does."""
        if self.owner is not None and self.owner != issuer:
            return f"it is signed with a key of {self.owner}, which is not its issuer"
        too_early = self.starts is not None and at < _like(self.starts, at)
        too_late = self.ends is not None and (at > tehran_date(self.ends) if _is_day(at) else at >= self.ends)
        return "its key was not in force when it was signed" if too_early or too_late else None


def read(file: Path | None, folder: Path, passphrase: str | None = None) -> dict[str, TrustedKey]:
    """The keys by id: of a JSON Web Key Set in a file, else those whose files are in the folder (always in force)."""
    if file is None:
        return {name: TrustedKey(key) for name, key in signing.public_keys_in(folder, passphrase).items()}
    try:
        keys = json.loads(file.read_bytes())["keys"]
        return dict(map(_read, keys))
    except OSError as error:
        raise UnreadableKeys(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, OverflowError) as error:
        raise UnreadableKeys(f"{file} is not a JSON Web Key Set of ours: {error}") from error


def _read(jwk: Mapping[str, Any]) -> tuple[str, TrustedKey]:
    """A key under the id that follows from it, whatever id it was given."""
    x = _bytes(jwk["x"])
    key: PublicKey
    if (jwk["kty"], jwk["crv"]) == ("OKP", "Ed25519"):
        raw, key = x, Ed25519PublicKey.from_public_bytes(x)
    elif (jwk["kty"], jwk["crv"]) == ("EC", "P-256"):
        raw = b"\x04" + x + _bytes(jwk["y"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    else:
        raise ValueError(f"a key of kind {jwk['kty']} {jwk['crv']}")
    revoked = jwk.get("revoked") or {}
    ends = [each for each in map(_moment, (jwk.get("exp"), revoked.get("revoked_at"))) if each is not None]
    name = hashlib.sha256(raw).hexdigest()[:16]
    return name, TrustedKey(key, jwk.get("x-agency"), _moment(jwk.get("nbf")), min(ends, default=None))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _like(moment: datetime, at: datetime | date) -> datetime | date:
    return tehran_date(moment) if _is_day(at) else moment


def _is_day(at: datetime | date) -> bool:
    return not isinstance(at, datetime)
