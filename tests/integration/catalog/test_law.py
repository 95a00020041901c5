"""Legal references: recorded once, found in both orders, and courses that go stale when they change."""

from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import CoursePublishedV1, CourseReviewedV1, LegalReferenceChangedV1
from shared.events.catalog import CitingCourse

ADMIN = ("catalog_admin",)
READER = ("auditor",)
REPEALED = {"law": "CSML", "article": "95", "status": "repealed", "effective_on": "2016-05-09"}


@pytest.fixture
def lawful(catalog: Any) -> Any:
    """A catalog that knows the act, two of its articles, and a circular."""
    catalog.law("CSML", issued_on="2007-09-30")
    for article in ("94", "95"):
        catalog.law("CSML", article=article, kind="article", title={"fa": f"مادهٔ {article}"}, article_count=None)
    catalog.law("R-1390", kind="circular", number="200/1834", issued_on="2011-04-19", title={"fa": "نظام آموزش نمونه"})
    return catalog


def change(catalog: Any, **changes: Any) -> Any:
    return catalog.call("change_legal_reference", roles=ADMIN, **(REPEALED | changes))


def cites(article: str | None = "95", as_of: str | None = "2010-01-01", law: str = "CSML") -> list[dict[str, Any]]:
    return [{"law": law, "article": article, "as_of": as_of}]


@pytest.mark.parametrize("number", ["200/1834", "1834/200", "۱۸۳۴/۲۰۰", "1834-200"])
def test_a_circular_is_found_by_its_number_in_either_order(lawful: Any, number: str) -> None:
    assert lawful.call("get_legal_reference", roles=READER, number=number)["law"] == "R-1390"
    items = lawful.call("list_legal_references", roles=READER, number=number)["items"]
    assert [item["law"] for item in items] == ["R-1390"]


def test_a_number_belongs_to_one_reference(lawful: Any) -> None:
    with pytest.raises(Conflict) as refused:
        lawful.law("OTHER", kind="circular", number="1834/200")
    assert (refused.value.code, refused.value.details) == ("number_taken", {"law": "R-1390"})


def test_recording_again_corrects_what_is_said_and_never_what_happened(lawful: Any) -> None:
    change(lawful)
    reply = lawful.law("CSML", article="95", kind="article", title={"fa": "به‌کارگیری بازنشستگان"}, article_count=None)
    assert (reply["title"], reply["status"], reply["changed_on"]) == (
        {"fa": "به‌کارگیری بازنشستگان"},
        "repealed",
        "2016-05-09",
    )
    assert lawful.call("list_legal_references", roles=READER, query="بکار گیری")["items"] == []
    found = lawful.call("list_legal_references", roles=READER, law="CSML", status="any", query="به کارگیری")["items"]
    assert [item["article"] for item in found] == ["95"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"law": "NONE", "article": "1", "kind": "article"}, "law"),
        ({"article": "129", "kind": "article"}, "article"),
        ({"law": "NEW", "successor": "NONE", "status": "repealed", "changed_on": "2020-01-01"}, "successor"),
    ],
)
def test_a_reference_that_does_not_fit_the_others_is_refused(lawful: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        lawful.law(**({"law": "CSML"} | changes))
    assert list(refused.value.details["fields"]) == [field]


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ({"law": "قانونی که نیست"}, "legal_references[1].law"),
        ({"law": "CSML", "article": "129"}, "legal_references[1].article"),
    ],
)
def test_a_course_that_cites_what_is_not_there_is_refused(lawful: Any, reference: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        lawful.define(legal_references=[*cites(), reference])
    assert list(refused.value.details["fields"]) == [path]


@pytest.mark.parametrize("law", ["csml", "CSML", "قانون نمونه مديريت", "1834/200"])
def test_a_law_is_cited_by_code_title_or_number_and_kept_by_its_code(lawful: Any, law: str) -> None:
    (reference,) = lawful.define(legal_references=[{"law": law}])["legal_references"]
    assert reference["law"] == ("R-1390" if "/" in law else "CSML")


def test_the_repeal_of_an_article_makes_those_stale_who_cite_it_as_it_was(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    lawful.publish_new("RD-05", legal_references=cites(None, None))
    lawful.publish_new("RD-01", legal_references=cites("94"))
    lawful.publish_new("SS-05", legal_references=cites(as_of="2016-05-09"))
    lawful.define("ZZ-01", legal_references=cites())
    reply = change(lawful, note="قانون منع به‌کارگیری", successor="R-1390")
    stale = [("RD-05", 1), ("SS-04", 1), ("ZZ-01", 1)]
    assert [(each["course_code"], each["version"]) for each in reply["stale_courses"]] == stale
    (event,) = lawful.harness.outbox(LegalReferenceChangedV1)
    assert (event.law, event.article, event.status, event.successor) == ("CSML", "95", "repealed", "R-1390")
    assert event.stale_courses == [CitingCourse(*each) for each in stale]
    (items,) = lawful.pages("list_stale_courses", 50, roles=READER)
    assert [(item["course_code"], item["status"]) for item in items] == [
        ("RD-05", "published"),
        ("SS-04", "published"),
        ("ZZ-01", "draft"),
    ]
    (why,) = items[1]["changes"]
    assert (why["article"], why["status"], why["effective_on"]) == ("95", "repealed", "2016-05-09")
    assert lawful.call("get_course", roles=READER, course_code="SS-04")["stale_since"] is not None
    assert lawful.call("get_course", roles=READER, course_code="SS-05")["stale_since"] is None


def test_a_course_that_cites_what_is_repealed_already_is_born_stale(lawful: Any) -> None:
    change(lawful)
    assert lawful.define("SS-04", legal_references=cites())["stale_since"] is not None
    assert lawful.edit(1, "SS-04", legal_references=cites(as_of="2020-01-01"))["stale_since"] is None
    lawful.edit(2, "SS-04", legal_references=cites(as_of=None))
    lawful.publish("SS-04")
    assert lawful.harness.outbox(CoursePublishedV1)[-1].stale is True


def test_a_new_version_is_what_a_stale_course_needs(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    change(lawful)
    lawful.publish_new("SS-04", legal_references=cites(as_of="2026-01-01"))
    assert lawful.call("list_stale_courses", roles=READER)["items"] == []
    assert lawful.call("get_course", roles=READER, course_code="SS-04", version=1)["stale_since"] is not None


def test_a_reviewed_course_is_not_stale_until_the_next_change(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites(None))
    change(lawful)
    review = {"course_code": "SS-04", "version": 1, "note": "محتوا درست است"}
    assert lawful.call("review_course", roles=ADMIN, **review)["stale_since"] is None
    assert [event.note for event in lawful.harness.outbox(CourseReviewedV1)] == ["محتوا درست است"]
    assert lawful.call("list_stale_courses", roles=READER)["items"] == []
    with pytest.raises(Conflict) as refused:
        lawful.call("review_course", roles=ADMIN, **review)
    assert refused.value.code == "not_stale"
    change(lawful, article="94", status="amended", effective_on="2026-01-01")
    (item,) = lawful.call("list_stale_courses", roles=READER)["items"]
    assert [each["article"] for each in item["changes"]] == ["94"]


def test_stale_courses_go_on_where_a_page_stopped(lawful: Any) -> None:
    for code in ("RD-01", "RD-02", "RD-03"):
        lawful.publish_new(code, legal_references=cites())
    change(lawful)
    pages = lawful.pages("list_stale_courses", 2, roles=READER)
    assert [[item["course_code"] for item in page] for page in pages] == [["RD-01", "RD-02"], ["RD-03"]]


def test_what_holds_now_is_listed_newest_first(lawful: Any) -> None:
    lawful.law("OLD", kind="circular", issued_on="2002-03-19", title={"fa": "نظام پیشین"})
    change(lawful, law="OLD", article=None, successor="R-1390")
    pages = lawful.pages("list_legal_references", 1, roles=READER)
    assert [[item["law"] for item in page] for page in pages] == [["R-1390"], ["CSML"]]
    assert [item["law"] for item in lawful.call("list_legal_references", roles=READER, status="any")["items"]] == [
        "R-1390",
        "CSML",
        "OLD",
    ]
    articles = lawful.call("list_legal_references", roles=READER, law="CSML", kind="article")["items"]
    assert [item["article"] for item in articles] == ["94", "95"]


def test_a_reference_shows_its_articles_history_and_courses(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    change(lawful)
    reply = lawful.call("get_legal_reference", roles=READER, law="CSML")
    assert [item["article"] for item in reply["articles"]] == ["94", "95"]
    assert [item["status"] for item in reply["changes"]] == ["repealed"]
    assert reply["cited_by"] == ["SS-04"]
    article = lawful.call("get_legal_reference", roles=READER, law="CSML", article="۹۵")
    assert (article["status"], article["cited_by"]) == ("repealed", ["SS-04"])


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"article": "93"}, NotFound, "legal_reference_not_found"),
        ({"successor": "NONE"}, Invalid, "invalid_arguments"),
        ({"effective_on": "2099-01-01"}, Invalid, "invalid_arguments"),
    ],
)
def test_a_change_that_cannot_be_is_refused(lawful: Any, changes: dict[str, Any], kind: Any, code: str) -> None:
    with pytest.raises(kind) as refused:
        change(lawful, **changes)
    assert refused.value.code == code
    assert lawful.harness.outbox(LegalReferenceChangedV1) == []


def test_what_is_repealed_is_not_repealed_again(lawful: Any) -> None:
    change(lawful)
    with pytest.raises(Conflict) as refused:
        change(lawful)
    assert refused.value.code == "already_repealed"


def test_readers_look_up_and_administrators_change(lawful: Any) -> None:
    with pytest.raises(Forbidden):
        lawful.call("change_legal_reference", roles=("training_officer",), **REPEALED)


@pytest.mark.parametrize("asked", [{}, {"law": "CSML", "number": "1834/200"}])
def test_a_reference_is_asked_for_by_code_or_by_number(lawful: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        lawful.call("get_legal_reference", roles=READER, **asked)
