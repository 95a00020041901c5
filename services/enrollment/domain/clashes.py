"""Sessions that nobody can attend both of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def overlapping(some: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Pairs of session numbers, one of each offering, that overlap; one inside the other is one too.

    A session that begins at the moment another ends does not. Sessions hold `number`, `starts_at` and `ends_at` as ISO
    text. An offering without sessions clashes with nothing: its hours are not known.
    """
    return [
        (one["number"], other["number"])
        for one in some
        for other in others
        if _at(one["starts_at"]) < _at(other["ends_at"]) and _at(other["starts_at"]) < _at(one["ends_at"])
    ]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
