"""The source of a letter and its parts.

A template is a file of Jinja2 blocks. Each block is plain text, whatever the layout:

* `subject` and `title` are one line; the title stands in the band of the HTML, and is the subject where it is missing;
* `opening`, `details` and `closing` are paragraphs, parted by empty lines; lines that begin with "- " are points of
  a list below the line before them;
* `rows` are facts, "name: value" a line. One without a value is left out. "* " before it marks the fact that matters
  most, which a text message names too;
* `action` ends in "label: address", after what is said about it.

Nothing is escaped here; the HTML layout escapes all of it, once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import jinja2

from services.notification.rendering.filters import END, ISOLATE, TEMPLATES, filters, one_line, one_lined, unmarked


@dataclass(frozen=True)
class Passage:
    """A paragraph, and the points of a list below it."""

    text: str
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A fact by its name."""

    name: str
    value: str
    is_key: bool = False


@dataclass(frozen=True)
class Action:
    """Where to go, and what is said about it."""

    about: tuple[Passage, ...]
    label: str
    url: str


@dataclass(frozen=True)
class Parts:
    """What a letter says, before it has a form. Texts may hold marks of isolation, and nothing in them is escaped.

    A digest has `items`, letters of their own that say when that was (`told`), and how many `more` wait for the next
    one (domain.digests).
    """

    subject: str
    title: str
    opening: tuple[Passage, ...] = ()
    rows: tuple[Row, ...] = ()
    details: tuple[Passage, ...] = ()
    action: Action | None = None
    closing: tuple[Passage, ...] = ()
    items: tuple["Parts", ...] = ()
    more: int = 0
    told: str = ""


Own = Callable[[str, Mapping[str, Any]], Mapping[str, str]]


def no_own(template: str, words: Mapping[str, Any]) -> Mapping[str, str]:
    """The shipped words only."""
    return {}


def words_of(full_name: str, context: Mapping[str, Any], attached: Sequence[str] = ()) -> dict[str, Any]:
    """All that a template may name."""
    lined: dict[str, Any] = one_lined(context)
    own = {"full_name": one_line(full_name), "attached": attached, "is_type2": lined.get("kind") == "type2"}
    return {**lined, **own}


def parts_of(template: str, language: str, words: Mapping[str, Any], own: Own = no_own) -> Parts:
    """A template's parts, with those in their place that `own` has words for.

    Raises jinja2.TemplateError, or ValueError, TypeError or KeyError, when `words` lack something or are malformed.
    """
    said = blocks(f"{language}/{template}.j2", language, words) | dict(own(template, words))
    subject = unmarked(one_line_of(said["subject"]))
    items = [_item(item, language, words, own) for item in words["items"]] if template == "digest" else []
    return Parts(
        subject=subject,
        title=one_line_of(said.get("title", "")) or subject,
        opening=passages(said["opening"]),
        rows=_rows(said.get("rows", "")),
        details=passages(said.get("details", "")),
        action=_action(said.get("action", "")),
        closing=passages(said.get("closing", "")),
        items=tuple(items),
        more=words.get("more", 0) if items else 0,
    )


def _item(item: Mapping[str, Any], language: str, words: Mapping[str, Any], own: Own) -> Parts:
    said = parts_of(item["template"], language, words_of(words["full_name"], item["context"]), own)
    at = item.get("at")  # none in digests of before it was kept
    return replace(said, told=blocks(f"{language}/_told.j2", language, {"at": at})["told"]) if at else said


def blocks(file: str, language: str, words: Mapping[str, Any]) -> dict[str, str]:
    """What each block of a file says."""
    source = environment(language).get_template(file)
    context = source.new_context(dict(words), shared=True)
    return {name: "".join(block(context)) for name, block in source.blocks.items()}


def one_line_of(text: str) -> str:
    return " ".join(text.split())


def passages(text: str) -> tuple[Passage, ...]:
    """Paragraphs of a block."""
    found = []
    for paragraph in text.split("\n\n"):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        if lines:
            points = [line for line in lines if line.startswith("- ")]
            said = " ".join(line for line in lines if not line.startswith("- "))
            found.append(Passage(said, tuple(point.removeprefix("- ") for point in points)))
    return tuple(found)


def _rows(text: str) -> tuple[Row, ...]:
    found = []
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if value:
            found.append(Row(name.removeprefix("* "), _alone(value), name.startswith("* ")))
    return tuple(found)


def _alone(value: str) -> str:
    """A value that is one isolated text, without its marks: the layout isolates every value."""
    whole = value.startswith(ISOLATE) and value.endswith(END) and value.count(ISOLATE) == 1
    return value[1:-1] if whole else value


def _action(text: str) -> Action | None:
    about, _, last = text.strip().rpartition("\n")
    label, _, url = last.partition(": ")
    return Action(passages(about), label.strip(), url.strip()) if url else None


@cache
def environment(language: str) -> jinja2.Environment:
    """Where templates of a language are read: plain text, in which nothing may be missing."""
    found = jinja2.Environment(  # noqa: S701 - plain text; the HTML layout escapes every word of it
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=_known,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(filters(language))
    return found


def _known(value: Any) -> Any:
    """What is not known is said by saying nothing."""
    return "" if value is None else value
