"""The signed essentials that the QR code of a certificate carries; earlier ones get theirs when they are printed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificates", sa.Column("essentials", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("certificates", "essentials")
