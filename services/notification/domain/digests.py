"""What goes into a digest, what goes alone, and what is left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.notification.domain import admission
from services.notification.domain.planning import Reason
from services.notification.domain.templates import Template

LETTER = 50  # items of one letter, which shows no more
MOST_ITEMS = 10 * LETTER  # of one moment; what is more waits for the next
_NAMESPACE = UUID("5f0a8a3c-9a57-4a3e-8f43-2c6a9d4c7b11")


# What is over once its reader was told one of these about the same seat or certificate: they did not wait.
_SEAT = (Template.ENROLLMENT_INVITED, Template.SEAT_OFFERED, Template.ENROLLMENT_CONFIRMED)
_NO_SEAT = (
    Template.ENROLLMENT_REJECTED,
    Template.ENROLLMENT_LAPSED,
    Template.ENROLLMENT_WITHDRAWN,
    Template.ENROLLMENT_CANCELLED,
)
_NOT_VALID = (Template.CERTIFICATE_REVOKED, Template.CERTIFICATE_SUSPENDED, Template.CERTIFICATE_CORRECTED)
OVERTAKEN_BY: Mapping[Template, Collection[Template]] = {
    Template.ENROLLMENT_REQUESTED: (*_SEAT, *_NO_SEAT, Template.ENROLLMENT_WAITLISTED),
    Template.ENROLLMENT_WAITLISTED: (*_SEAT, *_NO_SEAT),
    Template.ENROLLMENT_LAPSED: _SEAT,
    Template.CERTIFICATE_ISSUED: _NOT_VALID,
    Template.CERTIFICATE_EXPIRING: _NOT_VALID,
}


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


def overtaken(waiting: Iterable[Any], told: Iterable[Any]) -> list[Any]:
    """Those that contradict what their reader was told since about the same seat or certificate. Each row has
    `employee_id`, `template`, `context` and `created_at`."""
    later = defaultdict[tuple[Any, ...], list[Any]](list)
    for each in told:
        later[_about(each)].append(each)
    return [
        item
        for item in waiting
        if any(
            each.template in OVERTAKEN_BY[Template(item.template)] and each.created_at > item.created_at
            for each in later[_about(item)]
        )
    ]


def _about(row: Any) -> tuple[Any, ...]:
    """A person's certificate by its serial (of one that takes the place of another, that of the other), or their seat
    by its course and days."""
    said = row.context
    serial = said.get("replaces_serial") or said.get("serial")
    return (row.employee_id, serial or (said.get("course_code"), said.get("starts_on"), said.get("ends_on")))


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
