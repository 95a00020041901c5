"""The brake: how many certificates an agency is issued in an hour before the rest waits for somebody's word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def hour_of(moment: datetime) -> datetime:
    """The hour of the clock that a moment lies in. Each hour is counted for itself, so around the full hour twice the
    limit may pass within sixty minutes."""
    return moment.replace(minute=0, second=0, microsecond=0)


def limit_of(policy: Mapping[str, Any], agency_code: str) -> Mapping[str, Any]:
    """What the policy says of an agency: its own limit, or that of all."""
    limit: Mapping[str, Any] = policy["agencies"].get(agency_code, policy["default"])
    return limit


def allowance(limit: Mapping[str, Any], usual: float) -> int:
    """How many certificates fit into an hour.

    `usual` is the mean of the hours in which the agency was issued any; an agency without a past has the floor.
    """
    most = int(limit["per_hour"])
    by_usual = limit["times_usual"]
    return most if by_usual is None else min(most, max(by_usual["floor"], int(by_usual["times"] * usual)))


def freed(held: int, issued: int, allowed: int) -> int:
    """How many of those that were held in an hour would have passed under this limit."""
    return min(held, max(0, allowed - issued))


def over(issued: int, allowed: int) -> int:
    """How many of those that were issued in an hour would have been held under this limit."""
    return max(0, issued - allowed)
