"""Who the training officers of an agency are is told from now on: of every agency that has some already, once."""

import sqlalchemy as sa
from alembic import op

from shared.ids import new_id

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    marks = op.create_table(
        "officer_marks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agency_code", sa.String(20), nullable=False),
    )
    held = sa.text("SELECT DISTINCT agency_code FROM officers WHERE role = 'training_officer' ORDER BY agency_code")
    codes = op.get_bind().scalars(held).all()
    op.bulk_insert(marks, [{"id": new_id(), "agency_code": code} for code in codes])


def downgrade() -> None:
    op.drop_table("officer_marks")
