"""Who has been reminded of what, what each revision of an offering said, and welcomes that are being written."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RUNNING = sa.text("finished_at IS NULL")


def upgrade() -> None:
    op.add_column("offerings", sa.Column("reminded_for", sa.Date))
    op.add_column("seats", sa.Column("reminded_for", sa.Date))
    op.create_table(
        "offering_revisions",
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("revision", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("said_at", UTCDateTime, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("meetings", JSON, nullable=False),
        sa.PrimaryKeyConstraint("offering_id", "revision", name="pk_offering_revisions"),
    )
    op.create_table(
        "welcomes",
        sa.Column("welcome_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("agency_codes", JSON, nullable=False),
        sa.Column("registered_since", UTCDateTime),
        sa.Column("expected", sa.Integer, nullable=False),
        sa.Column("queued", sa.Integer, nullable=False),
        sa.Column("done_to", sa.Uuid),
        sa.Column("correlation_id", sa.String(100), nullable=False),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("finished_at", UTCDateTime),
        sa.PrimaryKeyConstraint("welcome_id", name="pk_welcomes"),
    )
    op.create_index("ix_welcomes_running", "welcomes", ["welcome_id"], postgresql_where=RUNNING, sqlite_where=RUNNING)


def downgrade() -> None:
    op.drop_table("welcomes")
    op.drop_table("offering_revisions")
    op.drop_column("seats", "reminded_for")
    op.drop_column("offerings", "reminded_for")
