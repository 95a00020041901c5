"""The rules of legal references."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import law
from shared.errors import Conflict, Invalid
from shared.persian import digits_fa

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


@given(st.lists(st.integers(0, 99_999), min_size=1, max_size=4), st.randoms(), st.sampled_from("/-–. "))
def test_any_order_any_digits_any_separator_is_one_number(segments: list[int], chosen: Any, separator: str) -> None:
    printed = "/".join(map(str, segments))
    turned = chosen.sample(segments, len(segments))
    assert law.number_key(digits_fa(separator.join(map(str, turned)))) == law.number_key(printed)
    assert law.number_key("/".join(map(str, [*segments[:-1], segments[-1] + 1]))) != law.number_key(printed)


def record(**changes: Any) -> dict[str, Any]:
    made = {"article": "", "kind": "law", "number": None, "issued_on": None, "status": "in_force", "changed_on": None}
    return made | changes


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "article"}, "article"),
        ({"article": "95"}, "article"),
        ({"number": " / "}, "number"),
        ({"status": "repealed"}, "changed_on"),
        ({"changed_on": REPEAL}, "changed_on"),
        ({"status": "repealed", "changed_on": REPEAL, "issued_on": TODAY}, "changed_on"),
    ],
)
def test_a_wrong_field_of_a_reference_is_named(changes: dict[str, Any], field: str) -> None:
    law.check_record(record())
    with pytest.raises(Invalid) as refused:
        law.check_record(record(**changes))
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
        law.check_change("in_force", date(2007, 9, 30), change(**changes), TODAY, chain)
    assert list(refused.value.details["fields"]) == [field]


def test_what_is_repealed_is_not_repealed_again_but_may_come_into_force_again() -> None:
    with pytest.raises(Conflict) as refused:
        law.check_change("repealed", None, change(), TODAY, {})
    assert refused.value.code == "already_repealed"
    law.check_change("repealed", None, change(status="in_force", effective_on=TODAY), TODAY, {})


@pytest.mark.parametrize("article", [None, "1", "128", "5-1"])
def test_articles_that_a_law_has_and_paragraphs_may_be_cited(article: str | None) -> None:
    assert law.check_article("path", {"law": "CSML", "article_count": 128}, article) == {}


@pytest.mark.parametrize("article", ["0", "129"])
def test_an_article_that_a_law_does_not_have_is_named(article: str) -> None:
    assert law.check_article("path", {"law": "CSML", "article_count": 128}, article) == {
        "path": ["CSML has 128 articles"]
    }


def citation(article: str = "95", as_of: date | None = None, code: str = "CSML") -> dict[str, Any]:
    return {"law": code, "article": article, "as_of": as_of}


def happened(article: str = "95", recorded_at: datetime = datetime(2026, 1, 2, tzinfo=UTC)) -> dict[str, Any]:
    return {"law": "CSML", "article": article, "effective_on": REPEAL, "recorded_at": recorded_at}


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


def test_after_a_review_only_what_is_recorded_later_is_a_reason() -> None:
    before, after = happened(), happened(recorded_at=datetime(2026, 1, 4, tzinfo=UTC))
    assert law.reasons([citation()], [before, after], None) == [before, after]
    assert law.reasons([citation()], [before, after], datetime(2026, 1, 3, tzinfo=UTC)) == [after]
    assert law.reasons([citation(as_of=TODAY)], [before, after], None) == []
