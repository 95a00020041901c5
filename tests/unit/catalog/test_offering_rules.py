"""The rules of offerings: seats, formats, reservations, and what may still be changed."""

from datetime import date
from typing import Any

import pytest

from services.catalog.domain import offerings
from shared.errors import Conflict, Invalid, Unavailable

FIRST, LAST = date(2027, 1, 10), date(2027, 1, 12)


def plan(**changes: Any) -> dict[str, Any]:
    made = {
        "agency_code": "MOH",
        "format": None,
        "starts_on": FIRST,
        "ends_on": LAST,
        "enrollment_opens_on": None,
        "enrollment_closes_on": FIRST,
        "decides_on": None,
        "capacity": 20,
        "min_seats": 1,
        "waitlist_limit": 0,
        "open_to": "agency",
        "reserved_seats": [],
        "refund_table": None,
        "sessions": [],
    }
    return made | changes


def kept(agency_code: str = "MOH", seats: int = 5, until: date = FIRST) -> dict[str, Any]:
    return {"agency_code": agency_code, "seats": seats, "until": until}


def wrong_fields(sizes: dict[str, Any] | None = None, **changes: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        offerings.check_plan(plan(**changes), sizes or {})
    fields: dict[str, list[str]] = refused.value.details["fields"]
    return fields


def test_an_offering_of_one_day_with_as_many_seats_as_it_needs_is_accepted() -> None:
    same = {"starts_on": FIRST, "ends_on": FIRST, "enrollment_opens_on": FIRST, "decides_on": FIRST}
    offerings.check_plan(plan(**same, capacity=15, min_seats=15, reserved_seats=[kept(seats=15)]), {})


def test_every_wrong_field_of_an_offering_is_named_at_once() -> None:
    found = wrong_fields(
        ends_on=date(2027, 1, 9),
        enrollment_opens_on=date(2027, 1, 11),
        decides_on=date(2027, 1, 11),
        capacity=0,
        waitlist_limit=-1,
    )
    assert set(found) == {
        "ends_on",
        "enrollment_closes_on",
        "enrollment_opens_on",
        "decides_on",
        "capacity",
        "min_seats",
        "waitlist_limit",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity": 100_001}, "capacity"),
        ({"min_seats": 0}, "min_seats"),
        ({"min_seats": 21}, "min_seats"),
        ({"reserved_seats": [kept("MOE")]}, "reserved_seats[0].agency_code"),
        ({"reserved_seats": [kept(), kept()]}, "reserved_seats[1].agency_code"),
        ({"reserved_seats": [kept(until=date(2027, 1, 11))]}, "reserved_seats[0].until"),
        ({"open_to": "all", "reserved_seats": [kept("MOE", 15), kept("TAX", 6)]}, "reserved_seats"),
        ({"open_to": ["MOE"], "reserved_seats": [kept("MOH")]}, "reserved_seats[0].agency_code"),
    ],
)
def test_one_wrong_field_of_an_offering_is_named(changes: dict[str, Any], field: str) -> None:
    assert field in wrong_fields(**changes)


SIZES = {"class": {"min": 15, "max": 30}, "lecture": {"min": 30, "max": None}}


@pytest.mark.parametrize(("name", "capacity"), [("class", 15), ("class", 30), ("lecture", 30), ("lecture", 5000)])
def test_a_group_of_a_size_that_its_format_takes_is_accepted(name: str, capacity: int) -> None:
    offerings.check_plan(plan(format=name, capacity=capacity), SIZES)


@pytest.mark.parametrize(
    ("name", "capacity", "field"),
    [
        ("class", 14, "capacity"),
        ("class", 31, "capacity"),
        ("lecture", 29, "capacity"),
        ("seminar", 20, "format"),
        (None, 20, "format"),
    ],
)
def test_a_course_that_limits_its_groups_is_held_within_the_limits(name: str | None, capacity: int, field: str) -> None:
    assert list(wrong_fields(SIZES, format=name, capacity=capacity)) == [field]


def test_an_agency_that_was_not_heard_of_yet_is_worth_another_try() -> None:
    offerings.check_agencies_known({"A"}, {"A", "B"})
    with pytest.raises(Unavailable) as refused:
        offerings.check_agencies_known({"A", "C", "B"}, {"A"})
    assert refused.value.details == {"agencies": ["B", "C"]}


def test_an_offering_is_cancelled_once() -> None:
    offerings.check_cancellable("open")
    with pytest.raises(Conflict) as refused:
        offerings.check_cancellable("cancelled")
    assert refused.value.code == "already_cancelled"


def test_an_offering_may_be_changed_until_its_last_day_is_over() -> None:
    offerings.check_changeable("open", LAST, LAST, revision=3, seen=None)
    offerings.check_changeable("open", LAST, LAST, revision=3, seen=3)
    for status, today, seen, code in (
        ("open", date(2027, 1, 13), None, "offering_over"),
        ("cancelled", FIRST, None, "already_cancelled"),
        ("open", FIRST, 2, "offering_changed"),
    ):
        with pytest.raises(Conflict) as refused:
            offerings.check_changeable(status, LAST, today, revision=3, seen=seen)
        assert refused.value.code == code


def test_seats_and_waiting_places_only_grow() -> None:
    offerings.check_growth(plan(), plan(capacity=21, waitlist_limit=1))
    with pytest.raises(Invalid) as refused:
        offerings.check_growth(plan(waitlist_limit=3), plan(capacity=19, waitlist_limit=2))
    assert set(refused.value.details["fields"]) == {"capacity", "waitlist_limit"}
