"""Programmes."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DRAFTS = sa.text("status = 'draft'")
_PUBLISHED = sa.text("status = 'published'")


def upgrade() -> None:
    op.create_table(
        "programmes",
        sa.Column("programme_code", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("title", JSON, nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("ordered", sa.Boolean, nullable=False),
        sa.Column("courses", JSON, nullable=False),
        sa.Column("min_electives", sa.Integer, nullable=False),
        sa.Column("min_hours", sa.Double, nullable=False),
        sa.Column("audience", JSON, nullable=False),
        sa.Column("within_months", sa.Integer),
        sa.Column("origin", sa.String(100)),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("published_at", UTCDateTime),
        sa.Column("retired_at", UTCDateTime),
        sa.Column("retire_reason", sa.String(500)),
        sa.PrimaryKeyConstraint("programme_code", "version", name="pk_programmes"),
    )
    for name, where in (("uq_programmes_draft", _DRAFTS), ("uq_programmes_published", _PUBLISHED)):
        op.create_index(name, "programmes", ["programme_code"], unique=True, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_table("programmes")
