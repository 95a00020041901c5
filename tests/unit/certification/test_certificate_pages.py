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
from services.certification.pages.words import EN, FA
from shared.errors import Conflict, NotFound

CODE = "00041061050R3GG28A1C60T3GF"


@pytest.fixture
def found() -> dict[str, Any]:
    return {
        "status": "valid",
        "serial": "AG-A-1405-000123",
        "kind": "type1",
        "holder_name": "نمونه آزمون‌پور",
        "course_code": "RD-01",
        "course_version": 2,
        "course_title": {"fa": "تکالیف اداری", "en": "Duties"},
        "course_type": "induction",
        "delivery_mode": "in_person",
        "hours": 4.5,
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 11, 5),
        "completed_on": date(2026, 11, 23),
        "score": 87.0,
        "grade": {"fa": "خوب", "en": "good"},
        "issued_at": datetime(2026, 11, 23, 20, 45, tzinfo=UTC),
        "issuer": {"code": "AG-A", "name": {"fa": "دستگاه نمونه", "en": "Sample Agency"}},
        "provider": {
            "code": "AG-B",
            "name": {"fa": "مرکز آموزش نمونه"},
            "accreditation": {"number": "77", "valid_from": date(2026, 3, 21), "valid_to": date(2027, 3, 20)},
        },
        "permit": {"number": "100/5", "issued_on": date(2026, 10, 1)},
        "valid_until": date(2029, 11, 22),
        "signatories": [{"title": {"fa": "مدیر آموزش", "en": "Head of training"}, "name": None}],
        "verification_code": CODE,
        "key_id": "0123456789abcdef",
        "cosigner_key_id": "fedcba9876543210",
        "replaces": [],
        "replaced_by": [],
        "log": {"index": 41, "size": 100},
        "checked_at": datetime(2026, 11, 25, 21, 0, tzinfo=UTC),
    }


@pytest.fixture
def replaced(found: dict[str, Any]) -> dict[str, Any]:
    later = {
        "serial": "AG-A-1405-000200",
        "status": "valid",
        "verification_code": "1" * 26,
        "replaced_at": datetime(2026, 12, 1, 8, 0, tzinfo=UTC),
        "reason": "نام اصلاح شد",
    }
    earlier = {"serial": "AG-A-1405-000100", "replaced_at": datetime(2026, 11, 23, 20, 45, tzinfo=UTC), "reason": None}
    changes = {"status": "superseded", "reason": "نام اصلاح شد", "replaces": [earlier], "replaced_by": [later]}
    return {**found, **changes}


class Tags(HTMLParser):
    """The tags of a page, and whether each that must be closed is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen, self.open = list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(found: dict[str, Any], words: pages.Words = FA) -> str:
    """A page as a person reads it: without the elements that only give a direction."""
    return re.sub("</?(bdi|time)[^>]*>", "", pages.verified(found, words).get_data(as_text=True))


def test_the_persian_page_shows_all_that_was_signed(found: dict[str, Any]) -> None:
    text = text_of(found)
    for shown in (
        "این گواهینامه معتبر است.",
        "نمونه آزمون‌پور",
        "تکالیف اداری",
        "RD-01 (نسخهٔ ۲)",
        "توجیهی بدو خدمت",
        "حضوری",
        "۴٫۵ ساعت",
        "از ۱۴۰۵/۰۸/۱۰ (2026-11-01) تا ۱۴۰۵/۰۸/۱۴ (2026-11-05)",
        "۱۴۰۵/۰۹/۰۲ (2026-11-23)",
        "۸۷ از ۱۰۰ (خوب)",
        "دستگاه نمونه",
        "مرکز آموزش نمونه",
        "شمارهٔ اعتبارنامه: ۷۷",
        "۱۰۰/۵ مورخ ۱۴۰۵/۰۷/۰۹",
        "مدیر آموزش",
        "(2029-11-22)",
        "AG-A-1405-000123",
        "00041-06105",
    ):
        assert shown in text
    assert '<html lang="fa" dir="rtl">' in text
    assert f'href="/verify/{CODE}/certificate.pdf"' in text


def test_the_page_says_when_it_was_checked_and_by_whose_signature(found: dict[str, Any]) -> None:
    text = text_of(found)
    assert "۱۴۰۵/۰۹/۰۵ (2026-11-26) ساعت ۰۰:۳۰ به وقت تهران" in text
    assert "0123456789abcdef" in text
    assert "fedcba9876543210" in text
    assert "سطر ۴۲ از ۱۰۰ سطر" in text


def test_the_english_page_is_english_throughout(found: dict[str, Any]) -> None:
    text = text_of(found, EN)
    for shown in (
        "This certificate is valid.",
        "Duties",
        "Sample Agency",
        "4.5 hours",
        "87 of 100 (good)",
        "2026-11-23 (1405/09/02)",
        "in person",
        "2026-11-26 (1405/09/05) at 00:30, Tehran time",
        '<span lang="fa">تکالیف اداری</span>',
    ):
        assert shown in text
    assert '<html lang="en" dir="ltr">' in text


def test_days_and_codes_are_read_from_left_to_right(found: dict[str, Any]) -> None:
    text = pages.verified(found, FA).get_data(as_text=True)
    assert '(<time dir="ltr" datetime="2026-11-23">2026-11-23</time>)' in text
    assert '<bdi dir="ltr">RD-01</bdi>' in text
    assert "<bdi>نمونه آزمون‌پور</bdi>" in text


def test_marks_of_direction_in_a_name_do_nothing(found: dict[str, Any]) -> None:
    text = pages.verified({**found, "holder_name": "\u2069\u2069نام\u2066"}, FA).get_data(as_text=True)
    assert "<bdi>نام</bdi>" in text
    assert Tags(text).open == []


def test_both_languages_have_words_for_the_same(found: dict[str, Any]) -> None:
    for part in ("labels", "statuses", "refusals", "kinds", "course_types", "delivery_modes"):
        assert getattr(FA, part).keys() == getattr(EN, part).keys()
    for key, text in FA.labels.items():
        assert text.count("{") == EN.labels[key].count("{"), key


def test_a_replaced_certificate_says_by_what_when_and_why(replaced: dict[str, Any]) -> None:
    text = text_of(replaced)
    assert "جایگزین شده است و دیگر معتبر نیست" in text
    assert "گواهینامهٔ شمارهٔ AG-A-1405-000200 در تاریخ ۱۴۰۵/۰۹/۱۰ (2026-12-01) جای آن را گرفت." in text
    assert "دلیل: نام اصلاح شد" in text
    assert f'href="/verify/{"1" * 26}?lang=fa"' in text


def test_the_chain_leads_on_and_not_back(replaced: dict[str, Any]) -> None:
    text = text_of(replaced, EN)
    links = re.findall(r'<(a|span) class="code"(?: href="([^"]*)")?>(AG-A-[0-9-]+)<', text)
    assert links == [
        ("span", "", "AG-A-1405-000100"),
        ("span", "", "AG-A-1405-000123"),
        ("a", f"/verify/{'1' * 26}?lang=en", "AG-A-1405-000200"),
    ]
    assert "(this certificate)" in text


def test_the_pages_are_well_formed_and_load_nothing(replaced: dict[str, Any]) -> None:
    for response in (
        pages.verified(replaced, FA),
        pages.verified(replaced, EN),
        pages.code_form(FA),
        pages.limited(7, EN),
        pages.refused(NotFound("certificate_not_found"), FA),
    ):
        tags = Tags(response.get_data(as_text=True))
        assert tags.open == []
        assert not {"script", "img", "link", "iframe"} & set(tags.seen)
        assert {"header", "main", "footer", "h1", "form"} <= set(tags.seen)


def test_what_people_wrote_is_text_and_not_markup(found: dict[str, Any]) -> None:
    text = text_of({**found, "holder_name": "<script>x</script>"})
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_policy_allows_the_page_its_own_style_and_form_and_nothing_else(found: dict[str, Any]) -> None:
    response = pages.verified(found, FA)
    style = re.search(r"<style>(.*?)</style>", response.get_data(as_text=True), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.vary.as_set() == {"accept", "accept-language"}


def test_a_revoked_certificate_says_when_and_why(found: dict[str, Any]) -> None:
    ended = {"status": "revoked", "revoked_on": date(2026, 12, 1), "reason": "ثبت نادرست"}
    text = text_of({**found, **ended, "reason_title": {"fa": "صدور اشتباه", "en": "Issued in error"}})
    assert "باطل شده است" in text
    assert "۱۴۰۵/۰۹/۱۰" in text
    assert "دلیل: صدور اشتباه – ثبت نادرست" in text
    assert "معتبر است" not in text


def test_a_suspended_certificate_says_since_when_and_why(found: dict[str, Any]) -> None:
    since = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    text = text_of({**found, "status": "suspended", "status_since": since, "reason": "در دست بررسی"}, EN)
    assert "Since: 2026-12-01 (1405/09/10)" in text
    assert "Reason: در دست بررسی" in text


def test_a_record_of_the_past_says_what_it_rests_on_and_no_version(found: dict[str, Any]) -> None:
    basis = {
        "kind": "past_record",
        "original_serial": "123",
        "original_date": "2005-01-10",
        "original_type": "شغلی عمومی",
    }
    text = text_of({**found, "course_version": 0, "basis": basis}, EN)
    assert "certificate 123 of 2005-01-10 (1383/10/21)" in text
    assert "Type of course in that record: شغلی عمومی" in text
    assert "version 0" not in text


def test_a_wrong_code_and_a_damaged_certificate_have_pages_of_their_own() -> None:
    missing = pages.refused(NotFound("certificate_not_found"), FA)
    damaged = pages.refused(Conflict("certificate_damaged"), FA)
    assert (missing.status_code, damaged.status_code) == (404, 409)
    assert "پیدا نشد" in missing.get_data(as_text=True)
    assert "تأیید نشد" in damaged.get_data(as_text=True)


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    response = pages.limited(7, EN)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")


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


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", None, "fa"),
        ("", "de", "fa"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fa-IR,fa;q=0.9,en;q=0.8", "fa"),
        ("lang=en", "fa", "en"),
        ("lang=xx", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers_else_persian(
    query: str, accept: str | None, language: str
) -> None:
    headers = {"Accept-Language": accept} if accept else {}
    request = Request(EnvironBuilder(query_string=query, headers=headers).get_environ())
    assert pages.language_of(request).language == language
