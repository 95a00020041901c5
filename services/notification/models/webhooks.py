"""Webhooks: whose takes what about whom, which have something to take, and how they do."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import agencies, notifications, recipients, webhooks
from services.notification.models.upserting import upsert
from shared.columns import UTCDateTime
from shared.tree import MAX_DEPTH

if TYPE_CHECKING:
    from shared.database import Transaction

_ACTIVE = ("pending", "deferred", "sending")


def has_webhooks(tx: "Transaction") -> bool:
    """Whether any agency takes what its people are told."""
    return tx.scalar(sa.select(webhooks.c.agency_code).where(webhooks.c.enabled).limit(1)) is not None


def webhooks_of(tx: "Transaction", employee_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """`agency_code` and `templates` of the webhook that takes what each person is told: that of their agency, else of
    the nearest one above it, for a ministry often runs one system for all below it. Those without one are left out."""
    person, hook = recipients.c, webhooks.c
    wanted = person.employee_id.in_(list(employee_ids))
    chain = _above(sa.select(person.agency_code).where(wanted).distinct().subquery())
    nearest = (
        sa.select(person.employee_id, hook.agency_code, hook.templates)
        .join(chain, chain.c.start == person.agency_code)
        .join(webhooks, sa.and_(hook.agency_code == chain.c.code, hook.enabled))
        .where(wanted)
        .order_by(chain.c.level.desc())
    )
    return {row.employee_id: row for row in tx.execute(nearest)}  # the last one of each is the nearest


def _above(starts: sa.Subquery) -> sa.CTE:
    """`start`, and the `code` and `level` of it and each agency above it; a start need not be known itself."""
    level = sa.literal(0).label("level")
    chain = sa.select(starts.c.agency_code.label("start"), starts.c.agency_code.label("code"), level).cte(
        recursive=True
    )
    upwards = sa.select(chain.c.start, agencies.c.parent_code, chain.c.level + 1).where(
        agencies.c.code == chain.c.code, agencies.c.parent_code.is_not(None), chain.c.level < MAX_DEPTH
    )
    return chain.union_all(upwards)


def is_known_agency(tx: "Transaction", agency_code: str) -> bool:
    return tx.scalar(sa.select(agencies.c.code).where(agencies.c.code == agency_code)) is not None


def inherited_from(tx: "Transaction", agency_code: str) -> str | None:
    """The agency above this one whose webhook takes what its people are told."""
    chain = _above(sa.select(sa.literal(agency_code).label("agency_code")).subquery())
    nearest = (
        sa.select(webhooks.c.agency_code)
        .join(chain, chain.c.code == webhooks.c.agency_code)
        .where(webhooks.c.enabled, webhooks.c.agency_code != agency_code)
        .order_by(chain.c.level)
    )
    return tx.scalar(nearest.limit(1))


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
    waited = sa.update(notifications).where(
        own.channel == "webhook", own.webhook_agency == agency_code, own.status.in_((*_ACTIVE, "held"))
    )
    gone = tx.execute(waited.values(status="suppressed", reason=reason, claim_id=None))
    return int(getattr(gone, "rowcount", 0))


def webhooks_due(tx: "Transaction") -> Sequence[sa.Row[Any]]:
    """Webhooks that something is due for, and that do not rest."""
    own, hook = notifications.c, webhooks.c
    due = sa.exists().where(
        own.channel == "webhook",
        own.webhook_agency == hook.agency_code,
        own.status.in_(_ACTIVE),
        own.due_at <= tx.now,
    )
    rested = sa.or_(hook.rests_until.is_(None), hook.rests_until <= tx.now)
    return tx.execute(sa.select(webhooks).where(hook.enabled, rested, due).order_by(hook.agency_code)).all()


def failing_since(tx: "Transaction") -> datetime | None:
    """Since when the webhook that has failed longest has taken nothing."""
    since = sa.select(webhooks.c.failing_since).where(webhooks.c.enabled, webhooks.c.failing_since.is_not(None))
    return tx.scalar(since.order_by(webhooks.c.failing_since).limit(1))


def waiting_for(tx: "Transaction", agency_code: str) -> int:
    """How many messages still wait for the webhook of an agency; held ones are not among them."""
    own = notifications.c
    waiting = (own.channel == "webhook", own.webhook_agency == agency_code, own.status.in_(_ACTIVE))
    return int(tx.scalar(sa.select(sa.func.count()).select_from(notifications).where(*waiting)) or 0)


def switch_off(tx: "Transaction", agency_code: str, url: str, trouble: str) -> bool:
    """Its receiver is gone; whether that changed anything, for it may have been given another address meanwhile."""
    own = webhooks.c
    off = sa.update(webhooks).where(own.agency_code == agency_code, own.url == url, own.enabled)
    return bool(getattr(tx.execute(off.values(enabled=False, last_trouble=trouble)), "rowcount", 0))


def note_taken(tx: "Transaction", agency_code: str) -> None:
    """It takes messages. If it had been failing, what waits for its next try is due at once."""
    own, hook = notifications.c, webhooks.c
    back = sa.update(webhooks).where(hook.agency_code == agency_code, hook.failing_since.is_not(None))
    came_back = tx.execute(back.values(failing_since=None, failures=0, rests_until=None, last_trouble=None))
    change_webhook(tx, agency_code, last_taken_at=tx.now)
    if getattr(came_back, "rowcount", 0):
        waiting = sa.update(notifications).where(
            own.channel == "webhook", own.webhook_agency == agency_code, own.status == "deferred", own.due_at > tx.now
        )
        tx.execute(waiting.values(due_at=tx.now))


def note_trouble(tx: "Transaction", agency_code: str, **values: Any) -> None:
    """It takes nothing: since now, unless it was so before."""
    since = sa.func.coalesce(webhooks.c.failing_since, sa.literal(tx.now, UTCDateTime))
    change_webhook(tx, agency_code, failing_since=since, **values)
