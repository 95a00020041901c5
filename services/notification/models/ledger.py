"""The ledger: queued once, taken under a lease, settled."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.planning import Via
from services.notification.models.conditions import ACTIVE, FOR_THE_SENDER, FOR_WEBHOOKS, IS_ACTIVE
from services.notification.models.settings import settings_of
from services.notification.models.suppressions import suppressed_now
from services.notification.models.tables import (
    agencies,
    attempts,
    letters,
    notifications,
    preferences,
    recipients,
)
from shared.bulk import EachRow, insert_rows
from shared.columns import UTCDateTime

if TYPE_CHECKING:
    from shared.database import Transaction


def queue(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Insert notifications, leaving out any that either unique key knows already; the ids of those that were new.

    The conflict clause names no key, so it holds for both.
    """
    return insert_rows(tx, notifications, rows, returning="notification_id", skip_known=True)


_OF_RECIPIENT = (
    recipients.c.full_name,
    recipients.c.email,
    recipients.c.agency_code.label("recipient_agency"),
    preferences.c.mobile,
    preferences.c.quiet_from.label("own_quiet_from"),
    preferences.c.quiet_to.label("own_quiet_to"),
    sa.func.coalesce(preferences.c.language, recipients.c.language).label("language"),
)
_OF_AGENCY = (agencies.c.name.label("agency_name"),)


def claim_due(
    tx: "Transaction",
    claim_id: UUID,
    lease: float,
    limit: int,
    webhook_of: str | None = None,
    apart_from: Collection[str] = (),
) -> Sequence[Any]:
    """Take up to `limit` due notifications for `lease` seconds, the urgent and then the oldest first, with what is
    known of their recipients and the settings that hold for the present agency of each: those for people, or those for
    the webhook of one agency. Nothing of the channels `apart_from`.

    For a webhook at most one is taken about each person, the earliest, and only when nobody has it in hand. Rows that
    another sender is taking at this moment are skipped, not waited for.
    """
    table = notifications.c
    rows = tx.execute(_known_of(_due(tx, limit, webhook_of, apart_from), webhook_of is not None)).all()
    if rows:
        taken = table.notification_id.in_([row.notification_id for row in rows])
        lease_until = tx.now + timedelta(seconds=lease)
        tx.execute(
            sa.update(notifications).where(taken).values(status="sending", claim_id=claim_id, due_at=lease_until)
        )
    settings = settings_of(tx, {row.recipient_agency for row in rows}) if rows else {}
    values = {code: {name: each.value for name, each in found.items()} for code, found in settings.items()}
    return [SimpleNamespace(**row._mapping, **values[row.recipient_agency]) for row in rows]


def _due(tx: "Transaction", limit: int, webhook_of: str | None, apart_from: Collection[str]) -> sa.CTE:
    """What is to be taken; limited before anything is joined, so that a long queue costs no more than a short one."""
    table = notifications.c
    most_urgent = () if webhook_of else (table.priority,)
    wanted = (table.channel.not_in(apart_from),) if apart_from else ()
    return (
        sa.select(notifications)
        .where(_in_order(webhook_of) if webhook_of else FOR_THE_SENDER, table.due_at <= tx.now, *wanted)
        .order_by(*most_urgent, table.due_at, table.notification_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=notifications)
        .cte("due")
    )


def _in_order(webhook_of: str) -> sa.ColumnElement[bool]:
    """Those for a webhook that nothing about the same person waits before. Ids are in the order of queueing; of two
    that were queued in the same moment by different transactions neither is the earlier one."""
    own, earlier = notifications.c, notifications.alias("earlier").c
    before = sa.exists().where(
        earlier.channel == Via.WEBHOOK.value,
        earlier.webhook_agency == own.webhook_agency,
        earlier.employee_id == own.employee_id,
        earlier.status.in_(ACTIVE),
        earlier.notification_id < own.notification_id,
    )
    return sa.and_(IS_ACTIVE, FOR_WEBHOOKS, own.webhook_agency == webhook_of, ~before)


def _known_of(due: sa.CTE, is_copy: bool) -> sa.Select[Any]:
    """What is due, with its recipients and agencies. A copy for a webhook is an agency's record: what the person wants
    and which addresses are dead changes nothing for it, but it says by which channel the person is told."""
    own = due.c
    is_suppressed = sa.and_(own.channel == Via.EMAIL.value, suppressed_now(recipients.c.email))
    wishes = sa.null() if is_copy else preferences.c.unsubscribed
    more = _told(due) if is_copy else ()
    return (
        sa.select(due, *_OF_RECIPIENT, *_OF_AGENCY, is_suppressed.label("is_suppressed"), *more)
        .add_columns(wishes.label("unsubscribed"))
        .outerjoin(recipients, recipients.c.employee_id == own.employee_id)
        .outerjoin(preferences, preferences.c.employee_id == own.employee_id)
        .outerjoin(agencies, agencies.c.code == recipients.c.agency_code)
        .order_by(own.priority, own.due_at, own.notification_id)
    )


def _told(due: sa.CTE) -> list[sa.Label[Any]]:
    """How the person is told of the same."""
    told = notifications.alias("told").c
    same = [told[name] == due.c[name] for name in ("event_id", "employee_id", "template")]
    found = {"told_by": told.channel, "told_status": told.status}
    return [
        sa.select(column).where(*same, told.channel != Via.WEBHOOK.value).limit(1).scalar_subquery().label(name)
        for name, column in found.items()
    ]


def settle(tx: "Transaction", claim_id: UUID, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Write down what came of claimed notifications; one that another sender has taken since is left alone. Those
    that were written down.

    Each row has settled_id, new_status, new_reason, answer (None keeps the last one), new_due_at, new_turn_at, tried_at
    (None when it was not tried), tries (1 or 0, to match), new_sent_at and waits_since.
    """
    table = notifications.c
    ours = sa.select(table.notification_id).where(
        table.notification_id.in_([row["settled_id"] for row in rows]), table.claim_id == claim_id
    )
    mine = set(tx.scalars(ours.order_by(table.notification_id).with_for_update()))
    _SETTLE.run(tx, [row for row in rows if row["settled_id"] in mine])
    return list(mine)


_SETTLED: Mapping[str, Any] = {
    "settled_id": sa.Uuid,
    "new_status": sa.String,
    "new_reason": sa.String,
    "answer": sa.String,
    "new_due_at": UTCDateTime,
    "new_turn_at": UTCDateTime,
    "new_sent_at": UTCDateTime,
    "tried_at": UTCDateTime,
    "tries": sa.Integer,
    "waits_since": UTCDateTime,
}


def _settling(given: Mapping[str, Any]) -> Any:
    """The statement that writes one row of `settle`, whose parts are these."""
    table = notifications.c
    statement = sa.update(notifications).where(table.notification_id == given["settled_id"])
    return statement.values(
        status=given["new_status"],
        reason=given["new_reason"],
        last_answer=sa.func.coalesce(given["answer"], table.last_answer),
        due_at=given["new_due_at"],
        turn_at=given["new_turn_at"],
        sent_at=given["new_sent_at"],
        first_tried_at=sa.func.coalesce(table.first_tried_at, given["tried_at"]),
        waiting_since=given["waits_since"],
        attempts=table.attempts + given["tries"],
        claim_id=None,
    )


_SETTLE = EachRow(_SETTLED, _settling)


def record_attempts(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Add tries to the ledger: notification_id, number, tried_at, address, outcome and answer of each."""
    insert_rows(tx, attempts, rows, skip_known=True)


def keep_letters(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the words that went out: notification_id, language, subject, text, wording_id and message_id of
    each."""
    insert_rows(tx, letters, rows, skip_known=True)


def first_id_at(moment: datetime) -> UUID:
    """The lowest id that a notification queued at this time or later can have.

    Ids begin with their millisecond (RFC 9562, version 7), so the primary key also finds rows by age. A minute is
    allowed for a clock that was set back.
    """
    milliseconds = max(0, int((moment - timedelta(minutes=1)).timestamp() * 1000))
    return UUID(int=(milliseconds & 0xFFFFFFFFFFFF) << 80)
