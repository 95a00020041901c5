"""Tables of notification, and the statements its hot paths run."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.bulk import insert_rows
from shared.columns import JSON, UTCDateTime, new_metadata
from shared.tree import Tree

if TYPE_CHECKING:
    from shared.database import Transaction

metadata = new_metadata()

# Which agency is below which, as enrollment said last.
agencies = sa.Table(
    "agencies",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("parent_code", sa.String(20)),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    sa.Index("ix_agencies_parent_code", "parent_code"),
)
agency_tree = Tree(agencies)

# One row a person, from what enrollment said of them last. No national code is known here.
recipients = sa.Table(
    "recipients",
    metadata,
    sa.Column("employee_id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("full_name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("heard_at", UTCDateTime, nullable=False),
    # A duplicate that was merged: what is for it goes to the other. Erased: nothing goes to anybody, ever.
    sa.Column("merged_into", sa.Uuid),
    sa.Column("erased_at", UTCDateTime),
    sa.Index("ix_recipients_merged_into", "merged_into"),
)

# The ledger. Two unique keys make "nothing is mailed twice" true, whatever is replayed:
# the same event never queues twice, and neither does another event about the same subject (an enrollment, a
# certificate) with the same template. A later template that may be said again about one subject uses the id of
# its event as `subject_id`. `due_at` is when the sender may take the row: for one that is being sent, the end of
# its lease; `claim_id` is that sender's mark.
notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("notification_id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("template", sa.String(50), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("context", JSON, nullable=False),
    sa.Column("correlation_id", sa.String(100), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False),
    sa.Column("claim_id", sa.Uuid),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_tried_at", UTCDateTime),
    sa.Column("sent_at", UTCDateTime),
    sa.Column("last_answer", sa.String(500)),
    sa.UniqueConstraint("event_id", "employee_id", "template", name="uq_notifications_event_recipient_template"),
    sa.UniqueConstraint("employee_id", "subject_id", "template", name="uq_notifications_recipient_subject_template"),
    sa.Index(
        "ix_notifications_due",
        "due_at",
        postgresql_where=sa.text("status IN ('pending', 'deferred', 'sending')"),
        sqlite_where=sa.text("status IN ('pending', 'deferred', 'sending')"),
    ),
    sa.Index("ix_notifications_agency_code", "agency_code", "notification_id"),
)

CONFLICTS: dict[str, tuple[str, str]] = {
    "uq_notifications_event_recipient_template": ("already_notified", "This event was already told to this person."),
    "uq_notifications_recipient_subject_template": ("already_notified", "This person was already told of it."),
}


def _insert(tx: "Transaction", table: sa.Table) -> Any:
    return postgresql.insert(table) if tx.dialect == "postgresql" else sqlite.insert(table)


def hear_agencies(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or update agencies, each at most once in `rows`; one heard earlier than the stored one changes nothing."""
    insert = _insert(tx, agencies)
    newer = {name: insert.excluded[name] for name in ("parent_code", "heard_at")}
    is_newer = insert.excluded.heard_at > agencies.c.heard_at
    statement = insert.on_conflict_do_update(index_elements=["code"], set_=newer, where=is_newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["code"]))


def hear_recipients(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or update recipients; a row heard earlier than the stored one changes nothing.

    `rows` holds at most one row a person. They go in sorted, so that two replicas wait instead of deadlocking. Who was
    merged or erased stays so, whatever is heard again.
    """
    insert = _insert(tx, recipients)
    newer = {name: insert.excluded[name] for name in ("agency_code", "full_name", "email", "language", "heard_at")}
    is_newer = sa.and_(
        insert.excluded.heard_at > recipients.c.heard_at,
        recipients.c.merged_into.is_(None),
        recipients.c.erased_at.is_(None),
    )
    statement = insert.on_conflict_do_update(index_elements=["employee_id"], set_=newer, where=is_newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["employee_id"].int))


class Recipient(NamedTuple):
    """Whom to write to: the one a duplicate was merged into. Of somebody erased only the id is left."""

    employee_id: UUID
    is_erased: bool


def known_recipients(tx: "Transaction", employee_ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    """Those of the people who have been heard of. None of them is merged or erased before the transaction ends, so
    that what is written for them cannot be overlooked."""
    own, kept = recipients.c, recipients.alias("kept")
    erased = sa.or_(own.erased_at.is_not(None), kept.c.erased_at.is_not(None))
    known = (
        sa.select(own.employee_id, own.merged_into, sa.func.coalesce(erased, sa.false()).label("erased"))
        .outerjoin(kept, kept.c.employee_id == own.merged_into)
        .where(own.employee_id.in_(list(employee_ids)))
        .order_by(own.employee_id)
        .with_for_update(read=True, of=recipients)
    )
    return {row.employee_id: Recipient(row.merged_into or row.employee_id, row.erased) for row in tx.execute(known)}


def merge_recipients(tx: "Transaction", duplicate_id: UUID, employee_id: UUID, at: datetime) -> None:
    """What is for a duplicate goes to the kept person from now on, whoever that is by now; their ledger is one."""
    kept = known_recipients(tx, [employee_id]).get(employee_id, Recipient(employee_id, False))
    _put_out(tx, duplicate_id, at, merged_into=kept.employee_id)
    earlier = sa.update(recipients).where(recipients.c.merged_into == duplicate_id)
    tx.execute(earlier.values(merged_into=kept.employee_id))
    own, other = notifications.c, notifications.alias("other")
    told = sa.exists().where(
        other.c.employee_id == kept.employee_id, other.c.subject_id == own.subject_id, other.c.template == own.template
    )
    theirs = sa.update(notifications).where(own.employee_id == duplicate_id, ~told)
    tx.execute(theirs.values(employee_id=kept.employee_id))
    if kept.is_erased:
        _forget(tx, kept.employee_id)


def erase_recipient(tx: "Transaction", employee_id: UUID, at: datetime) -> None:
    """Forget a person: name, address and what was said to them go, and mails that still wait are suppressed."""
    _put_out(tx, employee_id, at, erased_at=at)
    _forget(tx, employee_id)


ERASED = {"status": "suppressed", "last_answer": "The person's data was erased.", "context": {}}


def _forget(tx: "Transaction", employee_id: UUID) -> None:
    own = notifications.c
    theirs = sa.update(notifications).where(own.employee_id == employee_id)
    tx.execute(theirs.values(context={}))
    waiting = own.status.in_(("pending", "deferred", "sending", "held"))
    tx.execute(theirs.where(waiting).values(**ERASED, claim_id=None))


def _put_out(tx: "Transaction", employee_id: UUID, at: datetime, **mark: Any) -> None:
    """Empty a recipient's row and mark it; a person not heard of yet is marked all the same."""
    nobody = {"agency_code": "", "full_name": "", "email": "", "language": "fa", "heard_at": at}
    insert = _insert(tx, recipients).values(employee_id=employee_id, **nobody, **mark)
    tx.execute(
        insert.on_conflict_do_update(index_elements=["employee_id"], set_={"full_name": "", "email": "", **mark})
    )


def queue(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert notifications, leaving out any that either unique key knows already; how many were new.

    The conflict clause names no key, so it holds for both.
    """
    return len(insert_rows(tx, notifications, rows, returning="notification_id", skip_known=True))


def claim_due(tx: "Transaction", claim_id: UUID, lease: float, limit: int) -> Sequence[sa.Row[Any]]:
    """Take up to `limit` due notifications for `lease` seconds, oldest first, with their recipients' data.

    Rows that another sender is taking at this moment are skipped, not waited for.
    """
    table = notifications.c
    due = (
        sa.select(notifications, recipients.c.full_name, recipients.c.email, recipients.c.language)
        .join(recipients, recipients.c.employee_id == table.employee_id)
        .where(table.status.in_(("pending", "deferred", "sending")), table.due_at <= tx.now)
        .order_by(table.due_at, table.notification_id)
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
    return rows


def settle(tx: "Transaction", claim_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what came of claimed notifications; one that another sender has taken since is left alone.

    Each row has settled_id, new_status, answer (None keeps the last one), new_due_at, tried_at (None when it was
    not tried), tries (1 or 0, to match) and new_sent_at.
    """
    table = notifications.c
    tried_at = sa.bindparam("tried_at", type_=UTCDateTime)
    statement = (
        sa.update(notifications)
        .where(table.notification_id == sa.bindparam("settled_id"), table.claim_id == claim_id)
        .values(
            status=sa.bindparam("new_status"),
            last_answer=sa.func.coalesce(sa.bindparam("answer", type_=sa.String), table.last_answer),
            due_at=sa.bindparam("new_due_at"),
            sent_at=sa.bindparam("new_sent_at"),
            first_tried_at=sa.func.coalesce(table.first_tried_at, tried_at),
            attempts=table.attempts + sa.bindparam("tries", type_=sa.Integer),
            claim_id=None,
        )
    )
    tx.connection().execute(statement, [dict(row) for row in rows])


def recipient(tx: "Transaction", employee_id: UUID) -> Any:
    """`employee_id` and `agency_code` of a person, or of the one they were merged into; None of nobody heard of."""
    own, kept = recipients.c, recipients.alias("kept").c
    statement = sa.select(kept.employee_id, kept.agency_code).where(own.employee_id == employee_id)
    return tx.execute(statement.where(kept.employee_id == sa.func.coalesce(own.merged_into, own.employee_id))).first()


def first_id_at(moment: datetime) -> UUID:
    """The lowest id that a notification queued at this time or later can have.

    Ids begin with their millisecond (RFC 9562, version 7), so the primary key also finds rows by age. A minute is
    allowed for a clock that was set back.
    """
    milliseconds = max(0, int((moment - timedelta(minutes=1)).timestamp() * 1000))
    return UUID(int=(milliseconds & 0xFFFFFFFFFFFF) << 80)
