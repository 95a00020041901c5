"""Periods of employment of one person: they follow each other and never overlap."""

from collections.abc import Iterable
from datetime import date, timedelta

Days = tuple[date, date | None]  # first and last day; None: it goes on
_DAY = timedelta(days=1)


def days_left(known: Iterable[Days], wanted: Days) -> Days | None:
    """Those days of a period on which the person has no other, up to the next one that is known; None for no day."""
    first, last = wanted
    for other_first, other_last in sorted(known, key=lambda days: days[0]):
        if other_first > first:
            last = min(last or other_first, other_first - _DAY)
            break
        if other_last is None:
            return None
        first = max(first, other_last + _DAY)
    return (first, last) if last is None or first <= last else None
