"""People who took a course, and answers to the product's own questionnaires."""

from datetime import timedelta
from typing import Any

SCALES = ("goals_clear", "content_useful", "content_current", "instructor_knowledge", "instructor_teaching")
REACTION: dict[str, Any] = dict.fromkeys((*SCALES, "materials", "time", "place", "overall"), 4)
BEHAVIOUR: dict[str, Any] = dict.fromkeys(("applies", "quality", "errors", "independence", "clients", "shares"), 3)
BEHAVIOUR |= {"opportunity": True}
RESULTS = dict.fromkeys(("goals", "quality", "morale", "loyalty", "clarity", "talents", "growth"), 4)


def over(world: Any) -> dict[str, Any]:
    """The days of an offering that ended yesterday."""
    return {"starts_on": world.today - timedelta(days=2), "ends_on": world.today - timedelta(days=1)}


def taken(world: Any, count: int, agency: str = "AG-A", **changes: Any) -> tuple[str, list[str]]:
    """An offering with people of an agency in it: its id and their enrollments."""
    offering_id = str(world.offering(**changes))
    return offering_id, join(world, offering_id, count, agency)


def join(world: Any, offering_id: str, count: int, agency: str = "AG-A") -> list[str]:
    people = [world.employee(agency_code=agency) for _person in range(count)]
    return [str(world.enroll(person, offering_id)["enrollment_id"]) for person in people]


def passed(world: Any, offering_id: str, *enrollment_ids: str) -> Any:
    rows = [{"enrollment_id": each, "attended_hours": 10, "score": 90} for each in enrollment_ids]
    return world.call("record_results", offering_id=offering_id, results=rows)


def forms_of(world: Any, offering_id: str, **more: Any) -> list[dict[str, Any]]:
    return list(world.call("list_forms", offering_id=offering_id, limit=200, **more)["items"])


def answer_all(world: Any, offering_id: str, *overall: int, **more: Any) -> None:
    """Open the forms of an offering that is over and answer as many as there are numbers, agency by agency."""
    world.harness.service.open_forms()
    waiting = sorted(forms_of(world, offering_id, open_only=True), key=lambda form: form["agency_code"])
    for form, number in zip(waiting, overall, strict=False):
        world.call("submit_form", form_id=form["form_id"], answers=REACTION | {"overall": number} | more)
