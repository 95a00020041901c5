"""Annual plans, what was done for them, and numbers that are data."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("confidence", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("key", "effective_from", "edition", name="pk_policies"),
    )
    _create_plans()
    _create_plan_steps()
    op.create_table(
        "training_done",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("course_code", sa.String(30), nullable=False),
        sa.Column("course_type", sa.String(20), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "course_code", "course_type", name="pk_training_done"),
    )


def downgrade() -> None:
    for table in ("training_done", "annual_plan_steps", "annual_plan_revisions", "annual_plans", "policies"):
        op.drop_table(table)


def _create_plans() -> None:
    op.create_table(
        "annual_plans",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("edit", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("approved_revision", sa.Integer),
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", name="pk_annual_plans"),
    )
    op.create_index("ix_annual_plans_jalali_year", "annual_plans", ["jalali_year", "agency_code"])
    op.create_table(
        "annual_plan_revisions",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("headcount", JSON, nullable=False),
        sa.Column("needs", JSON, nullable=False),
        sa.Column("planned_offerings", JSON, nullable=False),
        sa.Column("budget", sa.BigInteger, nullable=False),
        sa.Column("saved_at", UTCDateTime, nullable=False),
        sa.Column("saved_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "revision", name="pk_annual_plan_revisions"),
        sa.ForeignKeyConstraint(
            ["agency_code", "jalali_year"],
            ["annual_plans.agency_code", "annual_plans.jalali_year"],
            name="fk_annual_plan_revisions_annual_plans",
        ),
    )


def _create_plan_steps() -> None:
    revisions = "annual_plan_revisions"
    key = ["agency_code", "jalali_year", "revision"]
    op.create_table(
        "annual_plan_steps",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("edit", sa.Integer, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(1000)),
        sa.Column("minutes_number", sa.String(50)),
        sa.Column("minutes_on", sa.Date),
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "number", name="pk_annual_plan_steps"),
        sa.ForeignKeyConstraint(
            key, [f"{revisions}.{column}" for column in key], name="fk_annual_plan_steps_annual_plan_revisions"
        ),
    )
