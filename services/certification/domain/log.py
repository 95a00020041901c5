"""What the log says of certificates: entries that are public, and what they add up to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

ISSUED, SUPERSEDED, REVOKED, ERASED = "issued", "superseded", "revoked", "erased"
SUSPENDED, REINSTATED, EXPIRED = "suspended", "reinstated", "expired"
RECORDED = "recorded"  # a document of a training record was made; it is erased as certificates are
# The status of a certificate after each kind of entry. An erasure changes none.
STATUS_AFTER = {
    ISSUED: "valid",
    SUPERSEDED: "superseded",
    REVOKED: "revoked",
    SUSPENDED: "suspended",
    REINSTATED: "valid",
    EXPIRED: "expired",
    RECORDED: "valid",
}
KINDS = (*STATUS_AFTER, ERASED)


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a certificate.

    An entry is shown to everybody, for ever: `details` hold serials, days, codes and hashes, never a person or what
    somebody wrote.
    """

    kind: str
    certificate_id: UUID
    serial: str
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)

    def leaf(self) -> dict[str, Any]:
        """What is hashed into the log, as its canonical JSON."""
        return {
            "kind": self.kind,
            "certificate_id": str(self.certificate_id),
            "serial": self.serial,
            "at": moment(self.at),
            **self.details,
        }


def moment(at: datetime) -> str:
    """A moment as everything signed writes it: UTC, microseconds, a Z at the end."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def issued(certificate_id: UUID, serial: str, at: datetime, snapshot: str, **details: Any) -> Entry:
    """The entry of a new certificate, which binds what it says.

    The snapshot holds the verification code, 128 random bits, so its hash cannot be found by trying names.
    """
    return Entry(ISSUED, certificate_id, serial, at, {"snapshot_sha256": snapshot_hash(snapshot), **details})


def recorded(record_id: UUID, serial: str, at: datetime, snapshot: str) -> Entry:
    """The entry of a document of a training record, which binds what it says."""
    return Entry(RECORDED, record_id, serial, at, {"snapshot_sha256": snapshot_hash(snapshot)})


def snapshot_hash(snapshot: str) -> str:
    return sha256(snapshot.encode()).hexdigest()


def erased(certificate_id: UUID, serial: str, at: datetime, left: str, **details: Any) -> Entry:
    """The entry of an erasure, which binds what is left of the text: its signature fits no more."""
    return Entry(ERASED, certificate_id, serial, at, {"left_sha256": snapshot_hash(left), **details})


def fits(snapshot: str, signed_hash: str | None, leaves: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a stored text is the one that was issued, or what erasure left of it, by all entries about it.

    `signed_hash` is the hash of the text that was signed, where that text is not kept any more.
    """
    kept = snapshot_hash(snapshot)
    left = [leaf["left_sha256"] for leaf in leaves if leaf["kind"] == ERASED]
    return leaves[0].get("snapshot_sha256") == (signed_hash or kept) and left in ([], [kept])


def status_of(kinds: Iterable[str]) -> str | None:
    """The status that entries, in their order, leave a certificate in; None without any."""
    status = None
    for kind in kinds:
        status = STATUS_AFTER.get(kind, status)
    return status


def not_logged(status: str, erased: bool, kinds: Collection[str]) -> list[str]:
    """Which entries a certificate lacks that was issued, ended or erased by a release that kept no log.

    Only what ends a certificate is added: what makes it valid again is never taken from its row.
    """
    wanted = [ISSUED, *([status] if status in (SUPERSEDED, REVOKED) else []), *([ERASED] if erased else [])]
    return [kind for kind in wanted if kind not in kinds]
