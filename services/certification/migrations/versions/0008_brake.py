"""The brake: what is counted in an hour, what is held; records of the past; who is written to."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuance_hours",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("hour", UTCDateTime, nullable=False),
        sa.Column("issued", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "hour", name="pk_issuance_hours"),
    )
    _create_held_completions()
    _create_past_records()
    op.add_column("certificates", sa.Column("mail", sa.Boolean, nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("certificates", "mail")
    for name in ("past_records", "held_completions", "issuance_hours"):
        op.drop_table(name)


def _create_held_completions() -> None:
    op.create_table(
        "held_completions",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("completed_at", UTCDateTime, nullable=False),
        sa.Column("held_at", UTCDateTime, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("correlation_id", sa.String(100), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("corrected_at", UTCDateTime),
        sa.Column("mail", sa.Boolean, nullable=False),
        sa.Column("decided_at", UTCDateTime),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint(
            "status IN ('held', 'released', 'issued', 'dropped')", name=op.f("ck_held_completions_status")
        ),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_held_completions"),
    )
    columns = ["agency_code", "status", "completed_at", "enrollment_id"]
    op.create_index("ix_held_completions_agency_code", "held_completions", columns)
    op.create_index("ix_held_completions_status", "held_completions", ["status", "completed_at", "enrollment_id"])
    op.create_index("ix_held_completions_employee_id", "held_completions", ["employee_id"])


def _create_past_records() -> None:
    op.create_table(
        "past_records",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("imported_at", UTCDateTime, nullable=False),
        sa.Column("imported_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "reference", name="pk_past_records"),
        sa.UniqueConstraint("enrollment_id", name="uq_past_records_enrollment_id"),
    )
