"""The keyring: which key signs for whom at a moment, and which public keys ever signed."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification import models
from services.certification.signing.books import begins, from_row, write_down
from services.certification.signing.public import KnownKey, Use
from services.certification.signing.signers import HeldKey, Signer
from services.certification.signing.stores import EnvironmentStore, FileStore, KeyStore, ed25519_of, known
from shared.config import Config, ConfigurationError
from shared.database import Transaction
from shared.errors import Unavailable

log = structlog.get_logger("certification")

# For so many seconds a replica may not know yet what another one, or the shell, wrote down about a key.
REFRESH = 5.0


class Keys:
    """What is known at a moment, and does not change any more."""

    def __init__(self, every: Iterable[KnownKey], held: Iterable[HeldKey]) -> None:
        self._known = {key.key_id: key for key in every}
        signing: dict[tuple[str | None, Use], list[tuple[KnownKey, HeldKey]]] = defaultdict(list)
        for each in held:
            if key := self._known.get(each.signer.key_id):
                signing[key.owner_code, key.use].append((key, each))
        for several in signing.values():
            several.sort(key=lambda pair: (pair[0].starts, pair[1].current), reverse=True)
        self._signing: Mapping[tuple[str | None, Use], Sequence[tuple[KnownKey, HeldKey]]] = dict(signing)

    def signer_for(self, agency_code: str | None, at: datetime) -> Signer:
        """What signs certificates of an agency: its own key that is in force and started last, else the platform's.

        None is the platform itself. Unavailable `signing_key_missing` when none is in force.
        """
        signer = self._own(agency_code, "certificates", at) or self._own(None, "certificates", at)
        if signer is None:
            raise Unavailable("signing_key_missing", "No key is in force that could sign.")
        return signer

    def cosigner_for(self, provider_code: str, agency_code: str, at: datetime) -> Signer | None:
        """What co-signs for a provider: its own key, unless it has none or is the issuer itself."""
        return None if provider_code == agency_code else self._own(provider_code, "certificates", at)

    def document_signer_for(self, agency_code: str, at: datetime) -> Signer | None:
        """What signs an agency's PDF documents: its P-256 key with a certificate, or else nothing does."""
        signer = self._own(agency_code, "documents", at)
        first = signer.certificates[0] if signer is not None and signer.certificates else None
        holds = first is not None and first.not_valid_before_utc <= at < first.not_valid_after_utc
        return signer if holds else None

    def find(self, key_id: str) -> KnownKey | None:
        """A key that signs or ever signed."""
        return self._known.get(key_id)

    def every(self) -> list[KnownKey]:
        """All of them, whoever's they are and whatever became of them."""
        return list(self._known.values())

    @cached_property
    def public_keys(self) -> Mapping[str, Ed25519PublicKey]:
        """Those that certificates and credentials are checked with, by key id."""
        return ed25519_of(key.public_key for key in self._known.values())

    @cached_property
    def platforms(self) -> Mapping[str, Ed25519PublicKey]:
        """Those of them that are the platform's own, which alone signs the log."""
        return ed25519_of(key.public_key for key in self._known.values() if key.owner_code is None)

    def _own(self, agency_code: str | None, use: Use, at: datetime) -> Signer | None:
        for key, held in self._signing.get((agency_code, use), ()):
            if key.in_force(at):
                return held.signer
        return None


class Keyring:
    """The keys of this process; the table `signing_keys` is where all replicas agree on them.

    Read again every few seconds, files only when they changed. ConfigurationError for a key that cannot be used, at
    the start; later such a key is logged, and the others go on.
    """

    def __init__(self, stores: Sequence[KeyStore]) -> None:
        self._stores = stores
        self._state: object = None
        self._held = self._read()
        self._keys: Keys | None = None
        self._recorded = False
        self._due = 0.0

    def to_sign(self, tx: Transaction) -> Keys:
        """The keys, each of them in the books before it signs."""
        return self._fresh(tx, record=True)

    def to_check(self, tx: Transaction, key_id: str | None = None) -> Keys:
        """The keys, this one too if another replica knows it; a look at the database that writes nothing."""
        keys = self._fresh(tx, record=False)
        if key_id is not None and keys.find(key_id) is None:
            self._due = 0.0
            keys = self._fresh(tx, record=False)
        return keys

    def held(self) -> list[HeldKey]:
        """The keys that this process can sign with."""
        return self._held

    def _fresh(self, tx: Transaction, *, record: bool) -> Keys:
        if self._keys is not None and time.monotonic() < self._due and (self._recorded or not record):
            return self._keys
        self._reread()
        known_before = [from_row(row) for row in models.signing_keys(tx)]
        unknown = self._unknown(known_before)
        if unknown and record:
            write_down(tx, known_before, unknown)
            tx.info[self] = "wrote"
            return Keys(map(from_row, models.signing_keys(tx)), self._held)
        keys = Keys([*(known(held) for held in unknown), *known_before], self._held)
        if self not in tx.info:  # what this transaction wrote may still come to nothing: nobody else may rely on it
            self._keys, self._recorded, self._due = keys, not unknown, time.monotonic() + REFRESH
        return keys

    def _unknown(self, known_before: Sequence[KnownKey]) -> list[HeldKey]:
        """What is not in the books, in the order in which all write it down: keys, and certificates begun later."""
        starts = {key.key_id: begins(key.certificates) for key in known_before}
        first = {held.signer.key_id: held for held in reversed(self._held)}
        return [
            held
            for name, held in sorted(first.items())
            if name not in starts or begins(held.signer.certificates) > starts[name]
        ]

    def _reread(self) -> None:
        try:
            if self._state != [store.state() for store in self._stores]:
                self._held = self._read()
        except (ConfigurationError, OSError) as error:
            log.exception("signing_keys_unreadable", reason=str(error))

    def _read(self) -> list[HeldKey]:
        held = [each for store in self._stores for each in store.held()]
        self._state = [store.state() for store in self._stores]
        return held


@cache
def keyring_of(config: Config, *, tend: bool = True) -> Keyring:
    """The keyring of this process; ConfigurationError for a key that cannot be used.

    Without `tend` no key is made and no file is written.
    """
    given = EnvironmentStore(dict(config.signing_keys), config.keys_passphrase)
    has_one = any(held.owner_code is None for held in given.held())
    return Keyring([given, FileStore(config.keys_dir, config.keys_passphrase, tend=tend, make=not has_one)])
