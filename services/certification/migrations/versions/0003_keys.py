"""Keys of many issuers, and the signature of the provider beside the issuer's."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("owner_code", sa.String(30)),
        sa.Column("use", sa.String(12), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("certificates", sa.Text),
        sa.Column("not_before", UTCDateTime),
        sa.Column("not_after", UTCDateTime),
        sa.Column("retired_at", UTCDateTime),
        sa.Column("retired_reason", sa.Text),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.CheckConstraint("use IN ('certificates', 'documents')", name=op.f("ck_signing_keys_use")),
        sa.PrimaryKeyConstraint("key_id", name="pk_signing_keys"),
    )
    op.add_column("certificates", sa.Column("cosigner_key_id", sa.String(16)))
    op.add_column("certificates", sa.Column("cosignature", sa.LargeBinary(64)))


def downgrade() -> None:
    op.drop_column("certificates", "cosignature")
    op.drop_column("certificates", "cosigner_key_id")
    op.drop_table("signing_keys")
