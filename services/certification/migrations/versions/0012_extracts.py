"""Documents of training records, the files made of them, and their numbers."""

import sqlalchemy as sa
from alembic import op

from shared.columns import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_documents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("employee_id", sa.Uuid, nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("serial", sa.String(50), nullable=False),
        sa.Column("verification_code", sa.String(26), nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("issued_at", UTCDateTime, nullable=False),
        sa.Column("as_of", UTCDateTime, nullable=False),
        sa.Column("national_code_salt", sa.String(32)),
        sa.Column("badge", sa.Text),
        sa.Column("bundle", sa.Text),
        sa.Column("erased_at", UTCDateTime),
        sa.Column("snapshot_hash", sa.String(64)),
        sa.UniqueConstraint("serial", name="uq_record_documents_serial"),
        sa.UniqueConstraint("verification_code", name="uq_record_documents_verification_code"),
    )
    op.create_index("ix_record_documents_employee_id", "record_documents", ["employee_id", "id"])
    op.create_table(
        "record_copies",
        sa.Column("record_id", sa.Uuid, sa.ForeignKey("record_documents.id"), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False),
    )
    op.create_table(
        "record_counters",
        sa.Column("agency_code", sa.String(20), primary_key=True),
        sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_number", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for name in ("record_counters", "record_copies", "record_documents"):
        op.drop_table(name)
