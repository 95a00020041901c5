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
from services.notification.rendering.filters import END, ISOLATE, TEMPLATES, filters, unmarked
from services.notification.rendering.parts import Parts, blocks, parts_of, passages, words_of

# Three segments of UCS-2, each without the six bytes of its header (3GPP TS 23.040).
SMS_LENGTH = 201

AS_THE_SYSTEM = Sender()
_GAPS = re.compile(r"\n{3,}")

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
) -> Letter:
    """The words.

    `attached` names what the mail will carry, as its template speaks of it: "certificate", "calendar". Raises
    jinja2.TemplateError, ValueError, TypeError or KeyError when the context lacks something or is malformed.
    """
    words = words_of(full_name, context, attached)
    letter = parts_of(template, language, words)
    frame = _frame(language, words, letter, sender)
    kept = _spaced(unmarked(_layout("layout.txt", language, letter, frame)))
    link = {"unsubscribe_url": unsubscribe_url} if unsubscribe_url else {}
    text = f"{kept}\n{frame['unsubscribe']}: {unsubscribe_url}\n" if unsubscribe_url else kept
    html = _layout("layout.html", language, letter, frame | link)
    return Letter(letter.subject, text, _inliner.inline(html), kept)


def sms(template: str, language: str, full_name: str, context: Mapping[str, Any]) -> str:
    """One short text: the subject, the fact that matters and the link. At most SMS_LENGTH characters.

    Words and links are never cut: what has no room is left out, the end of a long subject first. Raises as `render`.
    """
    letter = parts_of(template, language, words_of(full_name, context))
    facts = [f"{row.name}: {unmarked(row.value)}" for row in letter.rows if row.is_key]
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
    return _layouts(language).get_template(name).render(letter=letter, language=language, frame=frame)


@cache
def _layouts(language: str) -> jinja2.Environment:
    layouts = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    layouts.filters.update(filters(language), marked=_marked)
    return layouts


def _marked(text: str) -> Markup:
    """Escaped, and then our marks as elements."""
    return Markup(str(escape(text)).replace(ISOLATE, "<bdi>").replace(END, "</bdi>"))  # noqa: S704 - escaped just here
