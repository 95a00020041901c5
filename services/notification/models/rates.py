"""How far the rates of domains and agencies have come. All replicas count in one place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.notification.domain.rates import Bucket
from services.notification.models.tables import rates
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def buckets(tx: "Transaction", limits: Mapping[str, int]) -> dict[str, Bucket]:
    """The bucket of each name, with its mails a minute; nobody else counts in them before the transaction ends."""
    names = sorted(limits)
    new = [{"name": name, "next_at": tx.now, "queue_at": tx.now} for name in names]
    tx.execute(upsert(tx, rates).on_conflict_do_nothing(), new)
    known = sa.select(rates).where(rates.c.name.in_(names)).order_by(rates.c.name).with_for_update()
    return {row.name: Bucket(limits[row.name], row.next_at, row.queue_at) for row in tx.execute(known)}


def keep_buckets(tx: "Transaction", changed: Mapping[str, Bucket]) -> None:
    """Write down how far they have come."""
    mine = sa.update(rates).where(rates.c.name == sa.bindparam("its_name"))
    statement = mine.values(next_at=sa.bindparam("its_next_at"), queue_at=sa.bindparam("its_queue_at"))
    values = [{"its_name": name, "its_next_at": b.next_at, "its_queue_at": b.queue_at} for name, b in changed.items()]
    tx.connection().execute(statement, values)
