"""What certificates say of an offering: its permit, and the provider's accreditation on its days."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("permit", "provider_accreditation")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("offerings", sa.Column(name, JSON))


def downgrade() -> None:
    with op.batch_alter_table("offerings") as batch:
        for name in reversed(COLUMNS):
            batch.drop_column(name)
