"""The kind of a certificate, and which past records were told to those who keep training records.

What an earlier release issued is of a course. Of its past records nobody was told: a timer does so after the start.
"""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    op.add_column("certificates", sa.Column("kind", sa.String(5), nullable=False, server_default="type1"))
    op.add_column("past_records", sa.Column("told_at", UTCDateTime))
    op.create_index(
        "ix_past_records_untold",
        "past_records",
        ["agency_code", "reference"],
        postgresql_where=UNTOLD,
        sqlite_where=UNTOLD,
    )


def downgrade() -> None:
    op.drop_index("ix_past_records_untold", "past_records")
    op.drop_column("past_records", "told_at")
    op.drop_column("certificates", "kind")
