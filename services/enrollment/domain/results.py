"""When a course counts as completed, and which results cannot be recorded."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from services.enrollment.domain.reasons import Reason
from services.enrollment.domain.states import STATES


class CourseRule(Protocol):
    """What the rule of completing asks of an offering: hours, least share of them, and pass mark of 100."""

    hours: Any
    min_attendance: Any
    pass_mark: Any


def completion_failures(course: CourseRule, attended_hours: float, score: float) -> list[str]:
    """Which of "attendance" and "score" miss the course's own rule; empty means completed. Both are inclusive.

    Courses without a rule of their own get 80 % of the hours and 60 of 100 from the catalog (policy default).
    Compared as decimals and without a division, so that 0.8 of 35 hours is 28 and not a hair more.
    """
    needed = _exact(course.min_attendance) * _exact(course.hours)
    failures = ["attendance"] if _exact(attended_hours) < needed else []
    return failures + (["score"] if _exact(score) < _exact(course.pass_mark) else [])


def result_refusal(course: CourseRule, state: str | None, attended_hours: float) -> Reason | None:
    """Why a result cannot be recorded for an enrollment in `state` (None: no such enrollment), or None."""
    if state is None:
        return Reason("enrollment_not_found", "The offering has no such enrollment.")
    if "record_result" not in STATES[state]:
        code = _UNRECORDABLE.get(state, "not_confirmed")
        return Reason(code, f"The enrollment is {state}; results are recorded for confirmed ones.")
    if _exact(attended_hours) > _exact(course.hours):
        return Reason("too_many_hours", f"The course has {course.hours:g} hours.")
    return None


_UNRECORDABLE = {
    "awaiting_form": "already_decided",
    "completed": "already_decided",
    "failed": "already_decided",
    "withdrawn": "withdrawn",
    "cancelled": "offering_cancelled",
}


def completion_day(ends_on: date, today: date) -> date:
    """The day a course counts as completed: its last one, or today where results come earlier (policy default)."""
    return min(ends_on, today)


@lru_cache(maxsize=1024)  # a list of results repeats the same few hours and scores
def _exact(number: float) -> Decimal:
    """The number a person meant: six decimals swallow the noise of sums such as 6.999999999999999."""
    return Decimal(str(round(number, 6)))
