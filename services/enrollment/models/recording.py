"""Statements that write the training record. However many people completed a course, they are a few statements."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.enrollment.models.people import employment_periods, end_known, name_corrections
from services.enrollment.models.queries import SEAT_AGENCY
from services.enrollment.models.record import SUMS, hour_uses, person_years, standing_entries, training_entries
from services.enrollment.models.tables import agencies, employees, enrollments, offerings
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

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


def add_hours(
    tx: Transaction, ids: Collection[UUID], course_type: str, hours: float, year: int, lines: int = 1
) -> None:
    """Add a course to the sums of everybody who completed it by one of these enrollments, in the order of people."""
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


def completions_without_line(tx: Transaction, since: datetime, limit: int) -> Sequence[Any]:
    """Completions recorded from a moment on that were never entered: rows as entries have them, locked."""
    own, entry = enrollments.c, training_entries.c
    provider_code = sa.func.coalesce(offerings.c.provider_code, offerings.c.agency_code)
    names = sa.case((offerings.c.provider_name.is_(None), agencies.c.name), else_=offerings.c.provider_name)
    statement = (
        sa.select(
            own.id.label("line_id"),
            own.employee_id,
            own.completed_at.label("recorded_at"),
            SEAT_AGENCY.label("agency_code"),
            provider_code.label("provider_code"),
            names.label("provider_name"),
            own.score,
            own.completed_on,
            *(offerings.c[name] for name in _OF_THE_OFFERING),
        )
        .join(employees, employees.c.id == own.employee_id)
        .join(offerings, offerings.c.id == own.offering_id)
        .outerjoin(agencies, agencies.c.code == offerings.c.agency_code)
        .where(own.status == "completed", own.completed_at >= since)
        .where(~sa.exists().where(entry.line_id == own.id))
        .order_by(own.completed_at, own.id)
        .limit(limit)
    )
    return tx.execute(statement.with_for_update(of=enrollments, skip_locked=True)).all()


def counted_of_course(
    tx: Transaction, employee_ids: Collection[UUID], course_codes: Collection[str], day: date
) -> Sequence[Any]:
    """The lines of these courses that count already, of these people; and those from a day whose course has no code.

    On PostgreSQL each person is looked up by the index: of a thousand people at once it would read the whole table.
    """
    own = training_entries.c
    of_course = own.course_code.in_(course_codes)
    which = own.counted, sa.or_(of_course, sa.and_(own.course_code.is_(None), own.completed_on == day))
    if tx.dialect != "postgresql":
        return tx.execute(standing_entries(own.employee_id.in_(employee_ids), *which)).all()
    person = sa.func.unnest(_array(employee_ids)).table_valued(sa.column("id", sa.Uuid), name="person").render_derived()
    lines = standing_entries(own.employee_id == person.c.id, *which).offset(0).lateral("lines")
    return tx.execute(sa.select(lines).select_from(person.join(lines, sa.true()))).all()


def standing_line(tx: Transaction, line_id: UUID) -> Any:
    """What a line says now; None for one that was never entered or is taken back."""
    return next(iter(standing_lines(tx, [line_id])), None)


def standing_lines(tx: Transaction, line_ids: Collection[UUID]) -> Sequence[Any]:
    """What these lines say now; those that are taken back are missing."""
    return tx.execute(standing_entries(training_entries.c.line_id.in_(line_ids))).all()


def entered(tx: Transaction, line_ids: Collection[UUID]) -> Sequence[UUID]:
    """Those of these lines that were ever entered."""
    own = training_entries.c.line_id
    return tx.scalars(sa.select(own).where(own.in_(line_ids)).distinct()).all()


def same_lines(
    tx: Transaction,
    employee_ids: Collection[UUID],
    course_codes: Collection[str],
    days: Collection[date],
    *,
    counted: bool | None = None,
) -> Sequence[Any]:
    """What stands of these courses, or from these days, in the records of these people."""
    own = training_entries.c
    which = sa.or_(own.course_code.in_(course_codes), own.completed_on.in_(days))
    conditions = [own.employee_id.in_(employee_ids), which]
    conditions += [] if counted is None else [own.counted.is_(counted)]
    return tx.execute(standing_entries(*conditions)).all()


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


def periods_of(tx: Transaction, employee_id: UUID, as_of: datetime, day: date) -> Sequence[Any]:
    """Employment as it was known at a moment on that day; what ended later, or was said so later, went on."""
    own = employment_periods.c
    until = sa.case((sa.and_(own.until_day < day, end_known(as_of, day)), own.until_day)).label("until_day")
    columns = [until if column.name == "until_day" else column for column in own]
    statement = sa.select(*columns).where(own.employee_id == employee_id, own.from_day <= day, own.recorded_at <= as_of)
    return tx.execute(statement.order_by(own.from_day, own.id)).all()


def name_on(tx: Transaction, person: Any, as_of: datetime) -> str:
    """What somebody was called here at a moment: names are corrected later."""
    own = name_corrections.c
    statement = sa.select(own.before).where(own.employee_id == person.id, own.corrected_at > as_of)
    before = tx.scalar(statement.order_by(own.corrected_at, own.id).limit(1))
    return str(before or person.full_name)


def give_record(tx: Transaction, from_employee: UUID, to_employee: UUID) -> Sequence[Any]:
    """Everything of one registration becomes the other's, with the sums of years; the lines that moved."""
    moved = tx.execute(standing_entries(training_entries.c.employee_id == from_employee)).all()
    for table in (training_entries, hour_uses):
        tx.execute(sa.update(table).where(table.c.employee_id == from_employee).values(employee_id=to_employee))
    years = person_years.c
    names = ("employee_id", "jalali_year", "agency_code", *SUMS)
    sums = sa.select(sa.literal(to_employee, sa.Uuid), years.jalali_year, years.agency_code, *(years[n] for n in SUMS))
    theirs = sums.where(years.employee_id == from_employee).order_by(years.jalali_year, years.agency_code)
    _add_sums(tx, names, theirs)
    tx.execute(sa.delete(person_years).where(years.employee_id == from_employee))
    return moved


def forget_reasons(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """The one thing of an entry that is ever emptied: words may name somebody."""
    own = training_entries.c
    tx.execute(sa.update(training_entries).where(own.employee_id.in_(employee_ids)).values(reason=None))


def _add_sums(tx: Transaction, names: Sequence[str], rows: sa.Select[Any]) -> None:
    dialect: Any = postgresql if tx.dialect == "postgresql" else sqlite
    statement = dialect.insert(person_years).from_select(list(names), rows)
    added = {name: person_years.c[name] + statement.excluded[name] for name in names if name in SUMS}
    tx.execute(statement.on_conflict_do_update(index_elements=list(person_years.primary_key.columns), set_=added))


def _of(tx: Transaction, ids: Collection[UUID], *columns: Any) -> sa.Select[Any]:
    people = sa.select(*columns).select_from(enrollments).join(employees, employees.c.id == enrollments.c.employee_id)
    return people.where(_among(tx, enrollments.c.id, ids))


def _among(tx: Transaction, column: Any, ids: Collection[UUID]) -> Any:
    return column == sa.any_(_array(ids)) if tx.dialect == "postgresql" else column.in_(ids)


def _array(ids: Collection[UUID]) -> Any:
    """One text for all ids: a thousand parameters cost more than the statement that has them."""
    return sa.cast(sa.literal("{" + ",".join(map(str, ids)) + "}", sa.Text), postgresql.ARRAY(sa.Uuid))
