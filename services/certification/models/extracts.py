"""Documents of training records: what was extracted at a moment, signed, and the files that were made of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.certification.models.tables import certificates, metadata
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

# The id is that of the extract in enrollment. What is signed never changes but for an erasure.
record_documents = sa.Table(
    "record_documents",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("serial", sa.String(50), nullable=False),
    sa.Column("verification_code", sa.String(26), nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),  # the signed text itself
    sa.Column("signature", sa.LargeBinary(64), nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("issued_at", UTCDateTime, nullable=False),
    sa.Column("as_of", UTCDateTime, nullable=False),
    sa.Column("national_code_salt", sa.String(32)),
    # The VC-JWT that the PDF carries, made at once, and the bundle of all credentials, made when it is first asked for.
    sa.Column("badge", sa.Text),
    sa.Column("bundle", sa.Text),
    sa.Column("erased_at", UTCDateTime),
    sa.Column("snapshot_hash", sa.String(64)),
    sa.UniqueConstraint("serial", name="uq_record_documents_serial"),
    sa.UniqueConstraint("verification_code", name="uq_record_documents_verification_code"),
    sa.Index("ix_record_documents_employee_id", "employee_id", "id"),
)

# The SHA-256 of every PDF that was given out: a later release may set the same record in other bytes.
record_copies = sa.Table(
    "record_copies",
    metadata,
    sa.Column("record_id", sa.ForeignKey("record_documents.id"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("made_at", UTCDateTime, nullable=False),
)

record_counters = sa.Table(
    "record_counters",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last_number", sa.Integer, nullable=False),
)

# With what proofs and the log look at in certificates: nobody co-signs a record, and it holds as what was known then.
_ROW = sa.select(
    record_documents,
    sa.literal("valid").label("status"),
    sa.null().label("cosigner_key_id"),
    sa.null().label("cosignature"),
)


def take_record_numbers(tx: Session, wanted: Mapping[str, int], year: int) -> dict[str, int]:
    """How many numbers each agency takes; the number before its first one. The rows stay locked."""
    insert: Any = (postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite).insert(record_counters)
    found = {}
    for code, count in sorted(wanted.items()):
        row = {"agency_code": code, "jalali_year": year, "last_number": count}
        statement = insert.values(row).on_conflict_do_update(
            index_elements=list(record_counters.primary_key.columns),
            set_={"last_number": record_counters.c.last_number + count},
        )
        found[code] = tx.execute(statement.returning(record_counters.c.last_number)).scalar_one() - count
    return found


def add_record_documents(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(tx, record_documents, rows)


def known_record_documents(tx: Session, ids: Iterable[UUID]) -> set[UUID]:
    return set(tx.scalars(sa.select(record_documents.c.id).where(record_documents.c.id.in_(list(ids)))))


def record_document(tx: Session, record_id: UUID, *, lock: bool = False) -> Any | None:
    statement = _ROW.where(record_documents.c.id == record_id)
    return tx.execute(statement.with_for_update() if lock else statement).one_or_none()


def record_document_by_code(tx: Session, verification_code: str) -> Any | None:
    return tx.execute(_ROW.where(record_documents.c.verification_code == verification_code)).one_or_none()


def record_documents_of(
    tx: Session, employee_id: UUID, agency_codes: Collection[str] | None, before: UUID | None, limit: int
) -> Sequence[Any]:
    """Those of a person, the latest first; only what these agencies asked for unless it is None."""
    own = record_documents.c
    statement = sa.select(own.id, own.serial, own.agency_code, own.as_of, own.issued_at, own.verification_code)
    statement = statement.add_columns(own.erased_at).where(own.employee_id == employee_id)
    if agency_codes is not None:
        statement = statement.where(own.agency_code.in_(agency_codes))
    if before is not None:
        statement = statement.where(own.id < before)
    return tx.execute(statement.order_by(own.id.desc()).limit(limit)).all()


def records_after(tx: Session, after: UUID | None, limit: int, since: datetime | None = None) -> Sequence[Any]:
    """Documents of records in the order of their ids."""
    statement = _ROW.order_by(record_documents.c.id).limit(limit)
    if since is not None:
        statement = statement.where(record_documents.c.issued_at >= since)
    return tx.execute(statement if after is None else statement.where(record_documents.c.id > after)).all()


def valid_certificates(tx: Session, employee_id: UUID, until: datetime) -> Sequence[Any]:
    """Certificates that a person had by a moment and that hold today, in the order of their issue."""
    own = certificates.c
    statement = sa.select(certificates).where(own.employee_id == employee_id, own.status == "valid")
    return tx.execute(statement.where(own.issued_at <= until, own.erased_at.is_(None)).order_by(own.id)).all()


def count_records(tx: Session, since: datetime | None) -> int:
    statement = sa.select(sa.func.count()).select_from(record_documents)
    return tx.scalar(statement if since is None else statement.where(record_documents.c.issued_at >= since)) or 0


def set_record_document(tx: Session, record_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(record_documents).where(record_documents.c.id == record_id).values(**columns))


def give_record_documents(tx: Session, duplicate_id: UUID, employee_id: UUID) -> None:
    """The documents of a duplicate are the kept person's."""
    own = record_documents.c
    tx.execute(sa.update(record_documents).where(own.employee_id == duplicate_id).values(employee_id=employee_id))


def record_documents_to_erase(tx: Session, employee_id: UUID) -> Sequence[Any]:
    """Documents that still say whose record it is, locked."""
    own = record_documents.c
    statement = sa.select(record_documents).where(own.employee_id == employee_id, own.erased_at.is_(None))
    return tx.execute(statement.order_by(own.id).with_for_update()).all()


def keep_record_copy(tx: Session, record_id: UUID, language: str, sha256: str, at: datetime) -> None:
    """Remember a file that is given out; one that is known already stays as it is."""
    row = {"record_id": record_id, "sha256": sha256, "language": language, "made_at": at}
    insert_rows(tx, record_copies, [row], skip_known=True)


def record_copies_of(tx: Session, record_id: UUID) -> Sequence[Any]:
    own = record_copies.c
    statement = sa.select(own.sha256, own.language, own.made_at).where(own.record_id == record_id)
    return tx.execute(statement.order_by(own.made_at, own.sha256)).all()
