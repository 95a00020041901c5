"""What the catalog says and the clock does, for tests of what is foreseen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine

from services.enrollment.models.record import add_entries
from shared.events import CoursePublishedV1, LocalizedText, ProgrammePublishedV1
from shared.events.catalog import Audience, CompletionRule, ProgrammeCourse
from shared.ids import new_id
from shared.persian import end_of_day, jalali_year

TITLE = LocalizedText("نمونه", "Sample")
MOMENT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def publish(world: Any, code: str, version: int = 1, refresh: int | None = None) -> None:
    event = CoursePublishedV1(
        course_code=code,
        version=version,
        title=TITLE,
        course_type="job",
        hours=10.0,
        practical_hours=0.0,
        delivery_mode="in_person",
        completion_rule=CompletionRule(0.8, 60.0),
        prerequisites=[],
        prerequisite_versions={},
        audience=Audience(),
        languages=["fa"],
        gains=[],
        competences=[],
        leads_to_degree=False,
        veterans_exception=False,
        refresh_every_months=refresh,
        certificate_template=None,
        stale=False,
        published_at=MOMENT,
    )
    world.harness.deliver(event)


def programme(world: Any, code: str, *courses: str, purpose: str = "induction", version: int = 1) -> None:
    event = ProgrammePublishedV1(
        programme_code=code,
        version=version,
        title=TITLE,
        purpose=purpose,  # type: ignore[arg-type]
        ordered=False,
        courses=[ProgrammeCourse(one, compulsory=True, min_version=None) for one in courses],
        min_electives=0,
        min_hours=0.0,
        audience=Audience(),
        within_months=None,
        published_at=MOMENT,
    )
    world.harness.deliver(event)


def on_record(world: Any, employee_id: str, course_code: str, completed_on: date) -> None:
    """Somebody has a course on their record from elsewhere."""
    row = {
        "id": new_id(),
        "employee_id": UUID(employee_id),
        "line_id": new_id(),
        "source": "recognised",
        "reverses": None,
        "counted": True,
        "recorded_at": datetime.now(UTC),
        "recorded_by": "test",
        "agency_code": "AG-A",
        "course_code": course_code,
        "course_title": TITLE.as_dict(),
        "course_type": "job",
        "hours": 10.0,
        "completed_on": completed_on,
        "jalali_year": jalali_year(completed_on),
    }
    with world.harness.db.transaction() as tx:
        add_entries(tx, [row])


def record(world: Any, key: str, value: Any) -> None:
    said = {"source": "نمونه", "confidence": "policy_default", "reason": "آزمون", "effective_from": world.today}
    world.call("record_policy", key=key, value=value, **said)


def keep(world: Any) -> None:
    """The clock turns: everybody is looked through, and what happened is answered."""
    world.harness.service.sweep_due()
    world.harness.service.keep_due()


def tell_on(world: Any, day: date) -> None:
    """The reminders of a day, at its end in Tehran."""
    with time_machine.travel(end_of_day(day) - timedelta(hours=1), tick=True):
        world.harness.service.tell_due()


def foreseen(world: Any, employee_id: str, **more: Any) -> Any:
    return world.call("what_is_foreseen", employee_id=employee_id, **more)


def due(world: Any, **more: Any) -> list[tuple[str, str, str, str]]:
    items = world.call("list_due", **more)["items"]
    return [(item["employee_id"], item["cause"], item["code"], item["status"]) for item in items]
