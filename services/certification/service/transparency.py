"""The log that nobody can change unnoticed: appending to it, and its proofs.

`append` may be called anywhere in a transaction. All that was appended is written at its very end, under the lock of
the head, in three statements and one signature: entries, head, and every 256 entries a tile.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from services.certification import models
from services.certification.domain import checkpoints, log, merkle, tiles
from services.certification.domain.checkpoints import Checkpoint
from services.certification.domain.log import Entry
from services.certification.signing import canonical, raw
from shared.database import Transaction
from shared.errors import Conflict, NotFound
from shared.metrics import LOG_ENTRIES

if TYPE_CHECKING:
    from services.certification.service.minting import Office

ALTERED = ("certificate_damaged", "What is stored does not match the log of certificates; do not rely on it.")
# Nodes above the lowest tiles that proofs needed, by database: whole subtrees, which no later entry changes. So a proof
# among a million certificates costs what it costs among few.
MOST_SEEN = 100_000  # some 10 MB
_seen: WeakKeyDictionary[Any, dict[tiles.Node, bytes]] = WeakKeyDictionary()
DAMAGED = ("log_damaged", "What the log holds does not match its signed head; do not rely on it.")


def append(tx: Transaction, office: "Office", entries: Iterable[Entry]) -> None:
    """Have entries written at the end of the transaction, in this order after those of earlier calls."""
    tx.at_the_end(_writer(office), entries)


@functools.cache
def _writer(office: "Office") -> Any:
    """One and the same action for each office, so that a transaction appends once."""
    return functools.partial(_write, office)


def _write(office: "Office", tx: Transaction, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    head = models.lock_head(tx, tx.now)
    tree = merkle.Tree(head.size, tiles.split(head.edge))
    leaves, finished = list[bytes](), list[merkle.Finished]()
    rows = []
    for entry in entries:
        data = canonical(entry.leaf())
        leaf = merkle.leaf_hash(data)
        leaves.append(leaf)
        rows.append(_row(entry, tree.size, data, leaf))
        finished += tree.append(leaf)
    models.add_entries(tx, rows)
    models.add_to_tiles(tx, head.size, leaves, finished)
    at = max(head.at, tx.now)
    models.set_head(tx, size=tree.size, edge=b"".join(tree.edge), at=at, note=signed(tx, office, tree, log.moment(at)))
    tx.after_commit(lambda: _measure(entries))


def _row(entry: Entry, index: int, data: bytes, leaf: bytes) -> dict[str, Any]:
    return {
        "leaf_index": index,
        "kind": entry.kind,
        "certificate_id": entry.certificate_id,
        "data": data.decode(),
        "leaf_hash": leaf,
    }


def signed(tx: Transaction, office: "Office", tree: merkle.Tree, at: str) -> str:
    """The head of a tree as text, signed by the platform: the log is nobody's alone."""
    head = Checkpoint(checkpoints.origin_of(office.public_url), tree.size, tree.root(), at)
    signer = office.keyring.to_sign(tx).signer_for(None, tx.now)
    return head.note(raw(signer.public_key), signer.sign(head.text.encode()))


def begin(tx: Transaction, office: "Office") -> Any:
    """The head of the log, signed also while nothing is in it, and locked."""
    head = models.lock_head(tx, tx.now)
    if not head.note:
        models.set_head(tx, note=signed(tx, office, merkle.Tree(), log.moment(head.at)))
    return head


def take_over(tx: Transaction, office: "Office", after: UUID | None, limit: int) -> UUID | None:
    """Append what is missing of some certificates of releases without a log; the last one, None if there are no more.

    The head is locked before looking, and nothing else is waited for while it is: of two replicas the second finds
    what the first appended, and whoever issues or corrects at the same time is seen wholly or not at all.
    """
    begin(tx, office)
    rows = models.certificates_after(tx, after, limit)
    kinds: dict[UUID, list[str]] = {}
    for entry in models.entries_of(tx, [row.id for row in rows]):
        kinds.setdefault(entry.certificate_id, []).append(entry.kind)
    append(tx, office, [entry for row in rows for entry in _missing(row, kinds.get(row.id, []), tx.now)])
    return rows[-1].id if len(rows) == limit else None


def _missing(row: Any, kinds: list[str], now: datetime) -> list[Entry]:
    """The entries that a certificate lacks, marked as taken over: they were not written when it happened."""
    made = []
    for kind in log.not_logged(row.status, row.erased_at is not None, kinds):
        if kind == log.ISSUED:
            text = {"snapshot_sha256": row.snapshot_hash or log.snapshot_hash(row.snapshot)}
            made.append(Entry(kind, row.id, row.serial, row.issued_at, text | {"taken_over": True}))
        elif kind == log.ERASED:
            made.append(log.erased(row.id, row.serial, row.erased_at, row.snapshot, taken_over=True))
        else:
            made.append(Entry(kind, row.id, row.serial, row.corrected_at or now, {"taken_over": True}))
    return made


def proved(tx: Transaction, row: Any) -> list[dict[str, Any]]:
    """All entries about a certificate, its issue first, each with the proof that it is in the log; checked before.

    Empty for one from before there was a log, until all such are taken over. Conflict `log_damaged`, and
    `certificate_damaged` where the row says something else than what was logged of it.
    """
    entries = models.entries_under_head(tx, row.id)
    if not entries:
        head = models.head(tx)
        if head is not None and head.taken_over_at is not None:
            raise Conflict(*ALTERED)
        return []
    seen = _seen.setdefault(tx.get_bind(), {})
    try:
        proofs = _proofs(tx, entries, seen)
    except Conflict:
        if not seen:
            raise
        seen.clear()  # the database was perhaps put back to an earlier moment
        proofs = _proofs(tx, entries, seen)
    if not _agree(row, [json.loads(entry.data) for entry in entries]):
        raise Conflict(*ALTERED)
    return proofs


def _agree(row: Any, leaves: Sequence[dict[str, Any]]) -> bool:
    """Whether the text is the one that was issued, and nothing that ended the certificate was undone."""
    stands = row.status != "valid" or log.status_of(leaf["kind"] for leaf in leaves) == "valid"
    return stands and log.fits(row.snapshot, row.snapshot_hash, leaves)


def _proofs(tx: Transaction, entries: Sequence[Any], seen: dict[tiles.Node, bytes]) -> list[dict[str, Any]]:
    """The proofs of entries under one head. What was computed on the way is remembered once they are found to hold."""
    paths = [merkle.inclusion(entry.leaf_index, entry.size) for entry in entries]
    parts = [part for path in paths for part in path]
    known = tiles.on_edge(entries[0].size, entries[0].edge) | tiles.among(parts, seen)
    nodes = known | _computed(tx, parts, known)
    hashes = iter(tiles.range_hashes(parts, nodes))
    proofs = [_proof(entry, list(islice(hashes, len(path)))) for entry, path in zip(entries, paths, strict=True)]
    if len(seen) < MOST_SEEN:
        seen |= {node: each for node, each in nodes.items() if node[0] >= tiles.HEIGHT}
    return proofs


def _proof(entry: Any, path: list[bytes]) -> dict[str, Any]:
    root = checkpoints.read(entry.note).head.root
    if not merkle.is_included(merkle.leaf_hash(entry.data.encode()), entry.leaf_index, entry.size, path, root):
        raise Conflict(*DAMAGED)
    return {
        "index": entry.leaf_index,
        "kind": entry.kind,
        "leaf": entry.data,
        "size": entry.size,
        "root": root.hex(),
        "path": [each.hex() for each in path],
        "checkpoint": entry.note,
    }


def _computed(
    tx: Transaction, ranges: Sequence[merkle.Range], known: Mapping[tiles.Node, bytes]
) -> dict[tiles.Node, bytes]:
    """The nodes of ranges that are not known. The edge of the head among them spares reading the unfinished block for
    all but its own entries."""
    try:
        return tiles.computed(ranges, models.tiles(tx, tiles.needed(ranges, known)), known)
    except LookupError:
        raise Conflict(*DAMAGED) from None  # a tile is gone, or too short


def consistency(tx: Transaction, first: int, second: int) -> list[str]:
    """The proof that the log of `second` entries begins with that of `first`; NotFound `log_shorter`."""
    head = models.head(tx)
    if head is None or second > head.size:
        raise NotFound("log_shorter", "The log does not have that many entries.")
    edge, parts = tiles.on_edge(head.size, head.edge), merkle.consistency(first, second)
    return [each.hex() for each in tiles.range_hashes(parts, edge | _computed(tx, parts, edge))]


def _measure(entries: Sequence[Entry]) -> None:
    for entry in entries:
        LOG_ENTRIES.labels(kind=entry.kind).inc()
