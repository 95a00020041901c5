"""Whether the certificate of an offering waits for the reaction form."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default stays: the release before this one opens offerings without the column while it still serves.
    op.add_column(
        "offerings", sa.Column("form_before_certificate", sa.Boolean, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    with op.batch_alter_table("offerings") as batch:
        batch.drop_column("form_before_certificate")
