"""The links in letters: nobody can make one up, and mail clients find them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain import links, preferences
from services.notification.domain.templates import Kind, Template
from services.notification.links import Links, unsubscribe_headers
from services.notification.schemas.words import Clock, MailAddress, Mobile

SECRET, ID = bytes(range(32)), UUID("0190a5e0-0000-7000-8000-000000000001")
TOKEN = links.token(ID, SECRET)


def test_a_token_says_its_notification_to_who_has_the_secret() -> None:
    assert links.read(TOKEN, SECRET) == ID
    assert links.read(TOKEN, bytes(32)) is None
    assert len(TOKEN) == 43


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCdef0189-_=%/ن"))
def test_a_token_with_another_letter_is_none(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assert links.read(changed, SECRET) == (ID if changed == TOKEN else None)


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 43, "A" * 44, TOKEN.rstrip("=") + "=", f" {TOKEN}", f"{TOKEN}\n"])
def test_another_text_is_no_token(text: str) -> None:
    assert links.read(text, SECRET) is None


def test_one_click_is_offered_over_https_alone() -> None:
    url = Links("https://messages.example.ir", SECRET).unsubscribe(ID)
    assert unsubscribe_headers(url) == {
        "List-Unsubscribe": f"<https://messages.example.ir/unsubscribe/{TOKEN}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert set(unsubscribe_headers(url.replace("https", "http"))) == {"List-Unsubscribe"}
    assert unsubscribe_headers(None) == {}
    assert SECRET.hex() not in repr(Links("", SECRET))


def test_a_link_unsubscribes_from_what_was_in_the_letter_but_not_from_what_the_law_asks_for() -> None:
    legal = {Template.RESULT_FAILED}
    items = [{"template": name} for name in ("form_due", "certificate_issued", "certificate_expired", "result_failed")]
    assert preferences.kinds_of("digest", {"items": items}, legal) == [Kind.CERTIFICATES, Kind.FORMS]
    assert preferences.kinds_of("form_due", {}, legal) == [Kind.FORMS]
    of_later = [{"template": "told_by_a_later_release"}, *items]
    assert preferences.kinds_of("digest", {"items": of_later}, legal) == [Kind.CERTIFICATES, Kind.FORMS]
    assert preferences.kinds_of("told_by_a_later_release", {}, legal) == []
    assert (preferences.kinds_of("result_failed", {}, legal), preferences.kinds_of("digest", {}, legal)) == ([], [])
    has_link = {template for template in Template if preferences.has_link(template, legal)}
    assert has_link == set(Template) - legal


def test_every_kind_has_a_name_in_both_languages() -> None:
    assert set(preferences.TITLES) == set(Kind) - {Kind.DIGEST}
    assert all({"fa", "en"} == set(title) for title in preferences.TITLES.values())


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        (Mobile(), "٠٩١٢ ۳۴۵ ۶۷ ۸۹", "+989123456789"),
        (Mobile(), "(+98) 912-345.6789", "+989123456789"),
        (Mobile(), "\u200e9123456789", "+989123456789"),
        (Clock(), "۷:۰۵", "07:05"),
        (MailAddress(), " a.b@Example.IR ", "a.b@example.ir"),
        (MailAddress(), "info@نمونه.ایران", "info@xn--hhbbbed.xn--mgba3a4f16a"),
    ],
)
def test_what_people_write_is_kept_in_one_form(field: Mobile | Clock | MailAddress, written: str, kept: str) -> None:
    assert field.deserialize(written) == kept
