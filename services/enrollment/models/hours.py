"""Years of people: what their hours are read from, what is worked out of them, and who is due for it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.record import TYPES
from services.enrollment.models.people import employment_periods, end_known
from services.enrollment.models.record import person_years, standing_entries, training_entries
from services.enrollment.models.tables import employees
from shared.bulk import EachRow, insert_rows
from shared.database import Transaction

# Hours came in before it was worked out what the year asks.
_UNKNOWN = sa.text("staff_group IS NULL")
sa.Index("ix_person_years_unknown", person_years.c.employee_id, postgresql_where=_UNKNOWN, sqlite_where=_UNKNOWN)

_LINE = ("employee_id", "line_id", "course_code", "course_type", "hours", "counted", "completed_on", "jalali_year")
_KEY = ("employee_id", "jalali_year", "agency_code")
_ASKED = ("staff_group", "days", "required_hours")
TINY = 0.005  # hours have two decimals; less than half of the last one is what binary fractions add


def hours_in(years: Any) -> Any:
    """The sum of the hours in a row of `years`: the table or an alias of it."""
    first, *others = (years.c[f"{kind}_hours"] for kind in TYPES)
    return sum(others, first)


def lines_of(tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None) -> Sequence[Any]:
    """What the rules about hours read of the lines of these people, as they were known at a moment."""
    own = training_entries.c
    statement = standing_entries(own.employee_id.in_(employee_ids), as_of=as_of)
    return tx.execute(statement.with_only_columns(*(own[name] for name in (*_LINE, "agency_code")))).all()


def periods_of(
    tx: Transaction, employee_ids: Collection[UUID], known: tuple[datetime, date] | None = None
) -> Sequence[Any]:
    """Days of employment of these people and as what, the oldest first; with `known`, a moment and its day, what was
    known then of employment that had begun."""
    own = employment_periods.c
    until: Any = own.until_day
    conditions: list[Any] = [own.employee_id.in_(employee_ids)]
    if known is not None:
        until = sa.case((end_known(*known), until)).label("until_day")
        conditions += [own.recorded_at <= known[0], own.from_day <= known[1]]
    columns = (own.employee_id, own.agency_code, own.is_manager, own.employment, own.rank, own.from_day, until)
    statement = sa.select(*columns).where(*conditions)
    return tx.execute(statement.order_by(own.employee_id, own.from_day, own.id)).all()


def mark_due(tx: Transaction, *employee_ids: UUID) -> None:
    """What the years ask of these people is worked out anew by the clock."""
    own = employees.c
    these = own.id.in_(employee_ids), own.hours_year > 0
    if len(employee_ids) > 1:  # an update takes rows in any order; people are locked by id
        tx.execute(sa.select(own.id).where(*these).order_by(own.id).with_for_update(key_share=True)).all()
    tx.execute(sa.update(employees).where(*these).values(hours_year=0))


def due_people(tx: Transaction, year: int, limit: int) -> Sequence[Any]:
    """People whose years are not worked out up to this one, locked; those whom somebody holds are left for later."""
    own = employees.c
    return tx.execute(_to_work_out(own.hours_year < year).order_by(own.hours_year, own.id).limit(limit)).all()


def due_count(tx: Transaction, year: int) -> int:
    return tx.scalar(sa.select(sa.func.count()).where(employees.c.hours_year < year)) or 0


def people_with_new_years(tx: Transaction, limit: int) -> Sequence[Any]:
    """People with hours in a year of which it is not worked out what it asks, locked as those who are due."""
    own = person_years.c
    ids = tx.scalars(sa.select(own.employee_id).where(own.staff_group.is_(None)).distinct().limit(limit)).all()
    return tx.execute(_to_work_out(employees.c.id.in_(ids)).order_by(employees.c.id)).all() if ids else []


def _to_work_out(condition: Any) -> sa.Select[Any]:
    own = employees.c
    statement = sa.select(own.id, own.registered_at, own.merged_into).where(condition)
    return statement.with_for_update(skip_locked=True, key_share=True)


def years_of(tx: Transaction, employee_ids: Collection[UUID], year: int | None = None) -> Sequence[Any]:
    """The years of these people, or one of them, by agency: what is asked, and the hours that were done."""
    own = person_years.c
    statement = sa.select(
        own.employee_id, own.jalali_year, own.agency_code, own.required_hours, hours_in(person_years).label("hours")
    ).where(own.employee_id.in_(employee_ids))
    return tx.execute(statement if year is None else statement.where(own.jalali_year == year)).all()


def years_in(tx: Transaction, agency_code: str, year: int) -> list[Any]:
    """An agency's year by group: heads that were employed, hours and required hours there, and of the people how many
    have less than their whole year asks (in all agencies), and what they miss."""
    own, every = person_years.alias("own"), person_years.alias("every")
    of_person = _whole_year(own, every).where(own.c.agency_code == agency_code, own.c.jalali_year == year).subquery()
    each = of_person.c
    missing = sa.case((each.required > each.hours + TINY, each.required - each.hours), else_=0.0)
    statement = sa.select(
        each.staff_group,
        sa.func.count().label("people"),
        sa.func.sum(each.own_hours).label("hours"),
        sa.func.sum(each.own_required).label("required_hours"),
        sa.func.sum(sa.case((missing > 0, 1), else_=0)).label("short"),
        sa.func.sum(missing).label("missing_hours"),
    )
    return list(tx.execute(statement.group_by(each.staff_group).order_by(each.staff_group)).all())


def short_in(agency_code: str, year: int, after: UUID | None) -> sa.Select[Any]:
    """People of an agency's year with less than their whole year asks, by id."""
    own, every = person_years.alias("own"), person_years.alias("every")
    of_person = _whole_year(own, every).where(own.c.agency_code == agency_code, own.c.jalali_year == year)
    if after is not None:
        of_person = of_person.where(own.c.employee_id > after)
    each = of_person.subquery()
    person = employees.c
    columns = (each.c.employee_id, each.c.staff_group, each.c.hours, each.c.required.label("required_hours"))
    statement = sa.select(*columns, person.full_name, person.personnel_number, person.left_on)
    joined = statement.join(employees, person.id == each.c.employee_id)
    known = joined.where(
        each.c.required > each.c.hours + TINY, person.erased_at.is_(None), person.merged_into.is_(None)
    )
    return known.order_by(each.c.employee_id)


def _whole_year(own: Any, every: Any) -> sa.Select[Any]:
    """A row for each person in an agency, with their hours and what was asked there, and both of their whole year."""
    same = sa.and_(every.c.employee_id == own.c.employee_id, every.c.jalali_year == own.c.jalali_year)
    columns = (own.c.employee_id, own.c.staff_group, own.c.required_hours.label("own_required"))
    return (
        sa.select(
            *columns,
            hours_in(own).label("own_hours"),
            sa.func.sum(hours_in(every)).label("hours"),
            sa.func.sum(every.c.required_hours).label("required"),
        )
        .join(every, same)
        .where(own.c.days > 0)
        .group_by(own.c.employee_id, own.c.jalali_year, own.c.agency_code, *_grouped(own))
    )


def _grouped(own: Any) -> list[Any]:
    return [own.c[name] for name in ("staff_group", "required_hours", *(f"{kind}_hours" for kind in TYPES))]


def set_asked(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Set what years ask (`staff_group`, `days`, `required_hours`) in rows with a key; sums of hours stay.

    Three statements on PostgreSQL, however many rows; locked in the order of the keys, as by whoever adds hours.
    """
    rows = sorted(rows, key=itemgetter(*_KEY))
    insert_rows(tx, person_years, rows, skip_known=True)
    if not rows:
        return
    if tx.dialect == "postgresql":
        own = person_years.c
        theirs = own.employee_id.in_({row["employee_id"] for row in rows})
        tx.execute(sa.select(own.jalali_year).where(theirs).order_by(*(own[name] for name in _KEY)).with_for_update())
    _SET_ASKED.run(tx, [{f"new_{name}": row[name] for name in (*_KEY, *_ASKED)} for row in rows])


def _setting_asked(told: Mapping[str, Any]) -> Any:
    own = person_years.c
    same = sa.and_(*(own[name] == told[f"new_{name}"] for name in _KEY))
    differs = sa.or_(*(own[name].is_distinct_from(told[f"new_{name}"]) for name in _ASKED))
    return sa.update(person_years).where(same, differs).values({name: told[f"new_{name}"] for name in _ASKED})


_SET_ASKED = EachRow({f"new_{name}": person_years.c[name].type for name in (*_KEY, *_ASKED)}, _setting_asked)


def forget_empty(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """Years of these people in which they neither were employed nor did anything."""
    own = person_years.c
    empty = own.employee_id.in_(employee_ids), own.days == 0, own.lines == 0, hours_in(person_years) == 0
    tx.execute(sa.delete(person_years).where(*empty))


def set_worked_out(tx: Transaction, employee_ids: Collection[UUID], year: int) -> None:
    tx.execute(sa.update(employees).where(employees.c.id.in_(employee_ids)).values(hours_year=year))
