"""Which letter had which Message-ID, and an index of what did not reach anybody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

UNREACHED = sa.text("status IN ('deferred', 'bounced', 'suppressed', 'held')")


def upgrade() -> None:
    op.add_column("letters", sa.Column("message_id", sa.String(320)))
    op.create_index(
        "ix_notifications_unreached",
        "notifications",
        ["agency_code", "notification_id"],
        postgresql_where=UNREACHED,
        sqlite_where=UNREACHED,
    )


def downgrade() -> None:
    op.drop_index("ix_notifications_unreached", "notifications")
    op.drop_column("letters", "message_id")
