"""Pages as responses, with the headers that keep them safe."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.notification.domain.preferences import TITLES, Choice
from services.notification.domain.templates import Kind
from services.notification.pages.words import OTHER, Words

FOLDER = Path(__file__).parent / "templates"
_STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address of the page is what lets its reader in
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def asked(kinds: Sequence[Kind], *, is_done: bool, all_choices: str, words: Words) -> Response:
    """What the button on the page would unsubscribe from; nothing has happened. `all_choices` is a path."""
    return _page("asked.html", 200, words, kinds=_titles(kinds, words), is_done=is_done, all_choices=all_choices)


def done(kinds: Sequence[Kind], *, all_choices: str, words: Words) -> Response:
    """It has happened."""
    return _page("done.html", 200, words, kinds=_titles(kinds, words), all_choices=all_choices)


def choices(found: Iterable[Choice], cadence: str, *, is_saved: bool, words: Words) -> Response:
    """All kinds with a box for each, and how often."""
    kinds = [(each, _title(each.kind, words)) for each in found]
    return _page("choices.html", 200, words, kinds=kinds, chosen=cadence, is_saved=is_saved)


def unknown(words: Words) -> Response:
    """A link that is not ours."""
    return _refused("unknown", 404, words)


def unread(words: Words) -> Response:
    """A request that is no press of a button of ours."""
    return _refused("unread", 400, words)


def erased(words: Words) -> Response:
    """There is nobody left to write to."""
    return _refused("erased", 200, words)


def limited(seconds: int, words: Words) -> Response:
    """Too many requests: come again in so many seconds."""
    response = _refused("limited", 429, words)
    response.headers["Retry-After"] = str(seconds)
    return response


def _refused(name: str, status: int, words: Words) -> Response:
    return _page("refused.html", status, words, refusal=words.refusals[name])


def _titles(kinds: Iterable[Kind], words: Words) -> list[str]:
    return [_title(kind, words) for kind in kinds]


def _title(kind: Kind, words: Words) -> str:
    return TITLES[kind][words.language]


def _page(template: str, status: int, words: Words, **context: Any) -> Response:
    style = Markup(_STYLE)  # noqa: S704 - our own file
    shown = _environment().get_template(template)
    text = shown.render(style=style, words=words, other=OTHER[words.language], **context)
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = words.language
    response.headers.update(_HEADERS)
    return response


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
