"""From a notification to a mail: words by Jinja2, dates and digits by language, headers nobody can break out of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
import jinja2

from services.notification.channels import Delivery
from services.notification.domain.delivery import message_id
from shared import persian

TEMPLATES = Path(__file__).parent / "templates"
SENDER_NAMES = {"fa": "سامانهٔ آموزش کارکنان", "en": "Staff training"}

# The rules for dark mode stay in a style element: they cannot be inlined, and clients that drop them show light.
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[!#-'*+./0-9=?A-Z^_`a-z{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_NOT_IN_TOKEN = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True)
class Letter:
    """What a notification says, ready to be put into a mail."""

    subject: str
    text: str
    html: str


def render(template: str, language: str, full_name: str, context: Mapping[str, Any]) -> Letter:
    """The words. Raises jinja2.TemplateError or ValueError when the context lacks something or is malformed."""
    environment = _environment(language)
    words = {**_lined(context), "full_name": _one_line(full_name), "language": language}
    # The first line of the plain text is the subject, so that all words of a mail lie in two files.
    subject, _, text = environment.get_template(f"{language}/{template}.txt").render(words).partition("\n")
    subject = _one_line(subject)
    html = environment.get_template(f"{language}/{template}.html").render(words, subject=subject)
    return Letter(subject, text.strip() + "\n", _inliner.inline(html))


def sms(template: str, language: str, full_name: str, context: Mapping[str, Any]) -> str:
    """The few words of a text message: the subject of the mail. Raises as `render` does."""
    return render(template, language, full_name, context).subject


def compose(delivery: Delivery, letter: Letter, sender: str, now: datetime) -> Message:
    """The whole mail, as multipart/alternative. Raises ValueError for an unusable address.

    Headers are encoded here and not by the newer EmailMessage, which takes 7 ms a mail to parse and fold them.
    """
    message = MIMEMultipart("alternative")
    headers = {
        "From": _mailbox(SENDER_NAMES[delivery.language], sender),
        "To": _mailbox(delivery.full_name, delivery.email),
        "Subject": _encoded(letter.subject, "Subject"),
        "Date": format_datetime(now),
        "Message-ID": message_id(delivery.notification_id, sender),
        "X-Correlation-ID": _NOT_IN_TOKEN.sub("_", delivery.correlation_id)[:100],
        "Auto-Submitted": "auto-generated",
        "Content-Language": delivery.language,
    }
    for name, value in headers.items():
        message[name] = value
    # MIMEText encodes UTF-8 as base64: seven bits, so that no server on the way has a reason to change it.
    message.attach(MIMEText(letter.text, "plain", "utf-8"))
    message.attach(MIMEText(letter.html, "html", "utf-8"))
    return message


def _mailbox(name: str, address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("the address has characters that SMTP cannot carry")
    name = _one_line(name)
    if name.isascii():
        return formataddr((name, address))
    return f"{_encoded(name, 'From')} <{address}>"


def _encoded(text: str, header: str) -> str:
    """Encoded words of at most 75 characters each (RFC 2047), which neither formataddr nor Header's default keep."""
    return Header(text, "utf-8", maxlinelen=74, header_name=header).encode()


def _one_line(text: str) -> str:
    """Without line breaks and control characters: a name is never able to begin a header of its own."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def _lined(value: Any) -> Any:
    """All texts in a context as single lines, which is what every one of them is."""
    if isinstance(value, str):
        return _one_line(value)
    if isinstance(value, Mapping):
        return {name: _lined(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_lined(item) for item in value]
    return value


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    persian_wanted = language == "fa"
    environment.filters.update(
        number=_number_fa if persian_wanted else _number,
        day=_day_fa if persian_wanted else _day,
        local=_local_fa if persian_wanted else _local,
        clock=_clock_fa if persian_wanted else _clock,
        moment_day=_moment_day_fa if persian_wanted else _moment_day,
    )
    return environment


def _number(value: float) -> str:
    return f"{value:.10g}"


def _number_fa(value: float) -> str:
    return persian.digits_fa(_number(value)).replace(".", "٫")


def _day(value: str) -> str:
    shown = date.fromisoformat(value)
    return f"{shown.day} {shown:%B %Y}"


def _day_fa(value: str) -> str:
    return persian.format_jalali(date.fromisoformat(value))


def _local(text: Mapping[str, str]) -> str:
    return text.get("en") or text["fa"]


def _local_fa(text: Mapping[str, str]) -> str:
    return text["fa"]


def _clock(moment: str) -> str:
    """The time of day in Tehran."""
    return f"{datetime.fromisoformat(moment).astimezone(persian.TEHRAN):%H:%M}"


def _clock_fa(moment: str) -> str:
    return persian.digits_fa(_clock(moment))


def _moment_day(moment: str) -> str:
    """The day in Tehran."""
    return _day(persian.tehran_date(datetime.fromisoformat(moment)).isoformat())


def _moment_day_fa(moment: str) -> str:
    return persian.format_jalali(persian.tehran_date(datetime.fromisoformat(moment)))
