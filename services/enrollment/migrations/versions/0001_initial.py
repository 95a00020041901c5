"""Agencies, employees, offerings, enrollments, and the tables of the delivery chain."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, BigSerial, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_delivery_chain()
    _create_staff()
    _create_offerings()
    _create_enrollments()


def downgrade() -> None:
    for table in ("enrollments", "offerings", "employees", "agencies", "idempotency", "inbox", "outbox"):
        op.drop_table(table)


def _create_delivery_chain() -> None:
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


def _create_staff() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", JSON, nullable=False),
        sa.Column("registered_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_agencies"),
    )
    op.create_table(
        "employees",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("national_code", sa.String(10), nullable=False),
        sa.Column("personnel_number", sa.String(20), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("is_manager", sa.Boolean, nullable=False),
        sa.Column("employment", sa.String(20), nullable=False),
        sa.Column("hired_on", sa.Date),
        sa.Column("job_title", sa.String(200)),
        sa.Column("education", sa.String(200)),
        sa.Column("registered_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_employees"),
        sa.ForeignKeyConstraint(["agency_code"], ["agencies.code"], name="fk_employees_agency_code"),
        sa.UniqueConstraint("national_code", name="uq_employees_national_code"),
        sa.UniqueConstraint("agency_code", "personnel_number", name="uq_employees_personnel_number"),
    )
    op.create_index("ix_employees_agency_code", "employees", ["agency_code", "id"])


def _create_offerings() -> None:
    op.create_table(
        "offerings",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("course_code", sa.String(50), nullable=False),
        sa.Column("course_version", sa.Integer, nullable=False),
        sa.Column("course_title", JSON, nullable=False),
        sa.Column("course_type", sa.String(20), nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("delivery_mode", sa.String(50), nullable=False),
        sa.Column("min_attendance", sa.Double, nullable=False),
        sa.Column("pass_mark", sa.Double, nullable=False),
        sa.Column("prerequisites", JSON, nullable=False),
        sa.Column("leads_to_degree", sa.Boolean, nullable=False),
        sa.Column("refresh_every_months", sa.Integer),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("enrollment_closes_on", sa.Date, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("min_seats", sa.Integer, nullable=False),
        sa.Column("waitlist_limit", sa.Integer, nullable=False),
        sa.Column("open_to", JSON, nullable=False),
        sa.Column("approval", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("cancel_reason", sa.Text),
        sa.Column("seats_taken", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("last_waiting_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offerings"),
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name=op.f("ck_offerings_seats")),
        sa.CheckConstraint("waiting >= 0 AND waiting <= waitlist_limit", name=op.f("ck_offerings_waiting")),
        sa.CheckConstraint("status IN ('open', 'cancelled')", name=op.f("ck_offerings_status")),
    )
    op.create_index("ix_offerings_course_code", "offerings", ["course_code"])


def _create_enrollments() -> None:
    statuses = "'requested', 'waitlisted', 'confirmed', 'completed', 'failed', 'withdrawn', 'rejected', 'cancelled'"
    op.create_table(
        "enrollments",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("waiting_number", sa.Integer),
        sa.Column("enrolled_at", UTCDateTime, nullable=False),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.Column("attended_hours", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("completed_on", sa.Date),
        sa.Column("completed_at", UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_enrollments"),
        sa.ForeignKeyConstraint(["employee_id"], ["employees.id"], name="fk_enrollments_employee_id"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.id"], name="fk_enrollments_offering_id"),
        sa.UniqueConstraint("employee_id", "offering_id", name="uq_enrollments_employee"),
        sa.UniqueConstraint("offering_id", "waiting_number", name="uq_enrollments_waiting_number"),
        sa.CheckConstraint(f"status IN ({statuses})", name=op.f("ck_enrollments_status")),
        sa.CheckConstraint(
            "(status = 'waitlisted') = (waiting_number IS NOT NULL)", name=op.f("ck_enrollments_waiting_number")
        ),
        sa.CheckConstraint(
            "(status = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_enrollments_completed_at")
        ),
    )
    op.create_index("ix_enrollments_offering_id", "enrollments", ["offering_id", "id"])
    completed = sa.text("completed_at IS NOT NULL")
    op.create_index(
        "ix_enrollments_completed_at",
        "enrollments",
        ["completed_at", "id"],
        postgresql_where=completed,
        sqlite_where=completed,
    )
