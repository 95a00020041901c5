"""Type-2 certificates from before this system. Whoever reads or writes them to decide has locked the person."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.tables import metadata
from shared.columns import UTCDateTime
from shared.database import Transaction

_STANDING = sa.text("withdrawn_at IS NULL")

past_type2 = sa.Table(
    "past_type2",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("level", sa.String(30), nullable=False),
    sa.Column("certificate_number", sa.String(100), nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("issuer", sa.String(200), nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.Column("withdrawn_at", UTCDateTime),
    sa.Column("withdrawn_by", sa.String(100)),
    sa.Column("withdrawal_reason", sa.Text),
    sa.Index("ix_past_type2_employee_id", "employee_id", "id"),
    sa.Index(
        "uq_past_type2_standing",
        "employee_id",
        unique=True,
        postgresql_where=_STANDING,
        sqlite_where=_STANDING,
    ),
)


def of_people(tx: Transaction, employee_ids: Collection[UUID]) -> Sequence[Any]:
    """All that was recorded of these people, also what was withdrawn, the oldest first."""
    own = past_type2.c
    return tx.execute(sa.select(past_type2).where(own.employee_id.in_(employee_ids)).order_by(own.id)).all()


def add(tx: Transaction, row: Mapping[str, Any]) -> None:
    tx.execute(sa.insert(past_type2).values(**row))


def withdraw(tx: Transaction, past_id: UUID, system: str, reason: str) -> None:
    said = {"withdrawn_at": tx.now, "withdrawn_by": system, "withdrawal_reason": reason}
    tx.execute(sa.update(past_type2).where(past_type2.c.id == past_id).values(**said))


def give_to(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """A duplicate's are the kept person's."""
    theirs = sa.update(past_type2).where(past_type2.c.employee_id == duplicate_id)
    tx.execute(theirs.values(employee_id=employee_id))


def forget_words(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """Number, issuer and reason may tell who somebody is; level and days stay."""
    theirs = sa.update(past_type2).where(past_type2.c.employee_id.in_(employee_ids))
    tx.execute(theirs.values(certificate_number="", issuer="", withdrawal_reason=None))
