"""Signers: what signs. Whoever has one can have things signed, and can never see the key."""

from dataclasses import dataclass
from typing import Protocol

from cryptography import x509

from services.certification.signing.public import Algorithm, PublicKey, algorithm_of, key_id
from shared import keys


class Signer(Protocol):
    """One key that signs, wherever it lies. An HSM's key handle fits: it needs no more than these five."""

    @property
    def key_id(self) -> str:
        """The id by which the public key is published."""

    @property
    def algorithm(self) -> Algorithm:
        """`Ed25519` signs certificates, credentials and the log; `P-256` signs documents (PAdES)."""

    @property
    def public_key(self) -> PublicKey:
        """What its signatures are checked with."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Its X.509 certificate first, then those of the authorities above; empty where there is none."""

    def __hash__(self) -> int:
        """So that what it signed can be cached."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519: the 64 bytes. P-256: ECDSA with SHA-256, DER encoded. The same data gives the same signature."""


@dataclass(frozen=True)
class HeldKey:
    """A signer and whose it is; None is the platform. Of equal ones the `current` one signs."""

    signer: Signer
    owner_code: str | None
    current: bool = False


class SoftwareSigner:
    """A key in the memory of this process."""

    def __init__(self, private: keys.PrivateKey, certificates: tuple[x509.Certificate, ...] = ()) -> None:
        self._sign = keys.signing(private)
        self.public_key: PublicKey = private.public_key()
        self.algorithm = algorithm_of(self.public_key)
        self.key_id = key_id(self.public_key)
        self.certificates = certificates

    def sign(self, data: bytes) -> bytes:
        return self._sign(data)
