"""What certificates say of an offering and only the catalog knows."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offerings", sa.Column("certificate_template", sa.String(50)))
    op.add_column("offerings", sa.Column("permit", JSON))
    op.add_column("offerings", sa.Column("provider_accreditation", JSON))


def downgrade() -> None:
    with op.batch_alter_table("offerings") as batch:
        for name in ("provider_accreditation", "permit", "certificate_template"):
            batch.drop_column(name)
