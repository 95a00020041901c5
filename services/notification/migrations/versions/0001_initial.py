"""Recipients, the ledger of notifications, and the tables every service has."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, BigSerial, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNPUBLISHED = sa.text("published_at IS NULL")
ACTIVE = sa.text("status IN ('pending', 'deferred', 'sending')")


def upgrade() -> None:
    _create_delivery_tables()
    op.create_table(
        "recipients",
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("heard_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("employee_id", name="pk_recipients"),
    )
    op.create_table(
        "notifications",
        sa.Column("notification_id", sa.Uuid, nullable=False),
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
        sa.PrimaryKeyConstraint("notification_id", name="pk_notifications"),
        sa.UniqueConstraint("event_id", "employee_id", "template", name="uq_notifications_event_recipient_template"),
        sa.UniqueConstraint(
            "employee_id", "subject_id", "template", name="uq_notifications_recipient_subject_template"
        ),
    )
    op.create_index("ix_notifications_due", "notifications", ["due_at"], postgresql_where=ACTIVE, sqlite_where=ACTIVE)


def _create_delivery_tables() -> None:
    op.create_table(
        "outbox",
        sa.Column("position", BigSerial, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.String(100), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("occurred_at", UTCDateTime, nullable=False),
        sa.Column("published_at", UTCDateTime),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["position"], postgresql_where=UNPUBLISHED, sqlite_where=UNPUBLISHED
    )
    op.create_index("ix_outbox_occurred_at", "outbox", ["occurred_at"])
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("handler", sa.String(100), nullable=False),
        sa.Column("received_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name="pk_inbox"),
    )
    op.create_table(
        "idempotency",
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("method", sa.String(100), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("reply", JSON),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("system", "method", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])


def downgrade() -> None:
    for table in ("notifications", "recipients", "idempotency", "inbox", "outbox"):
        op.drop_table(table)
