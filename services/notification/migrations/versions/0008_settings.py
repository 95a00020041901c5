"""Whether certificates are attached may be left to the agency above; room for all words of a cadence."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agency_settings") as table:
        table.alter_column("attach_certificates", existing_type=sa.Boolean(), nullable=True, server_default=None)
    _cadence(sa.String(10), sa.String(20))


def _cadence(before: sa.String, after: sa.String) -> None:
    with op.batch_alter_table("preferences") as table:
        table.alter_column(
            "cadence", existing_type=before, type_=after, existing_nullable=False, existing_server_default="immediately"
        )


def downgrade() -> None:
    op.execute("DELETE FROM preferences WHERE length(cadence) > 10")  # it could hold none of them
    _cadence(sa.String(20), sa.String(10))
    op.execute("UPDATE agency_settings SET attach_certificates = true WHERE attach_certificates IS NULL")
    with op.batch_alter_table("agency_settings") as table:
        table.alter_column("attach_certificates", existing_type=sa.Boolean(), nullable=False, server_default=sa.true())
