"""The rules of offerings."""

from datetime import date
from typing import Any

import pytest

from services.catalog.domain import offerings
from shared.errors import Conflict, Invalid, Unavailable


def plan(**changes: Any) -> dict[str, Any]:
    made = {
        "starts_on": date(2027, 1, 10),
        "ends_on": date(2027, 1, 12),
        "enrollment_closes_on": date(2027, 1, 10),
        "capacity": 20,
        "min_seats": 1,
        "waitlist_limit": 0,
    }
    return made | changes


def wrong_fields(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, list[str]]:
    return refused.value.details["fields"]


def test_an_offering_of_one_day_with_as_many_seats_as_it_needs_is_accepted() -> None:
    day = date(2027, 1, 10)
    offerings.check_offering(**plan(starts_on=day, ends_on=day, enrollment_closes_on=day, capacity=15, min_seats=15))


def test_every_wrong_field_of_an_offering_is_named_at_once() -> None:
    wrong = plan(
        ends_on=date(2027, 1, 9), enrollment_closes_on=date(2027, 1, 11), capacity=0, min_seats=0, waitlist_limit=-1
    )
    with pytest.raises(Invalid) as refused:
        offerings.check_offering(**wrong)
    assert set(wrong_fields(refused)) == {"ends_on", "enrollment_closes_on", "capacity", "min_seats", "waitlist_limit"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity", 100_001), ("min_seats", 21), ("enrollment_closes_on", date(2027, 1, 13))],
)
def test_one_wrong_field_of_an_offering_is_named(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        offerings.check_offering(**plan(**{field: value}))
    assert set(wrong_fields(refused)) == {field}


def test_an_agency_that_was_not_heard_of_yet_is_worth_another_try() -> None:
    offerings.check_agencies_known({"A"}, {"A", "B"})
    with pytest.raises(Unavailable) as refused:
        offerings.check_agencies_known({"A", "C", "B"}, {"A"})
    assert refused.value.code == "agency_not_known_yet"
    assert refused.value.details == {"agencies": ["B", "C"]}


def test_an_offering_is_cancelled_once() -> None:
    offerings.check_cancellable("open")
    with pytest.raises(Conflict) as refused:
        offerings.check_cancellable("cancelled")
    assert refused.value.code == "already_cancelled"
