"""Which lines of a course count: one that is repeated counts once, unless its knowledge was to be refreshed."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID


class Course(NamedTuple):
    """What the rule asks of a course that somebody completed; rows of entries have it too."""

    completed_on: date
    jalali_year: int
    refresh_every_months: int | None


def stands_in_the_way(line: Any, other: Any, rule: str) -> bool:
    """Whether of two lines of one course only one counts, by `rule`: once, refresh or yearly.

    once: of all of them one. refresh: a course that is to be refreshed counts again in another Jalali year. yearly:
    every course counts again in another Jalali year.
    """
    if rule == "once" or line.jalali_year == other.jalali_year:
        return True
    later = max(line, other, key=lambda each: each.completed_on)
    return rule == "refresh" and not later.refresh_every_months


def to_count(
    lines: Iterable[Any], is_same: Callable[[Any, Any], bool], rule_of: Callable[[Any], str]
) -> dict[UUID, bool]:
    """Which of a person's lines are to count, by line.

    Those that count go on, the oldest of them where two are in each other's way; of the others each that nothing is in
    the way of, the oldest first. So the answer is the same however often it is asked.
    """
    kept: list[Any] = []
    found: dict[UUID, bool] = {}
    for line in sorted(lines, key=lambda each: (not each.counted, each.completed_on, each.line_id)):
        found[line.line_id] = not any(
            is_same(line, other) and stands_in_the_way(line, other, rule_of(line)) for other in kept
        )
        if found[line.line_id]:
            kept.append(line)
    return found
