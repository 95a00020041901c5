"""Applications for type-2 certificates."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = (
    "applied",
    "returned",
    "accepted",
    "exam_failed",
    "exam_passed",
    "awarded",
    "refused",
    "withdrawn",
    "revoked",
)
RUNNING = "state IN ('applied', 'returned', 'accepted', 'exam_failed', 'exam_passed')"


def upgrade() -> None:
    op.create_table(
        "type2_applications",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("level", sa.String(30), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("applied_on", sa.Date, nullable=False),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.Column("minutes_number", sa.String(100)),
        sa.Column("minutes_on", sa.Date),
        sa.Column("exam_score", sa.Double),
        sa.Column("exam_on", sa.Date),
        sa.Column("research_title", sa.String(300)),
        sa.Column("research_hours", sa.Double),
        sa.Column("research_on", sa.Date),
        sa.Column("committee", JSON),
        sa.Column("committee_system", sa.String(100)),
        sa.Column("organisation", JSON),
        sa.Column("organisation_system", sa.String(100)),
        sa.Column("award_id", sa.Uuid),
        sa.Column("awarded_on", sa.Date),
        sa.Column("counted_hours", sa.Double),
        sa.Column("job_side_hours", sa.Double),
        sa.Column("policies", JSON),
        sa.UniqueConstraint("award_id", name="uq_type2_applications_award_id"),
        sa.CheckConstraint(f"state IN {STATES}", name="ck_type2_applications_state"),
        sa.CheckConstraint(
            "(state IN ('awarded', 'revoked')) = (award_id IS NOT NULL)", name="ck_type2_applications_award"
        ),
    )
    op.create_index("ix_type2_applications_agency_code", "type2_applications", ["agency_code", "id"])
    op.create_index("ix_type2_applications_employee_id", "type2_applications", ["employee_id", "id"])
    op.create_index(
        "uq_type2_applications_running",
        "type2_applications",
        ["employee_id"],
        unique=True,
        postgresql_where=sa.text(RUNNING),
        sqlite_where=sa.text(RUNNING),
    )
    op.create_table(
        "type2_sittings",
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("type2_applications.id"), primary_key=True),
        sa.Column("sat_on", sa.Date, primary_key=True),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("pass_mark", sa.Double, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
    )
    op.create_table(
        "type2_moves",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("type2_applications.id"), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20)),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("officer_id", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("details", JSON),
    )
    op.create_index("ix_type2_moves_application_id", "type2_moves", ["application_id", "id"])


def downgrade() -> None:
    for name in ("type2_moves", "type2_sittings", "type2_applications"):
        op.drop_table(name)
