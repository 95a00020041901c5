"""Which revision of a plan everybody was told of: nothing was said of those approved before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "ix_annual_plans_untold"
UNTOLD = "approved_revision IS NOT NULL AND (told_revision IS NULL OR told_revision < approved_revision)"


def upgrade() -> None:
    op.add_column("annual_plans", sa.Column("told_revision", sa.Integer))
    op.create_index(
        INDEX,
        "annual_plans",
        ["agency_code", "jalali_year"],
        postgresql_where=sa.text(UNTOLD),
        sqlite_where=sa.text(UNTOLD),
    )


def downgrade() -> None:
    op.drop_index(INDEX, "annual_plans")
    with op.batch_alter_table("annual_plans") as batch:
        batch.drop_column("told_revision")
