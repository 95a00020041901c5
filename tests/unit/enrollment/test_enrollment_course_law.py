"""Since when a version of a course is overtaken by the law, in whatever order its news come."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.enrollment.domain.courses import stale_since, with_mark
from services.enrollment.domain.offerings import is_formed, schedule_changes

START = datetime(2026, 11, 23, tzinfo=UTC)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def marks(*hours: int) -> list[dict[str, str]]:
    return [{"at": at(hour).isoformat()} for hour in hours]


def test_the_first_change_since_the_last_review_counts() -> None:
    assert stale_since([], None) is None
    assert stale_since(marks(3, 1, 2), None) == at(1)
    assert stale_since(marks(1, 2), at(2)) is None
    assert stale_since(marks(1, 4, 3), at(2)) == at(3)


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 9) | st.none())
def test_a_mark_heard_twice_or_in_another_order_is_the_same(hours: list[int], reviewed: int | None) -> None:
    kept: list[dict[str, str]] = []
    for mark in marks(*hours, *reversed(hours)):
        kept = with_mark(kept, mark)
    assert len(kept) == len(set(hours))
    later = [hour for hour in hours if reviewed is None or hour > reviewed]
    expected = at(min(later)) if later else None
    assert stale_since(kept, None if reviewed is None else at(reviewed)) == expected


def test_a_change_in_its_turn_says_itself_what_of_the_schedule_is_new() -> None:
    schedule = {"starts_on": 1, "ends_on": 2, "sessions": []}
    assert schedule_changes(2, ["capacity", "ends_on"], schedule, schedule, known=1) == ["ends_on"]
    assert schedule_changes(2, ["capacity"], schedule, schedule | {"sessions": [1]}, known=1) == []
    assert schedule_changes(3, ["capacity"], schedule, schedule | {"sessions": [1]}, known=1) == ["sessions"]


def test_an_offering_is_formed_with_its_least_number_of_seats() -> None:
    assert [is_formed(taken, 10) for taken in (9, 10, 11)] == [False, True, True]
