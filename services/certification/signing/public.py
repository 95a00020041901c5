"""Public keys: their ids, what they check, and when they are in force. Nothing here is secret."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
Algorithm = Literal["Ed25519", "P-256"]
Use = Literal["certificates", "documents"]
USES: tuple[Use, ...] = get_args(Use)

ALWAYS = datetime.min.replace(tzinfo=UTC)
_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True)
class KnownKey:
    """A public key and when its signatures count: from `not_before` until before `not_after` and `retired_at`.

    `owner_code` None is the platform's own, which signs for every agency that has none. A start of None is the
    platform's first key, older than our books; an end of None is not known yet.
    """

    key_id: str
    owner_code: str | None
    public_key: PublicKey
    certificates: tuple[x509.Certificate, ...] = ()  # its own first, then those of the authorities
    not_before: datetime | None = None
    not_after: datetime | None = None
    retired_at: datetime | None = None
    retired_reason: str | None = None

    @property
    def algorithm(self) -> Algorithm:
        return algorithm_of(self.public_key)

    @property
    def use(self) -> Use:
        """Viewers of PDFs cannot check Ed25519, so documents have keys of their own; everything else is Ed25519."""
        return "certificates" if self.algorithm == "Ed25519" else "documents"

    @property
    def starts(self) -> datetime:
        return self.not_before or ALWAYS

    def in_force(self, at: datetime) -> bool:
        """Whether a signature made at this moment counts."""
        ends = (self.not_after, self.retired_at)
        return self.starts <= at and all(end is None or at < end for end in ends)

    def signed(self, signature: bytes | None, data: bytes) -> bool:
        """Whether the signature was made over exactly this data by this key, whenever that was."""
        return signature is not None and is_signed(self.public_key, signature, data)


def key_id(key: PublicKey) -> str:
    """The id of a public key: the first 16 hexadecimal digits of the SHA-256 of its raw bytes."""
    return hashlib.sha256(raw(key)).hexdigest()[:16]


def raw(key: PublicKey) -> bytes:
    """The 32 bytes of an Ed25519 key, the 65 of a point on P-256."""
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def algorithm_of(key: Any) -> Algorithm:
    """What a key signs with; TypeError for a key of any other kind."""
    if isinstance(key, Ed25519PublicKey):
        return "Ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "P-256"
    raise TypeError("it is neither an Ed25519 nor a P-256 key")


def to_der(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def from_der(data: bytes) -> PublicKey:
    key = load_der_public_key(data)
    algorithm_of(key)
    assert isinstance(key, PublicKey)
    return key


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one JSON text of a value, as RFC 8785 writes it: keys sorted, no spaces, UTF-8, only the needed escapes.

    Keys must be ASCII and numbers whole, which every snapshot and credential of ours keeps: other numbers are the
    one thing that languages write differently.
    """
    return _encoder.encode(value)


def is_signed(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether the signature was made over exactly this data by that key."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
