"""Type-2 certificates that people received before this system: until now they could not be recorded."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STANDING = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "past_type2",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, sa.ForeignKey("employees.id"), nullable=False),
        sa.Column("level", sa.String(30), nullable=False),
        sa.Column("certificate_number", sa.String(100), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("withdrawn_at", UTCDateTime),
        sa.Column("withdrawn_by", sa.String(100)),
        sa.Column("withdrawal_reason", sa.Text),
    )
    op.create_index("ix_past_type2_employee_id", "past_type2", ["employee_id", "id"])
    op.create_index(
        "uq_past_type2_standing",
        "past_type2",
        ["employee_id"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )


def downgrade() -> None:
    op.drop_table("past_type2")
