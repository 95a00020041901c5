"""Which lines of a course count."""

from datetime import date
from itertools import permutations
from typing import Any, NamedTuple

import pytest

from services.enrollment.domain.counting import stands_in_the_way, to_count


class Line(NamedTuple):
    line_id: int
    completed_on: date
    jalali_year: int
    refresh_every_months: int | None = None
    counted: bool = False


FIRST = Line(1, date(2025, 5, 1), 1404)
SAME_YEAR = Line(2, date(2026, 3, 20), 1404)
NEXT_YEAR = Line(3, date(2026, 3, 21), 1405)


@pytest.mark.parametrize(
    ("rule", "same_year", "next_year", "refreshed"),
    [("once", True, True, True), ("refresh", True, True, False), ("yearly", True, False, False)],
)
def test_a_rule_says_when_a_course_counts_again(rule: str, same_year: bool, next_year: bool, refreshed: bool) -> None:
    assert stands_in_the_way(SAME_YEAR, FIRST, rule) is same_year
    assert stands_in_the_way(NEXT_YEAR, FIRST, rule) is next_year
    again = NEXT_YEAR._replace(refresh_every_months=12)
    # The later version says whether it is to be refreshed, whichever of the two is looked at.
    assert stands_in_the_way(again, FIRST, rule) is stands_in_the_way(FIRST, again, rule) is refreshed
    assert stands_in_the_way(NEXT_YEAR, FIRST._replace(refresh_every_months=12), "refresh")


def counting(lines: Any, rule: str = "refresh") -> dict[int, bool]:
    found: Any = to_count(lines, lambda _one, _other: True, lambda _line: rule)
    return dict(found)


def test_the_oldest_counts_whatever_the_order() -> None:
    for lines in permutations((FIRST, SAME_YEAR, NEXT_YEAR)):
        assert counting(lines) == {1: True, 2: False, 3: False}
        assert counting(lines, "yearly") == {1: True, 2: False, 3: True}


def test_what_counts_goes_on_counting_and_of_two_the_older_one() -> None:
    later = NEXT_YEAR._replace(counted=True)
    assert counting([FIRST, later]) == {1: False, 3: True}
    assert counting([FIRST._replace(counted=True), later]) == {1: True, 3: False}
    after = {line.line_id: line for line in (FIRST._replace(counted=True), later._replace(counted=False))}
    assert counting(after.values()) == {1: True, 3: False}


def test_courses_that_are_not_the_same_are_in_nobodys_way() -> None:
    found: Any = to_count([FIRST, SAME_YEAR], lambda _one, _other: False, lambda _line: "once")
    assert found == {1: True, 2: True}
