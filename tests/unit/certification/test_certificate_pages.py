import base64
import hashlib
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification import pages
from shared.errors import Conflict, NotFound

CODE = "00041061050R3GG28A1C60T3GF"


@pytest.fixture
def found() -> dict[str, Any]:
    return {
        "status": "valid",
        "serial": "AG-A-1405-000123",
        "holder_name": "نمونه آزمون‌پور",
        "course_title": {"fa": "تکالیف اداری"},
        "hours": 4.5,
        "completed_on": date(2026, 11, 23),
        "issued_at": datetime(2026, 11, 23, 20, 45, tzinfo=UTC),
        "issuer": {"code": "AG-A", "name": {"fa": "دستگاه نمونه", "en": "Sample Agency"}},
    }


class Tags(HTMLParser):
    """The tags of a page, and whether each that must be closed is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen, self.open = list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_what_was_signed_in_both_calendars(found: dict[str, Any]) -> None:
    text = pages.verified(found, CODE).get_data(as_text=True)
    for shown in (
        "نمونه آزمون‌پور",
        "تکالیف اداری",
        "۴٫۵ ساعت",
        "۱۴۰۵/۰۹/۰۲",
        "2026-11-23",
        "۱۴۰۵/۰۹/۰۳",
        "AG-A-1405-000123",
    ):
        assert shown in text
    assert '<html lang="fa" dir="rtl">' in text
    assert f'href="{CODE}/certificate.pdf"' in text


def test_the_page_is_well_formed_and_loads_nothing(found: dict[str, Any]) -> None:
    tags = Tags(pages.verified(found, CODE).get_data(as_text=True))
    assert tags.open == []
    assert not {"script", "img", "link", "iframe", "form"} & set(tags.seen)


def test_what_people_wrote_is_text_and_not_markup(found: dict[str, Any]) -> None:
    text = pages.verified({**found, "holder_name": "<script>x</script>"}, CODE).get_data(as_text=True)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_policy_allows_the_page_its_own_style_and_nothing_else(found: dict[str, Any]) -> None:
    response = pages.verified(found, CODE)
    style = re.search(r"<style>(.*?)</style>", response.get_data(as_text=True), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_revoked_certificate_says_when_and_why(found: dict[str, Any]) -> None:
    revoked = {**found, "status": "revoked", "revoked_on": date(2026, 12, 1), "reason": "ثبت نادرست"}
    text = pages.verified(revoked, CODE).get_data(as_text=True)
    assert "باطل شده است" in text
    assert "ثبت نادرست" in text
    assert "معتبر است" not in text


def test_a_wrong_code_and_a_damaged_certificate_have_pages_of_their_own() -> None:
    missing = pages.refused(NotFound("certificate_not_found"))
    damaged = pages.refused(Conflict("certificate_damaged"))
    assert (missing.status_code, damaged.status_code) == (404, 409)
    assert "پیدا نشد" in missing.get_data(as_text=True)
    assert "تأیید نشد" in damaged.get_data(as_text=True)


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        (None, False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json", True),
        ("application/json, text/html;q=0.5", True),
        ("image/png", False),
    ],
)
def test_json_is_for_those_who_ask_for_it(accept: str | None, json: bool) -> None:
    headers = {"Accept": accept} if accept else {}
    assert pages.wants_json(Request(EnvironBuilder(headers=headers).get_environ())) is json
