"""A letter: the parts of a template in their two layouts, or the one line of a text message."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import css_inline
import jinja2
from markupsafe import Markup, escape

from services.notification.channels import Sender
from services.notification.domain.wordings import Wording
from services.notification.rendering.filters import END, ISOLATE, TEMPLATES, filters, in_order, unmarked
from services.notification.rendering.parts import Parts, blocks, parts_of, passages, words_of
from services.notification.rendering.wordings import Own

# Three segments of UCS-2, each without the six bytes of its header (3GPP TS 23.040).
SMS_LENGTH = 201

AS_THE_SYSTEM = Sender()
_GAPS = re.compile(r"\n{3,}")
_STATEMENT, _COMMENT = re.compile(r"\{[%#].*?[%#]\}"), re.compile(r"<!--(\{[%#].*?[%#]\})-->")

# The rules for dark mode stay in a style element: they cannot be inlined, and clients that drop them show light.
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letter:
    """What a notification says, ready to be put into a mail.

    `kept` is the text for the ledger: without the link that unsubscribes its reader.
    """

    subject: str
    text: str
    html: str
    kept: str = ""
    wording_id: UUID | None = None


def render(
    template: str,
    language: str,
    full_name: str,
    context: Mapping[str, Any],
    *,
    sender: Sender = AS_THE_SYSTEM,
    unsubscribe_url: str | None = None,
    attached: Sequence[str] = (),
    wordings: Mapping[str, Wording] | None = None,
) -> Letter:
    """The words.

    `attached` names what the mail will carry, as its template speaks of it: "certificate", "calendar". `wordings` are
    the agency's own by template: that of this one, and for a digest those of its items. Raises jinja2.TemplateError,
    ValueError, TypeError or KeyError when the context lacks something or is malformed.
    """
    words, own = words_of(full_name, context, attached), Own(wordings or {}, language)
    letter = parts_of(template, language, words, own)
    frame = _frame(language, words, letter, sender)
    kept = _spaced(unmarked(_layout("layout.txt", language, letter, frame)))
    link = {"unsubscribe_url": unsubscribe_url} if unsubscribe_url else {}
    text = f"{kept}\n{frame['unsubscribe']}: {unsubscribe_url}\n" if unsubscribe_url else kept
    html = _layout("layout.html", language, letter, frame | link)
    return Letter(letter.subject, text, html, kept, own.used.get(template))


def sms(
    template: str,
    language: str,
    full_name: str,
    context: Mapping[str, Any],
    *,
    wordings: Mapping[str, Wording] | None = None,
) -> str:
    """One short text: the subject, the fact that matters and the link. At most SMS_LENGTH characters.

    Words and links are never cut: what has no room is left out, the end of a long subject first. Raises as `render`.
    """
    letter = parts_of(template, language, words_of(full_name, context), Own(wordings or {}, language))
    facts = [f"{row.name}: {in_order(row.value, language)}" for row in letter.rows if row.is_key]
    link = [letter.action.url] if letter.action else []
    short = _shortened(letter.subject, SMS_LENGTH // 2) or unmarked(letter.title)
    for lines in (
        [letter.subject, *facts, *link],
        [short, *facts, *link],
        [short, *link],
        [short, *facts],
    ):
        text = "\n".join(lines)
        if len(text) <= SMS_LENGTH:
            return text
    return short


def _spaced(text: str) -> str:
    """With one empty line between what stands apart."""
    return _GAPS.sub("\n\n", text).strip() + "\n"


def _shortened(text: str, room: int) -> str:
    """The first words that have room, and a sign that there are more; nothing if not even one has."""
    if len(text) <= room:
        return text
    kept = text[:room].rpartition(" ")[0].rstrip(" .,:;،؛")
    return f"{kept} …" if kept else ""


def _frame(language: str, words: Mapping[str, Any], letter: Parts, sender: Sender) -> dict[str, Any]:
    """What stands around every letter of a language."""
    said = {
        "full_name": words["full_name"],
        "more": letter.more,
        "sender_name": sender.name,
        "can_reply": sender.reply_to is not None,
    }
    frame = blocks(f"{language}/frame.j2", language, said)
    return {**frame, "footer": passages(frame["footer"]), "unsubscribe_url": None}


def _layout(name: str, language: str, letter: Parts, frame: Mapping[str, Any]) -> str:
    return _layouts(language).get_template(name).render(letter=letter, frame=frame)


@cache
def _layouts(language: str) -> jinja2.Environment:
    html, text = ((TEMPLATES / f"layout.{ending}").read_text(encoding="utf-8") for ending in ("html", "txt"))
    layouts = jinja2.Environment(
        loader=jinja2.DictLoader({"layout.html": _inlined(html, language), "layout.txt": text}),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    layouts.filters.update(filters(language), marked=_marked, in_order=lambda value: in_order(value, language))
    return layouts


def _inlined(source: str, language: str) -> str:
    """The layout of a language with its styles on each element: once, and not in every letter.

    The library knows HTML only: Jinja2's statements and comments are comments of HTML while it works, and its
    expressions are text.
    """
    direction = "rtl" if language == "fa" else "ltr"
    html = source.replace("{{ direction }}", direction).replace("{{ language }}", language)
    _, start, html = html.partition("<!DOCTYPE html>")
    return _COMMENT.sub(r"\1", _inliner.inline(start + _STATEMENT.sub(r"<!--\g<0>-->", html)))


def _marked(text: str) -> Markup:
    """Escaped, and then our marks as elements."""
    return Markup(str(escape(text)).replace(ISOLATE, "<bdi>").replace(END, "</bdi>"))  # noqa: S704 - escaped just here
