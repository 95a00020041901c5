"""What became of certificates: their status, and who did what when and why."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.requests import certificate_requests
from services.certification.models.tables import certificates, metadata
from shared.bulk import insert_rows
from shared.columns import JSON, UTCDateTime

_Rows = Sequence[Any]

certificate_history = sa.Table(
    "certificate_history",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("certificate_id", sa.Uuid, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("before", sa.String(10), nullable=False),
    sa.Column("after", sa.String(10), nullable=False),
    sa.Column("system", sa.String(100), nullable=False),
    sa.Column("officer_id", sa.Uuid),
    sa.Column("reason", sa.String(500)),
    sa.Column("details", JSON),
    sa.Index("ix_certificate_history_certificate_id", "certificate_id", "id"),
)


def lock_certificate(tx: Session, certificate_id: UUID) -> Any | None:
    statement = sa.select(certificates).where(certificates.c.id == certificate_id).with_for_update()
    return tx.execute(statement).one_or_none()


def set_certificates(tx: Session, ids: Collection[UUID], **columns: Any) -> None:
    tx.execute(sa.update(certificates).where(certificates.c.id.in_(ids)).values(**columns))


def add_history(tx: Session, rows: list[dict[str, Any]]) -> None:
    insert_rows(tx, certificate_history, rows)


def history_of(tx: Session, enrollment_id: UUID) -> tuple[_Rows, _Rows]:
    """The certificates of an enrollment in the order of their issue, and what became of them."""
    own = certificates.c
    chain = tx.execute(sa.select(certificates).where(own.enrollment_id == enrollment_id).order_by(own.id)).all()
    steps = certificate_history.c
    statement = sa.select(certificate_history).where(steps.certificate_id.in_([row.id for row in chain]))
    return chain, tx.execute(statement.order_by(steps.id)).all()


def forget_words(tx: Session, employee_id: UUID) -> None:
    """Of an erased holder: what officers wrote about their certificates. That it happened, and who did it, stays."""
    theirs = sa.select(certificates.c.id).where(certificates.c.employee_id == employee_id)
    requests, steps = certificate_requests, certificate_history
    asked = sa.update(requests).where(requests.c.certificate_id.in_(theirs))
    tx.execute(asked.values(changes=sa.null(), reason=None, decision_reason=None))
    tx.execute(sa.update(steps).where(steps.c.certificate_id.in_(theirs)).values(details=sa.null(), reason=None))
    tx.execute(sa.update(certificates).where(certificates.c.employee_id == employee_id).values(reason=None))
