"""Parts of a training record for tests of hours: days of the Jalali calendar, entries, and the clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
import time_machine

from services.enrollment.models import record
from services.enrollment.models.record import person_years
from shared.ids import new_id
from shared.persian import TEHRAN, jalali_months_bounds, jalali_year
from tests.integration.enrollment.conftest import World


def day(jyear: int, month: int, of_month: int) -> date:
    return jalali_months_bounds(jyear, month, month)[0] + timedelta(days=of_month - 1)


@contextmanager
def at(on: date, hour: int = 0, minute: int = 5) -> Iterator[None]:
    """The clock in Tehran."""
    with time_machine.travel(datetime.combine(on, time(hour, minute), tzinfo=TEHRAN), tick=True):
        yield


def entry(employee_id: str, on: date, hours: float, kind: str = "job", **more: Any) -> dict[str, Any]:
    return {
        "id": new_id(),
        "employee_id": UUID(employee_id),
        "line_id": uuid4(),
        "source": "own",
        "reverses": None,
        "counted": True,
        "recorded_at": datetime.now(UTC),
        "recorded_by": "test",
        "agency_code": "AG-A",
        "course_code": "RD-01",
        "course_title": {"fa": "دوره نمونه"},
        "course_type": kind,
        "hours": hours,
        "completed_on": on,
        "jalali_year": jalali_year(on),
    } | more


def add(world: World, *rows: dict[str, Any]) -> None:
    with world.harness.db.transaction() as tx:
        record.add_entries(tx, rows)


def year_rows(world: World, employee_id: str) -> dict[tuple[int, str], tuple[Any, ...]]:
    """What is kept of somebody's years: group, days, required hours, and hours of the job."""
    own = person_years.c
    columns = (own.jalali_year, own.agency_code, own.staff_group, own.days, own.required_hours, own.job_hours)
    with world.harness.db.reading() as tx:
        rows = tx.execute(sa.select(*columns).where(own.employee_id == UUID(employee_id))).all()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}
