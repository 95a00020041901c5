"""Hours of people and agencies, year by year."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.enrollment.models import record
from services.enrollment.service.hours import year_figures
from shared.ids import new_id
from shared.persian import jalali_months_bounds, jalali_year
from tests.integration.enrollment.conftest import World


def day(jyear: int, month: int, of_month: int) -> date:
    return jalali_months_bounds(jyear, month, month)[0] + timedelta(days=of_month - 1)


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


def test_years_of_a_person(world: World) -> None:
    # Hired on 1 Mehr 1402: 6/12 × 40 = 20 of 1402, 40 of each year since; this year's is that of all of it.
    one = world.employee(hired_on=day(1402, 7, 1))
    add(
        world,
        entry(one, day(1402, 8, 1), 15),
        entry(one, day(1403, 2, 1), 30),
        entry(one, day(1403, 3, 1), 20, "cultural"),
    )
    with world.harness.db.reading() as tx:
        figures = year_figures(tx, [UUID(one)])[UUID(one)]
    assert figures[:2] == [
        {
            "jalali_year": 1402,
            "hours": 15,
            "job_hours": 15,
            "general_hours": 0,
            "required_hours": 20,
            "missing_hours": 5,
            "pay_hours": 15,
            "pay_points": 7.5,
        },
        {
            "jalali_year": 1403,
            "hours": 50,
            "job_hours": 30,
            "general_hours": 20,
            "required_hours": 40,
            "missing_hours": 0,
            "pay_hours": 50,
            "pay_points": 25,
        },
    ]
    assert [each["jalali_year"] for each in figures] == list(range(1402, jalali_year(world.today) + 1))
