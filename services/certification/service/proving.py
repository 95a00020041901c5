"""Proof that what is stored is what was signed: nothing is shown of a certificate before."""

import json
from typing import Any

from services.certification.signing import FileSigner, is_signed
from shared.errors import Conflict, Unavailable


class Proofs:
    """Reads certificates with the public keys at hand."""

    def __init__(self, signer: FileSigner, log: Any) -> None:
        self._signer = signer
        self._log = log

    def said(self, row: Any) -> dict[str, Any]:
        """The snapshot of a row whose signature fits and which is about this row and no other.

        Of an erased holder's certificate the signed text is not kept, so only what it is about is compared.
        Conflict `certificate_damaged`, Unavailable `signing_key_missing`.
        """
        said: dict[str, Any] = json.loads(row.snapshot)
        about = (said["certificate_id"], said["serial"], said["verification_code"])
        signed = is_signed(self._key(row.key_id), row.signature, row.snapshot.encode()) or row.erased_at is not None
        if not signed or about != (str(row.id), row.serial, row.verification_code):
            self._log.error("certificate_damaged", certificate_id=str(row.id))
            raise Conflict("certificate_damaged", "What is stored does not match its signature; do not rely on it.")
        return said

    def _key(self, key_id: str) -> Any:
        if key_id not in self._signer.public_keys():
            self._signer.reload()
        key = self._signer.public_keys().get(key_id)
        if key is None:
            self._log.error("signing_key_missing", key_id=key_id)
            raise Unavailable("signing_key_missing", "The key that this certificate was signed with is not at hand.")
        return key
