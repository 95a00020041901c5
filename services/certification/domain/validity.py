"""Until when a certificate holds. Months and fixed days are of the Jalali calendar, which the caller brings along."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

COMPLETION, EXPIRY, FIXED = "completion", "expiry", "fixed"
BASES = (COMPLETION, EXPIRY, FIXED)


class Term(NamedTuple):
    """How a course is renewed: how long before its end, and from which day on the new time counts.

    `completion`: from the day of the completion. `expiry`: from the last day of the certificate that is renewed inside
    its window, so that nobody loses time by being early; else from the completion. `fixed`: from the completion, back
    to the last `fixed_day` (month, day) of the Jalali calendar before, so that all end on one day.
    """

    window_months: int
    base: str
    fixed_day: tuple[int, int] | None = None


def term_of(policy: Mapping[str, Any], course_code: str) -> Term:
    """The term of a course: its own where it has one, else the default."""
    chosen = policy["courses"].get(course_code, policy["default"])
    fixed = chosen.get("fixed_day")
    return Term(chosen["window_months"], chosen["base"], day_of_year(fixed) if fixed else None)


def day_of_year(text: str) -> tuple[int, int]:
    """Month and day in `12-29`; ValueError for anything else. Day 30 of Esfand is its last day in every year."""
    month, _, day = text.partition("-")
    if not (len(month) == len(day) == 2 and text.isascii() and (month + day).isdigit()):
        raise ValueError("must be a Jalali month and day such as 12-29")
    pair = int(month), int(day)
    if not (1 <= pair[0] <= 12 and 1 <= pair[1] <= (31 if pair[0] <= 6 else 30)):
        raise ValueError("is not a day of the Jalali year")
    return pair


def valid_until(
    term: Term,
    completed_on: date,
    months: int | None,
    renews: date | None,
    *,
    add_months: Callable[[date, int], date],
    last_day: Callable[[int, int, date], date],
) -> date | None:
    """The last day, wholly inside; None for a course that is never refreshed.

    `last_day(month, day, until)` is the last such day of the Jalali year not after `until`. Where none lies between
    the completion and the end of its months, the months alone count: a fixed day shortens the time, never to nothing.
    """
    if months is None:
        return None
    if term.base == EXPIRY and renews is not None:
        return add_months(renews, months)
    until = add_months(completed_on, months)
    if term.base == FIXED and term.fixed_day is not None:
        fixed = last_day(*term.fixed_day, until)
        return fixed if fixed > completed_on else until
    return until


def reminder_due(days_left: int, occasions: list[int]) -> int | None:
    """The occasion that a certificate with so many days left is reminded on; of several missed ones the last."""
    return min((each for each in occasions if days_left <= each), default=None)
