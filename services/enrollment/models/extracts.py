"""Extracts of training records that were asked for: who asked when, and what it was as of."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.tables import metadata
from shared.columns import UTCDateTime
from shared.database import Transaction

# What an extract says is in its event and in certification; here is its SHA-256.
record_extracts = sa.Table(
    "record_extracts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("as_of", UTCDateTime, nullable=False),
    sa.Column("requested_at", UTCDateTime, nullable=False),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Index("ix_record_extracts_employee_id", "employee_id", "id"),
)


def add_extract(tx: Transaction, **row: Any) -> None:
    tx.execute(sa.insert(record_extracts).values(row))


def same_extract(tx: Transaction, employee_id: UUID, content_hash: str, since: datetime) -> Any | None:
    """The last extract of a person that says the same, if it was asked for since a moment."""
    own = record_extracts.c
    statement = sa.select(record_extracts).where(own.employee_id == employee_id, own.requested_at >= since)
    return tx.execute(statement.where(own.content_hash == content_hash).order_by(own.id.desc()).limit(1)).one_or_none()


def give_extracts(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """The extracts of a duplicate are the kept person's."""
    own = record_extracts.c
    tx.execute(sa.update(record_extracts).where(own.employee_id == duplicate_id).values(employee_id=employee_id))
