"""The rules of policies: the shape of each value, and which value holds when."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.policies import KEYS
from shared.errors import Conflict, Invalid, refuse
from shared.policies import rules as domain
from shared.policies.rules import Period, Policy

DAYS = st.dates(date(2001, 3, 21), date(2001, 4, 20))  # few days, so that values of the same day come up


def value_from(day: date, value: Any = 60, edition: int = 1, **changes: Any) -> Policy:
    fields = {"unit": "of 100", "source": "نمونه", "confidence": "F", "scope": "national"} | changes
    return Policy(key="pass_mark", effective_from=day, edition=edition, value=value, **fields)


def check_value(key: str, value: Any) -> None:
    refuse(domain.value_problems(KEYS, key, value))


def holding(periods: list[Period], day: date) -> Any:
    period = domain.in_force(periods, day)
    return period.policy.value if period else None


@pytest.mark.parametrize(
    ("key", "value", "paths"),
    [
        ("pass_marks", 60, {"key"}),
        ("pass_mark", 101, {"value"}),
        ("pass_mark", "60", {"value"}),
        ("pass_mark", True, {"value"}),
        ("pass_mark", float("nan"), {"value"}),
        ("pass_mark", 10**400, {"value"}),
        ("max_absence_share", 20, {"value"}),
        ("yearly_minimum_hours", 40, {"value"}),
        ("yearly_minimum_hours", {"managers": -1}, {"value.managers", "value.staff"}),
        ("yearly_minimum_hours", {"managers": 60, "staff": 40, "boss": 1}, {"value.boss"}),
        ("annual_plan_calendar", {"needs_from_month": 9, "needs_to_month": 13, "approval_by_month": 12.5},
         {"value.needs_to_month", "value.approval_by_month"}),
        ("annual_plan_calendar", {"needs_from_month": 9, "needs_to_month": 8, "approval_by_month": 12},
         {"value.needs_to_month"}),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_shape_names_its_wrong_parts(key: str, value: Any, paths: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_value(key, value)
    assert set(refused.value.details["fields"]) == paths


def refunds(**changes: Any) -> dict[str, Any]:
    rows = [{"min_days_before": 15, "share": 0.8}, {"min_days_before": 1, "share": 0.7}]
    shares = {"not_qualified": 0.9, "not_formed": 1, "cancelled": 1, "overpayment": 1, "after_start": 0}
    return shares | {"withdrawal": rows} | changes


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"cancelled": 1.1}, "value.cancelled"),
        ({"withdrawal": []}, "value.withdrawal"),
        ({"withdrawal": [{"share": 1}]}, "value.withdrawal[0].min_days_before"),
        ({"withdrawal": [{"min_days_before": 1.5, "share": 1}]}, "value.withdrawal[0].min_days_before"),
        (
            {"withdrawal": [{"min_days_before": 1, "share": 0.8}, {"min_days_before": 1, "share": 0.7}]},
            "value.withdrawal[0].min_days_before",
        ),
    ],
)
def test_a_refund_table_gives_one_share_for_each_notice(changes: dict[str, Any], path: str) -> None:
    check_value("refund_table", refunds())
    with pytest.raises(Invalid) as refused:
        check_value("refund_table", refunds(**changes))
    assert set(refused.value.details["fields"]) == {path}


@pytest.mark.parametrize(
    ("size", "path"),
    [
        ({"min": 20, "max": 15}, "value.seminar.max"),
        ({"min": 0, "max": None}, "value.seminar.min"),
        ({"min": 1}, "value.seminar.max"),
        ("15-20", "value.seminar"),
    ],
)
def test_a_group_size_is_a_range_whose_upper_end_may_be_open(size: Any, path: str) -> None:
    sizes = {name: {"min": 15, "max": None} for name in ("workshop", "class", "seminar", "lecture")}
    check_value("group_sizes", sizes)
    with pytest.raises(Invalid) as refused:
        check_value("group_sizes", sizes | {"seminar": size})
    assert set(refused.value.details["fields"]) == {path}


@pytest.mark.parametrize("key", sorted(KEYS))
@pytest.mark.parametrize("value", [None, [], {}, "x", -1, [[]], {"managers": {}}])
def test_no_key_takes_what_is_none_of_its_business(key: str, value: Any) -> None:
    with pytest.raises(Invalid):
        check_value(key, value)


def test_a_later_value_ends_the_one_before() -> None:
    first, second = value_from(date(2012, 2, 23), 60, 0), value_from(date(2027, 3, 21), 70)
    assert domain.timeline([first], [second]) == [Period(first, date(2027, 3, 20)), Period(second, None)]


def test_a_correction_takes_the_place_of_the_value_of_its_day() -> None:
    wrong, right = value_from(date(2027, 3, 21), 6), value_from(date(2027, 3, 21), 70, edition=2)
    assert domain.timeline([], [right, wrong]) == [Period(right, None)]


def test_a_new_release_changes_nothing_that_was_decided_here() -> None:
    shipped = [value_from(date(2012, 2, 23), 60, 0), value_from(date(2028, 3, 20), 99, 0)]
    periods = domain.timeline(shipped, [value_from(date(2027, 3, 21), 70)])
    assert [holding(periods, date(year, 6, 1)) for year in (2011, 2013, 2027, 2028)] == [None, 60, 70, 70]


@given(st.dictionaries(DAYS, st.integers(0, 100)), st.lists(st.tuples(DAYS, st.integers(0, 100))), DAYS)
def test_the_value_of_a_day_is_the_last_word_said_up_to_it(
    shipped: dict[date, int], said: list[tuple[date, int]], day: date
) -> None:
    recorded = [value_from(since, value, edition) for edition, (since, value) in enumerate(said, start=1)]
    periods = domain.timeline([value_from(since, value, 0) for since, value in shipped.items()], recorded)
    # The last recorded value up to the day counts, of one day the last said; before all recorded ones the shipped.
    words = [(since, place, value) for place, (since, value) in enumerate(said) if since <= day]
    words = words or [(since, 0, value) for since, value in shipped.items() if since <= day]
    assert holding(periods, day) == (max(words)[2] if words else None)
    for period, following in pairwise(periods):
        assert period.effective_to == following.policy.effective_from - timedelta(days=1)


@pytest.mark.parametrize(("recorded", "corrects"), [([1], None), ([1, 2], 1), ([1], 2)])
def test_a_second_value_of_a_day_names_the_edition_it_corrects(recorded: list[int], corrects: int | None) -> None:
    with pytest.raises(Conflict) as refused:
        domain.next_edition(recorded, date(2027, 3, 21), corrects)
    assert refused.value.code == "policy_recorded"
    assert refused.value.details["edition"] == max(recorded)
    assert domain.next_edition(recorded, date(2027, 3, 21), max(recorded)) == max(recorded) + 1


def test_nothing_can_be_corrected_where_nothing_is_recorded() -> None:
    with pytest.raises(Invalid) as refused:
        domain.next_edition([], date(2027, 3, 21), 1)
    assert set(refused.value.details["fields"]) == {"corrects"}


@pytest.mark.parametrize(
    ("confidence", "scope", "basis"),
    [
        ("F", "national", "regulation"),
        ("F", "provincial", "provincial_rule"),
        *((confidence, "national", "default") for confidence in ("I", "G", "X", "policy_default")),
    ],
)
def test_only_what_was_found_in_a_national_text_is_the_regulation(confidence: str, scope: str, basis: str) -> None:
    assert value_from(date(2027, 3, 21), confidence=confidence, scope=scope).basis == basis
