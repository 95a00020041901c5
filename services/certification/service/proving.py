"""Proof that what is stored is what was signed: nothing is shown of a certificate before."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.certification.domain.snapshots import cosigner_code
from services.certification.signing import Keyring, KnownKey
from shared.database import Transaction
from shared.errors import Conflict, Unavailable


@dataclass(frozen=True)
class _Signature:
    """Made with this key, which must be a key of one of `owners`; None is the platform."""

    key: KnownKey
    signature: bytes | None
    owners: tuple[str | None, ...]


class Proofs:
    """Reads certificates with the public keys at hand."""

    def __init__(self, keyring: Keyring, log: Any) -> None:
        self._keyring = keyring
        self._log = log

    def said(self, tx: Transaction, row: Any) -> dict[str, Any]:
        """The snapshot of a row whose signatures fit, by keys in force at its issue, and which is about this row.

        Of an erased holder's certificate the signed text is not kept, so only what it is about is compared.
        Conflict `certificate_damaged` or `signature_not_accepted`, Unavailable `signing_key_missing`.
        """
        said: dict[str, Any] = json.loads(row.snapshot)
        signatures = list(self._signatures(tx, row, said))
        fit = all(each.key.signed(each.signature, row.snapshot.encode()) for each in signatures)
        if _differs(row, said) or not (fit or row.erased_at is not None):
            self._log.error("certificate_damaged", certificate_id=str(row.id))
            raise Conflict("certificate_damaged", "What is stored does not match its signature; do not rely on it.")
        for each in signatures:
            self._accept(row, each, datetime.fromisoformat(said["issued_at"]))
        return said

    def _signatures(self, tx: Transaction, row: Any, said: dict[str, Any]) -> Iterator[_Signature]:
        yield _Signature(self._key(tx, row.key_id), row.signature, (None, said["issuer"]["code"]))
        if row.cosigner_key_id is not None:
            key = self._key(tx, row.cosigner_key_id)
            yield _Signature(key, row.cosignature, (cosigner_code(said),))

    def _accept(self, row: Any, signature: _Signature, at: datetime) -> None:
        """Refuse what a key signed that was not in force, or is another agency's."""
        key = signature.key
        if not key.in_force(at) or key.owner_code not in signature.owners:
            self._log.error("signature_not_accepted", certificate_id=str(row.id), key_id=key.key_id)
            raise Conflict(
                "signature_not_accepted", "The key that signed it was not in force then, or is not its issuer's."
            )

    def _key(self, tx: Transaction, key_id: str) -> KnownKey:
        key = self._keyring.to_check(tx, key_id).find(key_id)
        if key is None:
            self._log.error("signing_key_missing", key_id=key_id)
            raise Unavailable("signing_key_missing", "The key that this certificate was signed with is not at hand.")
        return key


def _differs(row: Any, said: dict[str, Any]) -> bool:
    """Whether the text is about another certificate, or record, than the row, or names other keys."""
    names = ("serial", "verification_code", "key_id", "cosigner_key_id")
    own = said["record_id"] if "record_id" in said else said["certificate_id"]
    return own != str(row.id) or any(said.get(name) != getattr(row, name) for name in names)
