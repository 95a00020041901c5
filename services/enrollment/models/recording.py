"""Statements that write the training record. However many people completed a course, they are a few statements."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.enrollment.models.people import employment_periods, name_corrections
from services.enrollment.models.queries import SEAT_AGENCY
from services.enrollment.models.record import (
    TYPES,
    hour_uses,
    line_certificates,
    person_years,
    standing_entries,
    training_entries,
)
from services.enrollment.models.tables import employees, enrollments, offerings
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction
from shared.persian import tehran_date

_OF_THE_OFFERING = (
    "course_code",
    "course_version",
    "course_title",
    "course_type",
    "delivery_mode",
    "permit",
    "refresh_every_months",
    "hours",
    "starts_on",
)
_SUMS = ("lines", *(f"{kind}_hours" for kind in TYPES))


def add_hours(
    tx: Transaction, ids: Collection[UUID], course_type: str, hours: float, year: int, lines: int = 1
) -> None:
    """Add a course to the sums of everybody who completed it by one of these enrollments, in the order of people.

    Rows of sums stay locked to the end of the transaction: two completions of one person, wherever they come from,
    are recorded one by one.
    """
    names = ("employee_id", "jalali_year", "agency_code", "lines", f"{course_type}_hours")
    added = sa.literal(lines), sa.literal(hours)
    seats = _of(tx, ids, enrollments.c.employee_id, sa.literal(year), SEAT_AGENCY, *added)
    _add_sums(tx, names, seats.order_by(enrollments.c.employee_id))


def add_completions(
    tx: Transaction,
    ids: Collection[UUID],
    uncounted: Collection[UUID],
    provider: tuple[str, dict[str, Any]],
    day: date,
    year: int,
    entry: dict[str, Any],
) -> None:
    """Enter a completion for each of these enrollments. `uncounted` are those of which it does not count.

    The first entry of a line has the line's own id, so that a second one fails; `entry` has `recorded_at`,
    `recorded_by`, and the `id` and `reason` of an entry that is made anew.
    """
    own, code, name = enrollments.c, provider[0], provider[1]
    counted = own.id.not_in(uncounted) if uncounted else sa.true()
    columns = {
        "id": sa.literal(entry["id"], sa.Uuid) if "id" in entry else own.id,
        "employee_id": own.employee_id,
        "line_id": own.id,
        "source": sa.literal("own"),
        "counted": counted,
        "recorded_at": sa.literal(entry["recorded_at"], UTCDateTime),
        "recorded_by": sa.literal(entry["recorded_by"]),
        "reason": sa.literal(entry.get("reason"), sa.Text),
        "agency_code": SEAT_AGENCY,
        "provider_code": sa.literal(code),
        "provider_name": sa.literal(name, JSON),
        "score": own.score,
        "completed_on": sa.literal(day, sa.Date),
        "jalali_year": sa.literal(year, sa.Integer),
        **{column: offerings.c[column] for column in _OF_THE_OFFERING},
    }
    rows = _of(tx, ids, *columns.values()).join(offerings, offerings.c.id == own.offering_id)
    tx.execute(sa.insert(training_entries).from_select(list(columns), rows.order_by(own.id)))


def counted_of_course(tx: Transaction, ids: Collection[UUID], course_codes: Collection[str]) -> Sequence[Any]:
    """The lines of these courses that count already, of the people of these enrollments."""
    own = training_entries.c
    people = sa.select(enrollments.c.employee_id).where(_among(tx, enrollments.c.id, ids))
    return tx.execute(
        standing_entries(own.employee_id.in_(people), own.course_code.in_(course_codes), own.counted)
    ).all()


def standing_line(tx: Transaction, line_id: UUID) -> Any:
    """What a line says now; None for one that was never entered or is taken back."""
    return tx.execute(standing_entries(training_entries.c.line_id == line_id)).first()


def lines_of_courses(tx: Transaction, employee_id: UUID, course_codes: Collection[str]) -> Sequence[Any]:
    """What stands of these courses in somebody's record."""
    own = training_entries.c
    return tx.execute(standing_entries(own.employee_id == employee_id, own.course_code.in_(course_codes))).all()


def corrections_of(tx: Transaction, employee_id: UUID, as_of: datetime) -> Sequence[Any]:
    """The counter-entries of somebody's record, in the order in which they were made; `stands` where the line was
    entered anew with the same or other numbers by that moment."""
    own, other = training_entries.c, training_entries.alias("other")
    anew = sa.select(other.c.id).where(
        other.c.line_id == own.line_id,
        other.c.reverses.is_(None),
        other.c.id != own.reverses,
        other.c.recorded_at >= own.recorded_at,
        other.c.recorded_at <= as_of,
    )
    statement = sa.select(training_entries, anew.exists().label("stands"))
    theirs = own.employee_id == employee_id, own.reverses.is_not(None), own.recorded_at <= as_of
    return tx.execute(statement.where(*theirs).order_by(own.recorded_at, own.id)).all()


def certificates_of(tx: Transaction, employee_id: UUID, as_of: datetime) -> dict[UUID, Any]:
    """The certificate that held at a moment, by line."""
    own = line_certificates.c
    lines = sa.select(training_entries.c.line_id).where(training_entries.c.employee_id == employee_id)
    statement = sa.select(line_certificates).where(own.line_id.in_(lines), own.issued_at <= as_of)
    found = {row.line_id: row for row in tx.execute(statement.order_by(own.issued_at, own.certificate_id))}
    day = tehran_date(as_of)
    return {line_id: row for line_id, row in found.items() if row.revoked_on is None or row.revoked_on > day}


def periods_of(tx: Transaction, employee_id: UUID, as_of: datetime, day: date) -> Sequence[Any]:
    """Employment as it was known at a moment on that day; what ended later went on."""
    own = employment_periods.c
    until = sa.case((own.until_day < day, own.until_day)).label("until_day")
    columns = [until if column.name == "until_day" else column for column in own]
    statement = sa.select(*columns).where(own.employee_id == employee_id, own.from_day <= day, own.recorded_at <= as_of)
    return tx.execute(statement.order_by(own.from_day, own.id)).all()


def name_on(tx: Transaction, person: Any, as_of: datetime) -> str:
    """What somebody was called here at a moment: names are corrected later."""
    own = name_corrections.c
    statement = sa.select(own.before).where(own.employee_id == person.id, own.corrected_at > as_of)
    before = tx.scalar(statement.order_by(own.corrected_at, own.id).limit(1))
    return str(before or person.full_name)


def give_record(tx: Transaction, from_employee: UUID, to_employee: UUID) -> list[str]:
    """Everything of one registration becomes the other's, with the sums of years; the courses that moved."""
    own = training_entries.c
    codes = sa.select(own.course_code).where(own.employee_id == from_employee, own.course_code.is_not(None))
    moved = list(tx.scalars(codes.distinct()))
    for table in (training_entries, hour_uses):
        tx.execute(sa.update(table).where(table.c.employee_id == from_employee).values(employee_id=to_employee))
    years = person_years.c
    names = ("employee_id", "jalali_year", "agency_code", *_SUMS)
    sums = sa.select(sa.literal(to_employee, sa.Uuid), years.jalali_year, years.agency_code, *(years[n] for n in _SUMS))
    theirs = sums.where(years.employee_id == from_employee).order_by(years.jalali_year, years.agency_code)
    _add_sums(tx, names, theirs)
    tx.execute(sa.delete(person_years).where(years.employee_id == from_employee))
    return moved


def _add_sums(tx: Transaction, names: Sequence[str], rows: sa.Select[Any]) -> None:
    dialect: Any = postgresql if tx.dialect == "postgresql" else sqlite
    statement = dialect.insert(person_years).from_select(list(names), rows)
    added = {name: person_years.c[name] + statement.excluded[name] for name in names if name in _SUMS}
    tx.execute(statement.on_conflict_do_update(index_elements=list(person_years.primary_key.columns), set_=added))


def _of(tx: Transaction, ids: Collection[UUID], *columns: Any) -> sa.Select[Any]:
    people = sa.select(*columns).select_from(enrollments).join(employees, employees.c.id == enrollments.c.employee_id)
    return people.where(_among(tx, enrollments.c.id, ids))


def _among(tx: Transaction, column: Any, ids: Collection[UUID]) -> Any:
    """One text for all ids: a thousand parameters cost more than the statement that has them."""
    if tx.dialect != "postgresql":
        return column.in_(ids)
    text = sa.literal("{" + ",".join(map(str, ids)) + "}", sa.Text)
    return column == sa.any_(sa.cast(text, postgresql.ARRAY(sa.Uuid)))
