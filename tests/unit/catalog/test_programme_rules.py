"""The rules of programmes: nothing that nobody could complete, or that everybody has completed."""

from typing import Any

import pytest

from services.catalog.domain import programmes
from shared.errors import Conflict, Invalid, NotFound

PUBLISHED = {"RD-01": 2, "RD-02": 1, "OC-01": 1}
HOURS = {"RD-01": 4.0, "RD-02": 2.0, "OC-01": 6.0}


def content(**changes: Any) -> dict[str, Any]:
    courses = [
        {"course_code": "RD-01", "compulsory": True, "min_version": None},
        {"course_code": "RD-02", "compulsory": True, "min_version": None},
        {"course_code": "OC-01", "compulsory": False, "min_version": None},
    ]
    return {"courses": courses, "min_electives": 1, "min_hours": 12.0} | changes


def one(code: str = "RD-01", *, compulsory: bool = True, min_version: int | None = None) -> dict[str, Any]:
    return {"course_code": code, "compulsory": compulsory, "min_version": min_version}


def test_a_programme_that_takes_all_its_courses_is_accepted() -> None:
    programmes.check_programme(content(), PUBLISHED, HOURS)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_electives": 2}, "min_electives"),
        ({"min_hours": 12.5}, "min_hours"),
        ({"courses": [one("XX-99")]}, "courses[0].course_code"),
        ({"courses": [one(), one()]}, "courses[1].course_code"),
        ({"courses": [one(min_version=3)]}, "courses[0].min_version"),
        ({"courses": [one(compulsory=False)], "min_electives": 0, "min_hours": 0.0}, "courses"),
    ],
)
def test_a_wrong_field_of_a_programme_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        programmes.check_programme(content(**changes), PUBLISHED, HOURS)
    assert field in refused.value.details["fields"]


def test_a_programme_has_one_draft_at_a_time() -> None:
    assert programmes.next_version("P", {1: "retired", 2: "published"}) == 3
    with pytest.raises(Conflict, match="draft"):
        programmes.next_version("P", {1: "published", 2: "draft"})


def test_a_programme_that_got_another_version_meanwhile_is_not_defined_over() -> None:
    assert programmes.next_version("P", {1: "published"}, 1) == 2
    with pytest.raises(Conflict) as refused:
        programmes.next_version("P", {1: "published", 2: "published"}, 1)
    assert refused.value.code == "version_exists"


@pytest.mark.parametrize(
    ("versions", "code"),
    [({}, "programme_not_found"), ({1: "draft"}, "programme_not_published"), ({1: "retired"}, "already_retired")],
)
def test_only_a_published_programme_retires(versions: dict[int, str], code: str) -> None:
    assert programmes.version_to_retire("P", {1: "retired", 2: "published"}) == 2
    with pytest.raises((Conflict, NotFound)) as refused:
        programmes.version_to_retire("P", versions)
    assert refused.value.code == code


@pytest.mark.parametrize(("status", "code"), [("published", "already_published"), ("retired", "programme_retired")])
def test_a_programme_is_published_once(status: str, code: str) -> None:
    programmes.check_publishable("P", 1, "draft")
    with pytest.raises(Conflict) as refused:
        programmes.check_publishable("P", 1, status)
    assert refused.value.code == code
