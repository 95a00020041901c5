"""Since when a notification waits for the file that goes along with it."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("waiting_since", UTCDateTime))


def downgrade() -> None:
    op.drop_column("notifications", "waiting_since")
