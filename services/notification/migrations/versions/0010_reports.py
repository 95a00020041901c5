"""Which letter had which Message-ID, an index of what did not reach anybody, and why earlier releases held anything."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNREACHED = sa.text("status IN ('deferred', 'bounced', 'suppressed', 'held')")


def upgrade() -> None:
    op.add_column("letters", sa.Column("message_id", sa.String(320)))
    op.execute("UPDATE notifications SET reason = 'cannot_be_made' WHERE status = 'held' AND reason IS NULL")
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
