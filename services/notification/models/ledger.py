"""The ledger: queued once, taken under a lease, settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.settings import settings_of
from services.notification.models.tables import (
    agencies,
    attempts,
    letters,
    notifications,
    preferences,
    recipients,
    suppressions,
)
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

if TYPE_CHECKING:
    from shared.database import Transaction


def queue(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert notifications, leaving out any that either unique key knows already; how many were new.

    The conflict clause names no key, so it holds for both.
    """
    return len(insert_rows(tx, notifications, rows, returning="notification_id", skip_known=True))


_OF_RECIPIENT = (
    recipients.c.full_name,
    recipients.c.email,
    preferences.c.mobile,
    preferences.c.unsubscribed,
    sa.func.coalesce(preferences.c.language, recipients.c.language).label("language"),
)
_OF_AGENCY = (agencies.c.name.label("agency_name"), recipients.c.agency_code.label("present_agency"))


def claim_due(tx: "Transaction", claim_id: UUID, lease: float, limit: int) -> Sequence[Any]:
    """Take up to `limit` due notifications for `lease` seconds, the urgent and then the oldest first, with what is
    known of their recipients, and the settings that hold for the present agency of each.

    Rows that another sender is taking at this moment are skipped, not waited for.
    """
    table = notifications.c
    is_suppressed = sa.exists().where(
        table.channel == "email",
        suppressions.c.address == sa.func.lower(recipients.c.email),
        suppressions.c.lifted_at.is_(None),
    )
    due = (
        sa.select(notifications, *_OF_RECIPIENT, *_OF_AGENCY, is_suppressed.label("is_suppressed"))
        .join(recipients, recipients.c.employee_id == table.employee_id)
        .outerjoin(preferences, preferences.c.employee_id == table.employee_id)
        .outerjoin(agencies, agencies.c.code == recipients.c.agency_code)
        .where(table.status.in_(("pending", "deferred", "sending")), table.cadence.is_(None), table.due_at <= tx.now)
        .order_by(table.priority, table.due_at, table.notification_id)
        .limit(limit)
        .with_for_update(of=notifications, skip_locked=True)
    )
    rows = tx.execute(due).all()
    if rows:
        taken = table.notification_id.in_([row.notification_id for row in rows])
        lease_until = tx.now + timedelta(seconds=lease)
        tx.execute(
            sa.update(notifications).where(taken).values(status="sending", claim_id=claim_id, due_at=lease_until)
        )
    settings = settings_of(tx, {row.present_agency for row in rows}) if rows else {}
    values = {code: {name: each.value for name, each in found.items()} for code, found in settings.items()}
    return [SimpleNamespace(**row._mapping, **values[row.present_agency]) for row in rows]


def settle(tx: "Transaction", claim_id: UUID, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Write down what came of claimed notifications; one that another sender has taken since is left alone. Those
    that were written down.

    Each row has settled_id, new_status, new_reason, answer (None keeps the last one), new_due_at, tried_at (None when
    it was not tried), tries (1 or 0, to match) and new_sent_at.
    """
    table = notifications.c
    ours = sa.select(table.notification_id).where(
        table.notification_id.in_([row["settled_id"] for row in rows]), table.claim_id == claim_id
    )
    mine = set(tx.scalars(ours.order_by(table.notification_id).with_for_update()))
    changes = [dict(row) for row in rows if row["settled_id"] in mine]
    if changes:
        tx.connection().execute(_SETTLE, changes)
    return list(mine)


_SETTLE = (
    sa.update(notifications)
    .where(notifications.c.notification_id == sa.bindparam("settled_id"))
    .values(
        status=sa.bindparam("new_status"),
        reason=sa.bindparam("new_reason"),
        last_answer=sa.func.coalesce(sa.bindparam("answer", type_=sa.String), notifications.c.last_answer),
        due_at=sa.bindparam("new_due_at"),
        sent_at=sa.bindparam("new_sent_at"),
        first_tried_at=sa.func.coalesce(notifications.c.first_tried_at, sa.bindparam("tried_at", type_=UTCDateTime)),
        attempts=notifications.c.attempts + sa.bindparam("tries", type_=sa.Integer),
        claim_id=None,
    )
)


def record_attempts(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Add tries to the ledger: notification_id, number, tried_at, address, outcome and answer of each."""
    insert_rows(tx, attempts, rows, skip_known=True)


def keep_letters(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the words that went out: notification_id, language, subject, text and wording_id of each."""
    insert_rows(tx, letters, rows, skip_known=True)


def first_id_at(moment: datetime) -> UUID:
    """The lowest id that a notification queued at this time or later can have.

    Ids begin with their millisecond (RFC 9562, version 7), so the primary key also finds rows by age. A minute is
    allowed for a clock that was set back.
    """
    milliseconds = max(0, int((moment - timedelta(minutes=1)).timestamp() * 1000))
    return UUID(int=(milliseconds & 0xFFFFFFFFFFFF) << 80)
