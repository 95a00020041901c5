"""The rules of money: what a seat costs, and what is given back. All amounts are whole rials."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from shared.errors import Problems

MAX_RIALS = 10**12  # policy default: no seat costs a trillion
KINDS = ("withdrawal", "not_qualified", "not_formed", "cancelled", "overpayment")


def price(pricing: Mapping[str, Any] | None, agency_code: str) -> int:
    """What a seat costs the staff of an agency; nothing where no price was named."""
    if pricing is None:
        return 0
    return int(pricing["agencies"].get(agency_code, pricing["standard"]))


def refund_share(table: Mapping[str, Any], kind: str, withdrawn_on: date, starts_on: date) -> Decimal:
    """The share of the price that is given back, from 0 to 1.

    Of a withdrawal the days left before the first day decide. The first day itself counts as after the start, and the
    last day of a step belongs to it (policy defaults; the provincial table is silent on both).
    """
    if kind != "withdrawal":
        return Decimal(str(table[kind]))
    left = (starts_on - withdrawn_on).days
    for step in table["withdrawal"]:
        if left >= step["min_days_before"]:
            return Decimal(str(step["share"]))
    return Decimal(str(table["after_start"]))


def refund(amount: int, share: Decimal) -> int:
    """A share of an amount in whole rials; half a rial is rounded up, in favour of who paid."""
    return int((amount * share).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def table_problems(table: Mapping[str, Any], path: str = "refund_table") -> Problems:
    """What is wrong with a refund table: shares are 0 to 1 and fall, and steps go down, as the start comes nearer."""
    problems: Problems = {}
    for kind in (*KINDS[1:], "after_start"):
        if not 0 <= table[kind] <= 1:
            problems[f"{path}.{kind}"] = ["must be between 0 and 1"]
    steps = [*table["withdrawal"], {"min_days_before": 0, "share": table["after_start"]}]
    for place, (step, following) in enumerate(pairwise(steps)):
        if not 0 <= step["share"] <= 1:
            problems[f"{path}.withdrawal[{place}].share"] = ["must be between 0 and 1"]
        elif step["share"] < following["share"]:
            problems[f"{path}.withdrawal[{place}].share"] = ["must not be less than what is given back later"]
        if step["min_days_before"] <= following["min_days_before"]:
            problems[f"{path}.withdrawal[{place}].min_days_before"] = ["must be more than in the next step, and than 0"]
    return problems
