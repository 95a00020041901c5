"""Sessions at the same time, and the steps of a request."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.enrollment.domain.approvals import ROUTES, route_name, steps_of
from services.enrollment.domain.clashes import overlapping

EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def session(number: int, first: float, last: float) -> dict[str, Any]:
    begin, end = (EIGHT + timedelta(hours=hours) for hours in (first, last))
    return {"number": number, "starts_at": begin.isoformat().replace("+00:00", "Z"), "ends_at": end.isoformat()}


@pytest.mark.parametrize(
    ("first", "last", "clashes"),
    [
        (0, 2, True),  # the same hours
        (1, 3, True),
        (-1, 1, True),
        (-1, 3, True),  # encloses it
        (0.5, 1.5, True),  # is enclosed by it
        (2, 3, False),  # begins when it ends
        (-2, 0, False),
        (24, 26, False),
    ],
)
def test_sessions_that_overlap_clash_whichever_encloses_the_other(first: float, last: float, clashes: bool) -> None:
    one, other = [session(1, 0, 2)], [session(7, first, last)]
    assert overlapping(one, other) == ([(1, 7)] if clashes else [])
    assert overlapping(other, one) == ([(7, 1)] if clashes else [])


def test_an_offering_without_sessions_clashes_with_nothing() -> None:
    assert overlapping([], [session(1, 0, 2)]) == overlapping([session(1, 0, 2)], []) == []


def test_steps_are_taken_in_order_and_each_once() -> None:
    both = ROUTES["both"]
    assert steps_of([ROUTES["training_officer"], ROUTES["supervisor"], both], by_officer=False) == list(both)
    assert steps_of([ROUTES["none"], ()], by_officer=False) == []


def test_a_training_officers_own_word_is_not_asked_for_twice() -> None:
    assert steps_of([ROUTES["both"]], by_officer=True) == ["supervisor"]
    assert steps_of([ROUTES["training_officer"]], by_officer=True) == []


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_has_its_name(name: str) -> None:
    assert route_name(ROUTES[name]) == name
