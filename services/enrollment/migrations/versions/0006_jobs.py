"""Bulk jobs: what was uploaded, how far it is, and what came of every row."""

import sqlalchemy as sa
from alembic import op

from shared.columns import JSON, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('queued', 'running', 'done')")
DUE = sa.text("status IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("offering_id", sa.Uuid),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("caller", JSON, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("processed", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("error", JSON),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("started_at", UTCDateTime),
        sa.Column("finished_at", UTCDateTime),
        sa.Column("runner", sa.Uuid),
        sa.Column("leased_until", UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_agency_code", "jobs", ["agency_code", "id"])
    op.create_index("ix_jobs_due", "jobs", ["created_at"], postgresql_where=DUE, sqlite_where=DUE)
    op.create_index(
        "uq_jobs_digest", "jobs", ["agency_code", "digest"], unique=True, postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_table(
        "job_chunks",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_chunks"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_chunks_job_id"),
    )
    op.create_table(
        "job_rows",
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("row", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20)),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("code", sa.String(50)),
        sa.Column("message", sa.Text),
        sa.PrimaryKeyConstraint("job_id", "row", name="pk_job_rows"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_rows_job_id"),
    )


def downgrade() -> None:
    for table in ("job_rows", "job_chunks", "jobs"):
        op.drop_table(table)
