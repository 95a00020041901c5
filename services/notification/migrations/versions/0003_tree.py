"""The tree of agencies, and the ledger's entries of some of them in their order."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("parent_code", sa.String(20)),
        sa.Column("heard_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_agencies"),
    )
    op.create_index("ix_agencies_parent_code", "agencies", ["parent_code"])
    op.create_index("ix_notifications_agency_code", "notifications", ["agency_code", "notification_id"])


def downgrade() -> None:
    op.drop_index("ix_notifications_agency_code", "notifications")
    op.drop_table("agencies")
