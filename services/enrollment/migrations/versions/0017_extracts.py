"""Extracts of training records that were asked for."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_extracts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("as_of", UTCDateTime, nullable=False),
        sa.Column("requested_at", UTCDateTime, nullable=False),
        sa.Column("requested_by", sa.String(100), nullable=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_record_extracts_employee_id", "record_extracts", ["employee_id", "id"])


def downgrade() -> None:
    op.drop_table("record_extracts")
