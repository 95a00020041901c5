"""The training record: entries that are added and never changed, hours of each year, and what hours were used for.

A line is what somebody completed, once (`line_id`: an enrollment, a recognition, or a record of the past), made of
entries: the one that says it, and perhaps a counter-entry that takes it back, and another one that says it anew. So the
record as of any moment is the entries of that moment.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.record import TYPES
from services.enrollment.models.foreseen_marks import mark
from services.enrollment.models.tables import metadata
from shared.bulk import insert_rows
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction
from shared.ids import new_id

SOURCES = ("own", "recognised", "past")

# `hours` are what the line is worth, also in a counter-entry, which names what it `reverses` and repeats it. `counted`
# is false where the same course counts by another line already. `agency_code` is the employer at the time. No key to
# employees: its check would lock a person after the offering, and whoever leaves is locked before.
training_entries = sa.Table(
    "training_entries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("line_id", sa.Uuid, nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("reverses", sa.Uuid),
    sa.Column("counted", sa.Boolean, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("course_code", sa.String(50)),
    sa.Column("course_version", sa.Integer),
    sa.Column("course_title", JSON, nullable=False),
    sa.Column("course_type", sa.String(20), nullable=False),
    sa.Column("original_type", sa.String(100)),
    sa.Column("delivery_mode", sa.String(50)),
    sa.Column("provider_code", sa.String(50)),
    sa.Column("provider_name", JSON),
    sa.Column("permit", JSON),
    sa.Column("refresh_every_months", sa.Integer),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("score", sa.Double),
    sa.Column("starts_on", sa.Date),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("jalali_year", sa.Integer, nullable=False),
    sa.CheckConstraint(f"source IN {SOURCES}", name="source"),
    sa.CheckConstraint(f"course_type IN {TYPES}", name="course_type"),
    sa.CheckConstraint("hours >= 0", name="hours"),
    sa.Index("ix_training_entries_employee_id", "employee_id", "course_code"),
    sa.Index("ix_training_entries_line_id", "line_id", "id"),
    sa.Index(
        "uq_training_entries_reverses",
        "reverses",
        unique=True,
        postgresql_where=sa.text("reverses IS NOT NULL"),
        sqlite_where=sa.text("reverses IS NOT NULL"),
    ),
    sa.Index("ix_training_entries_agency_code", "agency_code", "jalali_year", "id"),
)

# What certification said of certificates: numbers for the lines (`line_id`), and the ends of them.
line_certificates = sa.Table(
    "line_certificates",
    metadata,
    sa.Column("certificate_id", sa.Uuid, primary_key=True),
    sa.Column("line_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("serial", sa.String(100), nullable=False),
    sa.Column("issued_at", UTCDateTime, nullable=False),
    sa.Column("replaces_serial", sa.String(100)),
    sa.Column("revoked_on", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Index("ix_line_certificates_line_id", "line_id"),
)

# What hours were used for, a line at a time: `purpose` is rank, type2 or early_step, `detail` which of them. A line
# serves a purpose once; a use that was withdrawn frees it again.
hour_uses = sa.Table(
    "hour_uses",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("line_id", sa.Uuid, nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("detail", sa.String(50)),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("reference_id", sa.Uuid),
    sa.Column("used_on", sa.Date, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("withdrawn_at", UTCDateTime),
    sa.CheckConstraint("purpose IN ('rank', 'type2', 'early_step')", name="purpose"),
    sa.Index("ix_hour_uses_employee_id", "employee_id", "id"),
    sa.Index("ix_hour_uses_reference_id", "reference_id"),
    sa.Index(
        "uq_hour_uses_line_id",
        "line_id",
        "purpose",
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        sqlite_where=sa.text("withdrawn_at IS NULL"),
    ),
)

# A person in an agency in a Jalali year. Sums of the hours that count, by type of course and with the employer at the
# time, are kept with the entries. What the year asks of them there (`required_hours`, for the `days` that they were
# employed, as what they were last) is worked out from their employment; `staff_group` is empty until it was.
person_years = sa.Table(
    "person_years",
    metadata,
    sa.Column("employee_id", sa.Uuid, primary_key=True),
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
    *(sa.Column(f"{kind}_hours", sa.Double, nullable=False, server_default="0") for kind in TYPES),
    sa.Column("staff_group", sa.String(20)),
    sa.Column("days", sa.Integer, nullable=False, server_default="0"),
    sa.Column("required_hours", sa.Double, nullable=False, server_default="0"),
    sa.Index("ix_person_years_agency_code", "agency_code", "jalali_year", "employee_id"),
    sa.CheckConstraint("staff_group IN ('manager', 'staff', 'contract')", name="staff_group"),
)

SUMS = ("lines", *(f"{kind}_hours" for kind in TYPES))


def add_entries(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Add entries of any people, all with the same columns, and their hours to the sums of the years; what is due of
    these people is worked out anew soon."""
    insert_entries(tx, rows)
    add_sums(tx, rows)


def insert_entries(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Entries alone, for who has added their hours to the sums before."""
    insert_rows(tx, training_entries, rows)
    mark(tx, [row["employee_id"] for row in rows])


def add_sums(tx: Transaction, rows: Sequence[dict[str, Any]], sign: int = 1) -> None:
    """Add the hours of those of these entries that count to the years, or take them away (`sign` -1)."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        if row["counted"]:
            key = (row["employee_id"], row["jalali_year"], row["agency_code"])
            names = ("employee_id", "jalali_year", "agency_code")
            total = sums.setdefault(key, dict(zip(names, key, strict=True)) | dict.fromkeys(SUMS, 0))
            adds = -sign if row["reverses"] else sign
            total["lines"] += adds
            total[f"{row['course_type']}_hours"] += adds * row["hours"]
    insert_rows(tx, person_years, [sums[key] for key in sorted(sums)], adding=SUMS)


def entries_of(tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None) -> Sequence[Any]:
    """The lines of these people that nothing takes back, as they were known at a moment: rows of entries by person and
    day, the oldest first."""
    return tx.execute(standing_entries(training_entries.c.employee_id.in_(employee_ids), as_of=as_of)).all()


def standing_entries(*conditions: Any, as_of: datetime | None = None) -> sa.Select[Any]:
    """Entries that are no counter-entries and have none, now or at a moment."""
    own, counter = training_entries.c, training_entries.alias("counter")
    taken_back = sa.select(counter.c.id).where(counter.c.reverses == own.id)
    statement = sa.select(training_entries).where(own.reverses.is_(None), *conditions)
    if as_of is not None:
        statement = statement.where(own.recorded_at <= as_of)
        taken_back = taken_back.where(counter.c.recorded_at <= as_of)
    return statement.where(~taken_back.exists()).order_by(own.employee_id, own.completed_on, own.id)


def add_uses(tx: Transaction, hours: Mapping[UUID, float], **use: Any) -> None:
    """Take hours of lines of one person, by line: the one way in. `use` has the other columns, which all have alike."""
    rows = [
        {"id": new_id(), "line_id": line_id, "hours": taken, "recorded_at": tx.now, **use}
        for line_id, taken in hours.items()
    ]
    insert_rows(tx, hour_uses, rows)


def free_uses(tx: Transaction, *which: sa.ColumnElement[bool], reason: str | None = None) -> None:
    """Withdraw uses, so that their lines may serve that purpose again."""
    own = hour_uses.c
    theirs = sa.update(hour_uses).where(own.withdrawn_at.is_(None), *which)
    tx.execute(theirs.values(withdrawn_at=tx.now, reason=reason))


def uses_of(tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None) -> Sequence[Any]:
    """What hours of these people are used for, now or at a moment: rows of uses."""
    own = hour_uses.c
    statement = sa.select(hour_uses).where(own.employee_id.in_(employee_ids))
    if as_of is None:
        statement = statement.where(own.withdrawn_at.is_(None))
    else:
        still = sa.or_(own.withdrawn_at.is_(None), own.withdrawn_at > as_of)
        statement = statement.where(own.recorded_at <= as_of, still)
    return tx.execute(statement.order_by(own.employee_id, own.id)).all()
