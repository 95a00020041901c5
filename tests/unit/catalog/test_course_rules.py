"""The rules of courses: what a definition may say, and the life of a version."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import courses
from services.catalog.domain.courses import Published
from shared.errors import Conflict, Invalid, NotFound

PUBLISHED = {"RD-01": Published(1, []), "RD-02": Published(3, ["RD-01"]), "RD-03": Published(1, ["RD-02"])}
LEVELS = {"WRITING": 3, "LAW": 1}


def definition(**changes: Any) -> dict[str, Any]:
    made = {
        "code": "OC-01",
        "hours": 4.0,
        "practical_hours": 0.0,
        "completion_rule": {"min_attendance": 0.8, "pass_mark": 60.0, "assessments": [], "resits": 1},
        "group_sizes": {},
        "prerequisites": [],
        "prerequisite_versions": {},
        "competences": [],
        "gains": [],
        "languages": ["fa"],
        "leads_to_degree": False,
        "veterans_exception": False,
        "refresh_every_months": None,
    }
    return made | changes


def rule(**changes: Any) -> dict[str, Any]:
    return {"min_attendance": 0.8, "pass_mark": 60.0, "assessments": [], "resits": 1} | changes


def assessments(*weights: float) -> list[dict[str, Any]]:
    return [{"code": f"A{place}", "title": {"fa": "آزمون"}, "weight": weight} for place, weight in enumerate(weights)]


def wrong_fields(**changes: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        courses.check_definition(definition(**changes), PUBLISHED, LEVELS)
    fields: dict[str, list[str]] = refused.value.details["fields"]
    return fields


def test_a_definition_within_its_limits_is_accepted() -> None:
    made = definition(
        hours=1000.0,
        practical_hours=1000.0,
        completion_rule=rule(min_attendance=1.0, pass_mark=0.0, assessments=assessments(0.5, 0.25, 0.25)),
        group_sizes={"class": {"min": 15, "max": 15}, "lecture": {"min": 30, "max": None}},
        prerequisites=["RD-02"],
        prerequisite_versions={"RD-02": 3},
        competences=[{"code": "WRITING", "level": 3}],
        gains=["goals", "growth"],
    )
    courses.check_definition(made, PUBLISHED, LEVELS)


def test_what_a_definition_leaves_out_is_filled_in_and_what_it_says_stays() -> None:
    sizes = {"class": {"min": 15, "max": 30}, "lecture": {"min": 30, "max": None}}
    content = {
        "completion_rule": {"pass_mark": 70.0, "resits": 0},
        "group_sizes": {"class": {"max": 20}, "seminar": {}},
    }
    assert courses.with_defaults(content, courses.Defaults(0.9, 50.0, sizes)) == {
        "completion_rule": {"min_attendance": 0.9, "pass_mark": 70.0, "resits": 0},
        "group_sizes": {"class": {"min": 15, "max": 20}, "seminar": {"min": 1, "max": None}},
    }


def test_every_wrong_field_of_a_definition_is_named_at_once() -> None:
    found = wrong_fields(
        hours=0.0,
        completion_rule=rule(min_attendance=1.5, pass_mark=101.0),
        prerequisites=["RD-01", "OC-01", "XX-99", "RD-01"],
        refresh_every_months=0,
    )
    assert found == {
        "hours": ["must be more than 0 and at most 1000"],
        "completion_rule.min_attendance": ["must be between 0 and 1"],
        "completion_rule.pass_mark": ["must be between 0 and 100"],
        "refresh_every_months": ["must be between 1 and 600"],
        "prerequisites[1]": ["must not be the course itself"],
        "prerequisites[2]": ["XX-99 is not a published course"],
        "prerequisites[3]": ["is named twice"],
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": -1.0}, "hours"),
        ({"hours": 1000.5}, "hours"),
        ({"practical_hours": 4.5}, "practical_hours"),
        ({"completion_rule": rule(assessments=assessments(0.5, 0.4))}, "completion_rule.assessments"),
        ({"completion_rule": rule(assessments=assessments(1.0, 0.0))}, "completion_rule.assessments[1].weight"),
        (
            {"completion_rule": rule(assessments=assessments(0.5) + assessments(0.5))},
            "completion_rule.assessments[1].code",
        ),
        ({"group_sizes": {"class": {"min": 20, "max": 19}}}, "group_sizes.class.max"),
        ({"prerequisites": ["RD-02"], "prerequisite_versions": {"RD-02": 4}}, "prerequisite_versions.RD-02"),
        ({"prerequisite_versions": {"RD-02": 1}}, "prerequisite_versions.RD-02"),
        ({"competences": [{"code": "SINGING", "level": 1}]}, "competences[0].code"),
        ({"competences": [{"code": "LAW", "level": 2}]}, "competences[0].level"),
        ({"competences": [{"code": "LAW", "level": 1}] * 2}, "competences[1].code"),
        ({"gains": ["goals", "goals"]}, "gains[1]"),
        ({"languages": ["fa", "fa"]}, "languages[1]"),
        ({"veterans_exception": True}, "veterans_exception"),
    ],
)
def test_one_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    assert field in wrong_fields(**changes)


def test_three_assessments_of_a_third_each_are_one_whole() -> None:
    made = definition(completion_rule=rule(assessments=assessments(0.333, 0.333, 0.333)))
    courses.check_definition(made, PUBLISHED, LEVELS)


def test_courses_cannot_need_each_other_in_a_circle() -> None:
    assert list(wrong_fields(code="RD-01", prerequisites=["RD-03"])) == ["prerequisites[0]"]


@given(st.lists(st.tuples(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=4)), max_size=30))
def test_whatever_is_published_in_turn_nobody_waits_for_themselves(tries: list[tuple[int, list[int]]]) -> None:
    """Versions are published one after the other, each only if the rule lets it: the courses never form a circle."""
    published: dict[str, Published] = {}
    for number, needed in tries:
        content = {
            "code": f"C-{number}",
            "prerequisites": [f"C-{each}" for each in needed],
            "prerequisite_versions": {},
        }
        if not courses.prerequisite_problems(content, published):
            published[f"C-{number}"] = Published(1, content["prerequisites"])
    begun: set[str] = set()
    while ready := [code for code in published if code not in begun and begun.issuperset(published[code][1])]:
        begun.update(ready)
    assert begun == set(published)


def test_a_new_code_makes_version_one_and_the_next_follows_the_last() -> None:
    assert courses.next_version("RD-01", {}) == 1
    assert courses.next_version("RD-01", {1: "retired", 2: "published"}) == 3


def test_a_course_has_one_draft_at_a_time() -> None:
    with pytest.raises(Conflict) as refused:
        courses.next_version("RD-01", {1: "published", 2: "draft"})
    assert refused.value.code == "draft_exists"
    assert refused.value.details["version"] == 2
    assert "2" in refused.value.message


def test_who_has_not_seen_the_newest_version_does_not_define_the_next() -> None:
    assert courses.next_version("RD-01", {1: "retired", 2: "published"}, 2) == 3
    assert courses.next_version("RD-01", {}, 0) == 1
    with pytest.raises(Conflict) as refused:
        courses.next_version("RD-01", {1: "published"}, 0)
    assert (refused.value.code, refused.value.details) == ("version_exists", {"version": 1})


def test_a_draft_that_somebody_else_changed_is_not_edited_over() -> None:
    courses.check_editable("draft", 2, seen=2)
    with pytest.raises(Conflict) as refused:
        courses.check_editable("draft", 3, seen=2)
    assert (refused.value.code, refused.value.details) == ("draft_changed", {"revision": 3})


@pytest.mark.parametrize("status", ["published", "retired"])
def test_what_was_published_is_not_edited(status: str) -> None:
    with pytest.raises(Conflict) as refused:
        courses.check_editable(status, 1, seen=1)
    assert refused.value.code == "not_a_draft"


@pytest.mark.parametrize(("status", "code"), [("published", "already_published"), ("retired", "course_retired")])
def test_a_draft_is_published_once(status: str, code: str) -> None:
    courses.check_publishable("RD-01", 1, "draft", leads_to_degree=False, veterans=False)
    with pytest.raises(Conflict) as refused:
        courses.check_publishable("RD-01", 1, status, leads_to_degree=False, veterans=False)
    assert refused.value.code == code


def test_a_course_that_leads_to_a_degree_is_published_for_veterans_only() -> None:
    courses.check_publishable("RD-01", 1, "draft", leads_to_degree=True, veterans=True)
    with pytest.raises(Conflict) as refused:
        courses.check_publishable("RD-01", 1, "draft", leads_to_degree=True, veterans=False)
    assert refused.value.code == "leads_to_degree"
    assert "61" in refused.value.message


@pytest.mark.parametrize(
    ("versions", "asked", "retired"),
    [
        ({1: "published", 2: "published", 3: "draft"}, None, [1, 2]),
        ({1: "published", 2: "published"}, 1, [1]),
        ({1: "retired", 2: "published"}, None, [2]),
    ],
)
def test_one_version_retires_or_all_that_are_published(
    versions: dict[int, str], asked: int | None, retired: list[int]
) -> None:
    assert courses.versions_to_retire("RD-01", versions, asked) == retired


@pytest.mark.parametrize(
    ("versions", "asked", "code"),
    [
        ({}, None, "course_not_found"),
        ({1: "published"}, 2, "course_not_found"),
        ({1: "draft"}, None, "course_not_published"),
        ({1: "retired", 2: "draft"}, None, "already_retired"),
        ({1: "retired", 2: "published"}, 1, "already_retired"),
    ],
)
def test_what_is_not_published_cannot_retire(versions: dict[int, str], asked: int | None, code: str) -> None:
    with pytest.raises((Conflict, NotFound)) as refused:
        courses.versions_to_retire("RD-01", versions, asked)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("versions", "asked", "offered"),
    [
        ({1: "published"}, None, 1),
        ({1: "published", 2: "published", 3: "draft"}, None, 2),
        ({1: "published", 2: "published"}, 1, 1),
        ({1: "published", 2: "retired"}, None, 1),
    ],
)
def test_an_offering_teaches_the_latest_published_version_unless_one_is_named(
    versions: dict[int, str], asked: int | None, offered: int
) -> None:
    assert courses.version_to_offer("RD-01", versions, asked) == offered


@pytest.mark.parametrize(
    ("versions", "asked", "code"),
    [
        ({1: "draft"}, None, "course_not_published"),
        ({1: "published", 2: "draft"}, 2, "course_not_published"),
        ({1: "published", 2: "retired"}, 2, "course_retired"),
        ({1: "retired", 2: "draft"}, None, "course_retired"),
    ],
)
def test_drafts_and_retired_versions_are_not_offered(versions: dict[int, str], asked: int | None, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        courses.version_to_offer("RD-01", versions, asked)
    assert refused.value.code == code


@pytest.mark.parametrize(("versions", "asked"), [({}, None), ({1: "published"}, 2)])
def test_a_course_or_version_that_is_not_there_is_not_found(versions: dict[int, str], asked: int | None) -> None:
    with pytest.raises(NotFound):
        courses.version_to_offer("RD-01", versions, asked)


@pytest.mark.parametrize(
    ("course_codes", "field"),
    [
        (["RD-01", "XX-99"], "course_codes[1]"),
        (["RD-01", "RD-02", "RD-01"], "course_codes[2]"),
        (["RD-01", "RD-03"], "course_codes[1]"),
        (["RD-01"], "course_codes"),
    ],
)
def test_a_group_is_of_published_courses_that_are_in_no_other(course_codes: list[str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        courses.check_group("equivalent", course_codes, PUBLISHED, {"RD-03": "OLD"})
    assert field in refused.value.details["fields"]


def test_an_empty_group_is_dissolved() -> None:
    courses.check_group("equivalent", [], {}, {})


def test_every_type_of_course_is_on_one_side() -> None:
    assert {kind for kind, side in courses.GROUP_OF_TYPE.items() if side == "job_side"} == {"job", "managerial"}


def test_there_are_seven_gains_in_both_languages() -> None:
    assert len(courses.GAINS) == 7
    assert all(set(title) == {"fa", "en"} for title in courses.GAINS.values())
