"""What goes into a digest, what goes alone, and what is left out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.notification.domain import admission
from services.notification.domain.planning import Reason
from services.notification.domain.templates import Template

LETTER = 50  # items of one letter, which shows no more
MOST_ITEMS = 10 * LETTER  # of one moment; what is more waits for the next
_NAMESPACE = UUID("5f0a8a3c-9a57-4a3e-8f43-2c6a9d4c7b11")


class Sorted(NamedTuple):
    """Notifications that wait for somebody's digest: those to be told, and those they want to hear nothing of any
    more."""

    told: list[Any]
    left_out: list[Any]


def sort_out(items: Sequence[Any], unsubscribed: Collection[str], legal: Collection[str]) -> Sorted:
    """Each item has a `template`. Whether the address may be written to is asked when the digest itself is sent."""
    found = Sorted([], [])
    for item in items:
        refused = admission.refusal(Template(item.template), unsubscribed, False, legal) is Reason.UNSUBSCRIBED
        (found.left_out if refused else found.told).append(item)
    return found


def occasion(employee_id: UUID, moment: datetime, part: int = 0) -> UUID:
    """What makes a digest the same one, whoever makes it and how often: its reader, its moment, and which of the
    letters of that moment it is."""
    return uuid5(_NAMESPACE, f"{employee_id} {moment.isoformat()} {part}")


def letters(told: Sequence[Any]) -> list[Sequence[Any]]:
    """What is told, in as many letters as it needs."""
    return [told[start : start + LETTER] for start in range(0, len(told), LETTER)]


def context(items: Sequence[Any], more: int) -> Mapping[str, Any]:
    """What a digest says: its items in the order in which they happened, each with its time, since news that did not
    wait may have come after it; and how many more wait for the next moment."""
    told = [{"template": item.template, "context": item.context, "at": item.created_at.isoformat()} for item in items]
    return {"cadence": items[-1].cadence, "items": told, "more": more}
