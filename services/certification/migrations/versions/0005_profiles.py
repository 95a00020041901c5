"""How an agency's certificates look, the images they show, and policies that were recorded here."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("put_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_images"),
    )
    op.create_table(
        "issuer_profiles",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("logo", sa.String(64)),
        sa.Column("signatories", JSON, nullable=False),
        sa.Column("template", sa.String(50)),
        sa.Column("variant", sa.String(4), nullable=False),
        sa.Column("set_at", UTCDateTime, nullable=False),
        sa.Column("set_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("agency_code", "effective_from", name="pk_issuer_profiles"),
        sa.ForeignKeyConstraint(["logo"], ["images.sha256"], name="fk_issuer_profiles_logo"),
    )
    op.create_table(
        "policies",
        sa.Column("key", sa.String(50), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("edition", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("unit", sa.String(100), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("confidence", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("key", "effective_from", "edition", name="pk_policies"),
    )


def downgrade() -> None:
    for name in ("policies", "issuer_profiles", "images"):
        op.drop_table(name)
