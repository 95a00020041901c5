"""Bulk jobs: what was uploaded, how far it is, and what came of every row."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.tables import metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

# `processed` counts rows whose outcome is written, in the order of the file. Whoever runs a job holds it for a while
# and renews that with every batch; after a crash the next one goes on from `processed`.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
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
    sa.Index("ix_jobs_agency_code", "agency_code", "id"),
    sa.Index(
        "ix_jobs_due",
        "created_at",
        postgresql_where=sa.text("status IN ('queued', 'running')"),
        sqlite_where=sa.text("status IN ('queued', 'running')"),
    ),
    # The same file for the same purpose is one job, however often it is sent.
    sa.Index(
        "uq_jobs_digest",
        "agency_code",
        "digest",
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running', 'done')"),
        sqlite_where=sa.text("status IN ('queued', 'running', 'done')"),
    ),
)

job_chunks = sa.Table(
    "job_chunks",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
)

job_rows = sa.Table(
    "job_rows",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20)),
    sa.Column("subject_id", sa.Uuid),
    sa.Column("code", sa.String(50)),
    sa.Column("message", sa.Text),
)


def job(tx: Transaction, job_id: UUID, *, lock: bool = False) -> Any:
    statement = sa.select(jobs).where(jobs.c.id == job_id)
    return tx.execute(statement.with_for_update() if lock else statement).first()


def chunk(tx: Transaction, job_id: UUID, number: int) -> str | None:
    own = job_chunks.c
    return tx.scalar(sa.select(own.content).where(own.job_id == job_id, own.number == number))


def take(tx: Transaction, runner: UUID, lease: timedelta) -> Any:
    """A job that waits or whose runner died, now held by `runner`; None when there is none."""
    own = jobs.c
    due = sa.and_(own.status.in_(("queued", "running")), sa.or_(own.leased_until.is_(None), own.leased_until < tx.now))
    found = tx.execute(
        sa.select(jobs).where(due).order_by(own.created_at, own.id).limit(1).with_for_update(skip_locked=True)
    ).first()
    if found is None:
        return None
    held = {"status": "running", "runner": runner, "leased_until": tx.now + lease}
    tx.execute(sa.update(jobs).where(own.id == found.id).values(**held, started_at=found.started_at or tx.now))
    return job(tx, found.id)


def set_job(tx: Transaction, job_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**columns))


def drop_chunks(tx: Transaction, job_id: UUID) -> None:
    """What was uploaded holds personal data and is not kept once every row has its outcome."""
    tx.execute(sa.delete(job_chunks).where(job_chunks.c.job_id == job_id))


def prune(tx: Transaction, before: datetime, half_sent_before: datetime) -> bool:
    """Forget one job that was made before a day, with its rows, or one whose file was never sent to its end."""
    own = jobs.c
    half_sent = sa.and_(own.status == "uploading", own.created_at < half_sent_before)
    old = sa.select(own.id).where(sa.or_(own.created_at < before, half_sent)).limit(1)
    job_id = tx.scalar(old.with_for_update(skip_locked=True))
    if job_id is None:
        return False
    tx.execute(sa.delete(job_rows).where(job_rows.c.job_id == job_id))
    drop_chunks(tx, job_id)
    tx.execute(sa.delete(jobs).where(own.id == job_id))
    return True


def same_job(tx: Transaction, agency_code: str, digest: str) -> Any:
    """The job that this very file was sent for before, unless it failed or was cancelled."""
    own = jobs.c
    known = sa.select(jobs).where(
        own.agency_code == agency_code, own.digest == digest, own.status.in_(("queued", "running", "done"))
    )
    return tx.execute(known).first()


def rows_after(job_id: UUID, after: int, outcome: str | None, limit: int) -> sa.Select[Any]:
    own = job_rows.c
    statement = sa.select(job_rows).where(own.job_id == job_id, own.row > after).order_by(own.row).limit(limit)
    return statement if outcome is None else statement.where(own.outcome == outcome)
