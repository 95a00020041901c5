"""Numbers and choices that are data: what each key holds, and which of its values is in force on a day.

Some values are shipped with the product, others were recorded here. Nothing is ever edited: a number changes by a later
value, a wrong one is corrected by another edition of the same day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from shared.errors import Conflict, Problems, refuse

# How sure a value is: found in a source, inferred, general knowledge, looked for and not found, our own choice.
CONFIDENCES = ("F", "I", "G", "X", "policy_default")
NATIONAL, PROVINCIAL = "national", "provincial"
SCOPES = (NATIONAL, PROVINCIAL)
REGULATION, PROVINCIAL_RULE, DEFAULT = "regulation", "provincial_rule", "default"

Check = Callable[[str, Any], Problems]


@dataclass(frozen=True)
class Policy:
    """One value of a key from a day on. Edition 0 is shipped; later ones of the same day correct those before.

    `source_fa` is the source in Persian, of shipped values that Persian pages name; what is recorded here is in the
    language of who wrote it.
    """

    key: str
    effective_from: date
    edition: int
    value: Any
    unit: str
    source: str
    confidence: str
    scope: str
    reason: str | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None
    source_fa: str | None = None

    @property
    def basis(self) -> str:
        """What may be called the regulation: only a number that was found in a national text."""
        if self.confidence != "F":
            return DEFAULT
        return REGULATION if self.scope == NATIONAL else PROVINCIAL_RULE


class Period(NamedTuple):
    """A value and the last day it holds; None when no later one is known."""

    policy: Policy
    effective_to: date | None


def timeline(shipped: Iterable[Policy], recorded: Iterable[Policy]) -> list[Period]:
    """Which values of one key hold when, in order.

    From the first recorded day on only recorded values hold: a new release never changes what was decided here.
    """
    latest: dict[date, Policy] = {}
    for policy in sorted(recorded, key=lambda each: each.edition):
        latest[policy.effective_from] = policy
    decided_from = min(latest, default=date.max)
    latest |= {policy.effective_from: policy for policy in shipped if policy.effective_from < decided_from}
    days = sorted(latest)
    following = {day: after - timedelta(days=1) for day, after in pairwise(days)}
    return [Period(latest[day], following.get(day)) for day in days]


def in_force(periods: Iterable[Period], day: date) -> Period | None:
    """The period a day lies in; None before the first value."""
    began = [period for period in periods if period.policy.effective_from <= day]
    return began[-1] if began else None


def value_problems(keys: Mapping[str, Check], key: str, value: Any) -> Problems:
    """Every wrong part of a value by its path, or the key when there is no such policy."""
    if key not in keys:
        return {"key": [f"is not a known policy; known are {', '.join(sorted(keys))}"]}
    return keys[key]("value", value)


def next_edition(editions: Sequence[int], effective_from: date, corrects: int | None) -> int:
    """The edition of a value to be recorded from a day on; `editions` are those recorded from that day already."""
    newest = max(editions, default=0)
    if newest and corrects != newest:
        message = f"Edition {newest} is recorded from {effective_from}: name it in `corrects` to correct it."
        fields = {"effective_from": ["has a recorded value already"]}
        raise Conflict("policy_recorded", message, {"edition": newest, "fields": fields})
    if not newest and corrects is not None:
        refuse({"corrects": [f"nothing is recorded from {effective_from} that could be corrected"]})
    return newest + 1


def number(low: float, high: float, *, whole: bool = False) -> Check:
    kind = "a whole number" if whole else "a number"

    def check(path: str, value: Any) -> Problems:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and low <= value <= high and not (whole and value != int(value)):
            return {}
        return {path: [f"must be {kind} from {low} to {high}"]}

    return check


def fields(**checks: Check) -> Check:
    def check(path: str, value: Any) -> Problems:
        if not isinstance(value, Mapping):
            return {path: [f"must be an object with {', '.join(checks)}"]}
        problems: Problems = {f"{path}.{name}": ["is not a known field"] for name in value if name not in checks}
        for name, inner in checks.items():
            problems |= inner(f"{path}.{name}", value[name]) if name in value else {f"{path}.{name}": ["is required"]}
        return problems

    return check


def one_of(*words: str) -> Check:
    def check(path: str, value: Any) -> Problems:
        return {} if value in words else {path: [f"must be one of {', '.join(words)}"]}

    return check
