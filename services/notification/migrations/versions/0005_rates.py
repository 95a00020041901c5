"""How many mails a minute go to a domain and out of an agency; the order of what is due by its index alone."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DUE = sa.text("status IN ('pending', 'deferred', 'sending') AND cadence IS NULL")


def upgrade() -> None:
    op.create_table(
        "rates",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("next_at", UTCDateTime, nullable=False),
        sa.Column("queue_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rates"),
    )
    op.add_column("notifications", sa.Column("turn_at", UTCDateTime))
    _index(["priority", "due_at", "notification_id"])


def downgrade() -> None:
    _index(["priority", "due_at"])
    op.drop_column("notifications", "turn_at")
    op.drop_table("rates")


def _index(columns: list[str]) -> None:
    name = "ix_notifications_due"
    op.drop_index(name, "notifications")
    op.create_index(name, "notifications", columns, postgresql_where=DUE, sqlite_where=DUE)
