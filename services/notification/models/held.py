"""Notifications that wait for somebody's word: how many, which, and what becomes of them.

What is held is found by the index on what is held, so that all of it costs as much as there is of it, whatever the
ledger holds besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import notifications

if TYPE_CHECKING:
    from shared.database import Transaction

_own = notifications.c


@dataclass(frozen=True)
class Held:
    """Which of what is held; None stands for all. `since` and `until` are about when it was queued."""

    template: str | None = None
    agency_code: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def where(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = [_own.status == "held"]
        for column in (_own.template, _own.agency_code, _own.reason):
            value = getattr(self, column.name)
            found += [] if value is None else [column == value]
        found += [] if self.since is None else [_own.created_at >= self.since]
        return found + ([] if self.until is None else [_own.created_at < self.until])


def held_groups(tx: "Transaction", held: Held) -> Sequence[sa.Row[Any]]:
    """`template`, `agency_code`, `reason`, `total`, `oldest` and `newest`, the largest groups first."""
    names = (_own.template, _own.agency_code, _own.reason)
    times = sa.func.min(_own.created_at).label("oldest"), sa.func.max(_own.created_at).label("newest")
    total = sa.func.count().label("total")
    found = sa.select(*names, total, *times).where(*held.where).group_by(*names)
    return tx.execute(found.order_by(total.desc(), *names)).all()


def list_held(tx: "Transaction", held: Held, after: UUID | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Held notifications in the order in which they were queued.

    Their ids are gathered first: PostgreSQL would else walk the whole ledger in its order, to find the few that fit.
    """
    gathered = sa.select(_own.notification_id).where(*held.where)
    if after is not None:
        gathered = gathered.where(_own.notification_id > after)
    ids = gathered.cte("chosen").prefix_with("MATERIALIZED", dialect="postgresql").c.notification_id
    first = sa.select(ids).order_by(ids).limit(limit).subquery().c.notification_id
    found = sa.select(notifications).join_from(notifications, first.table, first == _own.notification_id)
    return tx.execute(found.order_by(_own.notification_id)).all()


def release(tx: "Transaction", held: Held, by: str, limit: int) -> int:
    """The first of them are due at once, as if queued now: no digest, no quiet hours, and the days of trying begin
    anew; how many."""
    became = sa.case((_own.attempts > 0, "deferred"), else_="pending")
    said = f"Released by {by}; it was held: " + _own.reason
    values = {"status": became, "cadence": None, "due_at": tx.now, "first_tried_at": None}
    return _decide(tx, held, limit, **values, reason=None, last_answer=said)


def drop(tx: "Transaction", held: Held, by: str, limit: int) -> int:
    """Of the first of them nobody is told; how many."""
    said = f"Dropped by {by}; it was held: " + _own.reason
    return _decide(tx, held, limit, status="suppressed", reason="dropped", last_answer=said)


def _decide(tx: "Transaction", held: Held, limit: int, **values: Any) -> int:
    first = sa.select(_own.notification_id).where(*held.where).order_by(_own.notification_id).limit(limit)
    # Said once more outside: what somebody else has decided on meanwhile is not decided on again.
    decided = sa.update(notifications).where(*held.where, _own.notification_id.in_(first.scalar_subquery()))
    result = tx.execute(decided.values(**values), execution_options={"synchronize_session": False})
    return int(result.rowcount)  # type: ignore[attr-defined]
