"""Courses, offerings, known agencies, and the tables of the delivery chain."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, BigSerial, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UNPUBLISHED = sa.text("published_at IS NULL")
_DRAFTS = sa.text("status = 'draft'")


def upgrade() -> None:
    _create_delivery_tables()
    _create_courses()
    _create_offerings()
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_agencies"),
    )


def downgrade() -> None:
    for table in ("agencies", "offering_agencies", "offerings", "course_versions", "idempotency", "inbox", "outbox"):
        op.drop_table(table)


def _create_courses() -> None:
    op.create_table(
        "course_versions",
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("course_type", sa.String(20), nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("hours_source", sa.String(200)),
        sa.Column("delivery_mode", sa.String(20), nullable=False),
        sa.Column("completion_rule", JSON, nullable=False),
        sa.Column("prerequisites", JSON, nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("legal_references", JSON, nullable=False),
        sa.Column("leads_to_degree", sa.Boolean, nullable=False),
        sa.Column("refresh_every_months", sa.Integer),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("published_at", UTCDateTime),
        sa.PrimaryKeyConstraint("course_code", "version", name="pk_course_versions"),
    )
    op.create_index(
        "uq_course_versions_draft",
        "course_versions",
        ["course_code"],
        unique=True,
        postgresql_where=_DRAFTS,
        sqlite_where=_DRAFTS,
    )


def _create_offerings() -> None:
    op.create_table(
        "offerings",
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("course_version", sa.Integer, nullable=False),
        sa.Column("course_title", JSON, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("enrollment_closes_on", sa.Date, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("min_seats", sa.Integer, nullable=False),
        sa.Column("waitlist_limit", sa.Integer, nullable=False),
        sa.Column("open_to", sa.String(10), nullable=False),
        sa.Column("approval", sa.String(20), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("cancelled_at", UTCDateTime),
        sa.Column("cancel_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("offering_id", name="pk_offerings"),
        sa.ForeignKeyConstraint(
            ["course_code", "course_version"],
            ["course_versions.course_code", "course_versions.version"],
            name="fk_offerings_course_versions",
        ),
    )
    op.create_index("ix_offerings_agency_code", "offerings", ["agency_code"])
    op.create_table(
        "offering_agencies",
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("offering_id", "agency_code", name="pk_offering_agencies"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.offering_id"], name="fk_offering_agencies_offerings"),
    )
    op.create_index("ix_offering_agencies_agency_code", "offering_agencies", ["agency_code"])


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
        "ix_outbox_unpublished", "outbox", ["position"], postgresql_where=_UNPUBLISHED, sqlite_where=_UNPUBLISHED
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
