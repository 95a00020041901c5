"""The log of what happened to certificates: its leaves, the hashes above them, and its signed heads.

Rows are added and never changed, but for the one row of `log_head` and the unfinished tiles.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.certification.domain.merkle import Finished
from services.certification.domain.tiles import HASH, HEIGHT, WIDTH, TileId
from services.certification.models.tables import metadata
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

HEAD = 1  # the id of the only row of log_head

log_entries = sa.Table(
    "log_entries",
    metadata,
    sa.Column("leaf_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("certificate_id", sa.Uuid, nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # the leaf itself
    sa.Column("leaf_hash", sa.LargeBinary(HASH), nullable=False),
    sa.Index("ix_log_entries_certificate_id", "certificate_id", "leaf_index"),
)

log_tiles = sa.Table(
    "log_tiles",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tile_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)

# Whoever appends locks this row, as the last of all rows.
log_head = sa.Table(
    "log_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("edge", sa.LargeBinary, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("note", sa.Text, nullable=False),  # the signed head as text
    sa.Column("began_at", UTCDateTime, nullable=False),
    # When the certificates of releases without a log had all been taken over; nothing is taken over any more.
    sa.Column("taken_over_at", UTCDateTime),
)

# What was published from time to time, so that an audit can hold today's log against it.
tree_heads = sa.Table(
    "tree_heads",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

_LOCK_HEAD = sa.select(log_head).with_for_update()
_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def head(tx: Session) -> Any | None:
    """The head of the log; None before its first start."""
    return tx.execute(sa.select(log_head)).one_or_none()


def lock_head(tx: Session, at: datetime) -> Any:
    """The head of the log, locked until the transaction ends; an empty log begins here."""
    found = tx.execute(_LOCK_HEAD).one_or_none()
    if found is None:
        first = {"id": HEAD, "size": 0, "edge": b"", "at": at, "note": "", "began_at": at}
        tx.execute(_INSERT[tx.get_bind().dialect.name](log_head).on_conflict_do_nothing(), first)
        found = tx.execute(_LOCK_HEAD).one()
    return found


def set_head(tx: Session, **columns: Any) -> None:
    tx.execute(sa.update(log_head).where(log_head.c.id == HEAD).values(**columns))


def add_entries(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(tx, log_entries, rows)


def entries_of(tx: Session, certificate_ids: Iterable[UUID]) -> Sequence[Any]:
    """All entries about certificates, in the order of the log."""
    own = log_entries.c
    about = own.certificate_id.in_(list(certificate_ids))
    return tx.execute(sa.select(log_entries).where(about).order_by(own.leaf_index)).all()


def entries_under_head(tx: Session, certificate_id: UUID) -> Sequence[Any]:
    """All entries about a certificate, in order, each with `size`, `edge` and `note` of the head they are under."""
    statement = sa.select(log_entries, log_head.c.size, log_head.c.edge, log_head.c.note).join(log_head, sa.true())
    about = log_entries.c.certificate_id == certificate_id
    return tx.execute(statement.where(about).order_by(log_entries.c.leaf_index)).all()


def entries_from(tx: Session, start: int, end: int) -> Sequence[Any]:
    """The entries from `start` up to, not including, `end`, as far as they are there."""
    own = log_entries.c
    within = sa.and_(own.leaf_index >= start, own.leaf_index < end)
    return tx.execute(sa.select(log_entries).where(within).order_by(own.leaf_index)).all()


def leaf_hashes(tx: Session, start: int, end: int) -> list[bytes]:
    own = log_entries.c
    within = sa.and_(own.leaf_index >= start, own.leaf_index < end)
    return list(tx.scalars(sa.select(own.leaf_hash).where(within).order_by(own.leaf_index)))


def stored_tiles(tx: Session, wanted: Iterable[TileId]) -> dict[TileId, bytes]:
    """Those of the tiles that are stored, finished or not."""
    own = log_tiles.c
    by_level: dict[int, list[int]] = {}
    for level, index in sorted(wanted):
        by_level.setdefault(level, []).append(index)
    if not by_level:
        return {}
    of_levels = [sa.and_(own.level == level, own.tile_index.in_(indexes)) for level, indexes in by_level.items()]
    rows = tx.execute(sa.select(log_tiles).where(sa.or_(*of_levels)))
    return {(row.level, row.tile_index): row.hashes for row in rows}


def tiles(tx: Session, wanted: Iterable[TileId]) -> dict[TileId, bytes]:
    """Tiles; the unfinished one of the lowest level is made of the leaves."""
    ids = set(wanted)
    found = stored_tiles(tx, ids)
    for level, index in ids - set(found):
        if level == 0:
            found[level, index] = b"".join(leaf_hashes(tx, index * WIDTH, (index + 1) * WIDTH))
    return found


def add_to_tiles(tx: Session, size: int, leaves: Sequence[bytes], finished: Sequence[Finished]) -> None:
    """Keep the hashes that were added to a log of `size` leaves: at the lowest level whole tiles only, above all."""
    whole = (size + len(leaves)) // WIDTH * WIDTH
    if whole <= size:
        return
    start = size // WIDTH * WIDTH
    hashes = [*leaf_hashes(tx, start, size), *leaves[: whole - size]]
    grown = {(0, (start + n) // WIDTH): hashes[n : n + WIDTH] for n in range(0, len(hashes), WIDTH)}
    for height, index, node in finished:
        level, between = divmod(height, HEIGHT)
        if level and not between:
            grown.setdefault((level, index // WIDTH), []).append(node)
    known = stored_tiles(tx, [tile for tile in grown if tile[0]])
    rows = [
        {"level": level, "tile_index": index, "hashes": known.get((level, index), b"") + b"".join(nodes)}
        for (level, index), nodes in sorted(grown.items())
    ]
    insert = _INSERT[tx.get_bind().dialect.name](log_tiles)
    keys = list(log_tiles.primary_key.columns)
    tx.execute(insert.on_conflict_do_update(index_elements=keys, set_={"hashes": insert.excluded.hashes}), rows)


def keep_head(tx: Session, found: Any) -> None:
    """Keep a head among those published; one of the same size is kept once."""
    row = {"size": found.size, "at": found.at, "note": found.note}
    insert_rows(tx, tree_heads, [row], skip_known=True)


def kept_head_before(tx: Session, at: datetime) -> Any | None:
    """The last head that was kept up to a moment."""
    own = tree_heads.c
    return tx.execute(sa.select(tree_heads).where(own.at <= at).order_by(own.size.desc()).limit(1)).one_or_none()


def kept_heads(tx: Session, start: int, end: int) -> Sequence[Any]:
    """The heads kept of sizes from `start` up to `end`, both included."""
    own = tree_heads.c
    return tx.execute(sa.select(tree_heads).where(own.size.between(start, end)).order_by(own.size)).all()
