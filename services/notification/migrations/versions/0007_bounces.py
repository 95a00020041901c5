"""Reports keep the address that they speak of; what was given up is told to officers; who sent something again."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    op.add_column("bounce_reports", sa.Column("address", sa.String(254)))
    op.create_index("ix_bounce_reports_address", "bounce_reports", ["address", "received_at"])
    op.create_index("ix_bounce_reports_received_at", "bounce_reports", ["received_at", "report_id"])
    op.add_column("suppressions", sa.Column("suppressed_by", sa.String(100)))
    op.add_column("suppressions", sa.Column("told_at", UTCDateTime))
    op.create_index(
        "ix_suppressions_untold", "suppressions", ["suppressed_at"], postgresql_where=UNTOLD, sqlite_where=UNTOLD
    )
    op.create_index("ix_suppressions_address", "suppressions", ["address", "suppression_id"])
    op.create_index("ix_recipients_address", "recipients", [sa.text("lower(email)")])
    op.create_table(
        "resends",
        sa.Column("notification_id", sa.Uuid, primary_key=True),
        sa.Column("decided_at", UTCDateTime, primary_key=True),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("resends")
    op.drop_index("ix_recipients_address", "recipients")
    op.drop_index("ix_suppressions_address", "suppressions")
    op.drop_index("ix_suppressions_untold", "suppressions")
    op.drop_column("suppressions", "told_at")
    op.drop_column("suppressions", "suppressed_by")
    op.drop_index("ix_bounce_reports_received_at", "bounce_reports")
    op.drop_index("ix_bounce_reports_address", "bounce_reports")
    op.drop_column("bounce_reports", "address")
