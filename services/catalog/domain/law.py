"""The rules of legal references: numbers that are printed in two orders, changes, and what they make stale."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shared.errors import Conflict, Invalid, Problems, refuse

IN_FORCE, AMENDED, REPEALED = "in_force", "amended", "repealed"
STATUSES = (IN_FORCE, AMENDED, REPEALED)
KINDS = ("law", "by_law", "circular", "decision", "instruction", "article")
MAX_KEY = 100  # characters that the key of a number has at most
WHOLE = ""  # the article of a reference to a law as a whole
AHEAD = timedelta(days=366)  # policy default: changes are published some time before they take effect

_SEGMENT = re.compile(r"[^\W_]+")


def number_key(number: str) -> str:
    """One key for every order and script in which a number is printed: `1834/200`, `200/1834` and `۲۰۰-۱۸۳۴` are one.

    Right-to-left text turns the segments of a number around, and sources print both.
    """
    segments = [str(int(each)) if each.isdecimal() else each.casefold() for each in _SEGMENT.findall(number)]
    return "/".join(sorted(segments))


def turned_around(number: str) -> str:
    """The number in its other printed order."""
    return "/".join(reversed(_SEGMENT.findall(number)))


def check_record(reference: Mapping[str, Any], issued_on: date | None, today: date) -> None:
    """Raise Invalid with every wrong field of a reference as it is recorded; `issued_on` may be that of its law."""
    problems: Problems = {}
    article, kind, changed_on = reference["article"], reference["kind"], reference["changed_on"]
    if (kind == "article") != (article != WHOLE):
        problems["article"] = ["is given for an article of a law, and for nothing else"]
    if reference["number"] is not None and not 1 <= len(number_key(reference["number"])) <= MAX_KEY:
        problems["number"] = ["must have a digit or a letter, and not be too long"]
    if (reference["status"] == IN_FORCE) != (changed_on is None):
        problems["changed_on"] = ["is given for what was amended or repealed, and for nothing else"]
    elif changed_on is not None:
        problems |= _day_problems("changed_on", changed_on, issued_on, today)
    refuse(problems)


def check_change(
    known: Mapping[str, Any],
    issued_on: date | None,
    change: Mapping[str, Any],
    today: date,
    successors: Mapping[str, str | None],
) -> None:
    """Raise unless a change of a known reference can be true; `issued_on` may be that of its law.

    `successors` maps every law on the way of succession to its own successor. What is repealed is not repealed again,
    nor amended from then on; it may come into force again.
    """
    ended = known["status"] == REPEALED
    if ended and (change["status"] == REPEALED or (change["status"] == AMENDED and not _is_older(change, known))):
        raise Conflict("already_repealed", "It was repealed already.")
    problems = _day_problems("effective_on", change["effective_on"], issued_on, today)
    if change["successor"] is not None:
        problems |= _successor_problems(change, successors)
    refuse(problems)


def state_after(known: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """What a reference is after a change; nothing new when the change took effect before the last one known."""
    if _is_older(change, known):
        return {}
    successor = None if change["status"] == IN_FORCE else change["successor"] or known["successor"]
    return {"status": change["status"], "changed_on": change["effective_on"], "successor": successor}


def _is_older(change: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return known["changed_on"] is not None and change["effective_on"] < known["changed_on"]


def _day_problems(field: str, changed_on: date, issued_on: date | None, today: date) -> Problems:
    if issued_on is not None and changed_on < issued_on:
        return {field: ["must not be before the day it was issued"]}
    return {field: ["must not be more than a year ahead"]} if changed_on > today + AHEAD else {}


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


def check_citation(path: str, laws: Sequence[Mapping[str, Any]], citation: Mapping[str, Any], today: date) -> Problems:
    """What is wrong with a citation, whose `law` means all of `laws`. `as_of` is a day as text."""
    problems: Problems = {}
    if len(laws) == 1:
        problems |= check_article(f"{path}.article", laws[0], citation.get("article"))
    elif laws:
        codes = ", ".join(law["law"] for law in laws)
        problems[f"{path}.law"] = [f"{citation['law']} is the title of several: name it by its code ({codes})"]
    else:
        problems[f"{path}.law"] = [f"{citation['law']} is not a known law"]
    if citation.get("as_of") is not None and date.fromisoformat(citation["as_of"]) > today:
        problems[f"{path}.as_of"] = ["must not be in the future"]
    return problems


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
    citations: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], reviewed: Collection[str]
) -> list[Mapping[str, Any]]:
    """The changes that make a version stale: those that touch a citation and that no review of it has looked at."""
    return [
        change
        for change in changes
        if str(change["change_id"]) not in reviewed and any(affects(change, citation) for citation in citations)
    ]


def check_reviewable(stale: bool) -> None:
    if not stale:
        raise Conflict("not_stale", "Nothing that the version cites has changed since it was last compared.")


def check_found(asked: Mapping[str, Any]) -> None:
    """Raise Invalid unless a reference is asked for by its code or by its number."""
    if (asked["law"] is None) == (asked["number"] is None):
        raise Invalid.field("law", "must be given, or number, but not both")
