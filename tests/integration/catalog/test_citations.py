"""What courses cite: resolved when they are defined, stale when the law changes, reviewed by experts."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services.catalog.service.citations import changes_behind
from shared.errors import Conflict, Invalid
from shared.events import CoursePublishedV1, CourseReviewedV1, LegalReferenceChangedV1
from shared.events.catalog import CitingCourse

ADMIN = ("catalog_admin",)
READER = ("auditor",)


def cites(article: str | None = "95", as_of: str | None = "2010-01-01") -> list[dict[str, Any]]:
    return [{"law": "CSML", "article": article, "as_of": as_of}]


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ({"law": "قانونی که نیست"}, "legal_references[1].law"),
        ({"law": "CSML", "article": "129"}, "legal_references[1].article"),
        ({"law": "CSML", "as_of": "2199-01-01"}, "legal_references[1].as_of"),
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


@pytest.mark.parametrize("law", ["r-۱۳۹۰", "۲۰۰-۱۸۳۴"])
def test_a_code_counts_before_a_number_and_both_in_digits_of_any_script(lawful: Any, law: str) -> None:
    lawful.law("R-1", kind="circular", number="1390/R", title={"fa": "بخشنامهٔ دیگر"})
    (reference,) = lawful.define(legal_references=[{"law": law}])["legal_references"]
    assert reference["law"] == "R-1390"


def test_a_title_of_several_laws_must_be_replaced_by_a_code(lawful: Any) -> None:
    lawful.law("CSML-2")
    with pytest.raises(Invalid) as refused:
        lawful.define(legal_references=[{"law": "قانون نمونهٔ مدیریت"}])
    ((path, (reason,)),) = refused.value.details["fields"].items()
    assert (path, "CSML, CSML-2" in reason) == ("legal_references[0].law", True)


def test_the_repeal_of_an_article_makes_those_stale_who_cite_it_as_it_was(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    lawful.publish_new("RD-05", legal_references=cites(None, None))
    lawful.publish_new("RD-01", legal_references=cites("94"))
    lawful.publish_new("SS-05", legal_references=cites(as_of="2016-05-09"))
    lawful.define("ZZ-01", legal_references=cites())
    reply = lawful.change_law(note="قانون منع به‌کارگیری", successor="R-1390")
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
    lawful.change_law()
    assert lawful.define("SS-04", legal_references=cites())["stale_since"] is not None
    assert lawful.edit(1, "SS-04", legal_references=cites(as_of="2020-01-01"))["stale_since"] is None
    lawful.edit(2, "SS-04", legal_references=cites(as_of=None))
    lawful.publish("SS-04")
    assert lawful.harness.outbox(CoursePublishedV1)[-1].stale is True


def test_a_new_version_is_what_a_stale_course_needs(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    lawful.change_law()
    lawful.publish_new("SS-04", legal_references=cites(as_of="2026-01-01"))
    assert lawful.call("list_stale_courses", roles=READER)["items"] == []
    assert lawful.call("get_course", roles=READER, course_code="SS-04", version=1)["stale_since"] is not None


def test_a_reviewed_course_is_not_stale_until_the_next_change(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites(None))
    lawful.change_law()
    review = {"course_code": "SS-04", "version": 1, "note": "محتوا درست است"}
    assert lawful.call("review_course", roles=ADMIN, **review)["stale_since"] is None
    assert [event.note for event in lawful.harness.outbox(CourseReviewedV1)] == ["محتوا درست است"]
    assert lawful.call("list_stale_courses", roles=READER)["items"] == []
    with pytest.raises(Conflict) as refused:
        lawful.call("review_course", roles=ADMIN, **review)
    assert refused.value.code == "not_stale"
    lawful.change_law(article="94", status="amended", effective_on="2026-01-01")
    (item,) = lawful.call("list_stale_courses", roles=READER)["items"]
    assert [each["article"] for each in item["changes"]] == ["94"]


def test_the_repeal_is_a_reason_however_the_article_was_typed(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites("مادهٔ ۰۹۵"))
    assert lawful.change_law()["stale_courses"] == [{"course_code": "SS-04", "version": 1}]


def test_an_article_that_is_recorded_as_repealed_makes_those_stale_who_cite_it(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites("96"))
    lawful.publish_new("SS-05", legal_references=cites("96", as_of="2016-05-09"))
    record = {"article": "96", "kind": "article", "article_count": None, "title": {"fa": "مادهٔ ۹۶"}}
    for _ in range(2):
        lawful.law("CSML", **record, status="repealed", changed_on="2016-05-09")
    (event,) = lawful.harness.outbox(LegalReferenceChangedV1)
    assert (event.article, event.stale_courses) == ("96", [CitingCourse("SS-04", 1)])
    (item,) = lawful.call("list_stale_courses", roles=READER)["items"]
    assert (item["course_code"], [each["article"] for each in item["changes"]]) == ("SS-04", ["96"])


def test_recording_what_nobody_cites_says_nothing(lawful: Any) -> None:
    lawful.law("OLD", status="repealed", changed_on="2016-05-09", title={"fa": "قانون پیشین نمونه"})
    assert lawful.harness.outbox(LegalReferenceChangedV1) == []


def test_a_review_of_a_draft_covers_only_what_it_cited(lawful: Any) -> None:
    for article in ("94", "95"):
        lawful.change_law(article=article)
    lawful.define("SS-04", legal_references=cites("94"))
    review = {"course_code": "SS-04", "version": 1, "note": "محتوا درست است"}
    assert lawful.call("review_course", roles=ADMIN, **review)["stale_since"] is None
    assert lawful.harness.outbox(CourseReviewedV1) == []
    assert lawful.edit(1, "SS-04", legal_references=cites("94"), hours=5)["stale_since"] is None
    assert lawful.edit(2, "SS-04", legal_references=cites("95"))["stale_since"] is not None


def test_the_review_of_a_discarded_draft_is_not_that_of_the_next_one(lawful: Any) -> None:
    lawful.change_law()
    lawful.define("SS-04", legal_references=cites())
    lawful.call("review_course", roles=ADMIN, course_code="SS-04", version=1, note="محتوا درست است")
    lawful.call("discard_draft", roles=ADMIN, course_code="SS-04", version=1, revision=1)
    assert lawful.call("list_stale_courses", roles=READER)["items"] == []
    assert lawful.define("SS-04", legal_references=cites())["stale_since"] is not None


def test_a_course_that_is_defined_while_its_article_changes_goes_stale(lawful: Any) -> None:
    """Whoever is first, the other sees it; in many rounds, since the moment is short."""
    articles = [str(number) for number in range(10, 22)]
    for article in articles:
        lawful.law("CSML", article=article, kind="article", title={"fa": f"مادهٔ {article}"}, article_count=None)
    with ThreadPoolExecutor(2) as pool:
        for article in articles:
            code = f"SS-{article}"
            defined = pool.submit(lawful.define, code, legal_references=cites(article))
            changed = pool.submit(lawful.change_law, article=article)
            named = [each["course_code"] for each in changed.result()["stale_courses"]]
            assert (defined.result()["stale_since"] is not None) is (code not in named)


def test_a_change_during_a_review_is_either_looked_at_or_marks_again(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=cites())
    lawful.change_law(status="amended")
    review = {"course_code": "SS-04", "version": 1, "note": "محتوا درست است"}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(12):
            reviewed = pool.submit(lawful.call, "review_course", roles=ADMIN, **review)
            changed = pool.submit(lawful.change_law, status="amended")
            reviewed.result(), changed.result()
            stale = lawful.call("get_course", course_code="SS-04")["stale_since"] is not None
            with lawful.harness.db.reading() as tx:
                assert bool(changes_behind(tx, [("SS-04", 1)])["SS-04", 1]) is stale
            if not stale:
                lawful.change_law(status="amended")


def test_stale_courses_go_on_where_a_page_stopped(lawful: Any) -> None:
    for code in ("RD-01", "RD-02", "RD-03"):
        lawful.publish_new(code, legal_references=cites())
    lawful.change_law()
    pages = lawful.pages("list_stale_courses", 2, roles=READER)
    assert [[item["course_code"] for item in page] for page in pages] == [["RD-01", "RD-02"], ["RD-03"]]
