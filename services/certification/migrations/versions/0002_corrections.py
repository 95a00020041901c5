"""Several certificates of one enrollment, one of them valid at most; people who were merged or erased."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VALID = sa.text("status = 'valid'")
NAME = "uq_certificates_enrollment_id"


def upgrade() -> None:
    with op.batch_alter_table("certificates") as table:
        table.drop_constraint(NAME, type_="unique")
        table.add_column(sa.Column("corrected_at", UTCDateTime))
        table.add_column(sa.Column("erased_at", UTCDateTime))
        table.add_column(sa.Column("snapshot_hash", sa.String(64)))
    op.add_column("employees", sa.Column("merged_into", sa.Uuid))
    op.add_column("employees", sa.Column("erased_at", UTCDateTime))
    op.create_index("ix_employees_merged_into", "employees", ["merged_into"])
    op.create_index(NAME, "certificates", ["enrollment_id"], unique=True, postgresql_where=VALID, sqlite_where=VALID)
    op.create_index("ix_certificates_enrollment_id", "certificates", ["enrollment_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_certificates_enrollment_id", "certificates")
    op.drop_index(NAME, "certificates")
    op.drop_index("ix_employees_merged_into", "employees")
    op.drop_column("employees", "erased_at")
    op.drop_column("employees", "merged_into")
    with op.batch_alter_table("certificates") as table:
        for name in ("snapshot_hash", "erased_at", "corrected_at"):
            table.drop_column(name)
        table.create_unique_constraint(NAME, ["enrollment_id"])
