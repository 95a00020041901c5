"""The rules of legal references."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import law
from shared.errors import Conflict, Invalid

TODAY = date(2026, 11, 23)
REPEAL = date(2016, 5, 9)


@pytest.mark.parametrize(
    "numbers",
    [
        ("1834/200", "200/1834", "۲۰۰/۱۸۳۴", "٢٠٠-١٨٣٤", " 200 / 1834 ", "200\u20441834"),
        ("31146/90/200", "200/90/31146", "90/200/31146", "۲۰۰/۹۰/۳۱۱۴۶"),
        ("105/22554", "22554/105"),
        ("ت/123", "123/ت"),
    ],
)
def test_a_number_is_one_in_whatever_order_and_script_it_is_printed(numbers: tuple[str, ...]) -> None:
    assert len({law.number_key(number) for number in numbers}) == 1


DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")


@given(
    st.lists(st.integers(0, 99_999), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
    st.lists(st.sampled_from(["/", "-", "–", "\u2044", "\\", ".", " ", " / "]), min_size=3, max_size=3),
    st.sampled_from(DIGITS),
)
def test_any_order_any_digits_any_separators_are_one_number(
    segments: list[int], chosen: Any, separators: list[str], digits: str
) -> None:
    turned = [str(each) for each in chosen.sample(segments, len(segments))]
    printed = "".join(each + after for each, after in zip(turned, [*separators, ""], strict=False))
    written = printed.translate(str.maketrans(DIGITS[0], digits))
    assert law.number_key(written) == law.number_key("/".join(map(str, segments)))
    assert law.number_key(written) != law.number_key("/".join(map(str, [*segments[:-1], segments[-1] + 1])))


def test_a_number_has_two_printed_orders() -> None:
    assert law.turned_around("200/90/31146") == "31146/90/200"


def record(**changes: Any) -> dict[str, Any]:
    made = {"article": "", "kind": "law", "number": None, "issued_on": None, "status": "in_force", "changed_on": None}
    return made | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "article"}, "article"),
        ({"article": "95"}, "article"),
        ({"number": " / "}, "number"),
        ({"number": "ß" * 60}, "number"),
        ({"status": "amended", "changed_on": date(2027, 12, 1)}, "changed_on"),
        ({"status": "repealed"}, "changed_on"),
        ({"changed_on": REPEAL}, "changed_on"),
        ({"status": "repealed", "changed_on": REPEAL, "issued_on": TODAY}, "changed_on"),
    ],
)
def test_a_wrong_field_of_a_reference_is_named(changes: dict[str, Any], field: str) -> None:
    law.check_record(record(), None, TODAY)
    with pytest.raises(Invalid) as refused:
        law.check_record(record(**changes), changes.get("issued_on"), TODAY)
    assert list(refused.value.details["fields"]) == [field]


def change(**changes: Any) -> dict[str, Any]:
    made = {"law": "OLD", "article": "", "status": "repealed", "effective_on": REPEAL, "successor": None}
    return made | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"effective_on": date(2007, 9, 29)}, "effective_on"),
        ({"effective_on": date(2027, 12, 1)}, "effective_on"),
        ({"successor": "NOBODY"}, "successor"),
        ({"successor": "OLD"}, "successor"),
        ({"successor": "NEWER"}, "successor"),
    ],
)
def test_a_change_that_cannot_be_is_named(changes: dict[str, Any], field: str) -> None:
    """NEWER is succeeded by NEWEST, and that by OLD."""
    chain = {"OLD": None, "NEWER": "NEWEST", "NEWEST": "OLD"}
    with pytest.raises(Invalid) as refused:
        law.check_change(known(), date(2007, 9, 30), change(**changes), TODAY, chain)
    assert list(refused.value.details["fields"]) == [field]


def known(status: str = "in_force", changed_on: date | None = None, successor: str | None = None) -> dict[str, Any]:
    return {"status": status, "changed_on": changed_on, "successor": successor}


@pytest.mark.parametrize("again", [change(), change(status="amended"), change(status="amended", effective_on=TODAY)])
def test_what_is_repealed_is_neither_repealed_again_nor_amended(again: dict[str, Any]) -> None:
    with pytest.raises(Conflict) as refused:
        law.check_change(known("repealed", REPEAL), None, again, TODAY, {})
    assert refused.value.code == "already_repealed"


def test_what_is_repealed_may_come_into_force_again_and_leaves_its_successor() -> None:
    before, again = known("repealed", REPEAL, "NEW"), change(status="in_force", effective_on=TODAY)
    law.check_change(before, None, again, TODAY, {})
    assert law.state_after(before, again) == known("in_force", TODAY)


def test_a_change_that_is_recorded_late_does_not_undo_a_later_one() -> None:
    before, late = known("repealed", REPEAL), change(status="amended", effective_on=date(2012, 1, 1))
    law.check_change(before, None, late, TODAY, {})
    assert law.state_after(before, late) == {}


def test_a_change_keeps_the_successor_that_is_known_unless_it_names_another() -> None:
    before = known("amended", date(2012, 1, 1), "NEW")
    assert law.state_after(before, change())["successor"] == "NEW"
    assert law.state_after(before, change(successor="NEWER"))["successor"] == "NEWER"


@pytest.mark.parametrize("article", [None, "1", "128", "5-1"])
def test_articles_that_a_law_has_and_paragraphs_may_be_cited(article: str | None) -> None:
    assert law.check_article("path", {"law": "CSML", "article_count": 128}, article) == {}


@pytest.mark.parametrize("article", ["0", "129"])
def test_an_article_that_a_law_does_not_have_is_named(article: str) -> None:
    assert law.check_article("path", {"law": "CSML", "article_count": 128}, article) == {
        "path": ["CSML has 128 articles"]
    }


ACT = {"law": "CSML", "article_count": 128}


@pytest.mark.parametrize(
    ("laws", "cites", "path"),
    [
        ([], {}, "here.law"),
        ([ACT, {"law": "OTHER"}], {}, "here.law"),
        ([ACT], {"article": "129"}, "here.article"),
        ([ACT], {"as_of": "2026-11-24"}, "here.as_of"),
    ],
)
def test_a_wrong_citation_is_named(laws: list[dict[str, Any]], cites: dict[str, Any], path: str) -> None:
    right = {"law": "قانون نمونه", "article": "128", "as_of": "2026-11-23"}
    assert law.check_citation("here", [ACT], right, TODAY) == {}
    assert list(law.check_citation("here", laws, right | cites, TODAY)) == [path]


def citation(article: str = "95", as_of: date | None = None, code: str = "CSML") -> dict[str, Any]:
    return {"law": code, "article": article, "as_of": as_of}


def happened(article: str = "95", change_id: int = 1) -> dict[str, Any]:
    return {"law": "CSML", "article": article, "effective_on": REPEAL, "change_id": UUID(int=change_id)}


@pytest.mark.parametrize(
    ("one", "what", "touched"),
    [
        (happened(), citation(), True),
        (happened(), citation(as_of=date(2016, 5, 8)), True),
        (happened(), citation(as_of=REPEAL), False),
        (happened(), citation(as_of=TODAY), False),
        (happened(), citation("94"), False),
        (happened(), citation(""), True),
        (happened(""), citation("94"), True),
        (happened(), citation(code="OTHER"), False),
    ],
)
def test_a_change_touches_those_who_cite_the_text_as_it_was(
    one: dict[str, Any], what: dict[str, Any], touched: bool
) -> None:
    assert law.affects(one, what) is touched


def test_after_a_review_only_what_it_did_not_look_at_is_a_reason() -> None:
    before, after = happened(), happened(change_id=2)
    assert law.reasons([citation()], [before, after], set()) == [before, after]
    assert law.reasons([citation()], [before, after], {str(before["change_id"])}) == [after]
    assert law.reasons([citation(as_of=TODAY)], [before, after], set()) == []
