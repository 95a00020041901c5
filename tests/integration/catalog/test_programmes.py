"""Programmes: defined, edited, published in place of the one before, retired."""

from typing import Any

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.events import ProgrammePublishedV1, ProgrammeRetiredV1

ADMIN = ("catalog_admin",)
READER = ("auditor",)
CONTENT = {
    "title": {"fa": "آماده‌سازی کارمندان جدید", "en": "Preparation of new staff"},
    "purpose": "induction",
    "courses": [{"course_code": "RD-01"}, {"course_code": "RD-02", "compulsory": False}],
    "min_electives": 1,
    "within_months": 36,
}


@pytest.fixture
def admin(catalog: Any) -> Any:
    """Calls of an administrator, with two published courses."""
    for code in ("RD-01", "RD-02"):
        catalog.publish_new(code)

    def call(method: str, **arguments: Any) -> Any:
        return catalog.call(method, roles=ADMIN, **arguments)

    return call


def test_a_programme_is_defined_edited_and_published(catalog: Any, admin: Any) -> None:
    assert admin("define_programme", code="induction", **CONTENT)["programme_code"] == "INDUCTION"
    place = {"programme_code": "INDUCTION", "version": 1}
    assert admin("edit_programme_draft", **place, revision=1, **CONTENT | {"ordered": True})["revision"] == 2
    with pytest.raises(Conflict) as refused:
        admin("publish_programme", **place, revision=1)
    assert refused.value.code == "draft_changed"
    assert admin("publish_programme", **place, revision=2)["status"] == "published"
    (event,) = catalog.harness.outbox(ProgrammePublishedV1)
    assert (event.programme_code, event.version, event.ordered, event.within_months) == ("INDUCTION", 1, True, 36)
    assert [(each.course_code, each.compulsory) for each in event.courses] == [("RD-01", True), ("RD-02", False)]


def test_a_new_version_takes_the_place_of_the_one_before(catalog: Any, admin: Any) -> None:
    for version in (1, 2):
        admin("define_programme", code="INDUCTION", **CONTENT)
        admin("publish_programme", programme_code="INDUCTION", version=version)
    assert catalog.call("get_programme", roles=READER, programme_code="INDUCTION", version=1)["status"] == "retired"
    assert catalog.call("get_programme", roles=READER, programme_code="INDUCTION")["version"] == 2
    assert [event.version for event in catalog.harness.outbox(ProgrammePublishedV1)] == [1, 2]
    assert catalog.harness.outbox(ProgrammeRetiredV1) == []


def test_a_programme_whose_course_retired_meanwhile_is_not_published(admin: Any) -> None:
    admin("define_programme", code="INDUCTION", **CONTENT)
    admin("retire_course", course_code="RD-01", reason="نمونه")
    with pytest.raises(Invalid) as refused:
        admin("publish_programme", programme_code="INDUCTION", version=1)
    assert list(refused.value.details["fields"]) == ["courses[0].course_code"]


def test_a_retired_programme_says_so_once(catalog: Any, admin: Any) -> None:
    admin("define_programme", code="INDUCTION", **CONTENT)
    admin("publish_programme", programme_code="INDUCTION", version=1)
    assert admin("retire_programme", programme_code="INDUCTION", reason="بخشنامهٔ تازه")["status"] == "retired"
    with pytest.raises(Conflict) as refused:
        admin("retire_programme", programme_code="INDUCTION", reason="باز هم")
    assert refused.value.code == "already_retired"
    assert len(catalog.harness.outbox(ProgrammeRetiredV1)) == 1


def test_drafts_are_for_administrators_only(catalog: Any, admin: Any) -> None:
    admin("define_programme", code="INDUCTION", **CONTENT)
    with pytest.raises(NotFound):
        catalog.call("get_programme", roles=READER, programme_code="INDUCTION")
    assert catalog.call("list_programmes", roles=READER)["items"] == []
    assert len(catalog.call("list_programmes", roles=ADMIN)["items"]) == 1
    with pytest.raises(Conflict) as refused:
        admin("define_programme", code="INDUCTION", **CONTENT)
    assert refused.value.code == "draft_exists"


def test_programmes_are_listed_by_purpose(catalog: Any, admin: Any) -> None:
    for code, purpose in (("A-1", "other"), ("B-1", "induction"), ("C-1", "other")):
        admin("define_programme", code=code, **CONTENT | {"purpose": purpose})
        admin("publish_programme", programme_code=code, version=1)
    pages = catalog.pages("list_programmes", 1, roles=READER, purpose="other")
    assert [[item["programme_code"] for item in page] for page in pages] == [["A-1"], ["C-1"]]
