"""Webhooks: whose each message is, how the other side does, and until when a former secret holds."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITING = "status IN ('pending', 'deferred', 'sending')"
FORMER_DUE = sa.text(f"{WAITING} AND cadence IS NULL")
DUE = sa.text(f"{WAITING} AND cadence IS NULL AND channel <> 'webhook'")
FOR_WEBHOOK = sa.text(f"channel = 'webhook' AND {WAITING}")


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("former_until", UTCDateTime),
        sa.Column("failures", sa.Integer, server_default="0", nullable=False),
        sa.Column("failing_since", UTCDateTime),
        sa.Column("rests_until", UTCDateTime),
        sa.Column("last_taken_at", UTCDateTime),
        sa.Column("last_trouble", sa.String(500)),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("webhooks", column)
    op.add_column("notifications", sa.Column("webhook_agency", sa.String(20)))
    _index("ix_notifications_due", ["priority", "due_at", "notification_id"], DUE)
    _index("ix_notifications_in_order", ["webhook_agency", "employee_id", "notification_id"], FOR_WEBHOOK)
    op.create_index(
        "ix_notifications_webhook_due",
        "notifications",
        ["webhook_agency", "due_at", "notification_id"],
        postgresql_where=FOR_WEBHOOK,
        sqlite_where=FOR_WEBHOOK,
    )


def _index(name: str, columns: list[str], condition: sa.TextClause) -> None:
    """An index that there is already, over other columns or rows."""
    op.drop_index(name, "notifications")
    op.create_index(name, "notifications", columns, postgresql_where=condition, sqlite_where=condition)


def downgrade() -> None:
    op.drop_index("ix_notifications_webhook_due", "notifications")
    _index("ix_notifications_due", ["priority", "due_at", "notification_id"], FORMER_DUE)
    _index("ix_notifications_in_order", ["employee_id", "notification_id"], FOR_WEBHOOK)
    op.drop_column("notifications", "webhook_agency")
    for column in _columns():
        op.drop_column("webhooks", column.name)
