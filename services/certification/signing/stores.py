"""Where keys come from: a folder and the environment. An HSM is one more class with the two methods of `KeyStore`."""

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.signing.public import KnownKey, Use, key_id
from services.certification.signing.signers import HeldKey, SoftwareSigner
from shared import keys
from shared.config import ConfigurationError

CURRENT = "certificates.pem"
AGENCIES = "agencies"
VARIABLE = "TRAINING_SIGNING_KEY"

_NO_END = 9999  # RFC 5280: the year in which a certificate ends that has no end
OWNER = re.compile(r"[A-Z0-9_-]{2,30}")


class KeyStore(Protocol):
    """A place where private keys lie."""

    def held(self) -> list[HeldKey]:
        """The keys that are there now; ConfigurationError, in one line, for one that cannot be used."""

    def state(self) -> object:
        """Something that differs once `held` would: cheap, asked every few seconds."""


class FileStore:
    """Keys in a folder: the platform's as `certificates*.pem`, an agency's as `agencies/<code>/*.pem`.

    The platform's `certificates.pem` is made on first use, and kept as `certificates-<key id>.pem` too, so that
    whoever replaces it loses nothing. With a passphrase, keys that are not encrypted yet are. Without `tend` nothing is
    made and no file is written.
    """

    def __init__(self, folder: Path, passphrase: str | None = None, *, tend: bool = True, make: bool = True) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._tend = tend
        self._make = tend and make
        self._read: dict[Path, tuple[object, list[SoftwareSigner]]] = {}

    def state(self) -> object:
        return {path: _stamp(path) for path in self._paths()}

    def held(self) -> list[HeldKey]:
        if self._make:  # once: while somebody replaces the file, none is made in between
            self._make = False
            self._make_first()
        held = []
        for path in self._paths():
            owner_code = None if path.parent == self._folder else path.parent.name
            if owner_code is not None and not OWNER.fullmatch(owner_code):
                raise ConfigurationError(f"TRAINING_KEYS_DIR: {path}: its folder is not named by an agency's code")
            held += [HeldKey(signer, owner_code, path.name == CURRENT) for signer in self._signers(path)]
        return held

    def path_of(self, owner_code: str | None, use: Use, name: str) -> Path:
        """Where the file of a key belongs."""
        folder = self._folder if owner_code is None else self._folder / AGENCIES / owner_code
        return folder / f"{use}-{name}.pem"

    def read(self, path: Path) -> keys.Pem:
        """What a PEM file holds; ValueError or OSError."""
        return keys.read_pem(path.read_bytes(), self._passphrase)

    def write(self, path: Path, pem: keys.Pem) -> None:
        """Keep keys and certificates in a file, in the place of what may be there."""
        keys.write_over(path, keys.as_pem(pem.keys, pem.certificates, self._passphrase))

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("certificates*.pem")) + sorted(self._folder.glob(f"{AGENCIES}/*/*.pem"))

    def _make_first(self) -> None:
        path = self._folder / CURRENT
        try:
            current = SoftwareSigner(keys.load_or_create(path, self._passphrase))
        except (ValueError, OSError) as error:
            raise ConfigurationError(f"TRAINING_KEYS_DIR: {_line(error)}") from None
        # Fails harmlessly where the link exists already, or where the folder is a secret mounted read-only.
        with suppress(OSError):
            os.link(path, self.path_of(None, "certificates", current.key_id))

    def _signers(self, path: Path) -> list[SoftwareSigner]:
        """The keys of a file, read again only when it changed: to decrypt one costs milliseconds."""
        try:
            stamp = _stamp(path)
            if path not in self._read or self._read[path][0] != stamp:
                self._read[path] = (stamp, self._load(path))
        except (ValueError, OSError) as error:
            raise ConfigurationError(f"TRAINING_KEYS_DIR: {path}: {_line(error)}") from None
        return self._read[path][1]

    def _load(self, path: Path) -> list[SoftwareSigner]:
        found = self.read(path)
        if self._tend and self._passphrase and found.keys and not found.encrypted:
            with suppress(OSError):  # a secret mounted read-only is somebody else's to protect
                self.write(path, found)
        return signers_of(found)


class EnvironmentStore:
    """Keys as PEM texts in variables: `TRAINING_SIGNING_KEY` is the platform's, `TRAINING_SIGNING_KEY_<CODE>` an
    agency's. Where a variable's name cannot have a hyphen, two underscores stand for the code's."""

    def __init__(self, variables: Mapping[str, str], passphrase: str | None = None) -> None:
        self._held = [held for name in sorted(variables) for held in _variable(name, variables[name], passphrase)]

    def held(self) -> list[HeldKey]:
        return self._held

    def state(self) -> object:
        return None


def signers_of(found: keys.Pem) -> list[SoftwareSigner]:
    """A signer for each key of a PEM text, with the certificates that begin with its own; ValueError without a key."""
    if not found.keys:
        raise ValueError("there is no private key in it")
    made = []
    for key in found.keys:
        own = [each for each in found.certificates if each.public_key() == key.public_key()]
        others = [each for each in found.certificates if each not in own]
        made.append(SoftwareSigner(key, (own[0], *others) if own else ()))
    return made


def public_keys_in(folder: Path, passphrase: str | None = None) -> dict[str, Ed25519PublicKey]:
    """The public halves of all keys for certificates in a folder, by key id; none is made."""
    return ed25519_of(held.signer.public_key for held in FileStore(folder, passphrase, tend=False).held())


def ed25519_of(public: Iterable[object]) -> dict[str, Ed25519PublicKey]:
    return {key_id(key): key for key in public if isinstance(key, Ed25519PublicKey)}


def known(held: HeldKey) -> KnownKey:
    """What may be known of a key that nobody wrote down yet; its certificate says how long it holds."""
    signer = held.signer
    first = signer.certificates[0] if signer.certificates else None
    return KnownKey(
        key_id=signer.key_id,
        owner_code=held.owner_code,
        public_key=signer.public_key,
        certificates=signer.certificates,
        not_before=first.not_valid_before_utc if first else None,
        not_after=first.not_valid_after_utc if first and first.not_valid_after_utc.year < _NO_END else None,
    )


def _variable(name: str, text: str, passphrase: str | None) -> list[HeldKey]:
    code = name.removeprefix(VARIABLE).removeprefix("_").replace("__", "-") or None
    if code is not None and not OWNER.fullmatch(code):
        raise ConfigurationError(f"{name}: its name does not end in the code of an agency or a provider")
    try:
        return [HeldKey(signer, code, current=True) for signer in signers_of(keys.read_pem(text.encode(), passphrase))]
    except ValueError as error:
        raise ConfigurationError(f"{name}: {_line(error)}") from None


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
