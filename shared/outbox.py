"""The outbox: events written in the transaction that made them true, and how the relay takes them out.

Published rows stay for a retention period: they are the log that `training replay` publishes again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from shared.events import Event, encode
from shared.ids import new_id
from shared.messages import Cause

if TYPE_CHECKING:
    from shared.database import Transaction

RETENTION_DAYS = 90  # policy default


def outbox_row(event: Event, cause: Cause, now: datetime) -> dict[str, Any]:
    """The row that a published event is, before its place in the outbox is known."""
    return {
        "event_id": new_id(),
        "type": event.TYPE,
        "subject": event.subject,
        "body": encode(event).decode(),
        "correlation_id": cause.correlation_id,
        "traceparent": cause.traceparent,
        "occurred_at": now,
    }


def take_unpublished(tx: "Transaction", outbox: sa.Table, limit: int, without: Sequence[str] = ()) -> Sequence[Any]:
    """Up to `limit` unpublished rows in order, locked against other relays (which skip them); some types left out."""
    statement = (
        sa.select(outbox)
        .where(outbox.c.published_at.is_(None), *([outbox.c.type.not_in(without)] if without else []))
        .order_by(outbox.c.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(statement).all()


def mark_published(tx: "Transaction", outbox: sa.Table, positions: Sequence[int]) -> None:
    """These rows are safe at the broker."""
    if positions:
        tx.execute(sa.update(outbox).where(outbox.c.position.in_(positions)).values(published_at=tx.now))


def backlog(tx: "Transaction", outbox: sa.Table) -> tuple[int, float]:
    """(rows not yet published, age of the oldest in seconds)."""
    count, oldest = tx.execute(
        sa.select(sa.func.count(), sa.func.min(outbox.c.occurred_at)).where(outbox.c.published_at.is_(None))
    ).one()
    return count, (tx.now - oldest).total_seconds() if oldest else 0.0


def publish_again(
    tx: "Transaction", outbox: sa.Table, since: datetime, until: datetime | None = None, event_type: str | None = None
) -> int:
    """Mark past events as unpublished, so that the relay sends them once more. Consumers' inboxes make it harmless."""
    statement = sa.update(outbox).where(outbox.c.occurred_at >= since, outbox.c.published_at.is_not(None))
    if until is not None:
        statement = statement.where(outbox.c.occurred_at < until)
    if event_type is not None:
        statement = statement.where(outbox.c.type == event_type)
    return tx.execute(statement.values(published_at=None)).rowcount  # type: ignore[attr-defined]


def repeat(
    tx: "Transaction", outbox: sa.Table, subjects: Sequence[str], event_type: str, since: datetime | None = None
) -> tuple[int, list[str]]:
    """Say the latest event of each subject again, under a new event id; all else of it stays as it was.

    Returns how many were copied, and the subjects about whom the outbox keeps no such event. `publish_again` cannot
    bring back an effect that was lost after its inbox row was written (a restored backup), because the inbox knows
    the id. A copy gets past the inbox, and the unique constraint of the effect stops it where the effect is there.
    An event that was not published yet is left alone: it is on its way.

    There is no index on the subject. With `since` the rows are found by the index on `occurred_at`; without it the
    whole retention period of this type is read, so callers who know an earliest moment give it.
    """
    statement = sa.select(sa.func.max(outbox.c.position)).where(
        outbox.c.type == event_type, outbox.c.subject.in_(subjects)
    )
    if since is not None:
        statement = statement.where(outbox.c.occurred_at >= since)
    latest = statement.group_by(outbox.c.subject)
    rows = tx.execute(sa.select(outbox).where(outbox.c.position.in_(latest)).order_by(outbox.c.position)).all()
    copies = [_copy(row) for row in rows if row.published_at is not None]
    if copies:
        tx.execute(sa.insert(outbox), copies)
    kept = {row.subject for row in rows}
    return len(copies), [subject for subject in dict.fromkeys(subjects) if subject not in kept]


def _copy(row: Any) -> dict[str, Any]:
    same = {name: value for name, value in row._mapping.items() if name not in ("position", "published_at")}
    return {**same, "event_id": new_id()}


def prune(tx: "Transaction", outbox: sa.Table, before: datetime, limit: int = 5_000) -> int:
    """Delete up to `limit` published rows older than `before`."""
    old = sa.select(outbox.c.position).where(outbox.c.occurred_at < before, outbox.c.published_at.is_not(None))
    return tx.execute(sa.delete(outbox).where(outbox.c.position.in_(old.limit(limit)))).rowcount  # type: ignore[attr-defined]


def unknown_to(tx: "Transaction", outbox: sa.Table, seen: set[UUID], event_type: str) -> list[int]:
    """Positions of published events of one type that are not among `seen` (what a forgetful broker may have lost)."""
    rows = tx.execute(
        sa.select(outbox.c.position, outbox.c.event_id).where(
            outbox.c.type == event_type, outbox.c.published_at.is_not(None)
        )
    )
    return [position for position, event_id in rows if event_id not in seen]


def mark_unpublished(tx: "Transaction", outbox: sa.Table, positions: Sequence[int]) -> int:
    """These rows go out again; how many they are."""
    for start in range(0, len(positions), 500):
        chunk = positions[start : start + 500]
        tx.execute(sa.update(outbox).where(outbox.c.position.in_(chunk)).values(published_at=None))
    return len(positions)
