"""Legal references: recorded once, found in both orders, changed in any order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import LegalReferenceChangedV1
from shared.persian import tehran_date

ADMIN = ("catalog_admin",)
READER = ("auditor",)


@pytest.mark.parametrize("number", ["200/1834", "1834/200", "۱۸۳۴/۲۰۰", "1834-200"])
def test_a_circular_is_found_by_its_number_in_either_order(lawful: Any, number: str) -> None:
    assert lawful.call("get_legal_reference", roles=READER, number=number)["law"] == "R-1390"
    items = lawful.call("list_legal_references", roles=READER, number=number)["items"]
    assert [item["law"] for item in items] == ["R-1390"]


def test_a_number_belongs_to_one_reference(lawful: Any) -> None:
    with pytest.raises(Conflict) as refused:
        lawful.law("OTHER", kind="circular", number="1834/200")
    assert (refused.value.code, refused.value.details) == ("number_taken", {"law": "R-1390"})


def test_the_same_record_twice_has_the_same_answer(lawful: Any) -> None:
    record = {"law": "R-1", "kind": "circular", "number": "9/7", "status": "amended", "changed_on": "2020-01-01"}
    assert lawful.law(**record) == lawful.law(**record)
    assert len(lawful.call("get_legal_reference", roles=READER, number="7/9")["changes"]) == 1


def test_recording_again_corrects_what_is_said_and_never_what_happened(lawful: Any) -> None:
    lawful.change_law()
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


def test_what_holds_now_is_listed_newest_first(lawful: Any) -> None:
    lawful.law("OLD", kind="circular", issued_on="2002-03-19", title={"fa": "نظام پیشین"})
    lawful.change_law(law="OLD", article=None, successor="R-1390")
    pages = lawful.pages("list_legal_references", 1, roles=READER)
    assert [[item["law"] for item in page] for page in pages] == [["R-1390"], ["CSML"]]
    assert [item["law"] for item in lawful.call("list_legal_references", roles=READER, status="any")["items"]] == [
        "R-1390",
        "CSML",
        "OLD",
    ]
    articles = lawful.call("list_legal_references", roles=READER, law="CSML", kind="article")["items"]
    assert [item["article"] for item in articles] == ["94", "95"]


def test_what_will_be_repealed_still_holds(lawful: Any) -> None:
    ahead = (tehran_date(datetime.now(UTC)) + timedelta(days=30)).isoformat()
    lawful.change_law(law="R-1390", article=None, effective_on=ahead)
    items = lawful.call("list_legal_references", roles=READER)["items"]
    assert [(item["law"], item["changed_on"]) for item in items] == [("R-1390", ahead), ("CSML", None)]


@pytest.mark.parametrize("query", ["1834/200", "۲۰۰/۱۸۳۴", "آموزش 1834"])
def test_the_words_of_a_query_may_be_a_number_in_either_order(lawful: Any, query: str) -> None:
    assert [item["law"] for item in lawful.call("list_legal_references", roles=READER, query=query)["items"]] == [
        "R-1390"
    ]


def test_an_article_is_found_by_the_number_of_its_law(lawful: Any) -> None:
    lawful.law("R-1390", article="5-1", kind="article", title={"fa": "بند ۵-۱"}, article_count=None)
    found = lawful.call("get_legal_reference", roles=READER, number="1834/200", article="۵-۱")
    assert (found["law"], found["article"]) == ("R-1390", "5-1")


def test_a_reference_shows_its_articles_history_and_courses(lawful: Any) -> None:
    lawful.publish_new("SS-04", legal_references=[{"law": "CSML", "article": "95", "as_of": "2010-01-01"}])
    lawful.change_law()
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
        ({"effective_on": "2007-09-29"}, Invalid, "invalid_arguments"),
        ({"article": None, "successor": "CSML"}, Invalid, "invalid_arguments"),
    ],
)
def test_a_change_that_cannot_be_is_refused(lawful: Any, changes: dict[str, Any], kind: Any, code: str) -> None:
    with pytest.raises(kind) as refused:
        lawful.change_law(**changes)
    assert refused.value.code == code
    assert lawful.harness.outbox(LegalReferenceChangedV1) == []


def test_what_is_repealed_is_not_repealed_again(lawful: Any) -> None:
    lawful.change_law()
    with pytest.raises(Conflict) as refused:
        lawful.change_law()
    assert refused.value.code == "already_repealed"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("record_legal_reference", {"law": "NEW", "kind": "law", "title": {"fa": "قانون نمونه"}}),
        ("change_legal_reference", {"law": "CSML", "status": "repealed", "effective_on": "2016-05-09"}),
        ("review_course", {"course_code": "SS-04", "version": 1, "note": "محتوا درست است"}),
    ],
)
def test_readers_look_up_and_administrators_change(lawful: Any, method: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        lawful.call(method, roles=("training_officer", "auditor"), **arguments)


@pytest.mark.parametrize("asked", [{}, {"law": "CSML", "number": "1834/200"}])
def test_a_reference_is_asked_for_by_code_or_by_number(lawful: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        lawful.call("get_legal_reference", roles=READER, **asked)
