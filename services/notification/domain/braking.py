"""The brake: what of the news is too much for an hour, or too old to be news, and waits for somebody's word.

The numbers are policies (`message_caps`, `stale_news_days`). Their sense: whatever goes wrong upstream, a loop, a file
sent twice, months of events into a new handler, nobody's mailbox is flooded before a person has looked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.notification.domain.planning import Reason
from services.notification.domain.templates import Template

# What is in a digest was counted when it was queued.
UNBRAKED = frozenset({Template.DIGEST})


class Scope(StrEnum):
    """What messages are counted by, in the order in which a cap is looked at."""

    RECIPIENT = "recipient"
    AGENCY = "agency"
    TEMPLATE = "template"


REASONS = {
    Scope.RECIPIENT: Reason.BRAKE_RECIPIENT,
    Scope.AGENCY: Reason.BRAKE_AGENCY,
    Scope.TEMPLATE: Reason.BRAKE_TEMPLATE,
}

Key = tuple[Scope, str]


@dataclass(frozen=True)
class News:
    """A notification that was really new."""

    notification_id: UUID
    employee_id: UUID
    agency_code: str
    template: str

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it counts for."""
        return (
            (Scope.RECIPIENT, str(self.employee_id)),
            (Scope.AGENCY, self.agency_code),
            (Scope.TEMPLATE, self.template),
        )


@dataclass(frozen=True)
class Stop:
    """Why a notification is held, for the ledger."""

    reason: Reason
    answer: str


def hour_of(moment: datetime) -> datetime:
    """The hour of the clock that a moment lies in. Each hour is counted for itself, so around the full hour twice the
    cap may pass within sixty minutes."""
    return moment.replace(minute=0, second=0, microsecond=0)


def counts(news: Sequence[News]) -> Counter[Key]:
    """How many of them count for each recipient, agency and template."""
    return Counter(key for each in news for key in each.keys)


def above(news: Sequence[News], totals: Mapping[Key, int], caps: Mapping[str, Any], hour: datetime) -> dict[UUID, Stop]:
    """Those that are above a cap, the last ones of the batch. `totals` are the hour's counts with the batch in them.

    What is held counts for nothing: a loop that writes to one person does not use up what their agency may be sent.
    """
    batch = counts(news)
    left = {key: cap_of(caps, key) - (totals[key] - count) for key, count in batch.items()}
    stopped: dict[UUID, Stop] = {}
    for each in news:
        full = next((key for key in each.keys if left[key] <= 0), None)
        if full is not None:
            stopped[each.notification_id] = _stop(full, cap_of(caps, full), hour)
            continue
        for key in each.keys:
            left[key] -= 1
    return stopped


def cap_of(caps: Mapping[str, Any], key: Key) -> int:
    """How many an hour may be told of one key; an agency may have a cap of its own."""
    scope, name = key
    own = caps.get("agencies", {}) if scope is Scope.AGENCY else {}
    return int(own.get(name, caps[scope.value]))


def _stop(key: Key, cap: int, hour: datetime) -> Stop:
    scope, _name = key
    until = hour + timedelta(hours=1)
    when = f"{hour:%Y-%m-%d %H:%M} to {until:%H:%M} UTC"
    return Stop(REASONS[scope], f"More than {cap} messages for one {scope.value} in the hour from {when}.")


def stale(happened_on: date, days: int) -> Stop:
    """News of what lies more than `days` back: a replay, or an outage that took longer."""
    return Stop(Reason.STALE, f"It is of {happened_on}; what is older than {days} days is not news.")
