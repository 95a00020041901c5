"""Recognitions of what others taught."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('requested', 'accepted')")
STATUSES = ("requested", "accepted", "refused", "withdrawn", "reversed")
TYPES = ("induction", "job", "general_ability", "cultural", "managerial")


def upgrade() -> None:
    op.create_table(
        "recognitions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("employer", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("hours", sa.Double),
        sa.Column("course_code", sa.String(50)),
        sa.Column("course_type", sa.String(20), nullable=False),
        sa.Column("original_type", sa.String(100)),
        sa.Column("delivery_mode", sa.String(50)),
        sa.Column("provider_name", JSON, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("permit", JSON),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("evidence_key", sa.String(400)),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("requested_at", UTCDateTime, nullable=False),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("decided_at", UTCDateTime),
        sa.Column("minutes_number", sa.String(100)),
        sa.Column("decision_reason", sa.Text),
        sa.Column("ended_by", sa.String(100)),
        sa.Column("ended_at", UTCDateTime),
        sa.Column("end_reason", sa.Text),
        sa.CheckConstraint(f"status IN {STATUSES}", name="ck_recognitions_status"),
        sa.CheckConstraint(f"course_type IN {TYPES}", name="ck_recognitions_course_type"),
        sa.CheckConstraint("(hours IS NOT NULL) = (status IN ('accepted', 'reversed'))", name="ck_recognitions_hours"),
    )
    op.create_index("ix_recognitions_agency_code", "recognitions", ["agency_code", "id"])
    op.create_index("ix_recognitions_employee_id", "recognitions", ["employee_id", "id"])
    op.create_index(
        "uq_recognitions_evidence_key",
        "recognitions",
        ["employee_id", "evidence_key"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("recognitions")
