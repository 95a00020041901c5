"""How many mails a minute go to a domain and out of an agency."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rates",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("next_at", UTCDateTime, nullable=False),
        sa.Column("queue_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rates"),
    )
    op.add_column("notifications", sa.Column("turn_at", UTCDateTime))


def downgrade() -> None:
    op.drop_column("notifications", "turn_at")
    op.drop_table("rates")
