"""How far the rates of domains and agencies have come. All replicas count in one place.

Turns are given far ahead, so they are given anew when a rate is changed. A row beside the buckets tells by which rates
they were given: its name is a mark of all of them, which a call may have changed, or a day that a policy begins on.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.domain.planning import Reason
from services.notification.domain.rates import TURN, Bucket
from services.notification.models.conditions import FOR_THE_SENDER
from services.notification.models.tables import agency_settings, notifications, rates
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction

_MARK = "given by "  # no bucket's name begins so


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


def mark_of_rates(tx: "Transaction", of_domains: Mapping[str, Any]) -> str:
    """The name of the row that turns given by the present rates have beside them; `of_domains` is the policy
    `domain_rates`."""
    own = agency_settings.c
    of_agencies = sa.select(own.agency_code, own.mails_per_minute).where(own.mails_per_minute.is_not(None))
    known = [tuple(row) for row in tx.execute(of_agencies.order_by(own.agency_code))]
    return _MARK + hashlib.sha256(json.dumps([of_domains, known], sort_keys=True).encode()).hexdigest()


def has_mark(tx: "Transaction", mark: str) -> bool:
    """Whether the turns were given by these rates."""
    return tx.scalar(sa.select(rates.c.name).where(rates.c.name == mark)) is not None


def give_turns_anew(tx: "Transaction", mark: str) -> int:
    """Let all mails that wait for their turn come at once, for the sender gives each another one by the rates that hold
    now; how many these are. 0 as well when another sender has just done so.

    All of them, for who waits by two rates would leave gaps in the queue of that which was not changed. Mails come
    before buckets, as in a claim, and nobody is waited for, so that this is part of no deadlock.
    """
    row = {"name": mark, "next_at": tx.now, "queue_at": tx.now}
    if tx.scalar(upsert(tx, rates).values(row).on_conflict_do_nothing().returning(rates.c.name)) is None:
        return 0
    tx.execute(sa.delete(rates).where(rates.c.name.startswith(_MARK), rates.c.name != mark))
    own = notifications.c
    waits = (FOR_THE_SENDER, own.status.in_(("pending", "deferred")), own.reason == Reason.RATE, own.due_at > tx.now)
    free = sa.select(own.notification_id).where(*waits).with_for_update(skip_locked=True)
    come = sa.update(notifications).where(own.notification_id.in_(free.scalar_subquery()))
    # Their turn is over, and not none: in quiet hours that would say that they are meant to go.
    came = tx.execute(come.values(due_at=tx.now, turn_at=tx.now - TURN))
    ahead = sa.select(rates.c.name).where(rates.c.queue_at > tx.now).order_by(rates.c.name).with_for_update()
    tx.execute(sa.update(rates).where(rates.c.name.in_(list(tx.scalars(ahead)))).values(queue_at=tx.now))
    return int(getattr(came, "rowcount", 0))
