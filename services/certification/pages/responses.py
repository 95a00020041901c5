"""Pages and documents as responses: which page for what, and the headers that keep them safe."""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from services.certification.domain.extracts import KIND
from services.certification.pages import record
from services.certification.pages.bidi import marked
from services.certification.pages.content import content
from services.certification.pages.words import OTHER, Words
from shared.errors import TrainingError

FOLDER = Path(__file__).parent / "templates"
_STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def wants_json(request: Request) -> bool:
    """Whether the client would rather have JSON than a page; a client that does not say gets the page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def verified(found: Mapping[str, Any], words: Words) -> Response:
    """The page of a certificate or training record: `found` as `certification.verify` answers for its code."""
    page = record.content(found, words) if found["kind"] == KIND else content(found, words)
    return _page("verify.html", 200, words, page=page)


def code_form(words: Words) -> Response:
    """The page on which a code is typed."""
    return _page("form.html", 200, words)


def refused(error: TrainingError, words: Words) -> Response:
    """The page of a certificate that is not there, that has no document any more, or whose signature does not fit."""
    name = "damaged" if error.http_status != 404 else "erased" if error.code == "holder_erased" else "unknown"
    return _page("refused.html", error.http_status, words, refusal=words.refusals[name], tone=_TONES[name])


def limited(seconds: int, words: Words) -> Response:
    """The page for an address that asked too often: come again in so many seconds."""
    response = _page("refused.html", 429, words, refusal=words.refusals["limited"], tone="plain")
    response.headers["Retry-After"] = str(seconds)
    return response


def pdf(data: bytes, filename: str) -> Response:
    """A certificate to look at or keep; the policy of a page would stop some viewers from showing it."""
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return protected(response)


def protected(response: Response) -> Response:
    """Not stored, not framed, not sniffed, not indexed, and no address passed on to other sites."""
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.vary.update(("Accept", "Accept-Language"))
    return response


_TONES = {"damaged": "bad", "unknown": "bad", "erased": "plain"}


def _page(template: str, status: int, words: Words, **context: Any) -> Response:
    style = Markup(_STYLE)  # noqa: S704 - our own file
    text = (
        _environment().get_template(template).render(style=style, words=words, other=OTHER[words.language], **context)
    )
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = words.language
    return protected(response)


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["marked"] = marked
    made.tests["persian"] = lambda text: re.search("[\u0600-\u06ff]", text) is not None
    return made
