"""Credentials that were made: signed texts, one of each form, kept as they were given out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.domain.status_lists import LENGTH, Entries
from services.certification.models.tables import agencies, certificates, metadata, serial_counters
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


# A batch of tokens is a megabyte: as lists with commas, which neither ids nor tokens have, it costs the server half of
# what it takes to read the same out of a JSON document (51 and 89 µs a token).
_ADD_TOKENS = sa.text(
    "INSERT INTO credentials (certificate_id, form, content, made_at) "
    "SELECT given.id::uuid, 'jwt', given.content, :made_at "
    "FROM unnest(string_to_array(:ids, ','), string_to_array(:contents, ',')) AS given (id, content)"
)


def add_tokens(tx: Session, tokens: Mapping[UUID, str], made_at: datetime) -> None:
    """Keep the VC-JWT of new certificates, by certificate."""
    if tx.get_bind().dialect.name == "postgresql":
        given = {"ids": ",".join(map(str, tokens)), "contents": ",".join(tokens.values()), "made_at": made_at}
        tx.execute(_ADD_TOKENS, given)
        return
    same = {"form": "jwt", "made_at": made_at}
    tx.execute(
        sa.insert(credentials), [{"certificate_id": id_, "content": text, **same} for id_, text in tokens.items()]
    )


def add_credential(tx: Session, certificate_id: UUID, form: str, content: str, made_at: datetime) -> None:
    own = {"certificate_id": certificate_id, "form": form, "content": content, "made_at": made_at}
    tx.execute(sa.insert(credentials).values(own))


def credential_text(tx: Session, certificate_id: UUID, form: str) -> str | None:
    own = credentials.c
    return tx.scalar(sa.select(own.content).where(own.certificate_id == certificate_id, own.form == form))


def forget_credentials(tx: Session, certificate_ids: Iterable[UUID]) -> None:
    tx.execute(sa.delete(credentials).where(credentials.c.certificate_id.in_(list(certificate_ids))))


def last_number(tx: Session, agency_code: str, year: int) -> int:
    """How many serials an agency has given out in a Jalali year."""
    own = serial_counters.c
    found = sa.select(own.last_number).where(own.agency_code == agency_code, own.jalali_year == year)
    return tx.scalar(found) or 0


def numbers_in_status(tx: Session, entries: Entries, statuses: Sequence[str]) -> list[int]:
    """The numbers on a list whose certificates have one of these statuses (not "valid", not "expired")."""
    own = certificates.c
    number = sa.cast(sa.func.substr(own.serial, len(entries.serials) + 1), sa.Integer)
    statement = (
        sa.select(number)
        .where(own.agency_code == entries.agency_code, _TOLD, own.status.in_(statuses))
        .where(own.serial.startswith(entries.serials, autoescape=True))
        .where(number.between(entries.before + 1, entries.before + LENGTH))
    )
    return list(tx.scalars(statement))


def agency_name(tx: Session, code: str) -> dict[str, str] | None:
    found: dict[str, str] | None = tx.scalar(sa.select(agencies.c.name).where(agencies.c.code == code))
    return found
