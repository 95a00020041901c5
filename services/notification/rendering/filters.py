"""What templates do to values: dates, digits and words of the reader's language, and marks around foreign words."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from shared import persian, yaml_file

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("fa", "en")

# Unicode's first strong isolate and its end: around a name or a title they keep its direction to itself. In HTML they
# become <bdi>; in plain text they go. No text of people keeps any, so they are always ours and always paired.
ISOLATE, END = "\u2068", "\u2069"

# Before a code that begins with a digit, in plain text. Behind an Arabic letter its digits would be Arabic numbers, and
# the hyphens between them would show its parts in the wrong order (UAX #9, rule W2). Whoever pastes a code with it is
# understood: shared.persian.normalise takes it away.
_LEFT_TO_RIGHT = "\u200e"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_WEEKDAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")


def one_line(text: str) -> str:
    """Without line breaks, control characters and overrides of direction: a name never begins a header of its own, nor
    turns around the words after it."""
    return " ".join(_CONTROLS.sub(" ", _DIRECTIONS.sub("", text)).split())


def one_lined(value: Any) -> Any:
    """All texts in a context as single lines, which is what every one of them is."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {name: one_lined(item) for name, item in value.items()}
    if isinstance(value, list):
        return [one_lined(item) for item in value]
    return value


def unmarked(text: str) -> str:
    """Without our marks, for plain text and headers."""
    return text.replace(ISOLATE, "").replace(END, "")


def in_order(value: str, language: str) -> str:
    """A value after its name in plain text: a code's parts stand in their order there."""
    text = unmarked(value)
    is_code = language == "fa" and text[:1].isascii() and text[:1].isdigit()
    return _LEFT_TO_RIGHT + text if is_code else text


def isolated(text: str) -> str:
    """Words of people, whose direction must not touch the sentence around them."""
    return f"{ISOLATE}{text}{END}"


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
    return isolated(text.get("en") or text["fa"])


def _local_fa(text: Mapping[str, str]) -> str:
    return isolated(text["fa"])


def _clock(moment: str) -> str:
    """The time of day in Tehran."""
    return f"{datetime.fromisoformat(moment).astimezone(persian.TEHRAN):%H:%M}"


def _clock_fa(moment: str) -> str:
    return persian.digits_fa(_clock(moment))


def _tehran_day(moment: str) -> date:
    return persian.tehran_date(datetime.fromisoformat(moment))


def _moment_day(moment: str) -> str:
    """The day in Tehran."""
    return _day(_tehran_day(moment).isoformat())


def _moment_day_fa(moment: str) -> str:
    return persian.format_jalali(_tehran_day(moment))


def _any_day(value: str) -> date:
    return _tehran_day(value) if "T" in value else date.fromisoformat(value)


def _weekday(value: str) -> str:
    """The day of the week of a day, or of a moment in Tehran."""
    return f"{_any_day(value):%A}"


def _weekday_fa(value: str) -> str:
    return _WEEKDAYS[_any_day(value).weekday()]


def _words_of(language: str) -> tuple[Callable[[Any, str], str], Callable[[Iterable[Any], str], list[str]]]:
    """The filters `word` and `words`, which name values; one without words is not told."""
    tables: dict[str, dict[str, str]] = yaml_file.read(TEMPLATES / language / "words.yaml")

    def word(value: Any, table: str) -> str:
        return tables[table].get(value, "")

    def words(values: Iterable[Any], table: str) -> list[str]:
        return [tables[table][value] for value in values if value in tables[table]]

    return word, words


# What wordings of agencies may use as well: none of them can raise the size of anything.
_SHARED: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "fa": {
        "number": _number_fa,
        "day": _day_fa,
        "local": _local_fa,
        "clock": _clock_fa,
        "moment_day": _moment_day_fa,
        "weekday": _weekday_fa,
        "isolated": isolated,
    },
    "en": {
        "number": _number,
        "day": _day,
        "local": _local,
        "clock": _clock,
        "moment_day": _moment_day,
        "weekday": _weekday,
        "isolated": isolated,
    },
}


@cache
def filters(language: str) -> Mapping[str, Callable[..., Any]]:
    """By name, for one language."""
    word, words = _words_of(language)
    return {**_SHARED[language], "word": word, "words": words}
