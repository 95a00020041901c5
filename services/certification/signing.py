"""The only room that touches private keys: the bytes to sign, their signatures, the public keys to check them with.

Keys are Ed25519 in PKCS8 files of one folder: `certificates.pem` signs, and every key that ever signed stays as
`certificates-<key id>.pem`, so that old certificates can be checked after the key was replaced. The key id is the
first 16 hexadecimal digits of the SHA-256 of the public key. Nothing else in the project asks for a private key:
another backend (an HSM, a key service) has to be a `Signer`, no more.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.keys import load_or_create

CURRENT = "certificates.pem"

_encoder = msgspec.json.Encoder(order="sorted")


class Signer(Protocol):
    """What the service needs of a signing backend."""

    @property
    def key_id(self) -> str:
        """The id of the key that signs now."""

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature; the same data gives the same signature."""

    def public_keys(self) -> Mapping[str, Ed25519PublicKey]:
        """All keys that ever signed, by key id."""


class FileSigner:
    """Signs with the key in a folder, making folder and key on first use (modes 0700 and 0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        current = folder / CURRENT
        self._private = load_or_create(current)
        self._key_id = key_id(self._private.public_key())
        # Fails harmlessly where the link exists already, or where the folder is a secret mounted read-only.
        with suppress(OSError):
            os.link(current, folder / f"certificates-{self._key_id}.pem")
        self._public = {self._key_id: self._private.public_key()} | public_keys_in(folder)

    @property
    def key_id(self) -> str:
        return self._key_id

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def public_keys(self) -> Mapping[str, Ed25519PublicKey]:
        return self._public

    def reload(self) -> None:
        """Read the public keys again: another replica may have begun to sign with a new one."""
        self._public = self._public | public_keys_in(self._folder)


@cache
def signer_of(folder: Path) -> FileSigner:
    """The signer of a folder, read once in a process."""
    return FileSigner(folder)


def key_id(key: Ed25519PublicKey) -> str:
    """The id of a public key."""
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one JSON text of a value, as RFC 8785 writes it: keys sorted, no spaces, UTF-8, only the needed escapes.

    Keys must be ASCII and numbers whole, which every snapshot and credential of ours keeps: other numbers are the
    one thing that languages write differently.
    """
    return _encoder.encode(value)


def is_signed(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the signature was made over exactly this data by that key."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def jwks(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, list[dict[str, Any]]]:
    """The public keys as a JSON Web Key Set (RFC 7517, OKP keys of RFC 8037), in the order of their ids."""
    return {"keys": [_jwk(name, keys[name]) for name in sorted(keys)]}


def _jwk(name: str, key: Ed25519PublicKey) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(_raw(key)).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": name, "use": "sig", "alg": "EdDSA"}


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_keys_in(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The keys that are there, by key id; none is made."""
    keys = [load_or_create(path).public_key() for path in sorted(folder.glob("certificates*.pem"))]
    return {key_id(key): key for key in keys}
