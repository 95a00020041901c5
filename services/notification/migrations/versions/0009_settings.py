"""Whether certificates are attached may be left to the agency above."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agency_settings") as table:
        table.alter_column("attach_certificates", existing_type=sa.Boolean(), nullable=True, server_default=None)


def downgrade() -> None:
    op.execute("UPDATE agency_settings SET attach_certificates = true WHERE attach_certificates IS NULL")
    with op.batch_alter_table("agency_settings") as table:
        table.alter_column("attach_certificates", existing_type=sa.Boolean(), nullable=False, server_default=sa.true())
