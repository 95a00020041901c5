"""What an agency is shown of its messages: how many reached people, how fast, and why others did not."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from services.notification.domain.delivery import Status, shown_status

STATUSES = tuple(status.value for status in Status if status is not Status.SENDING)
UNREACHED = (Status.DEFERRED.value, Status.BOUNCED.value, Status.SUPPRESSED.value, Status.HELD.value)

_ADDRESS = re.compile(r"<?[^\s<>@\"',;:()]+@[^\s<>@\"',;:()]+>?")
# Ids of queues, hosts and sessions differ in every answer of one kind: words in which letters and digits are mixed.
_ID = re.compile(r"\b(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w-]{6,}(?:[.-][\w-]+)*")


@dataclass
class Line:
    """The messages of one day, template or whatever they are counted by. Seconds are whole ones."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)

    def add(self, status: str, seconds: int | None, count: int) -> None:
        self.statuses[shown_status(status)] += count
        if seconds is not None:
            self.seconds[max(0, seconds)] += count

    @property
    def total(self) -> int:
        return self.statuses.total()

    @property
    def counts(self) -> dict[str, int]:
        return {status: self.statuses[status] for status in STATUSES}

    @property
    def rates(self) -> dict[str, float]:
        """The share of each status, from 0 to 1."""
        return {status: round(count / self.total, 4) if self.total else 0.0 for status, count in self.counts.items()}


def percentile(seconds: Mapping[int, int], share: float) -> int | None:
    """The least value that this share of all does not exceed (nearest rank); None of nothing."""
    rank, seen = ceil(share * sum(seconds.values())), 0
    for value in sorted(seconds):
        seen += seconds[value]
        if seen >= rank:
            return value
    return None


def masked(answer: str) -> str:
    """A server's answer without addresses and ids, so that answers of one kind are one, and nobody is named."""
    return _ID.sub("…", _ADDRESS.sub("<address>", answer))


def most_frequent(answers: Iterable[tuple[str, str | None, int]], limit: int) -> list[tuple[str, str, int]]:
    """(status, masked answer, count) of the commonest, from (status, answer, count)."""
    found = Counter[tuple[str, str]]()
    for status, answer, count in answers:
        found[status, masked(answer or "")] += count
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(status, answer, count) for (status, answer), count in ordered[:limit]]
