"""When a programme is complete, and what is said of it until then."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrollment.domain.programmes import Completion, programme_state

DAY = date(2026, 11, 1)


@dataclass
class Programme:
    courses: list[dict[str, Any]] = field(default_factory=list)
    ordered: bool = False
    min_electives: int = 0
    min_hours: float = 0.0


def course(code: str, compulsory: bool = True, min_version: int | None = None) -> dict[str, Any]:
    return {"course_code": code, "compulsory": compulsory, "min_version": min_version}


def done(code: str, day: int = 0, version: int = 1, hours: float = 10) -> Completion:
    return Completion(code, version, hours, DAY + timedelta(days=day))


def statuses(programme: Programme, *completions: Completion, **equivalent: set[str]) -> list[str]:
    return [item.status for item in programme_state(programme, completions, equivalent).items]


def is_complete(programme: Programme, *completions: Completion, **equivalent: set[str]) -> bool:
    return programme_state(programme, completions, equivalent).complete


def test_every_compulsory_course_is_needed_and_the_last_day_counts() -> None:
    programme = Programme([course("A"), course("B")])
    assert programme_state(programme, [done("A")], {}).missing == ("B",)
    state = programme_state(programme, [done("A", 5), done("B", 2)], {})
    assert (state.complete, state.completed_on, state.hours) == (True, DAY + timedelta(days=5), 20)


def test_electives_are_needed_up_to_their_least_number() -> None:
    programme = Programme([course("A"), course("X", False), course("Y", False)], min_electives=1)
    assert not is_complete(programme, done("A"))
    assert not is_complete(programme, done("X"), done("Y"))
    assert is_complete(programme, done("A"), done("Y"))


def test_hours_are_needed_altogether_and_courses_outside_give_none() -> None:
    programme = Programme([course("A"), course("X", False)], min_hours=20)
    assert not is_complete(programme, done("A"), done("Z", hours=50))
    assert not is_complete(programme, done("A", hours=9.9), done("X"))
    assert is_complete(programme, done("A"), done("X"))
    assert is_complete(programme, done("A", hours=0.1 + 0.2), done("X", hours=19.7))


def test_a_course_taken_twice_gives_its_hours_once() -> None:
    assert programme_state(Programme([course("A")], min_hours=15), [done("A"), done("A", 9)], {}).hours == 10


def test_a_version_too_low_does_not_count_and_says_so() -> None:
    programme = Programme([course("A", min_version=2), course("B")])
    assert statuses(programme, done("A", version=1)) == ["old_version", "missing"]
    assert statuses(programme, done("A", version=1), done("A", 1, version=2)) == ["done", "missing"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((0, 1, 2), ["done", "done", "done"]),
        ((0, 0, 0), ["done", "done", "done"]),
        ((1, 0, 2), ["done", "too_early", "too_early"]),
        ((None, 0, 1), ["missing", "too_early", "too_early"]),
        ((0, 2, 1), ["done", "done", "too_early"]),
    ],
)
def test_in_an_ordered_programme_no_course_counts_before_the_one_above_it(
    days: tuple[int | None, ...], expected: list[str]
) -> None:
    programme = Programme([course("A"), course("B"), course("C")], ordered=True)
    completions = [done(code, day) for code, day in zip("ABC", days, strict=True) if day is not None]
    assert statuses(programme, *completions) == expected
    assert is_complete(programme, *completions) is (expected == ["done"] * 3)


def test_a_course_taken_again_in_its_turn_counts() -> None:
    programme = Programme([course("A"), course("B")], ordered=True)
    assert not is_complete(programme, done("B", 0), done("A", 3))
    assert is_complete(programme, done("B", 0), done("A", 3), done("B", 4))


def test_electives_have_no_order() -> None:
    programme = Programme([course("A"), course("X", False), course("B")], ordered=True, min_electives=1)
    assert is_complete(programme, done("X", -9), done("A", 1), done("B", 2))


def test_a_course_that_stands_for_another_counts_in_its_place_once() -> None:
    programme = Programme([course("A", min_version=3), course("B")])
    assert is_complete(programme, done("E"), done("B"), A={"E"})
    assert statuses(programme, done("E"), A={"E"}, B={"E"}) == ["done", "missing"]


def test_a_course_of_the_programme_stands_for_no_other_one_of_it() -> None:
    assert not is_complete(Programme([course("A"), course("B")]), done("A"), A={"B"}, B={"A"})


def test_nothing_done_is_nothing_completed() -> None:
    state = programme_state(Programme([course("X", False)]), [], {})
    assert (state.complete, state.completed_on) == (False, None)


codes = st.sampled_from("ABCXYZ")
completions = st.lists(st.builds(done, codes, st.integers(0, 9), st.integers(1, 3)), max_size=12)


@settings(max_examples=60)
@given(
    ordered=st.booleans(),
    least=st.integers(0, 2),
    electives=st.integers(0, 2),
    before=completions,
    more=completions,
)
def test_whatever_else_is_completed_nothing_done_is_lost_and_what_is_said_adds_up(
    ordered: bool, least: int, electives: int, before: list[Completion], more: list[Completion]
) -> None:
    """Taking further courses never undoes a course, and a complete programme stays complete."""
    courses = [course("A"), course("B", min_version=least or None), course("X", False), course("Y", False)]
    programme = Programme(courses, ordered, electives, min_hours=20)
    earlier, later = (programme_state(programme, taken, {}) for taken in (before, before + more))
    for was, now in zip(earlier.items, later.items, strict=True):
        assert was.status != "done" or now.status == "done"
    assert later.complete or not earlier.complete
    assert later.complete is (not later.missing and later.electives >= electives and later.hours >= 20)
    assert later.hours == sum(each.hours for each in later.counted)
    days = [item.by.completed_on for item in later.items if item.compulsory and item.by is not None]
    assert not ordered or days == sorted(days)
