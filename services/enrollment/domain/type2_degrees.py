"""Degrees, told apart from what agencies write in `education`."""

import re
from typing import NamedTuple

# The degrees that rules about type-2 certificates know, from the lowest, with the words that certificates say.
DEGREES: dict[str, dict[str, str]] = {
    "diploma": {"fa": "دیپلم", "en": "Diploma"},
    "associate": {"fa": "کاردانی", "en": "Associate degree"},
    "bachelor": {"fa": "کارشناسی", "en": "Bachelor's degree"},
    "master": {"fa": "کارشناسی ارشد", "en": "Master's degree"},
    "doctorate": {"fa": "دکتری", "en": "Doctorate"},
}
# As people write them, without spaces and half-spaces (shared.persian.search_form).
_WORDS: dict[str, tuple[str, ...]] = {
    "diploma": ("diploma", "highschooldiploma", "دیپلم", "دیپلممتوسطه", "دیپلمکامل", "پیشدانشگاهی", "متوسطه"),
    "associate": ("associate", "associatedegree", "فوقدیپلم", "کاردانی", "کاردان"),
    "bachelor": ("bachelor", "bachelors", "bachelorsdegree", "bsc", "ba", "لیسانس", "کارشناسی", "کارشناس"),
    "master": (
        "master",
        "masters",
        "mastersdegree",
        "msc",
        "ma",
        "فوقلیسانس",
        "کارشناسیارشد",
        "کارشناسارشد",
    ),
    "doctorate": (
        "doctorate",
        "doctor",
        "phd",
        "دکتری",
        "دکترا",
        "دکتر",
        "دکترایتخصصی",
        "دکتریتخصصی",
        "دکترایحرفهای",
        "دکتریحرفهای",
    ),
}
_CODES = {word: code for code, words in _WORDS.items() for word in words}
_EQUIVALENT = "معادل"
# Behind such a sign comes the field of study: لیسانس - حقوق.
FIELD_BEGINS = re.compile(r"[-–—،,;:/(\[]")


class Degree(NamedTuple):
    """`code` is None for words that are not known. `is_equivalent`: the words themselves say معادل."""

    code: str | None
    is_equivalent: bool


def degree(whole: str, before_the_field: str) -> Degree:
    """The degree that words name, and nothing guessed: a failed diploma (دیپلم ردی) is not one.

    Both are in the form for looking up; the second has only what stands before the field of study.
    """
    words = whole.replace(_EQUIVALENT, "")
    known = _CODES.get(words) or _CODES.get(before_the_field.replace(_EQUIVALENT, ""))
    return Degree(known, _EQUIVALENT in whole)
