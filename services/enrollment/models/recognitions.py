"""What others taught: asked to be recognised with evidence, and decided by the training committee."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.record import TYPES
from services.enrollment.models.people import employment_periods
from services.enrollment.models.tables import employees, metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

STATUSES = ("requested", "accepted", "refused", "withdrawn", "reversed")

# `amount` is in the unit of the kind (hours, points, units), `hours` what was decided; `course_type` is what was asked
# for until it was decided. `evidence_key` makes one of the same document however it is spelt. `agency_code` is the
# person's agency when it was asked for, `employer` the one at the end of the training.
recognitions = sa.Table(
    "recognitions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("employer", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", JSON, nullable=False),
    sa.Column("amount", sa.Double, nullable=False),
    sa.Column("hours", sa.Double),
    sa.Column("course_code", sa.String(50)),
    sa.Column("course_type", sa.String(20), nullable=False),
    sa.Column("original_type", sa.String(100)),
    sa.Column("delivery_mode", sa.String(50)),
    sa.Column("provider_name", JSON, nullable=False),
    sa.Column("score", sa.Double),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("permit", JSON),
    sa.Column("evidence", JSON, nullable=False),
    sa.Column("evidence_key", sa.String(400)),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_at", UTCDateTime, nullable=False),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_at", UTCDateTime),
    sa.Column("minutes_number", sa.String(100)),
    sa.Column("decision_reason", sa.Text),
    sa.Column("ended_by", sa.String(100)),
    sa.Column("ended_at", UTCDateTime),
    sa.Column("end_reason", sa.Text),
    sa.CheckConstraint(f"status IN {STATUSES}", name="status"),
    sa.CheckConstraint(f"course_type IN {TYPES}", name="course_type"),
    sa.CheckConstraint("(hours IS NOT NULL) = (status IN ('accepted', 'reversed'))", name="hours"),
    sa.Index("ix_recognitions_agency_code", "agency_code", "id"),
    sa.Index("ix_recognitions_employee_id", "employee_id", "id"),
    # One document is recognised once.
    sa.Index(
        "uq_recognitions_evidence_key",
        "employee_id",
        "evidence_key",
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'accepted')"),
        sqlite_where=sa.text("status IN ('requested', 'accepted')"),
    ),
)

OPEN = ("requested", "accepted")


def recognition(tx: Transaction, recognition_id: UUID, *, lock: bool = False) -> Any:
    statement = sa.select(recognitions).where(recognitions.c.id == recognition_id)
    return tx.execute(statement.with_for_update() if lock else statement).first()


def known_evidence(tx: Transaction, keys: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], Any]:
    """What is asked for or recognised by these documents, by person and document."""
    own = recognitions.c
    people, documents = {key[0] for key in keys}, {key[1] for key in keys}
    statement = sa.select(recognitions).where(
        own.employee_id.in_(people), own.evidence_key.in_(documents), own.status.in_(OPEN)
    )
    return {(row.employee_id, row.evidence_key): row for row in tx.execute(statement)}


def evidence_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The documents of these recognitions."""
    own = recognitions.c
    rows = tx.execute(sa.select(own.id, own.evidence).where(own.id.in_(ids))) if ids else ()
    return {row.id: row.evidence for row in rows}


def set_recognition(tx: Transaction, recognition_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(recognitions).where(recognitions.c.id == recognition_id).values(**columns))


def employment_of(tx: Transaction, employee_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """Where these people were employed and when, the oldest first."""
    own = employment_periods.c
    names = (own.employee_id, own.agency_code, own.from_day, own.until_day)
    rows = tx.execute(sa.select(*names).where(own.employee_id.in_(employee_ids)).order_by(own.from_day, own.id))
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.employee_id, []).append(row)
    return found


def named_people(tx: Transaction, agency_codes: Collection[str], names: Collection[tuple[str, Any]]) -> Sequence[Any]:
    """The staff of these agencies whom these names name: national code, personnel number or id, each with its value."""
    wanted: dict[str, list[Any]] = {"employee_id": [], "national_code": [], "personnel_number": []}
    for kind, value in names:
        wanted[kind].append(value)
    own = employees.c
    named = sa.or_(
        own.id.in_(wanted["employee_id"]),
        own.national_code.in_(wanted["national_code"]),
        own.personnel_number.in_(wanted["personnel_number"]),
    )
    here = own.agency_code.in_(agency_codes), own.merged_into.is_(None), own.erased_at.is_(None)
    return tx.execute(sa.select(employees).where(*here, named)).all()


def give_recognitions(tx: Transaction, from_employee: UUID, to_employee: UUID) -> None:
    """Those of one registration become the other's; a document that both have stays known by the other's."""
    own, other = recognitions.c, recognitions.alias("other").c
    both = sa.select(other.evidence_key).where(
        other.employee_id == to_employee, other.status.in_(OPEN), other.evidence_key.is_not(None)
    )
    theirs = sa.update(recognitions).where(own.employee_id == from_employee)
    tx.execute(theirs.where(own.status.in_(OPEN), own.evidence_key.in_(both)).values(evidence_key=None))
    tx.execute(theirs.values(employee_id=to_employee))


def forget(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """Empty what names people whose data is erased, and let go of what they asked for; what counts stays."""
    own = recognitions.c
    theirs = sa.update(recognitions).where(own.employee_id.in_(employee_ids))
    tx.execute(theirs.where(own.status == "requested").values(status="withdrawn"))
    words: dict[str, Any] = {"evidence": {}, "evidence_key": None, "decision_reason": None, "end_reason": None}
    tx.execute(theirs.values(words))


def listed(agency_code: str | None, employee_id: UUID | None, status: str | None, after: UUID | None) -> sa.Select[Any]:
    own = recognitions.c
    given = {own.employee_id: employee_id, own.status: status, own.agency_code: agency_code}
    conditions = [column == value for column, value in given.items() if value is not None]
    conditions += [] if after is None else [own.id > after]
    return sa.select(recognitions).where(*conditions).order_by(own.id)


def ended_on(periods: Sequence[Any], day: date) -> str | None:
    """The agency that employed somebody on a day; between two and after the last, the one before."""
    codes = [row.agency_code for row in periods if row.from_day <= day]
    return codes[-1] if codes else None
