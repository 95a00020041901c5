"""The public pages: plain HTML that needs no script and loads nothing, Persian first with English beside it."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from services.certification.domain.codes import grouped
from shared.errors import TrainingError
from shared.persian import digits_fa, format_jalali, tehran_date

FOLDER = Path(__file__).parent / "templates"
STATUSES = {
    "valid": ("معتبر است", "Valid"),
    "suspended": ("فعلاً معتبر نیست و در دست بررسی است", "Suspended"),
    "superseded": ("جایگزین شده است", "Superseded"),
    "revoked": ("باطل شده است", "Revoked"),
    "expired": ("اعتبار آن گذشته است", "Expired"),
}
_STYLE = (FOLDER / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def wants_json(request: Request) -> bool:
    """Whether the client would rather have JSON than a page; a client that does not say gets the page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def verified(found: Mapping[str, Any], code: str) -> Response:
    """The page of a certificate: `found` as `certification.verify` answers for this code."""
    issued_on = tehran_date(found["issued_at"])
    return _page(
        "verify.html",
        200,
        found=found,
        state=STATUSES[found["status"]],
        code=code,
        shown_code=grouped(code),
        completed=_both_calendars(found["completed_on"]),
        issued=_both_calendars(issued_on),
        revoked=_both_calendars(found["revoked_on"]) if found.get("revoked_on") else None,
        hours=f"{found['hours']:g}",
    )


def refused(error: TrainingError) -> Response:
    """The page of a certificate that is not there, that has no document any more, or whose signature does not fit."""
    said = {"damaged": error.http_status != 404, "erased": error.code == "holder_erased"}
    return _page("refused.html", error.http_status, **said)


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
    response.vary.add("Accept")
    return response


def _page(template: str, status: int, **context: Any) -> Response:
    text = _environment().get_template(template).render(style=Markup(_STYLE), **context)  # noqa: S704 - our own file
    return protected(Response(text, status, content_type="text/html; charset=utf-8"))


def _both_calendars(day: date | datetime) -> tuple[str, str]:
    return format_jalali(day), day.isoformat()


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    made.filters["fa"] = lambda value: digits_fa(str(value)).replace(".", "٫")
    return made
