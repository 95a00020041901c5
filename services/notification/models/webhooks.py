"""Webhooks: whose takes what about whom, which have something to take, and how they do."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.conditions import FOR_WEBHOOKS, IS_ACTIVE, UNSETTLED
from services.notification.models.tables import agencies, agency_tree, notifications, recipients, webhooks
from services.notification.models.upserting import upsert
from shared.columns import UTCDateTime

if TYPE_CHECKING:
    from shared.database import Transaction


def has_webhooks(tx: "Transaction") -> bool:
    """Whether any agency takes what its people are told."""
    return tx.scalar(sa.select(webhooks.c.agency_code).where(webhooks.c.enabled).limit(1)) is not None


def webhooks_of(tx: "Transaction", employee_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """`agency_code` and `templates` of the webhook that takes what each person is told: that of their agency, else of
    the nearest one above it, for a ministry often runs one system for all below it. Those without one are left out.

    None of these is removed before the transaction ends, so that whoever removes one finds all that waits for it."""
    person, hook = recipients.c, webhooks.c
    theirs = sa.select(person.employee_id, person.agency_code).where(person.employee_id.in_(list(employee_ids)))
    agency_of = {row.employee_id: row.agency_code for row in tx.execute(theirs)}
    chains = agency_tree.chains(tx, set(agency_of.values()))
    theirs_or_above = {code for chain in chains.values() for code in chain}
    enabled = sa.select(hook.agency_code, hook.templates).where(hook.enabled, hook.agency_code.in_(theirs_or_above))
    # The weakest lock: what notes how a webhook does waits for nobody.
    locked = enabled.order_by(hook.agency_code).with_for_update(read=True, key_share=True)
    hooks = {row.agency_code: row for row in tx.execute(locked)}
    nearest = {code: next((hooks[each] for each in chain if each in hooks), None) for code, chain in chains.items()}
    return {employee_id: found for employee_id, code in agency_of.items() if (found := nearest[code]) is not None}


def is_known_agency(tx: "Transaction", agency_code: str) -> bool:
    return tx.scalar(sa.select(agencies.c.code).where(agencies.c.code == agency_code)) is not None


def inherited_from(tx: "Transaction", agency_code: str) -> str | None:
    """The agency above this one whose webhook takes what its people are told."""
    _, *above = agency_tree.chains(tx, [agency_code])[agency_code]
    enabled = set(tx.scalars(sa.select(webhooks.c.agency_code).where(webhooks.c.enabled)))
    return next((code for code in above if code in enabled), None)


def webhook(tx: "Transaction", agency_code: str, *, for_change: bool = False) -> Any:
    """The webhook of one agency itself, or None; locked until the transaction ends if it is to be changed."""
    found = sa.select(webhooks).where(webhooks.c.agency_code == agency_code)
    return tx.execute(found.with_for_update() if for_change else found).first()


def save_webhook(tx: "Transaction", agency_code: str, secret: str, **values: Any) -> str:
    """Insert or update the webhook of an agency; one that is there keeps its secret. The secret it has."""
    insert = upsert(tx, webhooks).values(agency_code=agency_code, secret=secret, **values)
    saved = insert.on_conflict_do_update(index_elements=["agency_code"], set_=values).returning(webhooks.c.secret)
    return str(tx.scalar(saved))


def change_webhook(tx: "Transaction", agency_code: str, **values: Any) -> None:
    tx.execute(sa.update(webhooks).where(webhooks.c.agency_code == agency_code).values(**values))


def remove_webhook(tx: "Transaction", agency_code: str, reason: str) -> int:
    """Delete the webhook of an agency, and suppress what still waited for it; how many messages that were."""
    tx.execute(sa.delete(webhooks).where(webhooks.c.agency_code == agency_code))
    own = notifications.c
    waited = sa.update(notifications).where(FOR_WEBHOOKS, own.webhook_agency == agency_code, own.status.in_(UNSETTLED))
    gone = tx.execute(waited.values(status="suppressed", reason=reason, claim_id=None))
    return int(getattr(gone, "rowcount", 0))


def webhooks_due(tx: "Transaction") -> Sequence[sa.Row[Any]]:
    """Webhooks that something is due for, and that do not rest."""
    own, hook = notifications.c, webhooks.c
    due = sa.exists().where(FOR_WEBHOOKS, IS_ACTIVE, own.webhook_agency == hook.agency_code, own.due_at <= tx.now)
    rested = sa.or_(hook.rests_until.is_(None), hook.rests_until <= tx.now)
    return tx.execute(sa.select(webhooks).where(hook.enabled, rested, due).order_by(hook.agency_code)).all()


def failing_since(tx: "Transaction") -> datetime | None:
    """Since when the webhook that has failed longest has taken nothing."""
    since = sa.select(webhooks.c.failing_since).where(webhooks.c.enabled, webhooks.c.failing_since.is_not(None))
    return tx.scalar(since.order_by(webhooks.c.failing_since).limit(1))


def waiting_for(tx: "Transaction", agency_code: str) -> int:
    """How many messages still wait for the webhook of an agency; held ones are not among them."""
    waiting = (FOR_WEBHOOKS, IS_ACTIVE, notifications.c.webhook_agency == agency_code)
    return int(tx.scalar(sa.select(sa.func.count()).select_from(notifications).where(*waiting)) or 0)


def switch_off(tx: "Transaction", agency_code: str, url: str, trouble: str) -> bool:
    """Its receiver is gone; whether that changed anything, for it may have been given another address meanwhile."""
    own = webhooks.c
    off = sa.update(webhooks).where(own.agency_code == agency_code, own.url == url, own.enabled)
    return bool(getattr(tx.execute(off.values(enabled=False, last_trouble=trouble)), "rowcount", 0))


def note_taken(tx: "Transaction", agency_code: str) -> None:
    """It takes messages. If it had been away, what waits for its next try is due at once; a message that was refused
    by itself keeps its delay, whatever is taken of others."""
    own, hook = notifications.c, webhooks.c
    failing = (hook.agency_code == agency_code, hook.failing_since.is_not(None))
    failures = tx.scalar(sa.select(hook.failures).where(*failing).with_for_update(key_share=True))
    back = sa.update(webhooks).where(*failing)
    tx.execute(back.values(failing_since=None, failures=0, rests_until=None, last_trouble=None))
    change_webhook(tx, agency_code, last_taken_at=tx.now)
    if failures:
        waiting = sa.update(notifications).where(
            FOR_WEBHOOKS, own.webhook_agency == agency_code, own.status == "deferred", own.due_at > tx.now
        )
        tx.execute(waiting.values(due_at=tx.now))


def note_trouble(tx: "Transaction", agency_code: str, **values: Any) -> None:
    """It takes nothing: since now, unless it was so before."""
    since = sa.func.coalesce(webhooks.c.failing_since, sa.literal(tx.now, UTCDateTime))
    change_webhook(tx, agency_code, failing_since=since, **values)
