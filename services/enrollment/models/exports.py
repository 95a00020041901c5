"""Statements of exports: the staff of an agency in batches, and the lines of their records."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.people import employment_periods
from services.enrollment.models.record import standing_entries, training_entries
from services.enrollment.models.tables import employees
from shared.database import Transaction


class Place(NamedTuple):
    """After which line a list goes on: the person, the day on which the line was completed, and its entry."""

    employee_id: UUID
    completed_on: date
    entry_id: UUID


def staff_of(
    tx: Transaction, agency_code: str, as_of: datetime, day: date, since: UUID | None, limit: int
) -> Sequence[Any]:
    """The people whom an agency employed on a day, as it was known then, in the order of their ids from `since` on:
    who they are, and what they were there."""
    own, period = employees.c, employment_periods.c
    names = (own.id, own.national_code, own.full_name, period.personnel_number, period.unit, period.job_title)
    there = sa.and_(
        period.agency_code == agency_code,
        period.from_day <= day,
        sa.or_(period.until_day.is_(None), period.until_day >= day, period.end_recorded_at > as_of),
        period.recorded_at <= as_of,
    )
    statement = sa.select(*names).join(employment_periods, period.employee_id == own.id)
    statement = statement.where(there, own.merged_into.is_(None), own.erased_at.is_(None))
    if since is not None:
        statement = statement.where(period.employee_id >= since)
    return tx.execute(statement.order_by(period.employee_id).limit(limit)).all()


def lines_after(
    tx: Transaction, employee_ids: Collection[UUID], as_of: datetime, after: Place | None, limit: int
) -> Sequence[Any]:
    """Entries of these people that stood at a moment, by person and day."""
    own = training_entries.c
    conditions: list[sa.ColumnElement[bool]] = [own.employee_id.in_(employee_ids)]
    if after is not None:
        place = (sa.literal(each, column.type) for each, column in zip(after, _PLACE, strict=True))
        conditions.append(sa.tuple_(*_PLACE) > sa.tuple_(*place))
    return tx.execute(standing_entries(*conditions, as_of=as_of).limit(limit)).all()


_PLACE = (training_entries.c.employee_id, training_entries.c.completed_on, training_entries.c.id)
