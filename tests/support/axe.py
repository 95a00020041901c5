"""axe-core, a checker of accessibility: names, landmarks, languages, order of headings, contrast and the rest of what
can be computed."""

from tests.support.browser import Browser
from tests.support.node import verifiers


def violations(browser: Browser) -> list[str]:
    """What it has against the page that is open."""
    browser.run((verifiers() / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = browser.answer("axe.run().then(all => done(all.violations.map(each => each.help)))")
    return found
