"""Signed heads of the log, held against the tree that its entries make."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.auditing.findings import Report
from services.certification.domain import checkpoints
from services.certification.signing import is_signed
from shared.errors import Invalid


class Heads:
    """Checks heads, and says of those whose root does not fit only the first: all later ones follow from it."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey], report: Report) -> None:
        self._keys = list(keys.values())
        self._report = report
        self._differs = False

    def read(self, note: str, named: str) -> checkpoints.Checkpoint | None:
        """What a head says, if one of our keys signed it."""
        try:
            signed = checkpoints.read(note)
        except Invalid:
            self._report.add("head_altered", None, f"{named} is not a signed head any more.")
            return None
        if not any(self._is_by(key, signed) for key in self._keys):
            self._report.add("head_altered", None, f"{named} is not signed by a key that is at hand.")
            return None
        return signed.head

    def compare(self, head: checkpoints.Checkpoint, size: int, root: bytes, named: str) -> None:
        """Whether a head of this size has the root that the entries up to there make."""
        if head.size != size:
            self._report.add("head_altered", None, f"{named} speaks of {head.size} entries and is kept under {size}.")
        elif head.root != root and not self._differs:
            self._differs = True
            message = f"Up to entry {size - 1} the log is not what it was when {named} was signed ({head.at})."
            self._report.add("log_altered", None, message)

    @staticmethod
    def _is_by(key: Ed25519PublicKey, signed: checkpoints.SignedCheckpoint) -> bool:
        named = checkpoints.key_hash(signed.head.origin, key.public_bytes_raw())
        return any(is_signed(key, made, signed.text.encode()) for by, made in signed.signatures if by == named)
