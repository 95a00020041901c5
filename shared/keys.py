"""Private keys as PEM texts and files: Ed25519 and P-256, PKCS8, encrypted when a passphrase is given.

A file is made on first use, once, even when several processes start together, and is its owner's alone (mode 0600).
"""

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
# The same data gives the same signature (RFC 6979), and so the same document the same bytes.
_ECDSA = ec.ECDSA(SHA256(), deterministic_signing=True)


@dataclass(frozen=True)
class Pem:
    """What a PEM text holds."""

    keys: tuple[PrivateKey, ...]
    certificates: tuple[x509.Certificate, ...]
    encrypted: bool = False


def read_pem(data: bytes, passphrase: str | None = None) -> Pem:
    """The private keys and certificates of a PEM text; ValueError with what is wrong with it.

    A key that is not encrypted is read with a passphrase too: it may be older than the passphrase.
    """
    keys: list[PrivateKey] = []
    certificates: list[x509.Certificate] = []
    encrypted = False
    for block in _BLOCK.finditer(data):
        if block[1] == b"CERTIFICATE":
            certificates.append(x509.load_pem_x509_certificate(block[0]))
        elif block[1].endswith(b"PRIVATE KEY"):
            encrypted = encrypted or block[1].startswith(b"ENCRYPTED")
            keys.append(_private(block[0], passphrase, encrypted=block[1].startswith(b"ENCRYPTED")))
    return Pem(tuple(keys), tuple(certificates), encrypted)


def _private(block: bytes, passphrase: str | None, *, encrypted: bool) -> PrivateKey:
    if encrypted and not passphrase:
        raise ValueError("it is encrypted, and there is no passphrase")
    password = passphrase.encode() if passphrase and encrypted else None
    try:
        key = serialization.load_pem_private_key(block, password)
    except (ValueError, TypeError) as error:
        raise ValueError("the passphrase is not its own" if encrypted else f"it cannot be read: {error}") from None
    if isinstance(key, Ed25519PrivateKey) or _is_p256(key):
        assert isinstance(key, PrivateKey)
        return key
    raise ValueError("it is neither an Ed25519 nor a P-256 key")


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def as_pem(keys: Sequence[PrivateKey], certificates: Sequence[x509.Certificate], passphrase: str | None) -> bytes:
    """The PEM text of keys and certificates, the keys encrypted when there is a passphrase."""
    how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        how = serialization.BestAvailableEncryption(passphrase.encode())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return b"".join(
        [*(key.private_bytes(pem, pkcs8, how) for key in keys), *(each.public_bytes(pem) for each in certificates)]
    )


def signing(key: PrivateKey) -> Callable[[bytes], bytes]:
    """What signs with a key: the 64 bytes of Ed25519, or ECDSA with SHA-256 in DER. Same data, same signature."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign
    return partial(key.sign, signature_algorithm=_ECDSA)


def load_or_create(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """The Ed25519 key in `path`. A new one is linked into place, so that of two processes that make one at the same
    moment both end up with the first. ValueError when the file holds anything else."""
    if not path.exists():
        with suppress(FileExistsError):  # another process was quicker; its key is the key
            write_new(path, as_pem([Ed25519PrivateKey.generate()], [], passphrase))
    try:
        found = read_pem(path.read_bytes(), passphrase).keys
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if len(found) != 1 or not isinstance(found[0], Ed25519PrivateKey):
        raise ValueError(f"{path}: it is not one Ed25519 key")
    return found[0]


def load_public(path: Path) -> Ed25519PublicKey | None:
    """The public key in `path` (PEM), or None when there is no such file."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except FileNotFoundError:
        return None
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{path.name} is not an Ed25519 public key")
    return key


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is its owner's alone, whole or not at all; FileExistsError when there is one."""
    draft = _draft(path, data)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def write_over(path: Path, data: bytes) -> None:
    """Write it in the place of one that may be there; whoever reads sees the old one or the new one, whole."""
    _draft(path, data).replace(path)


def _draft(path: Path, data: bytes) -> Path:
    for folder in reversed([path.parent, *path.parent.parents]):
        folder.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return draft
