"""Credentials that were made: signed texts, one of each form, kept as they were given out."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import agencies, certificates, metadata, serial_counters
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("certificate_id", sa.Uuid, primary_key=True),
    sa.Column("form", sa.String(10), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("made_at", UTCDateTime, nullable=False),
    sa.CheckConstraint("form IN ('jwt', 'ldp')", name="form"),
)

# The few whose status a public list tells; "expired" is not among them, since every credential says itself how long
# it holds. The index has the same condition, word for word.
_TOLD = sa.text("status NOT IN ('valid', 'expired')")
sa.Index(
    "ix_certificates_told_status",
    certificates.c.agency_code,
    certificates.c.status,
    certificates.c.serial,
    postgresql_where=_TOLD,
    sqlite_where=_TOLD,
)


def add_credentials(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep new ones: rows of {certificate_id, form, content, made_at}."""
    insert_rows(tx, credentials, rows)


def credential_text(tx: Session, certificate_id: UUID, form: str) -> str | None:
    own = credentials.c
    return tx.scalar(sa.select(own.content).where(own.certificate_id == certificate_id, own.form == form))


def lock_certificate(tx: Session, certificate_id: UUID) -> Any:
    """A certificate as it is now, locked: nobody erases its holder meanwhile."""
    return tx.execute(sa.select(certificates).where(certificates.c.id == certificate_id).with_for_update()).one()


def forget_credentials(tx: Session, certificate_ids: Iterable[UUID]) -> None:
    tx.execute(sa.delete(credentials).where(credentials.c.certificate_id.in_(list(certificate_ids))))


def last_number(tx: Session, agency_code: str, year: int) -> int:
    """How many serials an agency has given out in a Jalali year."""
    own = serial_counters.c
    found = sa.select(own.last_number).where(own.agency_code == agency_code, own.jalali_year == year)
    return tx.scalar(found) or 0


def serials_in_status(tx: Session, agency_code: str, start: str, statuses: Sequence[str]) -> list[str]:
    """The serials of an agency that begin like this and have one of these statuses (not "valid", not "expired")."""
    own = certificates.c
    statement = sa.select(own.serial).where(own.agency_code == agency_code, _TOLD, own.status.in_(statuses))
    return list(tx.scalars(statement.where(own.serial.startswith(start, autoescape=True))))


def agency_name(tx: Session, code: str) -> dict[str, str] | None:
    found: dict[str, str] | None = tx.scalar(sa.select(agencies.c.name).where(agencies.c.code == code))
    return found
