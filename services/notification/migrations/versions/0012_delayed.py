"""Which reports speak of a mail that is still being tried; those of before are known by their mail, which counts as
sent."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Soft ones by call speak of failures, and leave their mail sent all the same.
_FORMER = """
    UPDATE bounce_reports SET is_delayed = true WHERE kind = 'soft' AND source = 'mailbox' AND notification_id IN (
        SELECT notification_id FROM notifications WHERE status = 'sent'
    )
"""


def upgrade() -> None:
    op.add_column("bounce_reports", sa.Column("is_delayed", sa.Boolean, server_default=sa.false(), nullable=False))
    op.execute(_FORMER)


def downgrade() -> None:
    op.drop_column("bounce_reports", "is_delayed")
