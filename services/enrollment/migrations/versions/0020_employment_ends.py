"""When the end of a period of employment was recorded. Of ends that are there already it is not known."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("employment_periods", sa.Column("end_recorded_at", UTCDateTime))


def downgrade() -> None:
    op.drop_column("employment_periods", "end_recorded_at")
