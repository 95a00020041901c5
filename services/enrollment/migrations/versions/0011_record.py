"""The training record: entries, numbers of certificates, uses of hours, and each person's years."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TYPES = ("induction", "job", "general_ability", "cultural", "managerial")


def upgrade() -> None:
    op.create_table(
        "training_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("line_id", sa.Uuid, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("reverses", sa.Uuid),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("course_code", sa.String(50)),
        sa.Column("course_version", sa.Integer),
        sa.Column("course_title", JSON, nullable=False),
        sa.Column("course_type", sa.String(20), nullable=False),
        sa.Column("original_type", sa.String(100)),
        sa.Column("delivery_mode", sa.String(50)),
        sa.Column("provider_code", sa.String(50)),
        sa.Column("provider_name", JSON),
        sa.Column("permit", JSON),
        sa.Column("refresh_every_months", sa.Integer),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("starts_on", sa.Date),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.CheckConstraint("source IN ('own', 'recognised', 'past')", name="ck_training_entries_source"),
        sa.CheckConstraint(f"course_type IN {TYPES}", name="ck_training_entries_course_type"),
        sa.CheckConstraint("hours >= 0", name="ck_training_entries_hours"),
    )
    op.create_index("ix_training_entries_employee_id", "training_entries", ["employee_id", "course_code"])
    op.create_index("ix_training_entries_line_id", "training_entries", ["line_id", "id"])
    op.create_index("ix_training_entries_agency_code", "training_entries", ["agency_code", "jalali_year", "id"])
    op.create_index(
        "uq_training_entries_reverses",
        "training_entries",
        ["reverses"],
        unique=True,
        postgresql_where=sa.text("reverses IS NOT NULL"),
        sqlite_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_table(
        "line_certificates",
        sa.Column("certificate_id", sa.Uuid, primary_key=True),
        sa.Column("line_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("serial", sa.String(100), nullable=False),
        sa.Column("issued_at", UTCDateTime, nullable=False),
        sa.Column("replaces_serial", sa.String(100)),
        sa.Column("revoked_on", sa.Date),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_line_certificates_line_id", "line_certificates", ["line_id"])
    op.create_table(
        "hour_uses",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("line_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("detail", sa.String(50)),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("reference_id", sa.Uuid),
        sa.Column("used_on", sa.Date, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("withdrawn_at", UTCDateTime),
        sa.CheckConstraint("purpose IN ('rank', 'type2', 'early_step')", name="ck_hour_uses_purpose"),
    )
    op.create_index("ix_hour_uses_employee_id", "hour_uses", ["employee_id", "id"])
    op.create_index("ix_hour_uses_reference_id", "hour_uses", ["reference_id"])
    op.create_index(
        "uq_hour_uses_line_id",
        "hour_uses",
        ["line_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        sqlite_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "person_years",
        sa.Column("employee_id", sa.Uuid, primary_key=True),
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
        *(sa.Column(f"{kind}_hours", sa.Double, nullable=False, server_default="0") for kind in TYPES),
        sa.Column("staff_group", sa.String(20)),
        sa.Column("days", sa.Integer, nullable=False, server_default="0"),
        sa.Column("required_hours", sa.Double, nullable=False, server_default="0"),
        sa.CheckConstraint("staff_group IN ('manager', 'staff', 'contract')", name="ck_person_years_staff_group"),
    )
    op.create_index("ix_person_years_agency_code", "person_years", ["agency_code", "jalali_year", "employee_id"])


def downgrade() -> None:
    for name in ("person_years", "hour_uses", "line_certificates", "training_entries"):
        op.drop_table(name)
