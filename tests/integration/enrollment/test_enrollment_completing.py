"""Programmes, in more turns: what a result completes, what a later version leaves, and what it costs."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models.programmes import programmes
from services.enrollment.service import programmes as service
from shared.errors import NotFound, Unavailable
from shared.events import (
    CourseGroupChangedV1,
    LocalizedText,
    ProgrammeCompletedV1,
    ProgrammePublishedV1,
    ProgrammeRetiredV1,
)
from shared.events.catalog import Audience, ProgrammeCourse

TITLE = LocalizedText("برنامه نمونه", "Sample programme")
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


def programme(version: int = 1, *electives: str, compulsory: str = "RD-01 RD-02", **changes: Any) -> Any:
    courses = [ProgrammeCourse(code, True) for code in compulsory.split()]
    fields: dict[str, Any] = {
        "programme_code": "INDUCTION",
        "version": version,
        "title": TITLE,
        "purpose": "induction",
        "ordered": False,
        "courses": courses + [ProgrammeCourse(code, False) for code in electives],
        "min_electives": 0,
        "min_hours": 0.0,
        "audience": Audience(),
        "within_months": 36,
        "published_at": MOMENT,
    }
    return ProgrammePublishedV1(**(fields | changes))


def retired(version: int = 1) -> ProgrammeRetiredV1:
    return ProgrammeRetiredV1(programme_code="INDUCTION", version=version, reason="کهنه شده است", retired_at=MOMENT)


def sweep(world: Any) -> None:
    """Run the timer as it runs once the wait after the news is over."""
    with world.harness.db.transaction() as tx:
        due = sa.update(programmes).where(programmes.c.sweep_from.is_not(None))
        tx.execute(due.values(sweep_from=tx.now - timedelta(seconds=1)))
    world.harness.service.complete_programmes()


def progress(world: Any, employee_id: str, **more: Any) -> Any:
    return world.call("programme_progress", employee_id=employee_id, programme_code="INDUCTION", **more)


def completed_by(world: Any) -> list[str]:
    return [str(event.employee_id) for event in world.said(ProgrammeCompletedV1)]


def test_the_last_course_completes_a_programme_and_it_is_told_once(world: Any) -> None:
    world.harness.deliver(programme())
    person = world.employee()
    world.complete(person, "RD-01")
    assert completed_by(world) == []
    last_day = world.today - timedelta(days=2)
    world.complete(person, "RD-02", hours=12.0, starts_on=last_day, ends_on=last_day)
    (event,) = world.said(ProgrammeCompletedV1)
    assert (str(event.employee_id), event.agency_code, event.programme_version) == (person, "AG-A", 1)
    assert (event.programme_title, event.purpose, event.hours) == (TITLE, "induction", 22.0)
    assert (event.course_codes, event.completed_on) == (["RD-01", "RD-02"], world.today)
    assert event.full_name.startswith("نمونه")
    world.complete(person, "RD-02", refresh_every_months=12)
    sweep(world)
    assert completed_by(world) == [person]


def test_a_failed_course_completes_nothing(world: Any) -> None:
    world.harness.deliver(programme(compulsory="RD-01"))
    offering_id = world.offering()
    enrollment_id = world.enroll(world.employee(), offering_id)["enrollment_id"]
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 1}
    world.call("record_results", offering_id=offering_id, results=[row])
    assert completed_by(world) == []


def test_a_least_number_of_electives_and_hours_is_waited_for(world: Any) -> None:
    world.harness.deliver(programme(1, "X-1", "X-2", compulsory="RD-01", min_electives=1, min_hours=25.0))
    person = world.employee()
    for code, expected in (("RD-01", 0), ("X-2", 0), ("X-1", 1)):
        world.complete(person, code)
        assert len(completed_by(world)) == expected


def test_a_course_that_stands_for_one_of_the_programme_completes_it(world: Any) -> None:
    group = CourseGroupChangedV1(
        group_code="G-1", revision=1, title=TITLE, kind="equivalent", course_codes=["RD-02", "RD-77"]
    )
    world.harness.deliver(group)
    world.harness.deliver(programme())
    person = world.employee()
    world.complete(person, "RD-01")
    world.complete(person, "RD-77")
    (event,) = world.said(ProgrammeCompletedV1)
    assert event.course_codes == ["RD-01", "RD-77"]


def test_completions_from_before_the_news_are_found_page_by_page(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 2)
    ready = world.employees(5)
    for person in ready:
        world.complete(person, "RD-01")
        world.complete(person, "RD-02")
    world.complete(world.employee(), "RD-01")
    world.harness.deliver(programme())
    assert completed_by(world) == []
    sweep(world)
    assert completed_by(world) == ready
    sweep(world)
    assert completed_by(world) == ready


def test_a_later_version_holds_whichever_is_heard_first_and_a_completion_stays(world: Any) -> None:
    world.harness.deliver(programme(1, compulsory="RD-01"))
    early, late = world.employees(2)
    world.complete(early, "RD-01")
    world.harness.deliver(programme(3, compulsory="RD-01 RD-02"))
    world.harness.deliver(programme(2, compulsory="RD-01"))
    world.complete(late, "RD-01")
    assert completed_by(world) == [early]
    shown = progress(world, early)
    assert (shown["programme_version"], shown["complete"], shown["missing"]) == (3, False, ["RD-02"])
    assert shown["completion"]["programme_version"] == 1
    world.complete(early, "RD-02")
    assert completed_by(world) == [early]


def test_nobody_completes_a_retired_programme(world: Any) -> None:
    with pytest.raises(Unavailable) as early:
        world.harness.deliver(retired())
    assert early.value.code == "programme_not_known_yet"
    done, late = world.employees(2)
    world.harness.deliver(programme(compulsory="RD-01"))
    world.complete(done, "RD-01")
    world.harness.deliver(retired())
    world.complete(late, "RD-01")
    sweep(world)
    assert completed_by(world) == [done]
    assert progress(world, done)["retired"] is True
    world.harness.deliver(programme(2, compulsory="RD-01"))
    world.harness.deliver(retired(1))
    assert progress(world, done)["retired"] is False
    sweep(world)
    assert completed_by(world) == [done, late]


def test_completed_programmes_are_listed_in_pages(world: Any) -> None:
    person = world.employee()
    for number in range(3):
        world.harness.deliver(programme(programme_code=f"P-{number}", compulsory=f"RD-0{number}"))
        world.complete(person, f"RD-0{number}")
    first = world.call("list_programme_completions", employee_id=person, limit=2)
    second = world.call("list_programme_completions", employee_id=person, limit=2, cursor=first["next"])
    found = first["items"] + second["items"]
    assert [item["programme_code"] for item in found] == ["P-0", "P-1", "P-2"]
    assert (found[0]["course_codes"], found[0]["programme_title"]["en"]) == (["RD-00"], "Sample programme")
    assert second["next"] is None


def test_results_of_many_are_looked_at_with_as_many_statements_as_those_of_few(world: Any) -> None:
    counts = []
    world.harness.deliver(programme(compulsory="RD-01"), programme(programme_code="P-2", compulsory="RD-01"))
    for people in (2, 50):
        offering_id = world.offering(capacity=people)
        asked = {"offering_id": offering_id, "employee_ids": world.employees(people)}
        ids = [row["enrollment_id"] for row in world.call("nominate", **asked)["results"]]
        rows = [{"enrollment_id": one, "attended_hours": 10, "score": 90} for one in ids]
        with world.statements() as statements:
            world.call("record_results", offering_id=offering_id, results=rows)
        counts.append(len([each for each in statements.seen if not each.startswith("UPDATE enrollments")]))
    assert counts[0] == counts[1]
    assert len(completed_by(world)) == 2 * 52


def test_the_last_two_courses_at_the_same_moment_complete_a_programme_once(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.harness.deliver(programme())
    person = world.employee()
    offered = [world.offering(course_code=code) for code in ("RD-01", "RD-02")]
    ids = [world.enroll(person, offering_id)["enrollment_id"] for offering_id in offered]
    look = service.models.completions_of

    def look_slowly(*arguments: Any) -> Any:
        found = look(*arguments)
        time.sleep(0.3)  # long enough for the other one to look too, if nothing stopped it
        return found

    monkeypatch.setattr(service.models, "completions_of", look_slowly)

    def record(offering_id: str, enrollment_id: str) -> None:
        row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
        world.call("record_results", offering_id=offering_id, results=[row])

    both = [threading.Thread(target=record, args=pair) for pair in zip(offered, ids, strict=True)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert completed_by(world) == [person]


def test_the_programmes_of_others_staff_are_not_listed(world: Any) -> None:
    person = world.employee()
    with pytest.raises(NotFound) as refused:
        world.call("list_programme_completions", roles=("training_officer",), agency="AG-B", employee_id=person)
    assert refused.value.code == "employee_not_found"
