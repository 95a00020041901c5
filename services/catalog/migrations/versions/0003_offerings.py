"""Sessions of an offering, who gives it, what it costs, when it is decided on, and its revisions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in _added():
        op.add_column("offerings", column)
    op.create_index("ix_offerings_provider_code", "offerings", ["provider_code", "ends_on"])
    op.create_table(
        "offering_sessions",
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column("room_code", sa.String(30)),
        sa.Column("instructor_code", sa.String(30)),
        sa.PrimaryKeyConstraint("offering_id", "number", name="pk_offering_sessions"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.offering_id"], name="fk_offering_sessions_offerings"),
    )
    op.create_index("ix_offering_sessions_room_code", "offering_sessions", ["room_code", "starts_at"])
    op.create_index("ix_offering_sessions_instructor_code", "offering_sessions", ["instructor_code", "starts_at"])


def downgrade() -> None:
    op.drop_table("offering_sessions")
    op.drop_index("ix_offerings_provider_code", "offerings")
    with op.batch_alter_table("offerings") as table:
        for column in _added():
            table.drop_column(str(column.name))


def _added() -> list[sa.Column[Any]]:
    # The defaults stay: the release before this one inserts rows without these columns while it still serves.
    return [
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("provider_code", sa.String(30)),
        sa.Column("format", sa.String(20)),
        sa.Column("enrollment_opens_on", sa.Date),
        sa.Column("decides_on", sa.Date),
        sa.Column("reserved_seats", JSON, nullable=False, server_default="[]"),
        sa.Column("pricing", JSON),
        sa.Column("refund_table", JSON),
        sa.Column("formed_at", UTCDateTime),
        sa.Column("cancel_cause", sa.String(20)),
    ]
