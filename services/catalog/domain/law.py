"""The rules of legal references: numbers that are printed in two orders, changes, and what they make stale."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.catalog.domain.problems import Problems, refuse
from shared.errors import Conflict, Invalid

IN_FORCE, AMENDED, REPEALED = "in_force", "amended", "repealed"
STATUSES = (IN_FORCE, AMENDED, REPEALED)
KINDS = ("law", "by_law", "circular", "decision", "instruction", "article")
WHOLE = ""  # the article of a reference to a law as a whole
AHEAD = timedelta(days=366)  # policy default: changes are published some time before they take effect

_SEGMENT = re.compile(r"[^\W_]+")


def number_key(number: str) -> str:
    """One key for every order and script in which a number is printed: `1834/200`, `200/1834` and `۲۰۰-۱۸۳۴` are one.

    Right-to-left text turns the segments of a number around, and sources print both.
    """
    segments = [str(int(each)) if each.isdecimal() else each.casefold() for each in _SEGMENT.findall(number)]
    return "/".join(sorted(segments))


def check_record(reference: Mapping[str, Any]) -> None:
    """Raise Invalid with every wrong field of a reference as it is recorded."""
    problems: Problems = {}
    article, kind = reference["article"], reference["kind"]
    if (kind == "article") != (article != WHOLE):
        problems["article"] = ["is given for an article of a law, and for nothing else"]
    if reference["number"] is not None and not number_key(reference["number"]):
        problems["number"] = ["must have a digit or a letter"]
    if (reference["status"] == IN_FORCE) != (reference["changed_on"] is None):
        problems["changed_on"] = ["is given for what was amended or repealed, and for nothing else"]
    elif reference["changed_on"] is not None:
        problems |= _too_early(reference["changed_on"], reference["issued_on"], "changed_on")
    refuse(problems)


def check_change(
    status: str, issued_on: date | None, change: Mapping[str, Any], today: date, successors: Mapping[str, str | None]
) -> None:
    """Raise unless a change can be true. `successors` maps every law on the way of succession to its own successor."""
    if status == REPEALED and change["status"] == REPEALED:
        raise Conflict("already_repealed", "It was repealed already.")
    problems = _too_early(change["effective_on"], issued_on, "effective_on")
    if change["effective_on"] > today + AHEAD:
        problems["effective_on"] = ["must not be more than a year ahead"]
    if change["successor"] is not None:
        problems |= _successor_problems(change, successors)
    refuse(problems)


def _too_early(changed_on: date, issued_on: date | None, field: str) -> Problems:
    if issued_on is not None and changed_on < issued_on:
        return {field: ["must not be before the day it was issued"]}
    return {}


def _successor_problems(change: Mapping[str, Any], successors: Mapping[str, str | None]) -> Problems:
    """A successor is another known law, and does not lead back here; an article may be replaced within its law."""
    code: str | None = change["successor"]
    if code not in successors:
        return {"successor": [f"{code} is not known"]}
    if change["article"] != WHOLE:
        return {}
    seen = set[str]()
    while code is not None and code not in seen:
        if code == change["law"]:
            return {"successor": ["must not be the law itself, nor one that it succeeds"]}
        seen.add(code)
        code = successors.get(code)
    return {}


def check_article(path: str, law: Mapping[str, Any], article: str | None) -> Problems:
    """An article that a law does not have; one such as `5-1` is a paragraph, and not counted."""
    count = law["article_count"]
    if article is None or count is None or not article.isdecimal():
        return {}
    return {} if 1 <= int(article) <= count else {path: [f"{law['law']} has {count} articles"]}


def affects(change: Mapping[str, Any], citation: Mapping[str, Any]) -> bool:
    """Whether a change makes a citation out of date.

    A change of a law touches every citation of it, a change of an article those of the article and of the law as a
    whole; not if the text was compared on the day the change took effect, or later.
    """
    same = WHOLE in (change["article"], citation["article"]) or change["article"] == citation["article"]
    compared = citation["as_of"]
    return bool(change["law"] == citation["law"] and same and (compared is None or compared < change["effective_on"]))


def reasons(
    citations: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], reviewed_at: Any
) -> list[Mapping[str, Any]]:
    """The changes that make a version stale: those that touch a citation and were recorded after the last review."""
    return [
        change
        for change in changes
        if (reviewed_at is None or change["recorded_at"] > reviewed_at)
        and any(affects(change, citation) for citation in citations)
    ]


def check_reviewable(stale: bool) -> None:
    if not stale:
        raise Conflict("not_stale", "Nothing that the version cites has changed since it was last compared.")


def unknown_law(place: int, law: str) -> Problems:
    return {f"legal_references[{place}].law": [f"{law} is not a known law"]}


def check_found(asked: Mapping[str, Any]) -> None:
    """Raise Invalid unless a reference is asked for by its code or by its number."""
    if (asked["law"] is None) == (asked["number"] is None):
        raise Invalid.field("law", "must be given, or number, but not both")
