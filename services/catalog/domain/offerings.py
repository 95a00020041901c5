"""The rules of offerings."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from services.catalog.domain import calendar, money
from shared.errors import Conflict, Invalid, Problems, Unavailable, refuse

OPEN, CANCELLED = "open", "cancelled"
OPEN_TO_AGENCY, OPEN_TO_ALL = "agency", "all"
# Who decides on requests, in order, by the word that an offering is opened with.
APPROVAL_ROUTES: dict[str, tuple[str, ...]] = {
    "none": (),
    "supervisor": ("supervisor",),
    "training_officer": ("training_officer",),
    "both": ("supervisor", "training_officer"),
}

MAX_CAPACITY = 100_000  # policy default


def check_plan(plan: Mapping[str, Any], group_sizes: Mapping[str, Mapping[str, int | None]]) -> None:
    """Raise Invalid with every wrong field of an offering as it is planned. All its days are wholly inside.

    `group_sizes` are the limits of the course for each format, and `plan["open_to"]` a word or a list of agencies.
    """
    problems = calendar.window_problems(plan) | _seat_problems(plan) | _reservation_problems(plan)
    problems |= _format_problems(plan, group_sizes)
    problems |= calendar.session_problems(plan["sessions"], plan["starts_on"], plan["ends_on"])
    if plan["refund_table"] is not None:
        problems |= money.table_problems(plan["refund_table"])
    refuse(problems)


def _seat_problems(plan: Mapping[str, Any]) -> Problems:
    problems: Problems = {}
    if not 1 <= plan["capacity"] <= MAX_CAPACITY:
        problems["capacity"] = [f"must be between 1 and {MAX_CAPACITY}"]
    if not 1 <= plan["min_seats"] <= plan["capacity"]:
        problems["min_seats"] = ["must be between 1 and the capacity"]
    if plan["waitlist_limit"] < 0:
        problems["waitlist_limit"] = ["must not be negative"]
    return problems


def _reservation_problems(plan: Mapping[str, Any]) -> Problems:
    """Seats are kept for agencies that may enter, once each, no longer than people may enroll."""
    problems: Problems = {}
    seen = set[str]()
    for place, each in enumerate(plan["reserved_seats"]):
        path = f"reserved_seats[{place}]"
        if each["agency_code"] in seen:
            problems[f"{path}.agency_code"] = ["is named twice"]
        elif not is_open_to(plan, each["agency_code"]):
            problems[f"{path}.agency_code"] = ["is not an agency that the offering is open to"]
        if each["until"] > plan["enrollment_closes_on"]:
            problems[f"{path}.until"] = ["must not be after enrollment_closes_on"]
        seen.add(each["agency_code"])
    if sum(each["seats"] for each in plan["reserved_seats"]) > plan["capacity"]:
        problems["reserved_seats"] = ["must not be more seats than the capacity"]
    return problems


def _format_problems(plan: Mapping[str, Any], group_sizes: Mapping[str, Mapping[str, int | None]]) -> Problems:
    """A course that limits its groups is held in one of the formats it names, within that one's limits."""
    if not group_sizes:
        return {}
    size = group_sizes.get(plan["format"] or "")
    if size is None:
        return {"format": [f"must be one of {', '.join(sorted(group_sizes))}"]}
    low, high = size["min"] or 1, size["max"]
    if plan["capacity"] < low or (high is not None and plan["capacity"] > high):
        limits = f"at least {low}" if high is None else f"between {low} and {high}"
        return {"capacity": [f"must be {limits} for a {plan['format']} of this course"]}
    return {}


def check_permit(permit: Mapping[str, Any] | None, today: date) -> None:
    """Raise Invalid for a permit that bears a day still to come; `issued_on` is ISO text."""
    if permit and permit["issued_on"] and permit["issued_on"] > today.isoformat():
        raise Invalid.field("permit.issued_on", "must not be in the future")


def is_open_to(plan: Mapping[str, Any], agency_code: str) -> bool:
    """Whether an agency's staff may enter: its own, everybody's, or those of the agencies listed."""
    open_to = plan["open_to"]
    if open_to == OPEN_TO_ALL:
        return True
    return agency_code in open_to if isinstance(open_to, list) else bool(agency_code == plan["agency_code"])


def check_changeable(status: str, ends_on: date, today: date, revision: int, seen: int | None) -> None:
    """Raise Conflict unless an offering may be changed, in the revision that the officer has seen."""
    check_cancellable(status)
    if today > ends_on:
        raise Conflict("offering_over", f"The offering ended on {ends_on.isoformat()}.")
    if seen is not None and revision != seen:
        message = f"Somebody else changed the offering: it is at revision {revision}, not {seen}."
        raise Conflict("offering_changed", message, {"revision": revision})


def check_growth(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise Invalid when a change would take away what people may have: seats and waiting places only grow."""
    refuse(
        {
            name: [f"must not be less than the {before[name]} that were announced"]
            for name in ("capacity", "waitlist_limit")
            if after[name] < before[name]
        }
    )


def check_agencies_known(wanted: Collection[str], known: Collection[str]) -> None:
    """Raise Unavailable while an agency has not been heard of: its registration may still be on the way."""
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        message = f"The catalog has not heard of {', '.join(unknown)} yet; try again in a moment."
        raise Unavailable("agency_not_known_yet", message, {"agencies": unknown})


def check_cancellable(status: str) -> None:
    if status == CANCELLED:
        raise Conflict("already_cancelled", "The offering is cancelled already.")
