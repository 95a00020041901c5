"""The log itself: every entry, every tile, every root, from the first leaf or from a signed head on."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from services.certification import models
from services.certification.auditing.findings import Report
from services.certification.auditing.heads import Heads
from services.certification.domain import log, merkle, tiles
from services.certification.domain.checkpoints import Checkpoint
from shared.database import Transaction

PAGE = 8 * tiles.WIDTH
FAR = 2**62  # more entries than there will be
_MADE = {log.ISSUED: ("certificate_missing", "certificate"), log.RECORDED: ("record_missing", "training record")}
LOST = bytes(32)  # stands for the hash of an entry that is gone, and of which no tile tells the hash


class Entries:
    """Walks the log once. `kept` are heads from outside, by the name of what they were read from."""

    def __init__(self, tx: Transaction, heads: Heads, report: Report, kept: dict[str, Checkpoint]) -> None:
        self._tx, self._heads, self._report, self._kept = tx, heads, report, kept

    def walk(self, head: Any, tree: merkle.Tree, step: Callable[[int], None]) -> None:
        """From the end of `tree` on, which is empty or has been held against a signed head."""
        while tree.size < head.size:
            first, end = tree.size, min((tree.size // PAGE + 1) * PAGE, head.size)
            self._page(tree, end)
            step(end - first)
        self._end(tree, head)

    def _page(self, tree: merkle.Tree, end: int) -> None:
        start = tree.size
        found = {entry.leaf_index: entry for entry in models.entries_from(self._tx, start, end)}
        present = models.present(self._tx, {entry.certificate_id for entry in found.values()})
        records = {entry.certificate_id for entry in found.values() if entry.kind == log.RECORDED}
        present |= models.known_record_documents(self._tx, records) if records else set()
        lowest = {(0, index) for index in range(start // tiles.WIDTH, (end - 1) // tiles.WIDTH + 1)}
        known = {number: tiles.split(each) for (_, number), each in models.stored_tiles(self._tx, lowest).items()}
        kept = {each.size: each for each in models.kept_heads(self._tx, start + 1, end)}
        nodes: list[merkle.Finished] = []
        for index in range(start, end):
            in_tile = known.get(index // tiles.WIDTH, [])[index % tiles.WIDTH :][:1]
            nodes += tree.append(self._leaf(index, found.get(index), in_tile[0] if in_tile else None))
            if tree.size in kept:
                self._kept_head(kept[tree.size], tree)
            self._outside(tree)
        self._nodes(nodes)
        self._holders([found[index] for index in sorted(found)], present)
        self._report.counts["entries"] += end - start

    def _leaf(self, index: int, entry: Any, in_tile: bytes | None) -> bytes:
        """The hash of an entry as the log has it; what the entry says now is compared with that."""
        if entry is None:
            self._report.add("entry_missing", None, f"Entry {index} of the log is gone.")
            return in_tile or LOST
        said = merkle.leaf_hash(entry.data.encode())
        known = in_tile or entry.leaf_hash
        if said != known or said != entry.leaf_hash or not _is_about(entry):
            message = f"Entry {index} of the log ({entry.kind}) was changed."
            self._report.add("entry_altered", serial_in(entry), message)
        return known

    def _kept_head(self, row: Any, tree: merkle.Tree) -> None:
        named = kept_at(row)
        head = self._heads.read(row.note, named)
        if head is not None:
            self._heads.compare(head, tree.size, tree.root(), named)

    def _outside(self, tree: merkle.Tree) -> None:
        for named, head in self._kept.items():
            if head.size == tree.size:
                self._heads.compare(head, tree.size, tree.root(), named)

    def _nodes(self, nodes: Sequence[merkle.Finished]) -> None:
        """Hold computed nodes against the tiles above the lowest."""
        made = [(h // tiles.HEIGHT, index, node) for h, index, node in nodes if h % tiles.HEIGHT == 0]
        stored = models.stored_tiles(self._tx, {(level, index // tiles.WIDTH) for level, index, _ in made})
        for level, index, node in made:
            place = index % tiles.WIDTH * tiles.HASH
            if stored.get((level, index // tiles.WIDTH), b"")[place : place + tiles.HASH] != node:
                span = tiles.WIDTH**level
                message = f"The hash over entries {index * span} to {(index + 1) * span - 1} is not what they make."
                self._report.add("tile_altered", None, message)

    def _holders(self, entries: Sequence[Any], present: set[Any]) -> None:
        for entry in entries:
            if entry.kind in _MADE and entry.certificate_id not in present:
                code, what = _MADE[entry.kind]
                message = f"The {what} was issued (entry {entry.leaf_index}) and is not stored any more."
                self._report.add(code, serial_in(entry), message)

    def _end(self, tree: merkle.Tree, row: Any) -> None:
        head = self._heads.read(row.note, "the head of the log")
        if head is not None:
            self._heads.compare(head, row.size, tree.root(), "the head of the log")
        if tiles.split(row.edge) != tree.edge:
            self._report.add("head_altered", None, "The right edge kept with the head is not what the entries make.")
        for entry in models.entries_from(self._tx, row.size, row.size + PAGE):
            message = f"Entry {entry.leaf_index} stands behind the end of the log."
            self._report.add("entry_unsigned", serial_in(entry), message)
        self._shortened(row.size)
        self._report.size, self._report.root = tree.size, tree.root().hex()

    def _shortened(self, size: int) -> None:
        """Heads of a log that was longer than this one is."""
        heads = list(self._kept.items())
        for each in models.kept_heads(self._tx, size + 1, FAR):
            named = kept_at(each)
            read = self._heads.read(each.note, named)
            heads += [(named, read)] if read else []
        for named, head in heads:
            if head.size > size:
                message = f"The log had {head.size} entries when {named} was signed ({head.at}) and has {size}."
                self._report.add("log_shortened", None, message)


def kept_at(row: Any) -> str:
    return f"the head kept at {row.at:%Y-%m-%d %H:%M} UTC"


def tree_at(tx: Transaction, size: int) -> merkle.Tree | None:
    """The tree of an earlier size, by the stored tiles; None where they do not suffice."""
    try:
        return merkle.Tree(size, tiles.edge(size, models.tiles(tx, tiles.needed([(0, size)]))))
    except LookupError:
        return None


def serial_in(entry: Any) -> str | None:
    """The serial that an entry names, also where somebody changed it."""
    try:
        return str(json.loads(entry.data)["serial"])
    except (ValueError, KeyError, TypeError):
        return None


def _is_about(entry: Any) -> bool:
    """Whether the columns that entries are found by say what the entry says."""
    try:
        leaf = json.loads(entry.data)
        return (leaf["kind"], leaf["certificate_id"]) == (entry.kind, str(entry.certificate_id))
    except (ValueError, KeyError, TypeError):
        return False
