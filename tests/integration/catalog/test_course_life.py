"""The life of a course: drafts that two people edit, versions that retire, groups, competences."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.events import CourseGroupChangedV1, CoursePublishedV1, CourseRetiredV1

ADMIN = ("catalog_admin",)
READER = ("auditor",)


def test_a_draft_is_edited_in_the_revision_that_was_seen(catalog: Any) -> None:
    catalog.define(gains=["goals"])
    reply = catalog.edit(1, hours=6, practical_hours=2)
    assert (reply["revision"], reply["hours"], reply["theory_hours"], reply["gains"]) == (2, 6.0, 4.0, [])
    with pytest.raises(Conflict) as refused:
        catalog.edit(1, hours=8)
    assert (refused.value.code, refused.value.details) == ("draft_changed", {"revision": 2})
    assert catalog.call("get_course", roles=ADMIN, course_code="RD-01")["hours"] == 6.0


def test_of_two_people_who_edit_at_the_same_moment_one_is_told(catalog: Any) -> None:
    catalog.define()

    def edit(hours: int) -> str:
        try:
            return str(catalog.edit(1, hours=hours)["revision"])
        except Conflict as conflict:
            return conflict.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(edit, range(1, 9)))
    assert outcomes == ["2"] + ["draft_changed"] * 7


def test_only_the_revision_that_was_seen_is_published(catalog: Any) -> None:
    catalog.define()
    catalog.edit(1, hours=6)
    with pytest.raises(Conflict) as refused:
        catalog.call("publish_course", roles=ADMIN, course_code="RD-01", version=1, revision=1)
    assert refused.value.code == "draft_changed"
    assert catalog.call("publish_course", roles=ADMIN, course_code="RD-01", version=1, revision=2)["hours"] == 6.0


def test_a_published_version_is_neither_edited_nor_discarded(catalog: Any) -> None:
    catalog.publish_new()
    for change in (
        lambda: catalog.edit(1, hours=8),
        lambda: catalog.call("discard_draft", roles=ADMIN, course_code="RD-01", version=1, revision=1),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "not_a_draft"


def test_a_discarded_draft_is_gone_and_its_number_is_free(catalog: Any) -> None:
    catalog.publish_new()
    catalog.define(hours=6)
    catalog.call("discard_draft", roles=ADMIN, course_code="RD-01", version=2, revision=1)
    assert catalog.define(hours=8)["version"] == 2
    catalog.define("RD-02")
    catalog.call("discard_draft", roles=ADMIN, course_code="RD-02", version=1, revision=1)
    assert catalog.found(roles=ADMIN) == ["RD-01"]


def test_a_publication_tells_all_that_there_is_to_know(catalog: Any) -> None:
    catalog.publish_new("OC-01")
    catalog.call("define_competence", roles=ADMIN, code="WRITING", title={"fa": "نگارش"}, levels=[{"fa": "پایه"}])
    catalog.publish_new(
        prerequisites=["OC-01"],
        prerequisite_versions={"OC-01": 1},
        practical_hours=1,
        audience={"managers": "only", "employments": ["official"]},
        languages=["fa", "en"],
        gains=["goals"],
        competences=[{"code": "WRITING", "level": 1}],
        completion_rule={"assessments": [{"code": "FINAL", "title": {"fa": "پایانی"}, "weight": 1}], "resits": 2},
        certificate_template="formal",
    )
    event = catalog.harness.outbox(CoursePublishedV1)[-1]
    assert (event.course_code, event.version, event.prerequisite_versions) == ("RD-01", 1, {"OC-01": 1})
    assert (event.practical_hours, event.languages, event.gains) == (1.0, ["fa", "en"], ["goals"])
    assert (event.audience.managers, event.audience.employments) == ("only", ["official"])
    assert [(each.code, each.level) for each in event.competences] == [("WRITING", 1)]
    assert (event.completion_rule.resits, event.completion_rule.assessments[0].code) == (2, "FINAL")
    assert (event.certificate_template, event.stale) == ("formal", False)


def test_courses_that_come_to_need_each_other_are_not_both_published(catalog: Any) -> None:
    for code in ("RD-01", "RD-02"):
        catalog.publish_new(code)
    catalog.define("RD-01", prerequisites=["RD-02"])
    catalog.define("RD-02", prerequisites=["RD-01"])

    def publish(code: str) -> str:
        try:
            return str(catalog.publish(code, 2)["status"])
        except Invalid as invalid:
            return ",".join(invalid.details["fields"])

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(publish, ["RD-01", "RD-02"]))
    assert outcomes == ["prerequisites[0]", "published"]


def test_a_draft_whose_prerequisite_retired_meanwhile_is_not_published(catalog: Any) -> None:
    catalog.publish_new("OC-01")
    catalog.define(prerequisites=["OC-01"])
    catalog.call("retire_course", roles=ADMIN, course_code="OC-01", reason="نمونه")
    with pytest.raises(Invalid) as refused:
        catalog.publish()
    assert list(refused.value.details["fields"]) == ["prerequisites[0]"]


def test_retiring_a_course_touches_no_offering_and_says_who_still_needs_it(catalog: Any) -> None:
    catalog.publish_new()
    catalog.publish_new()
    catalog.publish_new("RD-02", prerequisites=["RD-01"])
    offering_id = str(catalog.open()["offering_id"])
    reply = catalog.call("retire_course", roles=ADMIN, course_code="RD-01", reason="جانشین دارد")
    assert reply == {"course_code": "RD-01", "versions": [1, 2], "published_version": None, "needed_by": ["RD-02"]}
    (event,) = catalog.harness.outbox(CourseRetiredV1)
    assert (event.versions, event.reason) == ([1, 2], "جانشین دارد")
    assert catalog.call("get_offering", roles=READER, offering_id=offering_id)["status"] == "open"
    with pytest.raises(Conflict) as refused:
        catalog.open()
    assert refused.value.code == "course_retired"
    with pytest.raises(Conflict) as refused:
        catalog.call("retire_course", roles=ADMIN, course_code="RD-01", reason="باز هم")
    assert refused.value.code == "already_retired"


def test_a_retired_course_is_still_there_to_be_read_and_can_come_back(catalog: Any) -> None:
    catalog.publish_new(hours=4)
    catalog.call("retire_course", roles=ADMIN, course_code="RD-01", reason="نمونه")
    assert catalog.found() == []
    assert catalog.found(status="retired") == ["RD-01"]
    assert catalog.call("get_course", roles=READER, course_code="RD-01")["status"] == "retired"
    assert catalog.publish_new(hours=6) == 2
    assert catalog.found() == ["RD-01"]
    assert catalog.found(status="retired") == []


def test_one_version_retires_while_the_other_is_offered_on(catalog: Any) -> None:
    catalog.publish_new(hours=4)
    catalog.publish_new(hours=6)
    catalog.call("retire_course", roles=ADMIN, course_code="RD-01", version=2, reason="نمونه")
    assert catalog.open()["course_version"] == 1


def test_versions_are_listed_newest_first_and_drafts_only_to_administrators(catalog: Any) -> None:
    for hours in (2, 4, 6):
        catalog.publish_new(hours=hours)
    catalog.define(hours=8)
    pages = catalog.pages("list_course_versions", 2, roles=READER, course_code="RD-01")
    assert [[item["version"] for item in page] for page in pages] == [[3, 2], [1]]
    (items,) = catalog.pages("list_course_versions", 50, roles=ADMIN, course_code="RD-01")
    assert [item["status"] for item in items] == ["draft", "published", "published", "published"]
    with pytest.raises(NotFound):
        catalog.call("list_course_versions", roles=READER, course_code="RD-99")


def test_a_competence_keeps_the_levels_that_courses_teach(catalog: Any) -> None:
    framework = {"code": "WRITING", "title": {"fa": "نگارش"}}
    catalog.call("define_competence", roles=ADMIN, **framework, levels=[{"fa": "پایه"}, {"fa": "میانی"}])
    catalog.publish_new(competences=[{"code": "WRITING", "level": 2}])
    with pytest.raises(Invalid) as refused:
        catalog.call("define_competence", roles=ADMIN, **framework, levels=[{"fa": "پایه"}])
    assert list(refused.value.details["fields"]) == ["levels"]
    (items,) = catalog.pages("list_competences", 50, roles=READER)
    assert items == [framework | {"levels": [{"fa": "پایه"}, {"fa": "میانی"}]}]


def test_a_group_is_set_changed_and_dissolved(catalog: Any) -> None:
    for code in ("RD-01", "RD-02", "OC-01"):
        catalog.publish_new(code)
    group = {"group_code": "SAME", "title": {"fa": "هم‌ارز"}, "kind": "equivalent"}
    catalog.call("set_course_group", roles=ADMIN, **group, course_codes=["RD-02", "RD-01"])
    with pytest.raises(Invalid) as refused:
        catalog.call(
            "set_course_group", roles=ADMIN, **group | {"group_code": "OTHER"}, course_codes=["OC-01", "RD-01"]
        )
    assert list(refused.value.details["fields"]) == ["course_codes[1]"]
    with pytest.raises(Conflict) as conflict:
        catalog.call("set_course_group", roles=ADMIN, **group, course_codes=[], revision=7)
    assert (conflict.value.code, conflict.value.details) == ("group_changed", {"revision": 1})
    catalog.call("set_course_group", roles=ADMIN, **group, course_codes=[], revision=1)
    said = [(event.revision, event.course_codes) for event in catalog.harness.outbox(CourseGroupChangedV1)]
    assert said == [(1, ["RD-01", "RD-02"]), (2, [])]
    (items,) = catalog.pages("list_course_groups", 50, roles=READER)
    assert items == [group | {"revision": 2, "course_codes": []}]


def test_a_course_may_be_in_a_group_of_each_kind(catalog: Any) -> None:
    for code in ("RD-01", "RD-02"):
        catalog.publish_new(code)
    for kind in ("equivalent", "counts_once"):
        group = {"group_code": kind.upper().replace("_", "-"), "title": {"fa": "گروه"}, "kind": kind}
        reply = catalog.call("set_course_group", roles=ADMIN, **group, course_codes=["RD-01", "RD-02"])
        assert reply["course_codes"] == ["RD-01", "RD-02"]


def test_the_seven_gains_are_listed_in_their_order(catalog: Any) -> None:
    items = catalog.call("list_gains", roles=READER)["items"]
    assert [item["code"] for item in items] == [
        "goals",
        "quality",
        "morale",
        "loyalty",
        "clarity",
        "talents",
        "growth",
    ]
