"""The rules of money: prices and refunds in whole rials."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import money

START = date(2027, 1, 31)
TABLE: dict[str, Any] = {
    "withdrawal": [{"min_days_before": 15, "share": 0.8}, {"min_days_before": 1, "share": 0.7}],
    "after_start": 0.0,
    "not_qualified": 0.9,
    "not_formed": 1.0,
    "cancelled": 1.0,
    "overpayment": 1.0,
}


def test_an_agency_with_a_price_of_its_own_pays_that() -> None:
    pricing = {"standard": 5_000_000, "agencies": {"MOH": 4_000_000, "TAX": 0}}
    assert [money.price(pricing, code) for code in ("MOE", "MOH", "TAX")] == [5_000_000, 4_000_000, 0]
    assert money.price(None, "MOH") == 0


@pytest.mark.parametrize(
    ("days_before", "share"), [(40, "0.8"), (15, "0.8"), (14, "0.7"), (1, "0.7"), (0, "0.0"), (-3, "0.0")]
)
def test_the_days_before_the_start_decide_what_is_given_back(days_before: int, share: str) -> None:
    day = START - timedelta(days_before)
    assert money.refund_share(TABLE, "withdrawal", day, START) == Decimal(share)


@pytest.mark.parametrize(("kind", "share"), [("not_qualified", "0.9"), ("not_formed", "1.0"), ("overpayment", "1.0")])
def test_the_kind_decides_where_nobody_withdrew(kind: str, share: str) -> None:
    assert money.refund_share(TABLE, kind, START, START) == Decimal(share)


def test_half_a_rial_is_rounded_up() -> None:
    assert money.refund(5, Decimal("0.7")) == 4
    assert money.refund(3, Decimal("0.8")) == 2


@given(st.integers(0, money.MAX_RIALS), st.integers(-30, 60), st.integers(1, 30))
def test_who_waits_longer_never_gets_more_and_nobody_more_than_the_price(amount: int, days: int, later: int) -> None:
    early, late = (START - timedelta(days), START - timedelta(days - later))
    first, second = (money.refund(amount, money.refund_share(TABLE, "withdrawal", day, START)) for day in (early, late))
    assert amount >= first >= second >= 0


def test_the_provincial_table_has_nothing_wrong() -> None:
    assert money.table_problems(TABLE) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"not_qualified": 1.1}, "refund_table.not_qualified"),
        ({"withdrawal": [{"min_days_before": 5, "share": 1.5}]}, "refund_table.withdrawal[0].share"),
        ({"withdrawal": [{"min_days_before": 0, "share": 0.5}]}, "refund_table.withdrawal[0].min_days_before"),
        ({"withdrawal": TABLE["withdrawal"][::-1]}, "refund_table.withdrawal[0].min_days_before"),
        ({"after_start": 0.75}, "refund_table.withdrawal[1].share"),
    ],
)
def test_a_wrong_field_of_a_refund_table_is_named(changes: dict[str, Any], field: str) -> None:
    assert field in money.table_problems(TABLE | changes)
