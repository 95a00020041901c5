"""The inbox: which events have had their effect, remembered in the transaction of the effect."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from shared.bulk import insert_rows
from shared.events import Event
from shared.messages import Message

if TYPE_CHECKING:
    from shared.database import Transaction

E = TypeVar("E", bound=Event)

RETENTION_DAYS = 180  # longer than the outbox keeps what could be replayed


def first_seen(tx: "Transaction", inbox: sa.Table, handler: str, messages: Sequence[Message[E]]) -> list[Message[E]]:
    """Remember these messages for `handler` and return those it had not seen, in order and without repeats.

    Ids are inserted sorted, so that two replicas with overlapping batches wait for each other instead of
    deadlocking; the second then sees that the first was quicker.
    """
    unique = {message.id: message for message in messages}
    rows = [{"event_id": event_id, "handler": handler, "received_at": tx.now} for event_id in sorted(unique)]
    fresh = set(insert_rows(tx, inbox, rows, returning="event_id", skip_known=True))
    return [message for event_id, message in unique.items() if event_id in fresh]


def seen_by(tx: "Transaction", inbox: sa.Table, handler: str) -> set[Any]:
    """The ids of all events that `handler` has handled."""
    return set(tx.execute(sa.select(inbox.c.event_id).where(inbox.c.handler == handler)).scalars())


def prune(tx: "Transaction", inbox: sa.Table, before: datetime, limit: int = 5_000) -> int:
    """Forget up to `limit` events received before `before`."""
    old = sa.select(inbox.c.event_id, inbox.c.handler).where(inbox.c.received_at < before).limit(limit)
    return tx.execute(sa.delete(inbox).where(sa.tuple_(inbox.c.event_id, inbox.c.handler).in_(old))).rowcount  # type: ignore[attr-defined]
