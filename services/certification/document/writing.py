"""How values are written on a page: digits, days and directions of its language."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.certification.document.words import MONTHS, Words
from shared.persian import digits_fa, format_jalali

_LRM, _RLM = "\u200e", "\u200f"


def text(name: Mapping[str, str], words: Words) -> str:
    """A text in the language of the page, in Persian where there is no other."""
    return held(name.get(words.language) or name["fa"], words)


def held(value: str, words: Words) -> str:
    """Quotation marks stay around a Latin word of a Persian text: a mark of direction holds them."""
    return value.replace("«", f"{_RLM}«").replace("»", f"»{_RLM}") if words.direction == "rtl" else value


def code(value: str) -> str:
    """A number or code keeps its own order in any text: from left to right, unless there are Persian letters in it."""
    mark = _RLM if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in value) else _LRM
    return f"{mark}{value}{mark}"


def digits(value: Any, words: Words) -> str:
    return digits_fa(value) if words.language == "fa" else str(value)


def number(value: str, words: Words) -> str:
    return digits_fa(value).replace(".", "٫") if words.language == "fa" else value


def day(value: date, words: Words) -> str:
    return format_jalali(value) if words.language == "fa" else f"{value.day} {MONTHS[value.month - 1]} {value.year}"
