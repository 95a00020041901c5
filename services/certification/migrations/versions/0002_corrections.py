"""Several certificates of one enrollment: a corrected one takes the place of another, and one is valid at most."""

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
    op.create_index(NAME, "certificates", ["enrollment_id"], unique=True, postgresql_where=VALID, sqlite_where=VALID)
    op.create_index("ix_certificates_enrollment_id", "certificates", ["enrollment_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_certificates_enrollment_id", "certificates")
    op.drop_index(NAME, "certificates")
    with op.batch_alter_table("certificates") as table:
        table.drop_column("corrected_at")
        table.create_unique_constraint(NAME, ["enrollment_id"])
