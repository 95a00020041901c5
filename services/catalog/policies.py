"""The numbers that the catalog reads as data: its keys, and what each of them may hold."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from services.catalog.domain import money
from services.catalog.models.policy import RecordedPolicy
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number


def _withdrawal(path: str, value: Any) -> Problems:
    if not isinstance(value, list) or not 1 <= len(value) <= 20:
        return {path: ["must be a list of 1 to 20 steps"]}
    step = fields(min_days_before=number(0, 365, whole=True), share=_SHARE)
    return {at: said for place, each in enumerate(value) for at, said in step(f"{path}[{place}]", each).items()}


def _refunds(path: str, value: Any) -> Problems:
    shares = ("not_qualified", "not_formed", "cancelled", "overpayment", "after_start")
    problems = fields(withdrawal=_withdrawal, **dict.fromkeys(shares, _SHARE))(path, value)
    return problems or money.table_problems(value, path)


def _size(path: str, value: Any) -> Problems:
    """How many people a format needs and takes; `max` null: no upper limit."""
    has_limit = isinstance(value, Mapping) and value.get("max") is not None
    problems = fields(min=_SEATS, max=_SEATS if has_limit else lambda _path, _value: {})(path, value)
    if not problems and has_limit and value["max"] < value["min"]:
        problems[f"{path}.max"] = ["must not be less than min"]
    return problems


def _calendar(path: str, value: Any) -> Problems:
    """Jalali months of the year before the plan's."""
    months = ("needs_from_month", "needs_to_month", "approval_by_month")
    problems = fields(**dict.fromkeys(months, number(1, 12, whole=True)))(path, value)
    if not problems:
        for earlier, later in pairwise(months):
            if value[later] < value[earlier]:
                problems[f"{path}.{later}"] = [f"must not be before {earlier}"]
    return problems


_SHARE = number(0, 1)
_SEATS = number(1, 100_000, whole=True)
_HOURS = number(0, 1000)

KEYS: dict[str, Check] = {
    "yearly_minimum_hours": fields(managers=_HOURS, staff=_HOURS),
    "refund_table": _refunds,
    "group_sizes": fields(workshop=_size, **{"class": _size}, seminar=_size, lecture=_size),
    "annual_plan_calendar": _calendar,
    "max_absence_share": _SHARE,
    "pass_mark": number(0, 100),
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), RecordedPolicy.__table__)
periods_of, policy_on, value_on = POLICIES.periods_of, POLICIES.policy_on, POLICIES.value_on
