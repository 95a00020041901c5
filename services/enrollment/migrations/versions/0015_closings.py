"""Closed years of agencies, shortfalls that were told, recomputations, and ranks that were decided."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "year_closings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("closed_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("policies", JSON, nullable=False),
        sa.Column("people", sa.Integer, nullable=False, server_default="0"),
        sa.Column("parts_said", sa.Integer, nullable=False, server_default="0"),
        sa.Column("cursor", sa.Uuid),
        sa.Column("basis", sa.Integer),
        sa.Column("compared", JSON),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("try_after", UTCDateTime),
        sa.Column("done_at", UTCDateTime),
        sa.UniqueConstraint("agency_code", "jalali_year", "revision", name="uq_year_closings_revision"),
        sa.CheckConstraint(
            "state IN ('counting', 'saying', 'done') AND revision IS NOT NULL"
            " OR state IN ('previewing', 'preview', 'discarded') AND revision IS NULL",
            name="ck_year_closings_state",
        ),
    )
    previews = where("state IN ('previewing', 'preview')")
    op.create_index(
        "uq_year_closings_preview", "year_closings", ["agency_code", "jalali_year"], unique=True, **previews
    )
    running = where("state NOT IN ('preview', 'done')")
    op.create_index("ix_year_closings_running", "year_closings", ["agency_code"], **running)
    op.create_table(
        "closed_hours",
        sa.Column("closing_id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, primary_key=True),
        sa.Column("personnel_number", sa.String(20)),
        sa.Column("staff_group", sa.String(20)),
        sa.Column("days", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.Double, nullable=False)
            for name in ("hours", "required_hours", "counted_hours", "points")
        ),
    )
    op.create_index("ix_closed_hours_employee_id", "closed_hours", ["employee_id"])
    op.create_table(
        "hours_shortfalls",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("occasion", sa.String(20), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("hours", "required_hours", "missing_hours")),
        sa.Column("told_at", UTCDateTime, nullable=False),
        sa.UniqueConstraint("employee_id", "jalali_year", "occasion", name="uq_hours_shortfalls_employee_id"),
    )
    op.create_table(
        "shortfall_rounds",
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("occasion", sa.String(20), primary_key=True),
        sa.Column("cursor", sa.Uuid),
        sa.Column("done_at", UTCDateTime),
    )
    op.create_table(
        "hours_recomputations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agency_code", sa.String(20)),
        sa.Column("jalali_year", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("requested_at", UTCDateTime, nullable=False),
        sa.Column("cursor", sa.Uuid),
        sa.Column("marked", sa.Integer, nullable=False, server_default="0"),
        sa.Column("done_at", UTCDateTime),
    )
    op.create_index("ix_hours_recomputations_running", "hours_recomputations", ["id"], **where("done_at IS NULL"))
    op.create_table(
        "rank_decisions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("rank", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20)),
        sa.Column("scheme", sa.String(20), nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("decision_number", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("override_reason", sa.Text),
        sa.Column("criteria", JSON, nullable=False),
        sa.Column("policies", JSON, nullable=False),
        sa.Column("hours", sa.Double, nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("withdrawn_at", UTCDateTime),
        sa.Column("withdrawn_by", sa.String(100)),
        sa.Column("withdrawal_reason", sa.Text),
    )
    op.create_index("ix_rank_decisions_employee_id", "rank_decisions", ["employee_id", "id"])
    stands = where("withdrawn_at IS NULL")
    op.create_index("uq_rank_decisions_rank", "rank_decisions", ["employee_id", "rank"], unique=True, **stands)


def downgrade() -> None:
    for name in (
        "rank_decisions",
        "hours_recomputations",
        "shortfall_rounds",
        "hours_shortfalls",
        "closed_hours",
        "year_closings",
    ):
        op.drop_table(name)
