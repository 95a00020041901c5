"""The public pages in a real browser: narrow and wide, by keyboard, in both languages, with scripts and without."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.platform import Platform
from tests.support.axe import violations
from tests.support.browser import Browser, browsing
from tests.support.leash import wait_until

WIDTHS = (320, 768, 1280)
TAB, ENTER = "\ue004", "\ue007"
TITLE = {
    "fa": "دورهٔ نمونهٔ قانون مدیریت خدمات کشوری، آیین‌نامه‌های اجرایی و بخشنامه‌های پس از آن برای کارشناسان تازه‌کار",
    "en": "A sample course on the Civil Service Management Act, its by-laws and later circulars for new staff",
}


@pytest.fixture(scope="module")
def certificates(platform: Platform) -> dict[str, dict[str, Any]]:
    """A certificate and the one that replaced it."""
    person = platform.employee(full_name="سیده‌نمونه‌بانو آزمایشی‌زادهٔ نمونه‌آبادی")
    offering = platform.offering(course_code=platform.course(title=TITLE))
    row = {"enrollment_id": platform.enrolled(offering, person["employee_id"])}
    platform.call(
        "enrollment.record_results", offering_id=offering, results=[{**row, "attended_hours": 8, "score": 71}]
    )
    platform.certificates(person["employee_id"])
    reason = "نمرهٔ آزمون پایانی پس از بازبینی برگه‌ها اصلاح شد"
    platform.call("enrollment.correct_result", **row, attended_hours=8, score=81, reason=reason)
    old, new = platform.certificates(person["employee_id"], 2)
    return {"old": old, "new": new, "holder": person}


@pytest.fixture(scope="module", params=["without scripts", "with scripts"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with browsing(scripts=request.param == "with scripts") as started:
        yield started


@pytest.fixture
def site(platform: Platform) -> str:
    return f"http://127.0.0.1:{platform.services['certification'].port}"


def page_of(certificate: dict[str, Any]) -> str:
    return f"/verify/{certificate['verification_code']}"


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_every_width(
    browser: Browser,
    site: str,
    certificates: dict[str, dict[str, Any]],
    width: int,
    language: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    pictures = tmp_path_factory.getbasetemp()
    browser.resize(width)
    shown = {
        "valid": (page_of(certificates["new"]), certificates["new"]["serial"]),
        "superseded": (page_of(certificates["old"]), certificates["new"]["serial"]),
        "unknown": (f"/verify/{'0' * 26}", ""),
        "form": ("/", ""),
    }
    for name, (path, text) in shown.items():
        browser.open(f"{site}{path}?lang={language}")
        browser.picture(Path(pictures) / f"{name}-{language}-{width}.png")
        assert browser.fits(), name
        assert text in browser.text("main")


def test_the_form_works_by_keyboard_alone(browser: Browser, site: str, certificates: dict[str, dict[str, Any]]) -> None:
    browser.resize(1280)
    browser.open(f"{site}/")
    places = []
    for _ in range(3):
        browser.press(TAB)
        places.append(browser.focused())
    assert places == ["A #content", "A ?lang=en", "INPUT code"]
    code = certificates["new"]["verification_code"].lower()
    browser.press(*f"{code[:13]}-{code[13:]}", ENTER)
    there = f"{site}{page_of(certificates['new'])}?lang=fa"
    wait_until(lambda: browser.url == there, 10, "the page of the code")
    assert "این گواهینامه معتبر است." in browser.text("main")
    assert certificates["holder"]["full_name"] in browser.text("main")


def test_a_replaced_certificate_leads_to_the_one_that_holds(
    browser: Browser, site: str, certificates: dict[str, dict[str, Any]]
) -> None:
    browser.resize(1280)
    browser.open(f"{site}{page_of(certificates['old'])}?lang=en")
    assert "This certificate was replaced and is not valid any more." in browser.text(".status")
    assert certificates["new"]["serial"] in browser.text(".status")
    browser.open(browser.run("return document.querySelector('main a').href"))
    assert "This certificate is valid." in browser.text(".status")
    assert browser.run("return document.documentElement.lang + document.documentElement.dir") == "enltr"


def test_nothing_is_loaded_beside_the_page(
    browser: Browser, site: str, certificates: dict[str, dict[str, Any]]
) -> None:
    browser.open(f"{site}{page_of(certificates['new'])}")
    loaded = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in loaded if not name.endswith("/favicon.ico")] == []


def test_the_style_is_applied_under_the_policy(
    browser: Browser, site: str, certificates: dict[str, dict[str, Any]]
) -> None:
    browser.open(f"{site}{page_of(certificates['new'])}")
    assert browser.run("return getComputedStyle(document.querySelector('.status')).borderTopWidth") == "2px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_checker_of_accessibility_finds_nothing(
    site: str, certificates: dict[str, dict[str, Any]], scheme: str
) -> None:
    """axe-core: names, landmarks, languages, order of headings, contrast and the rest of what can be computed."""
    with browsing(scripts=True) as browser:
        browser.resize(768)
        browser.prefer(scheme)
        for path in (page_of(certificates["old"]), page_of(certificates["new"]), "/", "/verify/unknown"):
            for language in ("fa", "en"):
                browser.open(f"{site}{path}?lang={language}")
                assert violations(browser) == [], (path, language)


def test_a_head_request_is_answered_without_a_body(platform: Platform, certificates: dict[str, dict[str, Any]]) -> None:
    for path in ("/", "/verify", page_of(certificates["new"]), f"{page_of(certificates['new'])}/certificate.pdf"):
        reply = platform.http("certification", path, method="HEAD")
        assert (reply.status, reply.body) == (200, b""), path
