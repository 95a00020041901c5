"""The rules of offerings."""

from collections.abc import Collection
from datetime import date

from services.catalog.domain.problems import Problems, refuse
from shared.errors import Conflict, Unavailable

OPEN, CANCELLED = "open", "cancelled"
OPEN_TO_AGENCY, OPEN_TO_ALL = "agency", "all"

MAX_CAPACITY = 100_000  # policy default


def check_offering(
    *, starts_on: date, ends_on: date, enrollment_closes_on: date, capacity: int, min_seats: int, waitlist_limit: int
) -> None:
    """Raise Invalid with every wrong field of an offering. All three days are wholly inside."""
    problems: Problems = {}
    if ends_on < starts_on:
        problems["ends_on"] = ["must not be before starts_on"]
    if enrollment_closes_on > ends_on:
        problems["enrollment_closes_on"] = ["must not be after ends_on"]
    if not 1 <= capacity <= MAX_CAPACITY:
        problems["capacity"] = [f"must be between 1 and {MAX_CAPACITY}"]
    if not 1 <= min_seats <= capacity:
        problems["min_seats"] = ["must be between 1 and the capacity"]
    if waitlist_limit < 0:
        problems["waitlist_limit"] = ["must not be negative"]
    refuse(problems)


def check_agencies_known(wanted: Collection[str], known: Collection[str]) -> None:
    """Raise Unavailable while an agency has not been heard of: its registration may still be on the way."""
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        message = f"The catalog has not heard of {', '.join(unknown)} yet; try again in a moment."
        raise Unavailable("agency_not_known_yet", message, {"agencies": unknown})


def check_cancellable(status: str) -> None:
    if status == CANCELLED:
        raise Conflict("already_cancelled", "The offering is cancelled already.")
