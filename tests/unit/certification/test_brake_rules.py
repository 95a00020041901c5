"""The rules of the brake, and the numbers that come with the product."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.certification.domain import brake
from services.certification.policies import KEYS, POLICIES
from shared.policies.rules import value_problems

LIMIT = {"per_hour": 100, "times_usual": {"times": 3, "floor": 20}}


def test_every_key_has_a_shipped_value_and_none_is_called_the_regulation() -> None:
    shipped = POLICIES.shipped()
    assert set(shipped) == set(KEYS)
    assert all(values for values in shipped.values())
    assert not [value for values in shipped.values() for value in values if value.basis == "regulation"]


def test_the_shipped_limit_leaves_room_for_a_national_exam_day() -> None:
    policy = POLICIES.shipped()["issuance_brake"][-1].value
    assert brake.allowance(brake.limit_of(policy, "AG-A"), usual=1.0) == 50_000


@pytest.mark.parametrize(("usual", "allowed"), [(0.0, 20), (5.0, 20), (10.5, 31), (1000.0, 100)])
def test_a_multiple_of_the_usual_lies_between_floor_and_limit(usual: float, allowed: int) -> None:
    assert brake.allowance(LIMIT, usual) == allowed


def test_an_agency_may_have_a_limit_of_its_own() -> None:
    policy = {"default": LIMIT, "agencies": {"AG-A": {"per_hour": 7, "times_usual": None}}}
    assert brake.allowance(brake.limit_of(policy, "AG-A"), 0.0) == 7
    assert brake.limit_of(policy, "AG-B") is LIMIT


def test_an_hour_begins_with_the_full_hour() -> None:
    before, after = datetime(2026, 11, 25, 9, 59, 59, tzinfo=UTC), datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert brake.hour_of(before) == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert brake.hour_of(after) == after


def test_what_another_limit_would_have_done_is_counted() -> None:
    assert brake.freed(held=5, issued=10, allowed=12) == 2
    assert brake.freed(held=5, issued=10, allowed=8) == 0
    assert brake.over(issued=10, allowed=8) == 2


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"default": {"per_hour": -1, "times_usual": None}}, "value.default.per_hour"),
        ({"default": {"per_hour": 1, "times_usual": {"times": 0.5, "floor": 1}}}, "value.default.times_usual.times"),
        ({"agencies": {"AG-A": {"per_hour": 1}}}, "value.agencies.AG-A.times_usual"),
        ({"agencies": []}, "value.agencies"),
    ],
)
def test_a_wrong_part_of_the_policy_is_named(change: dict[str, Any], path: str) -> None:
    good = POLICIES.shipped()["issuance_brake"][-1].value
    assert value_problems(KEYS, "issuance_brake", good) == {}
    assert path in value_problems(KEYS, "issuance_brake", good | change)
