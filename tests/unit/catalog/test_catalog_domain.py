"""The rules of courses and offerings."""

from datetime import date
from typing import Any

import pytest

from services.catalog.domain import courses, offerings
from shared.errors import Conflict, Invalid, NotFound, Unavailable

PUBLISHED = {"RD-01": [], "RD-02": ["RD-01"], "RD-03": ["RD-02"]}


def definition(**changes: Any) -> dict[str, Any]:
    made = {
        "code": "OC-01",
        "hours": 4.0,
        "completion_rule": {"min_attendance": 0.8, "pass_mark": 60.0},
        "prerequisites": [],
        "refresh_every_months": None,
    }
    return made | changes


def plan(**changes: Any) -> dict[str, Any]:
    made = {
        "starts_on": date(2027, 1, 10),
        "ends_on": date(2027, 1, 12),
        "enrollment_closes_on": date(2027, 1, 10),
        "capacity": 20,
        "min_seats": 1,
        "waitlist_limit": 0,
    }
    return made | changes


def wrong_fields(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, list[str]]:
    return refused.value.details["fields"]


def test_a_definition_within_its_limits_is_accepted() -> None:
    limits = {"min_attendance": 1.0, "pass_mark": 0.0}
    courses.check_definition(definition(hours=1000.0, completion_rule=limits, prerequisites=["RD-02"]), PUBLISHED)


def test_every_wrong_field_of_a_definition_is_named_at_once() -> None:
    wrong = definition(
        hours=0.0,
        completion_rule={"min_attendance": 1.5, "pass_mark": 101.0},
        prerequisites=["RD-01", "OC-01", "XX-99", "RD-01"],
        refresh_every_months=0,
    )
    with pytest.raises(Invalid) as refused:
        courses.check_definition(wrong, PUBLISHED)
    assert wrong_fields(refused) == {
        "hours": ["must be more than 0 and at most 1000"],
        "completion_rule.min_attendance": ["must be between 0 and 1"],
        "completion_rule.pass_mark": ["must be between 0 and 100"],
        "refresh_every_months": ["must be between 1 and 600"],
        "prerequisites[1]": ["must not be the course itself"],
        "prerequisites[2]": ["XX-99 is not a published course"],
        "prerequisites[3]": ["is named twice"],
    }


@pytest.mark.parametrize("hours", [-1.0, 0.0, 1000.5])
def test_hours_outside_the_limits_are_refused(hours: float) -> None:
    with pytest.raises(Invalid, match="hours"):
        courses.check_definition(definition(hours=hours), {})


def test_courses_cannot_need_each_other_in_a_circle() -> None:
    with pytest.raises(Invalid) as refused:
        courses.check_definition(definition(code="RD-01", prerequisites=["RD-03"]), PUBLISHED)
    assert list(wrong_fields(refused)) == ["prerequisites[0]"]


def test_a_new_code_makes_version_one_and_the_next_follows_the_last() -> None:
    assert courses.next_version("RD-01", {}) == 1
    assert courses.next_version("RD-01", {1: "published", 2: "published"}) == 3


def test_a_course_has_one_draft_at_a_time() -> None:
    with pytest.raises(Conflict) as refused:
        courses.next_version("RD-01", {1: "published", 2: "draft"})
    assert refused.value.code == "draft_exists"
    assert refused.value.details["version"] == 2
    assert "2" in refused.value.message


def test_a_draft_is_published_once() -> None:
    courses.check_publishable("RD-01", 1, "draft", leads_to_degree=False)
    with pytest.raises(Conflict) as refused:
        courses.check_publishable("RD-01", 1, "published", leads_to_degree=False)
    assert refused.value.code == "already_published"


def test_a_course_that_leads_to_a_degree_is_never_published() -> None:
    with pytest.raises(Conflict) as refused:
        courses.check_publishable("RD-01", 1, "draft", leads_to_degree=True)
    assert refused.value.code == "leads_to_degree"
    assert "61" in refused.value.message


@pytest.mark.parametrize(
    ("versions", "asked", "offered"),
    [
        ({1: "published"}, None, 1),
        ({1: "published", 2: "published", 3: "draft"}, None, 2),
        ({1: "published", 2: "published"}, 1, 1),
    ],
)
def test_an_offering_teaches_the_latest_published_version_unless_one_is_named(
    versions: dict[int, str], asked: int | None, offered: int
) -> None:
    assert courses.version_to_offer("RD-01", versions, asked) == offered


@pytest.mark.parametrize(("versions", "asked"), [({1: "draft"}, None), ({1: "published", 2: "draft"}, 2)])
def test_a_draft_cannot_be_offered(versions: dict[int, str], asked: int | None) -> None:
    with pytest.raises(Conflict) as refused:
        courses.version_to_offer("RD-01", versions, asked)
    assert refused.value.code == "course_not_published"


@pytest.mark.parametrize(("versions", "asked"), [({}, None), ({1: "published"}, 7)])
def test_a_course_or_version_that_is_not_there_is_not_found(versions: dict[int, str], asked: int | None) -> None:
    with pytest.raises(NotFound) as refused:
        courses.version_to_offer("RD-01", versions, asked)
    assert refused.value.code == "course_not_found"


def test_an_offering_of_one_day_with_as_many_seats_as_it_needs_is_accepted() -> None:
    day = date(2027, 1, 10)
    offerings.check_offering(**plan(starts_on=day, ends_on=day, enrollment_closes_on=day, capacity=15, min_seats=15))


def test_every_wrong_field_of_an_offering_is_named_at_once() -> None:
    wrong = plan(
        ends_on=date(2027, 1, 9), enrollment_closes_on=date(2027, 1, 11), capacity=0, min_seats=0, waitlist_limit=-1
    )
    with pytest.raises(Invalid) as refused:
        offerings.check_offering(**wrong)
    assert set(wrong_fields(refused)) == {"ends_on", "enrollment_closes_on", "capacity", "min_seats", "waitlist_limit"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity", 100_001), ("min_seats", 21), ("enrollment_closes_on", date(2027, 1, 13))],
)
def test_one_wrong_field_of_an_offering_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        offerings.check_offering(**plan(**{field: value}))
    assert set(wrong_fields(refused)) == {field}


def test_an_agency_that_was_not_heard_of_yet_is_worth_another_try() -> None:
    offerings.check_agencies_known({"A"}, {"A", "B"})
    with pytest.raises(Unavailable) as refused:
        offerings.check_agencies_known({"A", "C", "B"}, {"A"})
    assert refused.value.code == "agency_not_known_yet"
    assert refused.value.details == {"agencies": ["B", "C"]}


def test_an_offering_is_cancelled_once() -> None:
    offerings.check_cancellable("open")
    with pytest.raises(Conflict) as refused:
        offerings.check_cancellable("cancelled")
    assert refused.value.code == "already_cancelled"
