"""Credentials are kept as they were given out, and the few certificates that status lists tell of are found at once."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TOLD = sa.text("status NOT IN ('valid', 'expired')")


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("certificate_id", sa.Uuid, nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", "form", name="pk_credentials"),
        sa.CheckConstraint("form IN ('jwt', 'ldp')", name=op.f("ck_credentials_form")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Signed base64 does not shrink; trying to would cost more than the signature.
        op.execute("ALTER TABLE credentials ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_index(
        "ix_certificates_told_status",
        "certificates",
        ["agency_code", "status", "serial"],
        postgresql_where=TOLD,
        sqlite_where=TOLD,
    )


def downgrade() -> None:
    op.drop_index("ix_certificates_told_status", "certificates")
    op.drop_table("credentials")
