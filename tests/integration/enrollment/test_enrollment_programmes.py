"""Courses and programmes heard of: versions and equivalents that count, law that changed, programmes completed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.enrollment.models.programmes import programmes
from shared.errors import Conflict, NotFound, Unavailable
from shared.events import (
    CourseGroupChangedV1,
    CoursePublishedV1,
    CourseRetiredV1,
    CourseReviewedV1,
    LegalReferenceChangedV1,
    LocalizedText,
    ProgrammeCompletedV1,
    ProgrammePublishedV1,
    ProgrammeRetiredV1,
)
from shared.events.catalog import Audience, CitingCourse, CompletionRule, ProgrammeCourse

TITLE = LocalizedText("نمونه", "Sample")
MOMENT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def published(code: str = "RD-01", version: int = 1, **changes: Any) -> CoursePublishedV1:
    fields: dict[str, Any] = {
        "course_code": code,
        "version": version,
        "title": TITLE,
        "course_type": "job",
        "hours": 10.0,
        "practical_hours": 0.0,
        "delivery_mode": "in_person",
        "completion_rule": CompletionRule(0.8, 60.0),
        "prerequisites": [],
        "prerequisite_versions": {},
        "audience": Audience(),
        "languages": ["fa"],
        "gains": [],
        "competences": [],
        "leads_to_degree": False,
        "veterans_exception": False,
        "refresh_every_months": None,
        "certificate_template": None,
        "stale": False,
        "published_at": MOMENT,
    }
    return CoursePublishedV1(**(fields | changes))


def law_changed(*codes: str, article: str = "95") -> LegalReferenceChangedV1:
    return LegalReferenceChangedV1(
        law="CSML",
        article=article,
        title=TITLE,
        number=None,
        status="repealed",
        effective_on=MOMENT.date(),
        successor=None,
        note=None,
        stale_courses=[CitingCourse(code, 1) for code in codes],
    )


def group(kind: str, *codes: str, revision: int = 1) -> CourseGroupChangedV1:
    return CourseGroupChangedV1(
        group_code=kind.upper(),
        revision=revision,
        title=TITLE,
        kind=kind,  # type: ignore[arg-type]
        course_codes=list(codes),
    )


def programme(*courses: ProgrammeCourse, version: int = 1, **changes: Any) -> ProgrammePublishedV1:
    fields: dict[str, Any] = {
        "programme_code": "INDUCTION",
        "version": version,
        "title": TITLE,
        "purpose": "induction",
        "ordered": False,
        "courses": list(courses),
        "min_electives": 0,
        "min_hours": 0.0,
        "audience": Audience(),
        "within_months": 36,
        "published_at": MOMENT,
    }
    return ProgrammePublishedV1(**(fields | changes))


def must(code: str, min_version: int | None = None) -> ProgrammeCourse:
    return ProgrammeCourse(code, compulsory=True, min_version=min_version)


def completes(world: Any, employee_id: str, code: str, version: int = 1) -> str:
    """The employee attends and passes a course; the enrollment."""
    offering_id = world.offering(course_code=code, course_version=version)
    enrollment_id = str(world.enroll(employee_id, offering_id)["enrollment_id"])
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
    assert world.call("record_results", offering_id=offering_id, results=[row])["completed"] == 1
    return enrollment_id


def stale(world: Any, enrollment_id: str) -> Any:
    return world.call("get_enrollment", enrollment_id=enrollment_id)["course_stale_since"]


def test_what_was_learned_goes_stale_with_the_law_and_is_right_again_after_a_review(world: Any) -> None:
    enrollment_id = completes(world, world.employee(), "RD-01")
    assert stale(world, enrollment_id) is None
    change = world.harness.message(law_changed("RD-01", "OC-01"), time=MOMENT + timedelta(days=1))
    world.harness.deliver(change)
    assert stale(world, enrollment_id) == "2026-11-02T08:00:00.000000Z"
    review = CourseReviewedV1(course_code="RD-01", version=1, note="درست است", reviewed_at=MOMENT + timedelta(days=2))
    world.harness.deliver(review)
    assert stale(world, enrollment_id) is None


def test_news_of_a_course_may_come_in_any_order(world: Any) -> None:
    enrollment_id = completes(world, world.employee(), "RD-01")
    review = CourseReviewedV1(course_code="RD-01", version=1, note="درست است", reviewed_at=MOMENT + timedelta(days=2))
    world.harness.deliver(review)
    world.harness.deliver(world.harness.message(law_changed("RD-01"), time=MOMENT + timedelta(days=1)))
    world.harness.deliver(published())
    assert stale(world, enrollment_id) is None
    world.harness.deliver(world.harness.message(law_changed("RD-01", article="96"), time=MOMENT + timedelta(days=3)))
    world.harness.deliver(
        CourseRetiredV1(course_code="RD-01", versions=[1], reason="نمونه", retired_at=MOMENT + timedelta(days=4))
    )
    assert stale(world, enrollment_id) == "2026-11-04T08:00:00.000000Z"


def test_a_prerequisite_is_met_by_a_version_that_is_new_enough_or_by_an_equivalent_course(world: Any) -> None:
    offering_id = world.offering(course_code="RD-02", prerequisites=["RD-01"], prerequisite_versions={"RD-01": 2})
    old, new, other = world.employees(3)
    completes(world, old, "RD-01", version=1)
    completes(world, new, "RD-01", version=2)
    completes(world, other, "OC-01")
    for person in (old, other):
        with pytest.raises(Conflict) as refused:
            world.enroll(person, offering_id)
        assert refused.value.code == "prerequisite_missing"
    world.harness.deliver(group("equivalent", "RD-01", "OC-01"))
    assert [world.enroll(person, offering_id)["status"] for person in (new, other)] == ["confirmed", "confirmed"]


def test_of_a_group_that_counts_once_a_second_course_is_refused(world: Any) -> None:
    world.harness.deliver(group("counts_once", "RD-01", "OC-01"))
    employee_id = world.employee()
    completes(world, employee_id, "OC-01")
    offering_id = world.offering(course_code="RD-01")
    with pytest.raises(Conflict) as refused:
        world.enroll(employee_id, offering_id)
    assert refused.value.code == "counts_once"
    world.harness.deliver(group("counts_once", revision=2))
    world.harness.deliver(group("counts_once", "RD-01", "OC-01", revision=1))
    assert world.enroll(employee_id, offering_id)["status"] == "confirmed"


def test_the_last_course_completes_a_programme_once(world: Any) -> None:
    world.harness.deliver(programme(must("RD-01"), must("RD-02"), ProgrammeCourse("OC-01", compulsory=False)))
    employee_id = world.employee()
    completes(world, employee_id, "RD-01")
    assert world.said(ProgrammeCompletedV1) == []
    completes(world, employee_id, "RD-02")
    (event,) = world.said(ProgrammeCompletedV1)
    assert (str(event.employee_id), event.programme_code, event.hours) == (employee_id, "INDUCTION", 20.0)
    assert sorted(event.course_codes) == ["RD-01", "RD-02"]
    completes(world, employee_id, "OC-01")
    assert len(world.said(ProgrammeCompletedV1)) == 1
    (item,) = world.call("list_programme_completions", employee_id=employee_id)["items"]
    assert (item["programme_code"], item["completion_id"]) == ("INDUCTION", str(event.completion_id))


def test_progress_is_explained_course_by_course(world: Any) -> None:
    elective = ProgrammeCourse("OC-01", compulsory=False)
    world.harness.deliver(programme(must("RD-01", 2), must("RD-02"), elective, min_electives=1, min_hours=30.0))
    employee_id = world.employee()
    completes(world, employee_id, "RD-01", version=1)
    completes(world, employee_id, "OC-01")
    reply = world.call("programme_progress", employee_id=employee_id, programme_code="INDUCTION")
    assert [(item["course_code"], item["status"]) for item in reply["items"]] == [
        ("RD-01", "old_version"),
        ("RD-02", "missing"),
        ("OC-01", "done"),
    ]
    assert (reply["complete"], reply["hours"], reply["electives"], reply["missing"]) == (
        False,
        10.0,
        1,
        ["RD-01", "RD-02"],
    )
    with pytest.raises(NotFound) as refused:
        world.call("programme_progress", employee_id=employee_id, programme_code="NONE")
    assert refused.value.code == "programme_not_found"
    with pytest.raises(NotFound):
        world.call("programme_progress", ("auditor",), "AG-B", employee_id=employee_id, programme_code="INDUCTION")


def sweep(world: Any) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=True):
        world.harness.service.complete_programmes()


def test_who_had_completed_everything_before_the_programme_is_found(world: Any) -> None:
    people = world.employees(3)
    for person in people[:2]:
        completes(world, person, "RD-01")
    world.harness.deliver(programme(must("RD-01")))
    world.harness.service.complete_programmes()
    assert world.said(ProgrammeCompletedV1) == []
    sweep(world)
    sweep(world)
    assert sorted(str(event.employee_id) for event in world.said(ProgrammeCompletedV1)) == sorted(people[:2])
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(programmes.c.sweep_from)) is None


def test_a_course_that_comes_to_stand_for_another_completes_programmes_too(world: Any) -> None:
    world.harness.deliver(programme(must("RD-01")))
    employee_id = world.employee()
    completes(world, employee_id, "OC-01")
    sweep(world)
    assert world.said(ProgrammeCompletedV1) == []
    world.harness.deliver(group("equivalent", "RD-01", "OC-01"))
    sweep(world)
    assert len(world.said(ProgrammeCompletedV1)) == 1


def test_nobody_completes_a_retired_programme(world: Any) -> None:
    retired = ProgrammeRetiredV1(programme_code="INDUCTION", version=1, reason="نمونه", retired_at=MOMENT)
    with pytest.raises(Unavailable) as early:
        world.harness.deliver(retired)
    assert early.value.code == "programme_not_known_yet"
    world.harness.deliver(programme(must("RD-01")))
    world.harness.deliver(retired)
    completes(world, world.employee(), "RD-01")
    assert world.said(ProgrammeCompletedV1) == []


def test_an_earlier_version_of_a_programme_does_not_take_the_place_of_a_later_one(world: Any) -> None:
    world.harness.deliver(programme(must("RD-01"), must("RD-02"), version=2))
    world.harness.deliver(programme(must("RD-01"), version=1))
    completes(world, world.employee(), "RD-01")
    assert world.said(ProgrammeCompletedV1) == []


def test_two_results_at_once_complete_a_programme_once(world: Any) -> None:
    world.harness.deliver(programme(must("RD-01"), must("RD-02")))
    people = world.employees(20)
    rows: dict[str, list[dict[str, Any]]] = {}
    for code in ("RD-01", "RD-02"):
        offering_id = world.offering(offering_id=uuid4(), course_code=code, capacity=20)
        found = [world.enroll(person, offering_id)["enrollment_id"] for person in people]
        rows[offering_id] = [{"enrollment_id": one, "attended_hours": 10, "score": 90} for one in found]
    with ThreadPoolExecutor(2) as pool:
        replies = pool.map(
            lambda place: world.call("record_results", offering_id=place[0], results=place[1]), rows.items()
        )
    assert [reply["completed"] for reply in replies] == [20, 20]
    assert sorted(str(event.employee_id) for event in world.said(ProgrammeCompletedV1)) == sorted(people)


def test_a_completion_made_good_again_completes_the_programme_it_was_missing_in(world: Any) -> None:
    world.harness.deliver(programme(must("RD-01"), must("RD-02")))
    person = world.employee()
    first = completes(world, person, "RD-01")

    def correct(score: float) -> None:
        fields = {"attended_hours": 10, "score": score, "reason": "ثبت نادرست"}
        world.call("correct_result", enrollment_id=first, **fields)

    correct(10)
    completes(world, person, "RD-02")
    assert world.said(ProgrammeCompletedV1) == []
    for score in (70, 80):
        correct(score)
        assert len(world.said(ProgrammeCompletedV1)) == 1
