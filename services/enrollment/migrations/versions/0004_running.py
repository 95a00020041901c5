"""Hours of sessions and scores of assessments."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("session", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("excuse", sa.String(30)),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "session", name="pk_attendance"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_attendance_enrollment_id"),
    )
    op.create_table(
        "assessment_scores",
        sa.Column("enrollment_id", sa.Uuid, nullable=False),
        sa.Column("assessment", sa.String(50), nullable=False),
        sa.Column("sitting", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "assessment", "sitting", name="pk_assessment_scores"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name="fk_assessment_scores_enrollment_id"),
    )


def downgrade() -> None:
    op.drop_table("assessment_scores")
    op.drop_table("attendance")
