"""The tables of certification."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, BigSerial, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_heard()
    _create_certificates()
    _create_delivery()


def downgrade() -> None:
    for table in ("idempotency", "inbox", "outbox", "certificates", "serial_counters", "employees", "agencies"):
        op.drop_table(table)


def _create_heard() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("heard_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_agencies"),
    )
    op.create_table(
        "employees",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("heard_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_employees"),
    )


def _create_certificates() -> None:
    op.create_table(
        "serial_counters",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", name="pk_serial_counters"),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_serial_counters_last_number")),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("serial", sa.String(50), nullable=False),
        sa.Column("verification_code", sa.String(26), nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("issued_at", UTCDateTime, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("superseded_by", sa.Uuid),
        sa.Column("revoked_on", sa.Date),
        sa.Column("reason", sa.Text),
        sa.Column("national_code", sa.String(10)),
        sa.Column("national_code_salt", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("enrollment_id", name="uq_certificates_enrollment_id"),
        sa.UniqueConstraint("serial", name="uq_certificates_serial"),
        sa.UniqueConstraint("verification_code", name="uq_certificates_verification_code"),
        sa.CheckConstraint(
            "status IN ('valid', 'superseded', 'revoked', 'expired')", name=op.f("ck_certificates_status")
        ),
    )
    op.create_index("ix_certificates_employee_id", "certificates", ["employee_id", "id"])
    op.create_index("ix_certificates_issued_at", "certificates", ["issued_at", "id"])


def _create_delivery() -> None:
    """Outbox, inbox and idempotency, as every service has them."""
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
    unpublished = sa.text("published_at IS NULL")
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["position"], postgresql_where=unpublished, sqlite_where=unpublished
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
