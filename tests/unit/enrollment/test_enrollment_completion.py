"""When a course counts as completed."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.enrollment.domain.results import completion_day, completion_failures, result_refusal
from services.enrollment.policies import FIRST_DAY, POLICIES


@dataclass
class Offered:
    hours: float = 10
    min_attendance: float = 0.8
    pass_mark: float = 60


@pytest.mark.parametrize(
    ("attended", "score", "failures"),
    [
        (8, 60, []),
        (7.99, 60, ["attendance"]),
        (8, 59.99, ["score"]),
        (0, 0, ["attendance", "score"]),
        (10, 100, []),
    ],
)
def test_attendance_and_pass_mark_are_both_inclusive(attended: float, score: float, failures: list[str]) -> None:
    assert completion_failures(Offered(hours=10), attended, score) == failures


@settings(max_examples=60)
@example(hours=35, percent=80)
@given(hours=st.integers(1, 500), percent=st.integers(1, 100))
def test_exactly_the_least_attendance_is_enough_whatever_floats_make_of_it(hours: int, percent: int) -> None:
    offering = Offered(hours=hours, min_attendance=percent / 100)
    least = hours * percent / 100
    assert completion_failures(offering, least, 60) == []
    assert completion_failures(offering, least - 0.01, 60) == ["attendance"]
    assert completion_failures(offering, percent / 100 * hours, 60) == []


def test_hours_added_up_as_floats_count_as_what_was_meant() -> None:
    added_one_by_one = reduce(add, [0.1] * 80)  # not sum(), which makes up for lost digits since Python 3.12
    assert added_one_by_one < 8
    assert completion_failures(Offered(hours=10), added_one_by_one, 60) == []


@pytest.mark.parametrize(
    ("state", "hours", "code"),
    [
        (None, 1, "enrollment_not_found"),
        ("withdrawn", 1, "withdrawn"),
        ("requested", 1, "not_confirmed"),
        ("waitlisted", 1, "not_confirmed"),
        ("rejected", 1, "not_confirmed"),
        ("completed", 1, "already_decided"),
        ("failed", 1, "already_decided"),
        ("cancelled", 1, "offering_cancelled"),
        ("confirmed", 10.01, "too_many_hours"),
    ],
)
def test_a_result_that_cannot_be_recorded_says_why(state: str | None, hours: float, code: str) -> None:
    refusal = result_refusal(Offered(hours=10), state, hours)
    assert refusal is not None
    assert refusal.code == code


def test_all_hours_attended_is_not_too_many() -> None:
    assert result_refusal(Offered(hours=0.3), "confirmed", 0.1 + 0.2) is None


def test_a_completion_counts_from_the_last_day_or_from_an_earlier_result() -> None:
    assert completion_day(date(2026, 11, 20), today=date(2026, 11, 23)) == date(2026, 11, 20)
    assert completion_day(date(2026, 11, 30), today=date(2026, 11, 23)) == date(2026, 11, 23)


def test_every_policy_has_a_value_from_the_first_day_on() -> None:
    firsts = {key: values[0].effective_from for key, values in POLICIES.shipped().items()}
    assert set(firsts.values()) == {FIRST_DAY}
