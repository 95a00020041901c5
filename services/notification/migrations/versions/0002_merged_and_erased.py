"""People whose registrations were merged, and people whose data was erased."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipients", sa.Column("merged_into", sa.Uuid))
    op.add_column("recipients", sa.Column("erased_at", UTCDateTime))
    op.create_index("ix_recipients_merged_into", "recipients", ["merged_into"])


def downgrade() -> None:
    op.drop_index("ix_recipients_merged_into", "recipients")
    op.drop_column("recipients", "erased_at")
    op.drop_column("recipients", "merged_into")
