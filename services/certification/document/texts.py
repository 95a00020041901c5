"""Texts as a page has them: in its language, with its digits and days, and each part in its own direction."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.certification.document.words import MONTHS, Words
from shared.persian import digits_fa, format_jalali

_LRM, _RLM = "\u200e", "\u200f"
UNBROKEN = 40  # characters


def local(name: Mapping[str, str], words: Words) -> str:
    """A text in the language of the page, in Persian where there is no other. A lone tatweel is meant as a dash, and
    looks like a dot."""
    return held((name.get(words.language) or name["fa"]).replace(" \u0640 ", " – "), words)


def held(value: str, words: Words) -> str:
    """Quotation marks stay around a Latin word of a Persian text: a mark of direction holds them."""
    return value.replace("«", f"{_RLM}«").replace("»", f"»{_RLM}") if words.direction == "rtl" else value


def closed(value: str, words: Words) -> str:
    """A text that somebody wrote does not draw the number behind it into its own direction."""
    return f"{value}{_RLM if words.direction == 'rtl' else _LRM}"


def together(value: str) -> str:
    """A short part of a list is not broken at the end of a line."""
    return value.replace(" ", "\u00a0") if len(value) <= UNBROKEN else value


def code(value: str) -> str:
    """A number or code keeps its own order in any text: from left to right, unless there are Persian letters in it."""
    mark = _RLM if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in value) else _LRM
    return f"{mark}{value}{mark}"


def digits(value: Any, words: Words) -> str:
    return digits_fa(value) if words.language == "fa" else str(value)


def number(value: str, words: Words) -> str:
    return digits_fa(value).replace(".", "٫") if words.language == "fa" else value


def day(on: date | str, words: Words) -> str:
    """A day, also as the snapshot has it."""
    there = date.fromisoformat(on) if isinstance(on, str) else on
    return format_jalali(there) if words.language == "fa" else f"{there.day} {MONTHS[there.month - 1]} {there.year}"
