"""People with hours enough for a type-2 certificate, and the way of an application to its award."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.record import add_entries, training_entries
from shared.ids import new_id
from shared.persian import add_jalali_months, jalali_year, jalali_year_bounds

OFFICER, REGISTRY, NATIONAL = ("training_officer",), ("agency_system",), ("national",)
BY_NAME = {"committee": "رئیس نمونه", "organisation": "نماینده نمونه"}
SYSTEM = {"committee": "training-desk", "organisation": "national-desk"}


def applicant(world: Any, job: float = 80, general: float = 40, **changes: Any) -> str:
    """Somebody of twelve years' service, with so many hours in each of the ten years before the last."""
    person = {
        "education": "دیپلم",
        "education_status": "valid",
        "education_field": "علوم انسانی",
        "hired_on": add_jalali_months(world.today, -144),
    }
    employee_id = str(world.employee(**(person | changes)))
    year = jalali_year(world.today)
    rows = []
    for back in range(11, 1, -1):
        first_day = jalali_year_bounds(year - back)[0]
        rows.append(entry(employee_id, first_day + timedelta(days=40), job, "job"))
        rows.append(entry(employee_id, first_day + timedelta(days=200), general, "cultural"))
    _add(world, rows)
    return employee_id


def entry(employee_id: str, day: date, hours: float, kind: str) -> dict[str, Any]:
    line_id = new_id()
    return {
        "id": new_id(),
        "employee_id": UUID(employee_id),
        "line_id": line_id,
        "source": "own",
        "reverses": None,
        "counted": True,
        "recorded_by": "test",
        "agency_code": "AG-A",
        "course_code": f"C-{line_id}",
        "course_title": {"fa": "دوره نمونه"},
        "course_type": kind,
        "hours": hours,
        "completed_on": day,
        "jalali_year": jalali_year(day),
    }


def add_line(world: Any, employee_id: str, day: date, hours: float, kind: str = "job") -> UUID:
    row = entry(employee_id, day, hours, kind)
    _add(world, [row])
    line_id: UUID = row["line_id"]
    return line_id


def _add(world: Any, rows: list[dict[str, Any]]) -> None:
    with world.harness.db.transaction() as tx:
        add_entries(tx, [row | {"recorded_at": tx.now} for row in rows])


def take_back(world: Any, line_id: UUID) -> None:
    """A counter-entry, as a corrected result writes it."""
    with world.harness.db.transaction() as tx:
        row = tx.execute(sa.select(training_entries).where(training_entries.c.line_id == line_id)).one()
        add_entries(tx, [dict(row._mapping) | {"id": new_id(), "reverses": row.id, "recorded_at": tx.now}])


def lines_of(world: Any, employee_id: str, level: str = "skill") -> list[dict[str, Any]]:
    checked = world.call("check_type2_eligibility", employee_id=employee_id, level=level)
    lines: list[dict[str, Any]] = checked["levels"][0]["lines"]
    return lines


def apply(world: Any, employee_id: str, level: str = "skill", **changes: Any) -> Any:
    by: dict[str, Any] = {"roles": REGISTRY, "employee_id": employee_id, "level": level}
    return world.call("apply_for_type2", **(by | changes))


def review(world: Any, application_id: str, decision: str = "accepted", **changes: Any) -> Any:
    said = {"decision": decision, "minutes_number": "۱۲", "minutes_on": world.today, "roles": OFFICER}
    return world.call("review_type2", application_id=application_id, **(said | changes))


def sit(world: Any, application_id: str, score: float, back: int = 0, **changes: Any) -> Any:
    said = {"sat_on": world.today - timedelta(days=back), "score": score, "roles": OFFICER}
    return world.call("record_type2_exam", application_id=application_id, **(said | changes))


def sign(world: Any, application_id: str, side: str, **changes: Any) -> Any:
    said = {"number": f"{side}/1", "decided_on": world.today.isoformat(), "name": BY_NAME[side]}
    by = {"roles": OFFICER if side == "committee" else NATIONAL, "system": SYSTEM[side], "decision": said}
    return world.call("sign_type2_award", application_id=application_id, side=side, **(by | changes))


def passed(world: Any, employee_id: str, **changes: Any) -> str:
    """An application whose exam is passed."""
    application_id = str(apply(world, employee_id, **changes)["application_id"])
    review(world, application_id)
    assert sit(world, application_id, 60)["state"] == "exam_passed"
    return application_id


def awarded(world: Any, employee_id: str) -> str:
    application_id = passed(world, employee_id)
    sign(world, application_id, "committee")
    assert sign(world, application_id, "organisation")["state"] == "awarded"
    return application_id


def whole(world: Any, application_id: str, **changes: Any) -> Any:
    return world.call("get_type2_application", application_id=application_id, **changes)
