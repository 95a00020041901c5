"""Questionnaires, answers and the figures that may be shown of them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.courses import GAINS as CATALOG_GAINS
from services.enrollment import questionnaires
from services.enrollment.domain import effectiveness, forms
from services.enrollment.domain.effectiveness import Pairs, Tally
from shared.errors import Conflict, Invalid
from shared.persian import tehran_date

SCALE = {"code": "a", "kind": "scale", "min": 1, "max": 5, "labels": None, "choices": [], "required": True}
YES_NO = SCALE | {"code": "b", "kind": "yes_no", "min": None, "max": None, "required": False}
CHOICES = [{"code": "x", "text": {"fa": "؟"}}, {"code": "y", "text": {"fa": "؟"}}]
CHOICE = YES_NO | {"code": "c", "kind": "choice", "choices": CHOICES}
TEXT = YES_NO | {"code": "d", "kind": "text"}
ITEMS = [SCALE, YES_NO, CHOICE, TEXT]

words = st.text("05۵xy", max_size=4)  # all of Unicode would cost a second to set up
anything = st.none() | st.booleans() | st.integers() | st.floats() | words | st.lists(st.integers())


def test_the_product_asks_of_every_kind_and_of_every_gain_of_the_catalog() -> None:
    found = questionnaires.shipped()
    assert {each.kind for each in found.values()} == set(forms.KINDS)
    assert tuple(CATALOG_GAINS) == forms.GAINS
    for each in found.values():
        assert set(each.title) == {"fa", "en"}
        assert all(set(item["text"]) == {"fa", "en"} for item in each.items)
        assert len(each.items) <= 10


@pytest.mark.parametrize(
    "text",
    [
        "questionnaires: 3",
        "nothing: []",
        "questionnaires: []",
        "questionnaires: [{code: A, version: 1, kind: reaction, title: {fa: x}, items: []}]",
        "questionnaires: [{code: A, version: 1, kind: reaction, title: {fa: x},"
        " items: [{code: a, kind: scale, text: {fa: x}}]}]",
        "questionnaires: [",
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "questionnaires.yaml"
    file.write_text(text)
    with pytest.raises(questionnaires.QuestionnaireFileError, match=r"questionnaires\.yaml"):
        questionnaires.shipped(file)


def test_answers_become_numbers_and_texts() -> None:
    found = forms.read_answers(ITEMS, {"a": "۴", "b": True, "c": "y", "d": "متن"})
    assert [(each.item, each.number, each.text) for each in found] == [
        ("a", 4.0, None),
        ("b", 1.0, None),
        ("c", 1.0, None),
        ("d", None, "متن"),
    ]


def test_null_and_an_empty_text_are_no_answer() -> None:
    assert [each.item for each in forms.read_answers(ITEMS, {"a": 1, "b": None, "d": ""})] == ["a"]
    with pytest.raises(Invalid) as refused:
        forms.read_answers(ITEMS, {"a": None})
    assert refused.value.details["fields"] == {"answers.a": ["is required"]}


@given(st.dictionaries(st.sampled_from("abcde"), anything))
def test_whatever_is_given_is_kept_in_range_or_named_by_its_field(answers: dict[str, Any]) -> None:
    try:
        found = {each.item: each for each in forms.read_answers(ITEMS, answers)}
    except Invalid as error:
        assert all(path.removeprefix("answers.") in "abcde" for path in error.details["fields"])
        return
    number = found["a"].number
    assert number is not None
    assert number in (1, 2, 3, 4, 5)
    assert set(found) == {code for code, value in answers.items() if value is not None and value != ""}


def test_the_same_answers_in_another_order_are_the_same() -> None:
    one, other = forms.Answer("a", 1.0, None), forms.Answer("b", 0.0, None)
    forms.check_same([one, other], [other, one])
    for different in ([one], [one, other._replace(number=1.0)]):
        with pytest.raises(Conflict):
            forms.check_same([one, other], different)


def test_the_last_minute_of_the_last_day_in_tehran_is_in_time() -> None:
    due = forms.due_on(date(2026, 11, 24), 14)
    last = datetime(2026, 12, 8, 20, 29, 59, tzinfo=UTC)
    assert due == date(2026, 12, 8)
    assert not forms.is_late(due, tehran_date(last))
    assert forms.is_late(due, tehran_date(last + timedelta(seconds=1)))


def test_scales_need_two_ends_and_only_they_have_them() -> None:
    wrong = [SCALE | {"min": 3, "max": 3}, YES_NO | {"min": 1}, CHOICE | {"choices": CHOICES[:1]}, TEXT]
    problems = forms.item_problems("reaction", wrong)
    assert sorted(problems) == ["items[0].max", "items[1].min", "items[2].choices"]
    twice = CHOICE | {"choices": [CHOICES[0], CHOICES[0]]}
    assert list(forms.item_problems("reaction", [twice])) == ["items[0].choices"]
    assert list(forms.item_problems("behaviour", [TEXT])) == ["items"]
    assert list(forms.item_problems("reaction", [SCALE, SCALE])) == ["items[1].code"]


def test_means_and_shares() -> None:
    tallies = [Tally(True, 1, 1), Tally(True, 4, 2), Tally(True, 5, 2)]
    figures = effectiveness.item_figures(SCALE, tallies, 5)
    assert (figures.n, figures.mean, figures.share_high) == (5, 3.8, 0.8)
    chosen = effectiveness.item_figures(CHOICE, [Tally(True, 1, 5)], 5)
    assert (chosen.mean, chosen.shares) == (None, {"x": 0.0, "y": 1.0})


parts = st.lists(st.builds(Tally, st.booleans(), st.integers(1, 5), st.integers(1, 12)), max_size=8)


@given(parts, st.integers(1, 10))
def test_nothing_shown_comes_from_a_few_people_or_from_a_few_others(tallies: list[Tally], least: int) -> None:
    shown = effectiveness.shown_part(tallies, least)
    others = sum(one.people for one in shown if not one.own)
    assert shown == [] or sum(one.people for one in shown) >= least
    assert others == 0 or others >= least
    assert effectiveness.item_figures(SCALE, tallies, least).mean is None or shown


def test_who_had_all_before_could_gain_nothing() -> None:
    pairs = [Pairs(True, 6, before=600, after=600, normalised=0, could_gain=0)]
    figures = effectiveness.learning_figures(pairs, 5)
    assert (figures["gain"], figures["normalised_gain"], figures["normalised_n"]) == (0.0, None, 0)
    assert effectiveness.learning_figures([], 5)["n"] == 0


def test_a_rate_of_nobody_is_none() -> None:
    assert (effectiveness.rate(0, 0), effectiveness.rate(1, 3)) == (None, 0.33)
