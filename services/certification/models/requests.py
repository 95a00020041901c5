"""Requests to correct or revoke, which two people decide."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import certificates, metadata
from shared.columns import JSON, UTCDateTime

_PENDING = sa.text("status = 'pending'")

certificate_requests = sa.Table(
    "certificate_requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("certificate_id", sa.Uuid, nullable=False),
    sa.Column("enrollment_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    # By field {before, after}; like both reasons it is emptied when the holder's data is erased.
    sa.Column("changes", JSON),
    sa.Column("reason_code", sa.String(40)),
    sa.Column("reason", sa.String(500)),
    sa.Column("requested_at", UTCDateTime, nullable=False),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_officer_id", sa.Uuid),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("decided_at", UTCDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_officer_id", sa.Uuid),
    sa.Column("decision_reason", sa.String(500)),
    sa.Column("new_certificate_id", sa.Uuid),
    sa.CheckConstraint("status IN ('pending', 'confirmed', 'refused', 'withdrawn', 'lapsed')", name="status"),
    sa.CheckConstraint("kind IN ('correction', 'revocation')", name="kind"),
    sa.Index(
        "uq_certificate_requests_pending",
        "certificate_id",
        unique=True,
        postgresql_where=_PENDING,
        sqlite_where=_PENDING,
    ),
    sa.Index("ix_certificate_requests_agency_code", "agency_code", "id"),
    sa.Index("ix_certificate_requests_enrollment_id", "enrollment_id"),
    sa.Index("ix_certificate_requests_expires_at", "expires_at", postgresql_where=_PENDING, sqlite_where=_PENDING),
)


def add_request(tx: Session, row: dict[str, Any]) -> None:
    tx.execute(sa.insert(certificate_requests).values(**row))


def request(tx: Session, request_id: UUID, *, lock: bool = False) -> Any | None:
    statement = sa.select(certificate_requests).where(certificate_requests.c.id == request_id)
    return tx.execute(statement.with_for_update() if lock else statement).one_or_none()


def pending_request(tx: Session, certificate_id: UUID) -> UUID | None:
    own = certificate_requests.c
    return tx.scalar(sa.select(own.id).where(own.certificate_id == certificate_id, own.status == "pending"))


def set_request(tx: Session, request_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(certificate_requests).where(certificate_requests.c.id == request_id).values(**columns))


def requests(
    tx: Session, agency_codes: Collection[str] | None, wanted: Mapping[str, Any], after: UUID | None, limit: int
) -> Sequence[Any]:
    """Requests in the order they were made, with the serial of their certificate; those of some agencies unless None.

    `wanted`: values of columns that a request must have, None for any.
    """
    own = certificate_requests.c
    statement = sa.select(certificate_requests, certificates.c.serial).join(
        certificates, certificates.c.id == own.certificate_id
    )
    statement = statement.where(*(own[name] == value for name, value in wanted.items() if value is not None))
    if agency_codes is not None:
        statement = statement.where(own.agency_code.in_(agency_codes))
    if after is not None:
        statement = statement.where(own.id > after)
    return tx.execute(statement.order_by(own.id).limit(limit)).all()


def confirmed_changes(tx: Session, enrollment_id: UUID) -> list[dict[str, Any]]:
    """What officers corrected of an enrollment's certificates, in the order they were confirmed."""
    own = certificate_requests.c
    statement = sa.select(own.changes).where(
        own.enrollment_id == enrollment_id,
        own.kind == "correction",
        own.status == "confirmed",
        own.changes.is_not(None),
    )
    return list(tx.scalars(statement.order_by(own.decided_at, own.id)))


def lapse_requests(tx: Session, now: datetime) -> int:
    """End the requests that nobody decided on in time; how many."""
    own = certificate_requests.c
    late = sa.update(certificate_requests).where(own.status == "pending", own.expires_at < now)
    result = tx.execute(late.values(status="lapsed", decided_at=now, decided_by="clock"))
    return int(result.rowcount)  # type: ignore[attr-defined]  # of an UPDATE it is a CursorResult
