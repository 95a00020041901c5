"""What becomes of an offering: changes that reach the people in it, and the day on which it is formed or not."""

from collections.abc import Collection, Mapping
from typing import Any

# What people were told: when they are taught, and in the sessions where and by whom.
SCHEDULE = ("starts_on", "ends_on", "sessions")


def is_newer(revision: int, known: int) -> bool:
    """Revisions count up, so that a late change never undoes a later one."""
    return revision > known


def schedule_changes(
    revision: int, changed: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any], known: int
) -> list[str]:
    """What of the schedule is no longer what people were told; empty when nothing is.

    A change says it itself. One that overtook another is compared with what is known instead, as the overtaken one
    will not be heard any more.
    """
    if revision == known + 1:
        return [name for name in SCHEDULE if name in changed]
    return [name for name in SCHEDULE if name in changed or before[name] != after[name]]


def is_formed(seats_taken: int, min_seats: int) -> bool:
    """Go or no-go: at least the smallest number of seats is taken."""
    return seats_taken >= min_seats
