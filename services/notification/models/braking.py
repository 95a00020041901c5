"""What the brake counts, hour by hour, and the rows that it holds."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.braking import Key, Scope, Stop
from services.notification.models.conditions import FOR_WEBHOOKS
from services.notification.models.tables import brake_counters, notifications
from shared.bulk import insert_rows

if TYPE_CHECKING:
    from shared.database import Transaction


def count_messages(tx: "Transaction", hour: datetime, counts: Mapping[Key, int]) -> dict[Key, int]:
    """Add to the hour's counters, and what they are then.

    Whoever has added holds these counters until the end of the transaction, so that two replicas cannot both pass.
    """
    rows = [
        {"hour": hour, "scope": scope.value, "name": name, "count": count} for (scope, name), count in counts.items()
    ]
    rows.sort(key=lambda row: (row["scope"], row["name"]))
    found = insert_rows(tx, brake_counters, rows, returning=("scope", "name", "count"), adding=("count",))
    return {(Scope(scope), name): count for scope, name, count in found}


def hold(tx: "Transaction", stopped: Mapping[UUID, Stop]) -> None:
    """These wait until somebody releases or drops them, and so do their copies for agencies' systems."""
    own, by_stop = notifications.c, dict[Stop, list[UUID]]()
    for notification_id, stop in stopped.items():
        by_stop.setdefault(stop, []).append(notification_id)
    for stop, ids in by_stop.items():
        what = {"status": "held", "reason": stop.reason.value, "last_answer": stop.answer}
        tx.execute(sa.update(notifications).where(own.notification_id.in_(ids)).values(what))
        tx.execute(sa.update(notifications).where(FOR_WEBHOOKS, _copies(ids)).values(what))


def _copies(notification_ids: list[UUID]) -> sa.ColumnElement[bool]:
    """That a row tells a system what one of these tells a person."""
    keys = [notifications.c[name] for name in ("event_id", "employee_id", "template")]
    told = sa.select(*keys).where(notifications.c.notification_id.in_(notification_ids))
    return sa.tuple_(*keys).in_(told.correlate(None))


def forget_counters(tx: "Transaction", before: datetime) -> int:
    """Delete the counters of hours that are over; how many there were."""
    result = tx.execute(sa.delete(brake_counters).where(brake_counters.c.hour < before))
    return int(result.rowcount)  # type: ignore[attr-defined]
