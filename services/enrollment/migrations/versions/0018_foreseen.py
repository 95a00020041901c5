"""What is due of whom, who was told of it, and candidates for posts. Items are worked out by the service at its first
start: its walk through everybody begins whenever the rules are not those of the last one."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due_marks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, nullable=False),
    )
    op.create_table(
        "due_items",
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), primary_key=True),
        sa.Column("cause", sa.String(20), primary_key=True),
        sa.Column("code", sa.String(50), primary_key=True),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("is_programme", sa.Boolean, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("sorted_on", sa.Date, nullable=False),
        sa.Column("opens_on", sa.Date),
        sa.Column("begun", sa.Boolean, nullable=False),
        sa.Column("told", sa.Integer),
        sa.Column("next_notice_on", sa.Date),
        sa.CheckConstraint(
            "cause IN ('induction', 'compulsory', 'renewal', 'pre_appointment')", name="ck_due_items_cause"
        ),
    )
    op.create_index("ix_due_items_agency_code", "due_items", ["agency_code", "sorted_on", "employee_id"])
    op.create_index("ix_due_items_sorted_on", "due_items", ["sorted_on", "employee_id"])
    op.create_index(
        "ix_due_items_next_notice_on",
        "due_items",
        ["next_notice_on"],
        postgresql_where=sa.text("next_notice_on IS NOT NULL"),
        sqlite_where=sa.text("next_notice_on IS NOT NULL"),
    )
    op.create_table(
        "due_notices",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("code", sa.String(50), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("occasion", sa.Integer, nullable=False),
        sa.Column("told_at", UTCDateTime, nullable=False),
        sa.UniqueConstraint("employee_id", "cause", "code", "due_on", "occasion", name="uq_due_notices_employee_id"),
    )
    op.create_table(
        "due_sweep",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("swept_to", sa.Uuid),
        sa.Column("finished_at", UTCDateTime),
    )
    op.create_table(
        "candidacies",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("post_title", sa.String(200), nullable=False),
        sa.Column("post_level", sa.String(20)),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("appoint_on", sa.Date),
        sa.Column("until_day", sa.Date),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name="ck_candidacies_days"),
    )
    op.create_index("ix_candidacies_employee_id", "candidacies", ["employee_id", "id"])
    op.create_index(
        "uq_candidacies_running",
        "candidacies",
        ["employee_id", "post_title"],
        unique=True,
        postgresql_where=sa.text("until_day IS NULL"),
        sqlite_where=sa.text("until_day IS NULL"),
    )
    op.create_index("ix_offerings_enrollment_closes_on", "offerings", ["enrollment_closes_on"])


def downgrade() -> None:
    op.drop_index("ix_offerings_enrollment_closes_on", "offerings")
    for name in ("candidacies", "due_sweep", "due_notices", "due_items", "due_marks"):
        op.drop_table(name)
