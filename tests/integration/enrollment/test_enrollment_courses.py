"""What is heard of courses: versions, the law they teach, groups. In any order, and more than once."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models.courses import course_versions
from shared.errors import Conflict
from shared.events import (
    CourseGroupChangedV1,
    CoursePublishedV1,
    CourseRetiredV1,
    CourseReviewedV1,
    LegalReferenceChangedV1,
    LocalizedText,
)
from shared.events.catalog import Audience, CitingCourse, CompletionRule

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TITLE = LocalizedText("دوره نمونه", "Sample course")


def hour(number: int) -> datetime:
    return NOON + timedelta(hours=number)


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
        "published_at": NOON,
    }
    return CoursePublishedV1(**(fields | changes))


def law_changed(world: Any, at: datetime, *citing: tuple[str, int], article: str = "95") -> Any:
    event = LegalReferenceChangedV1(
        law="CSML",
        article=article,
        title=TITLE,
        number=None,
        status="repealed",
        effective_on=date(2016, 5, 9),
        successor=None,
        note=None,
        stale_courses=[CitingCourse(code, version) for code, version in citing],
    )
    return world.harness.message(event, time=at)


def reviewed(at: datetime, code: str = "RD-01", version: int = 1) -> CourseReviewedV1:
    return CourseReviewedV1(course_code=code, version=version, note="بررسی شد", reviewed_at=at)


def group(revision: int, *codes: str, kind: str = "equivalent", code: str = "G-1") -> CourseGroupChangedV1:
    return CourseGroupChangedV1(
        group_code=code,
        revision=revision,
        title=TITLE,
        kind=kind,
        course_codes=list(codes),  # type: ignore[arg-type]
    )


def version(world: Any, code: str = "RD-01", number: int = 1) -> Any:
    own = course_versions.c
    with world.harness.db.reading() as tx:
        return tx.execute(sa.select(course_versions).where(own.course_code == code, own.version == number)).one()


def test_a_change_of_law_shows_with_the_enrollments_of_that_version_alone(world: Any) -> None:
    person = world.employee()
    first, second = (world.complete(person, course_version=number) for number in (1, 2))
    world.harness.deliver(published(), published(version=2))
    world.harness.deliver(law_changed(world, hour(1), ("RD-01", 1)))
    shown = {row["enrollment_id"]: row for row in world.call("list_enrollments", employee_id=person)["items"]}
    assert datetime.fromisoformat(shown[first]["course_stale_since"]) == hour(1)
    assert shown[second]["course_stale_since"] is None
    assert world.call("get_enrollment", enrollment_id=first)["course_stale_since"] is not None
    world.harness.deliver(reviewed(hour(2)))
    assert world.call("get_enrollment", enrollment_id=first)["course_stale_since"] is None


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_publication_changes_and_review_come_in_any_order(world: Any, order: tuple[int, ...]) -> None:
    news = [
        published(),
        law_changed(world, hour(1), ("RD-01", 1)),
        reviewed(hour(2)),
        law_changed(world, hour(3), ("RD-01", 1), article="96"),
    ]
    for place in order:
        world.harness.deliver(news[place])
    row = version(world)
    assert (row.title, row.hours, row.stale_since) == (TITLE.as_dict(), 10.0, hour(3))
    assert {mark["article"] for mark in row.stale_marks} == {"95", "96"}


def test_a_version_published_on_a_law_that_had_changed_is_stale_from_then_on(world: Any) -> None:
    world.harness.deliver(published(stale=True))
    assert version(world).stale_since == NOON
    world.harness.deliver(published(stale=True))
    assert len(version(world).stale_marks) == 1


def test_the_last_of_several_reviews_counts(world: Any) -> None:
    world.harness.deliver(law_changed(world, hour(2), ("RD-01", 1)))
    world.harness.deliver(reviewed(hour(3)), reviewed(hour(1)))
    world.harness.deliver(reviewed(hour(1)))
    assert (version(world).reviewed_at, version(world).stale_since) == (hour(3), None)


def test_many_versions_are_marked_at_once(world: Any) -> None:
    citing = [("RD-01", number) for number in range(1, 6)] + [("SS-04", 1)]
    world.harness.deliver(law_changed(world, hour(1), *citing), law_changed(world, hour(2), ("SS-04", 1), article="9"))
    assert version(world, number=5).stale_since == hour(1)
    assert [mark["law"] for mark in version(world, "SS-04").stale_marks] == ["CSML", "CSML"]
    world.harness.deliver(law_changed(world, hour(1)))


def test_a_retirement_is_remembered_and_touches_no_enrollment(world: Any) -> None:
    offering_id = world.offering()
    world.harness.deliver(
        CourseRetiredV1(course_code="RD-01", versions=[1, 2], reason="کهنه شده است", retired_at=hour(4))
    )
    assert [version(world, number=number).retired_at for number in (1, 2)] == [hour(4), hour(4)]
    assert world.enroll(world.employee(), offering_id)["status"] == "confirmed"


def test_a_course_that_is_equivalent_opens_the_door_while_its_group_lasts(world: Any) -> None:
    person = world.employee()
    world.complete(person, "RD-77")
    advanced = {"course_code": "RD-02", "prerequisites": ["RD-01"]}
    for news, expected in (
        (group(1, "RD-01", "RD-77"), "confirmed"),
        (group(3), "prerequisite_missing"),
        (group(2, "RD-01", "RD-77"), "prerequisite_missing"),
    ):
        world.harness.deliver(news)
        asked = {"offering_id": world.offering(**advanced), "employee_ids": [person], "dry_run": True}
        (row,) = world.call("nominate", **asked)["results"]
        assert row.get("code", row["status"]) == expected


def test_of_courses_that_count_once_only_one_is_entered(world: Any) -> None:
    person = world.employee()
    world.harness.deliver(group(1, "RD-01", "RD-02", kind="counts_once"))
    world.complete(person, "RD-01")
    with pytest.raises(Conflict) as refused:
        world.enroll(person, world.offering(course_code="RD-02"))
    assert (refused.value.code, refused.value.details["completed"]) == ("counts_once", ["RD-01"])
    with pytest.raises(Conflict) as repeated:
        world.enroll(person, world.offering(course_code="RD-01"))
    assert (repeated.value.code, repeated.value.details["version"]) == ("already_completed", 1)
    for again in ({"course_version": 2}, {"refresh_every_months": 24}):
        assert world.enroll(person, world.offering(course_code="RD-01", **again))["status"] == "confirmed"


def test_a_group_may_take_in_and_let_go_of_courses(world: Any) -> None:
    person = world.employee()
    world.complete(person, "RD-77")
    world.harness.deliver(group(1, "RD-01", "RD-77"), group(2, "RD-01", "RD-78"), group(1, "RD-01", "RD-77"))
    with pytest.raises(Conflict) as refused:
        world.enroll(person, world.offering(course_code="RD-02", prerequisites=["RD-01"]))
    assert refused.value.code == "prerequisite_missing"
