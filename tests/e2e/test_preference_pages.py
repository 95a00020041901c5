"""Where the links in letters lead, in a real browser: what a reader of a mail is asked, chooses and is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.platform import Platform
from tests.support.axe import violations
from tests.support.browser import Browser, browsing
from tests.support.leash import wait_until

TAB, SPACE = "\ue004", " "
WIDTHS = (320, 1280)


@pytest.fixture
def link(platform: Platform) -> str:
    """The address in the mail of somebody's seat, on this machine."""
    person = platform.employee(full_name="سیده‌نمونه‌بانو آزمایشی‌زادهٔ نمونه‌آبادی")["employee_id"]
    platform.enrolled(platform.offering(), person)
    mail = platform.mail_of(platform.notified(person, "enrollment_confirmed"))
    path = urlsplit(str(mail["List-Unsubscribe"]).strip(" <>")).path
    return f"http://127.0.0.1:{platform.services['notification'].port}{path}"


@pytest.fixture(scope="module", params=["without scripts", "with scripts"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with browsing(scripts=request.param == "with scripts") as started:
        yield started


def click(browser: Browser, selector: str) -> None:
    browser.run("document.querySelector(arguments[0]).click()", selector)


@contextmanager
def next_page(browser: Browser) -> Iterator[None]:
    """What is done in the block leads to another page; go on when that is there."""
    browser.run("document.documentElement.dataset.former = 'yes'")
    yield
    loaded = "return document.readyState === 'complete' && !document.documentElement.dataset.former"

    def is_there() -> bool:
        try:
            return bool(browser.run(loaded))
        except AssertionError:  # asked just between the two
            return False

    wait_until(is_there, 20, "the next page")


def follow(browser: Browser, selector: str) -> None:
    with next_page(browser):
        click(browser, selector)


def choices_of(link: str) -> str:
    return link.replace("/unsubscribe/", "/preferences/")


def chosen(browser: Browser) -> tuple[set[str], str]:
    """The kinds without a tick, and when the others are sent."""
    left_out = browser.run("return [...document.querySelectorAll('[name=kind]:not(:checked)')].map(e => e.value)")
    return set(left_out), str(browser.run("return document.querySelector('[name=cadence]:checked').value"))


def test_a_reader_unsubscribes_by_keyboard_and_takes_it_back(browser: Browser, link: str) -> None:
    browser.open(f"{choices_of(link)}?lang=en")
    before = chosen(browser)
    browser.open(f"{link}?lang=en")
    assert browser.text("h1") == "Unsubscribe"
    browser.open(f"{choices_of(link)}?lang=en")
    assert chosen(browser) == before, "who only looks has chosen nothing"

    browser.open(f"{link}?lang=en")
    with next_page(browser):
        browser.press(TAB, TAB, TAB, SPACE)
    assert browser.text("h1") == "You are unsubscribed."
    follow(browser, "main a")
    left_out, cadence = chosen(browser)
    assert len(left_out - before[0]) == 1
    (kind,) = left_out - before[0]
    browser.open(f"{link}?lang=en")
    assert "You are not sent these messages any more" in browser.text("main")

    follow(browser, "main a")
    click(browser, f"#{kind}")
    click(browser, "#weekly")
    follow(browser, "form button")
    assert browser.text("[role=status]") == "Your choices are saved."
    browser.open(f"{choices_of(link)}?lang=en")
    assert chosen(browser) == (before[0], "weekly")
    assert cadence == before[1]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_pages_fit_every_width(
    browser: Browser, link: str, language: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pictures = Path(tmp_path_factory.getbasetemp())
    for width in WIDTHS:
        browser.resize(width)
        for name, address in {"ask": link, "choices": choices_of(link), "unknown": f"{link}x"}.items():
            browser.open(f"{address}?lang={language}")
            browser.picture(pictures / f"{name}-{language}-{width}.png")
            assert browser.fits(), (name, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_checker_of_accessibility_finds_nothing(link: str, scheme: str) -> None:
    with browsing(scripts=True) as browser:
        browser.resize(768)
        browser.prefer(scheme)
        for language in ("fa", "en"):
            for address in (link, choices_of(link), f"{link}x"):
                browser.open(f"{address}?lang={language}")
                assert violations(browser) == [], (address, language)
            for address in (link, choices_of(link)):  # and what they answer
                browser.open(f"{address}?lang={language}")
                follow(browser, "form button")
                assert violations(browser) == [], (address, language)
            browser.open(choices_of(link))
            browser.run("document.querySelectorAll('[name=kind]:not(:disabled)').forEach(e => { e.checked = true })")
            follow(browser, "form button")
