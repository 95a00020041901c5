"""Ranks that were decided on, with what they rested on."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.people import employment_periods
from services.enrollment.models.tables import employees, metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

_STANDS: dict[str, Any] = {
    "postgresql_where": sa.text("withdrawn_at IS NULL"),
    "sqlite_where": sa.text("withdrawn_at IS NULL"),
}

rank_decisions = sa.Table(
    "rank_decisions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("rank", sa.String(20), nullable=False),
    sa.Column("before", sa.String(20)),
    sa.Column("scheme", sa.String(20), nullable=False),
    sa.Column("effective_on", sa.Date, nullable=False),
    sa.Column("decision_number", sa.String(100), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("override_reason", sa.Text),
    sa.Column("criteria", JSON, nullable=False),
    sa.Column("policies", JSON, nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.Column("withdrawn_at", UTCDateTime),
    sa.Column("withdrawn_by", sa.String(100)),
    sa.Column("withdrawal_reason", sa.Text),
    sa.Index("ix_rank_decisions_employee_id", "employee_id", "id"),
    sa.Index("uq_rank_decisions_rank", "employee_id", "rank", unique=True, **_STANDS),
)


def standing(tx: Transaction, employee_id: UUID) -> list[Any]:
    """Decisions of somebody that were not withdrawn, the oldest first."""
    own = rank_decisions.c
    statement = sa.select(rank_decisions).where(own.employee_id == employee_id, own.withdrawn_at.is_(None))
    return list(tx.execute(statement.order_by(own.effective_on, own.id)).all())


def decisions_of(tx: Transaction, employee_id: UUID) -> list[Any]:
    own = rank_decisions.c
    statement = sa.select(rank_decisions).where(own.employee_id == employee_id)
    return list(tx.execute(statement.order_by(own.effective_on, own.id)).all())


def decision(tx: Transaction, decision_id: UUID) -> Any:
    return tx.execute(sa.select(rank_decisions).where(rank_decisions.c.id == decision_id)).first()


def replace_rank(tx: Transaction, employee_id: UUID, rank: str, before: str | None, since: Any) -> bool:
    """Set somebody's rank back in their periods from a day on, and in their row; whether they had it still."""
    own = employment_periods.c
    these = own.employee_id == employee_id, own.from_day >= since, own.rank == rank
    tx.execute(sa.update(employment_periods).where(*these).values(rank=before))
    person = employees.c
    held = sa.update(employees).where(person.id == employee_id, person.rank == rank).values(rank=before)
    return bool(tx.execute(held.returning(person.id)).all())


def give(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """Decisions on a duplicate become the kept person's; of a rank that both have, that of the kept one stands."""
    own, kept = rank_decisions.c, rank_decisions.alias("kept").c
    same = sa.select(kept.id).where(kept.employee_id == employee_id, kept.rank == own.rank, kept.withdrawn_at.is_(None))
    free = sa.or_(own.withdrawn_at.is_not(None), ~same.exists())
    tx.execute(sa.update(rank_decisions).where(own.employee_id == duplicate_id, free).values(employee_id=employee_id))
