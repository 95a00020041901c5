"""Numbers and choices of enrollment: recorded by the national role, and in force from their day on."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Conflict, Forbidden, Invalid
from shared.events import SeatOfferedV1


def record(world: Any, key: str, value: Any, **changes: Any) -> Any:
    said = {"source": "نمونه", "confidence": "policy_default", "reason": "آزمون", "effective_from": world.today}
    return world.call("record_policy", **({"key": key, "value": value} | said | changes))


def freed(world: Any) -> str:
    """Somebody waits, and the only seat becomes free; the status of who waited."""
    days = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    offering_id = world.offering(capacity=1, waitlist_limit=1, **days)
    seated, waiting = (world.enroll(one, offering_id)["enrollment_id"] for one in world.employees(2))
    world.call("withdraw", enrollment_id=seated, reason="مأموریت")
    return str(world.status(waiting))


def test_a_recorded_number_holds_from_its_day_on(world: Any) -> None:
    record(world, "seat_offer_hours", 0, effective_from=world.today + timedelta(days=1))
    assert freed(world) == "offered"
    record(world, "seat_offer_hours", 0)
    assert freed(world) == "confirmed"
    with pytest.raises(Conflict) as twice:
        record(world, "seat_offer_hours", 12)
    assert twice.value.details["edition"] == 1
    record(world, "seat_offer_hours", 12, corrects=1)
    assert freed(world) == "offered"
    offer = world.said(SeatOfferedV1)[-1]
    world.harness.service.lapse_due()
    assert offer.answer_by is not None


def test_what_holds_is_told_with_its_source_and_how_sure_it_is(world: Any) -> None:
    items = {item["key"]: item for item in world.call("list_policies", ("auditor",))["items"]}
    assert items["seat_offer_hours"]["value"] == 48
    said = ("annual_minimum_hours", "excuse_kinds", "pay_hours_per_year")
    assert [items[key]["basis"] for key in said] == ["regulation", "provincial_rule", "default"]
    history = world.call("get_policy", ("auditor",), key="max_excused_share")
    assert [value["confidence"] for value in history["values"]] == ["X"]


@pytest.mark.parametrize(
    ("key", "value", "paths"),
    [
        ("seat_offer_hours", -1, {"value"}),
        ("no_show_rule", {"count": 0, "effect": "shout"}, {"value.count", "value.within_months", "value.effect"}),
        ("excuse_kinds", [{"code": "x y", "title": "x", "counts": "half"}], None),
        ("excuse_kinds", [], {"value"}),
        ("transfer_running_enrollments", {"open": "keep"}, {"value.not_open"}),
        ("unheard_of", 1, {"key"}),
    ],
)
def test_wrong_values_are_named_part_by_part(world: Any, key: str, value: Any, paths: set[str] | None) -> None:
    with pytest.raises(Invalid) as wrong:
        record(world, key, value)
    named = set(wrong.value.details["fields"])
    assert named == (paths or {"value[0].code", "value[0].title", "value[0].counts"})


def test_only_the_national_role_records(world: Any) -> None:
    with pytest.raises(Forbidden):
        record(world, "seat_offer_hours", 1, roles=("training_officer",))


def test_choices_change_what_happens(world: Any) -> None:
    person = world.employee()
    world.complete(person, "RD-70")
    with pytest.raises(Conflict):
        world.enroll(person, world.offering(course_code="RD-70"))
    record(world, "repeat_completed_course", "allow")
    assert world.enroll(person, world.offering(course_code="RD-70"))["status"] == "confirmed"
    record(world, "no_show_rule", {"count": 1, "within_months": 12, "effect": "refuse"})
    missed = world.offering(course_code="RD-71", ends_on=world.today)
    world.enroll(person, missed)
    world.call("close_offering", offering_id=missed)
    with pytest.raises(Conflict) as refused:
        world.enroll(person, world.offering(course_code="RD-72"))
    assert (refused.value.code, refused.value.details["no_shows"]) == ("no_shows", 1)
