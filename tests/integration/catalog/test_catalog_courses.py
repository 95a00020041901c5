"""Courses: defined, published, read."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound

ADMIN = ("catalog_admin",)
READER = ("auditor",)


def test_a_new_course_is_a_draft_of_version_one(catalog: Any) -> None:
    catalog.law("CSML")
    reply = catalog.define(hours="۴", legal_references=[{"law": "csml", "article": "۸۴"}])
    assert (reply["course_code"], reply["version"], reply["status"]) == ("RD-01", 1, "draft")
    assert reply["completion_rule"] == {"min_attendance": 0.8, "pass_mark": 60.0, "assessments": [], "resits": None}
    assert reply["legal_references"] == [{"law": "CSML", "article": "84"}]
    assert reply["published_version"] is None


def test_a_published_course_shows_when_it_was_published(catalog: Any) -> None:
    catalog.define()
    reply = catalog.publish()
    assert reply["status"] == "published"
    assert reply["published_version"] == 1
    assert str(reply["published_at"]).endswith("Z")


def test_an_existing_course_gets_its_next_version(catalog: Any) -> None:
    catalog.publish_new()
    reply = catalog.define(hours=6)
    assert (reply["version"], reply["status"], reply["published_version"]) == (2, "draft", 1)


def test_a_second_draft_is_a_conflict_that_names_the_first(catalog: Any) -> None:
    catalog.define()
    with pytest.raises(Conflict) as refused:
        catalog.define(hours=6)
    assert refused.value.code == "draft_exists"
    assert refused.value.details["version"] == 1


def test_of_many_definitions_at_the_same_moment_one_becomes_the_draft(catalog: Any) -> None:
    def define(hours: int) -> str:
        try:
            return str(catalog.define(hours=hours)["version"])
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(define, range(1, 9)))
    assert outcomes == ["1"] + ["draft_exists"] * 7


def test_a_course_is_published_once(catalog: Any) -> None:
    catalog.publish_new()
    with pytest.raises(Conflict) as refused:
        catalog.publish()
    assert refused.value.code == "already_published"


def test_a_course_that_leads_to_a_degree_is_not_published(catalog: Any) -> None:
    catalog.define(leads_to_degree=True)
    with pytest.raises(Conflict) as refused:
        catalog.publish()
    assert refused.value.code == "leads_to_degree"


@pytest.mark.parametrize(("code", "version"), [("RD-99", 1), ("RD-01", 2)])
def test_what_is_not_there_cannot_be_published(catalog: Any, code: str, version: int) -> None:
    catalog.define()
    with pytest.raises(NotFound) as refused:
        catalog.publish(code, version)
    assert refused.value.code == "course_not_found"


def test_every_wrong_field_of_a_definition_is_named(catalog: Any) -> None:
    with pytest.raises(Invalid) as refused:
        catalog.define(hours=-1, completion_rule={"pass_mark": 101}, topics=[{"fa": "الف"}, {"fa": ""}])
    assert set(refused.value.details["fields"]) == {"hours", "completion_rule.pass_mark", "topics[1].fa"}


def test_prerequisites_are_published_courses(catalog: Any) -> None:
    catalog.publish_new("RD-01")
    catalog.define("RD-02")
    with pytest.raises(Invalid) as refused:
        catalog.define("RD-03", prerequisites=["RD-01", "RD-02", "RD-03"])
    assert set(refused.value.details["fields"]) == {"prerequisites[1]", "prerequisites[2]"}
    assert catalog.define("RD-03", prerequisites=["RD-01"])["prerequisites"] == ["RD-01"]


def test_a_refused_definition_leaves_nothing_behind(catalog: Any) -> None:
    with pytest.raises(Invalid):
        catalog.define(hours=0)
    assert catalog.call("list_courses")["items"] == []


@pytest.mark.parametrize("method", ["define", "publish"])
def test_only_administrators_change_courses(catalog: Any, method: str) -> None:
    arguments = {
        "define": {"code": "RD-01", "title": {"fa": "تکالیف"}, "course_type": "job", "hours": 4},
        "publish": {"course_code": "RD-01", "version": 1},
    }[method]
    with pytest.raises(Forbidden):
        catalog.call(f"{method}_course", roles=("training_officer", "agency_system"), **arguments)


def test_readers_get_the_latest_published_version_and_never_a_draft(catalog: Any) -> None:
    catalog.publish_new(hours=4)
    catalog.publish_new(hours=6)
    catalog.define(hours=8)
    assert catalog.call("get_course", roles=READER, course_code="rd-۰۱")["version"] == 2
    assert catalog.call("get_course", roles=READER, course_code="RD-01", version=1)["hours"] == 4
    with pytest.raises(NotFound):
        catalog.call("get_course", roles=READER, course_code="RD-01", version=3)
    assert catalog.call("get_course", roles=ADMIN, course_code="RD-01", version=3)["status"] == "draft"
    assert catalog.call("get_course", roles=ADMIN, course_code="RD-01")["version"] == 2


def test_a_course_never_published_is_there_for_administrators_only(catalog: Any) -> None:
    catalog.define()
    with pytest.raises(NotFound) as refused:
        catalog.call("get_course", roles=READER, course_code="RD-01")
    assert refused.value.code == "course_not_found"
    assert catalog.call("get_course", roles=ADMIN, course_code="RD-01")["version"] == 1


def test_a_list_has_each_course_once_and_goes_on_where_it_stopped(catalog: Any) -> None:
    for code in ("RD-01", "RD-02", "OC-01"):
        catalog.publish_new(code)
    catalog.publish_new("RD-02")
    catalog.define("RD-01")
    catalog.define("SS-01")
    seen = catalog.pages("list_courses", 2, roles=READER)
    assert [[(item["course_code"], item["version"]) for item in page] for page in seen] == [
        [("OC-01", 1), ("RD-01", 1)],
        [("RD-02", 2)],
    ]
    (all_seen,) = catalog.pages("list_courses", 50, roles=ADMIN)
    assert [(item["course_code"], item["version"], item["published_version"]) for item in all_seen] == [
        ("OC-01", 1, 1),
        ("RD-01", 2, 1),
        ("RD-02", 2, 2),
        ("SS-01", 1, None),
    ]


@pytest.mark.parametrize("method", ["list_courses", "list_offerings"])
def test_a_made_up_cursor_is_refused(catalog: Any, method: str) -> None:
    with pytest.raises(Invalid) as refused:
        catalog.call(method, cursor="e30")
    assert list(refused.value.details["fields"]) == ["cursor"]
