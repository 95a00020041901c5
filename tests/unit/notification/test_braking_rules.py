"""What is too much for an hour, and what is too old to be news."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.notification.domain import braking
from services.notification.domain.braking import News, Scope
from services.notification.domain.planning import Reason
from services.notification.policies import KEYS, POLICIES

HOUR = datetime(2026, 11, 25, 9, tzinfo=UTC)
CAPS = {"recipient": 2, "agency": 4, "template": 6}


def news(*who: tuple[int, str, str]) -> list[News]:
    return [News(UUID(int=100 + place), UUID(int=who), agency, what) for place, (who, agency, what) in enumerate(who)]


def stopped(queued: list[News], before: dict[Any, int] | None = None, **caps: Any) -> dict[int, str]:
    """Place in the batch and reason of what is above; `before` is what the hour had already."""
    totals = braking.counts(queued)
    totals.update(before or {})
    found = braking.above(queued, totals, CAPS | caps, HOUR)
    return {each.int - 100: stop.reason.value for each, stop in found.items()}


def test_up_to_each_cap_all_go() -> None:
    assert stopped(news((1, "A", "x"), (1, "A", "x"), (2, "A", "y"), (3, "A", "y"))) == {}


def test_above_a_cap_the_last_ones_of_the_batch_wait_with_the_cap_and_the_hour() -> None:
    queued = news(*[(1, "A", "x")] * 3)
    assert stopped(queued) == {2: "brake_recipient"}
    (stop,) = braking.above(queued, braking.counts(queued), CAPS, HOUR).values()
    assert stop.answer == "More than 2 messages for one recipient in the hour from 2026-11-25 09:00 to 10:00 UTC."


def test_what_the_hour_had_before_counts() -> None:
    assert stopped(news((1, "A", "x")), {(Scope.AGENCY, "A"): 4}) == {0: "brake_agency"}
    assert stopped(news((1, "A", "x"), (2, "B", "x")), {(Scope.TEMPLATE, "x"): 5}) == {1: "brake_template"}


def test_what_is_held_uses_up_nothing_of_the_other_caps() -> None:
    loop = [(1, "A", "x")] * 5
    assert stopped(news(*loop, (2, "A", "x"), (3, "A", "x"))) == dict.fromkeys((2, 3, 4), "brake_recipient")


def test_an_agency_may_have_a_cap_of_its_own() -> None:
    queued = news((1, "A", "x"), (2, "A", "x"), (3, "B", "x"))
    assert stopped(queued, agencies={"A": 1}) == {1: "brake_agency"}
    assert stopped(news(*((who, "A", "x") for who in range(5))), agencies={"A": 5}) == {}


def test_the_hour_is_that_of_the_clock() -> None:
    assert braking.hour_of(datetime(2026, 11, 25, 9, 59, 59, 999999, tzinfo=UTC)) == HOUR
    assert braking.stale(date(2026, 3, 21), 7).reason is Reason.STALE


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (CAPS, None),
        (CAPS | {"agencies": {"A": 5}}, None),
        (CAPS | {"agencies": {"A": 0}}, "value.agencies.A"),
        (CAPS | {"agencies": [5]}, "value.agencies"),
        (CAPS | {"agency": 0}, "value.agency"),
        (CAPS | {"colour": 1}, "value.colour"),
        ({"recipient": 1, "agency": 1, "agencies": {}}, "value.template"),
        (7, "value"),
    ],
)
def test_caps_are_whole_numbers_for_all_and_for_some_agencies(value: Any, wrong: str | None) -> None:
    assert list(KEYS["message_caps"]("value", value)) == ([wrong] if wrong else [])


def test_the_shipped_caps_leave_room_for_a_day_of_exams() -> None:
    (policy,) = POLICIES.shipped()["message_caps"]
    assert policy.value["recipient"] < policy.value["agency"] < policy.value["template"]
