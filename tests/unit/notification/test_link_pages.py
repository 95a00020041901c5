"""The pages behind the links in letters: whole in both languages, and nothing on them that a policy would stop."""

import re

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.notification import pages
from services.notification.domain import preferences
from services.notification.domain.templates import Kind, Template
from services.notification.pages.words import EN, FA, Words

LEGAL = {Template.FORM_DUE, Template.RESULT_FAILED}


def test_both_languages_say_the_same_things() -> None:
    assert FA.labels.keys() == EN.labels.keys()
    assert FA.cadences.keys() == EN.cadences.keys()
    assert FA.refusals.keys() == EN.refusals.keys()


@pytest.mark.parametrize("words", [FA, EN])
def test_what_the_law_asks_for_cannot_be_unticked(words: Words) -> None:
    found = preferences.choices([Kind.REMINDERS, Kind.FORMS], LEGAL)
    html = pages.choices(found, "daily", is_saved=False, words=words).get_data(as_text=True)
    boxes = dict(re.findall(r'<input type="checkbox" id="(\w+)"[^>]*?value="\w+"([^>]*)>', html))
    assert set(boxes) == set(preferences.KINDS)
    assert ("checked" in boxes["reminders"], "disabled" in boxes["reminders"]) == (False, False)
    assert ("checked" in boxes["forms"], "disabled" in boxes["forms"]) == (True, True)
    assert (html.count(f">{words['always']}<"), html.count(f">{words['partly']}<")) == (1, 1)
    assert re.findall(r'value="(\w+)" checked>', html)[-1] == "daily"


@pytest.mark.parametrize("words", [FA, EN])
def test_every_page_is_plain_and_kept_by_nobody(words: Words) -> None:
    kinds = [Kind.CERTIFICATES]
    for page in (
        pages.asked(kinds, is_done=False, all_choices="/preferences/x", words=words),
        pages.done(kinds, all_choices="/preferences/x", words=words),
        pages.unknown(words),
        pages.erased(words),
        pages.limited(7, words),
    ):
        html = page.get_data(as_text=True)
        assert f'<html lang="{words.language}" dir="{words.direction}">' in html
        assert not re.search(r"<script|<link|<img|style=|\son\w+=", html)
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    ("query", "known", "accepted", "shown"),
    [
        ("lang=en", "fa", "fa", "en"),
        ("lang=xx", "en", "fa", "en"),
        ("", None, "en,fa;q=0.5", "en"),
        ("", None, "", "fa"),
    ],
)
def test_a_page_is_in_its_readers_language(query: str, known: str | None, accepted: str, shown: str) -> None:
    builder = EnvironBuilder(query_string=query, headers={"Accept-Language": accepted})
    assert pages.words_for(Request(builder.get_environ()), known).language == shown
