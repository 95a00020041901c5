"""How many mails a minute a domain or an agency gets: who goes now, and when the others come back.

A row that may not go is put back with a time of its own, so that it is looked at twice and not at every turn, and is in
nobody's way: one that comes for the first time is put at the end of the queue, one that has waited for its turn comes
next. Mail that presses does not queue; it comes next from the beginning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

# What was not sent in these seconds may be made up for at once; the sender looks every second.
SLACK = timedelta(seconds=5)
# Whose turn was longer ago queues anew: after an outage all turns are over, and all would come at once.
TURN = timedelta(minutes=1)


@dataclass
class Bucket:
    """How far one name has come: `next_at` is when its next mail may go, `queue_at` when the last one that queues."""

    per_minute: int
    next_at: datetime
    queue_at: datetime
    _soon: int = field(default=0, repr=False)

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    def has_room(self, now: datetime, comes_next: bool) -> bool:
        """Nobody passes those who queue but who comes next."""
        return self.next_at <= now and (comes_next or self.queue_at <= now)

    def take(self, now: datetime) -> None:
        self.next_at = max(self.next_at, now - SLACK) + self.interval

    def come_again(self, comes_next: bool) -> datetime:
        """When a row comes back that finds no room."""
        if comes_next:
            self._soon += 1
            return self.next_at + (self._soon - 1) * self.interval
        self.queue_at = max(self.queue_at + self.interval, self.next_at)
        return self.queue_at


def turn(buckets: Sequence[Bucket], turn_at: datetime | None, presses: bool, now: datetime) -> datetime | None:
    """None when a mail may go now, which takes its place in all of its buckets; else when it comes again."""
    comes_next = presses or (turn_at is not None and turn_at > now - TURN)
    full = [bucket for bucket in buckets if not bucket.has_room(now, comes_next)]
    if full:
        return max(bucket.come_again(comes_next) for bucket in full)
    for bucket in buckets:
        bucket.take(now)
    return None


def limits(email: str, agency_code: str, of_agency: int | None, of_domains: Mapping[str, Any]) -> dict[str, int]:
    """The rates a mail is under, mails a minute by name; `of_domains` is the policy `domain_rates`."""
    domain = email.rpartition("@")[2].lower()
    of_domain = of_domains["domains"].get(domain, of_domains["default"])
    found = {f"domain {domain}": of_domain, f"agency {agency_code}": of_agency}
    return {name: per_minute for name, per_minute in found.items() if per_minute}
