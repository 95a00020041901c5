"""Which certificates are of records that an agency kept before: its own reference of each, and the enrollment's id."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.covered import covered_enrollments
from services.certification.models.tables import certificates, employees, metadata
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

_UNTOLD = sa.text("told_at IS NULL")

past_records = sa.Table(
    "past_records",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("reference", sa.String(60), primary_key=True),
    # No enrollment of anybody's: made from agency and reference, so that certificates have one unique key.
    sa.Column("enrollment_id", sa.Uuid, nullable=False),
    sa.Column("imported_at", UTCDateTime, nullable=False),
    sa.Column("imported_by", sa.String(100), nullable=False),
    # When it was told to those who keep training records; earlier releases told nobody.
    sa.Column("told_at", UTCDateTime),
    sa.UniqueConstraint("enrollment_id", name="uq_past_records_enrollment_id"),
    sa.Index("ix_past_records_untold", "agency_code", "reference", postgresql_where=_UNTOLD, sqlite_where=_UNTOLD),
)


def add_past_records(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Remember records; one whose certificate was lost is known already."""
    insert_rows(tx, past_records, rows, skip_known=True)


def has_untold(tx: Session) -> bool:
    return tx.scalar(sa.select(past_records.c.reference).where(_UNTOLD).limit(1)) is not None


def lock_untold(tx: Session, limit: int) -> Sequence[Any]:
    """Records that nobody was told of, locked; another replica's are left out."""
    own = past_records.c
    statement = sa.select(past_records).where(_UNTOLD).order_by(own.agency_code, own.reference).limit(limit)
    return tx.execute(statement.with_for_update(skip_locked=True)).all()


def set_told(tx: Session, enrollment_ids: Collection[UUID], at: datetime) -> None:
    own = past_records.c
    tx.execute(sa.update(past_records).where(own.enrollment_id.in_(enrollment_ids)).values(told_at=at))


def latest_of(tx: Session, enrollment_ids: Collection[UUID]) -> Sequence[Any]:
    """The certificate of each of these enrollments that was issued last."""
    own = certificates.c
    statement = sa.select(certificates).where(own.enrollment_id.in_(enrollment_ids)).order_by(own.id)
    return list({row.enrollment_id: row for row in tx.execute(statement)}.values())


def certified(tx: Session, enrollment_ids: Collection[UUID]) -> dict[UUID, Any]:
    """The certificate of each enrollment that was issued last, or the one that covers it: its id and serial."""
    own, covering = certificates.c, covered_enrollments.c
    covered = sa.select(covering.enrollment_id, own.id, own.serial).join(
        certificates, own.id == covering.certificate_id
    )
    issued = sa.select(own.enrollment_id, own.id, own.serial).where(own.enrollment_id.in_(enrollment_ids))
    found = [
        *tx.execute(covered.where(covering.enrollment_id.in_(enrollment_ids))),
        *tx.execute(issued.order_by(own.id)),
    ]
    return {row.enrollment_id: row for row in found}


def employers(tx: Session, employee_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The agency of each of these people, of a duplicate that of the kept person; those not heard of are missing."""
    own, kept = employees.c, employees.alias("kept")
    agency = sa.func.coalesce(kept.c.agency_code, own.agency_code).label("agency_code")
    statement = sa.select(own.id, agency).outerjoin(kept, kept.c.id == own.merged_into)
    return {row.id: row.agency_code for row in tx.execute(statement.where(own.id.in_(list(employee_ids))))}
