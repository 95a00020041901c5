"""Indexes for long lists: what waits for a decision in its order, and the offerings of an agency."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PENDING = sa.text("pending_step IS NOT NULL")


def _pending(name: str, *columns: str) -> None:
    op.create_index(name, "enrollments", list(columns), postgresql_where=PENDING, sqlite_where=PENDING)


def upgrade() -> None:
    _pending("ix_enrollments_pending", "id", "pending_step")
    op.drop_index("ix_enrollments_pending_step", "enrollments")
    op.create_index("ix_offerings_agency_code", "offerings", ["agency_code", "id"])


def downgrade() -> None:
    op.drop_index("ix_offerings_agency_code", "offerings")
    _pending("ix_enrollments_pending_step", "pending_step", "id")
    op.drop_index("ix_enrollments_pending", "enrollments")
