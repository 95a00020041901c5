"""Where a notification stands, when a failed one goes again, and when it is given up.

All numbers here are policy defaults. RFC 5321 section 4.5.4.1 asks for at least half an hour between tries and
for giving up after four to five days; ours begin sooner, because most trouble is a restart, and end after three.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """Where a notification stands. Sent, bounced and suppressed are final; a held one waits for an operator."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    HELD = "held"


# Taken by the sender once their time has come. For one being sent that time is the end of its lease, so a
# notification whose sender died is taken again.
ACTIVE = (Status.PENDING, Status.DEFERRED, Status.SENDING)

ANSWER_LENGTH = 500


@dataclass(frozen=True)
class Policy:
    """How mail is sent. Times are seconds.

    `lease` is longer than `batch_window` plus the longest a single mail may take plus a database that is away for a
    while, so that a notification is taken by a second sender only when its first one is dead. `at_once` is how many
    are handed over at the same time; mail waits for a connection where its server takes fewer.
    """

    batch: int = 200
    at_once: int = 8
    batch_window: float = 20.0
    lease: float = 240.0
    run: float = 5.0
    outage_pause: float = 2.0
    delays: tuple[float, ...] = (60, 300, 900, 1800, 3600, 7200, 14400)
    jitter: float = 0.2
    give_up_after: float = 3 * 86400.0


POLICY = Policy()


@dataclass(frozen=True)
class Outcome:
    """What came of one notification. `answer` is the server's last word or the reason; None leaves the former one.
    `waits`: for what goes along with it.
    `turn_at` is for domain.rates: when it comes next, without queueing."""

    status: Status
    answer: str | None
    due_at: datetime
    tried: bool = True
    reason: str | None = None
    waits: bool = False
    turn_at: datetime | None = None


def shown_status(status: str) -> str:
    """The status a caller sees: being sent is an inner matter, and shown as pending."""
    return Status.PENDING.value if status == Status.SENDING else status


def message_id(notification_id: UUID, sender: str) -> str:
    """The Message-ID: the same at every attempt, so that a mail sent twice after a crash is one to its reader."""
    return f"<{notification_id}@{sender.rpartition('@')[2]}>"


def return_path(notification_id: UUID, bounce_address: str) -> str:
    """Where a server reports that it could not deliver: `bounces+<notification id>@…`, so that a report names its mail
    whatever is left of the mail in it. `bounce_address` has a part before its @."""
    name, _, domain = bounce_address.rpartition("@")
    return f"{name}+{notification_id}@{domain}"


def sent(answer: str, now: datetime) -> Outcome:
    return Outcome(Status.SENT, one_line(answer), now)


def bounced(answer: str, now: datetime) -> Outcome:
    """The server refused for good (5xx): trying again would only annoy it."""
    return Outcome(Status.BOUNCED, one_line(answer), now)


def held(answer: str, now: datetime, reason: str) -> Outcome:
    """It could not be made into a mail; an operator decides. Others go on."""
    return Outcome(Status.HELD, one_line(answer), now, reason=reason)


def suppressed(reason: str, now: datetime) -> Outcome:
    """Nothing is sent, and the ledger says why."""
    return Outcome(Status.SUPPRESSED, None, now, tried=False, reason=reason)


def released(attempts: int, due_at: datetime, now: datetime) -> Outcome:
    """Taken but not tried, because the server went away or the service stops: due since when it was due, so that the
    oldest stays the oldest, and shows for how long nothing has gone."""
    return Outcome(_untried(attempts), None, due_at, tried=False, turn_at=now)


def put_back(attempts: int, due_at: datetime, reason: str | None = None) -> Outcome:
    """Taken above a rate (domain.rates) or in quiet hours: it goes later, and has not been tried."""
    return Outcome(_untried(attempts), None, due_at, tried=False, reason=reason, turn_at=due_at)


def _untried(attempts: int) -> Status:
    return Status.DEFERRED if attempts else Status.PENDING


def postponed(answer: str, attempts: int, until: datetime) -> Outcome:
    """Not tried, because what goes along with it is not there yet."""
    return Outcome(_untried(attempts), one_line(answer), until, tried=False, waits=True, turn_at=until)


def deferred(
    answer: str, attempts: int, first_tried_at: datetime, now: datetime, chance: float, policy: Policy = POLICY
) -> Outcome:
    """Not now (4xx, time-out, lost connection): a growing delay, or a bounce once three days of trying are over.

    `attempts` counts this one; `chance` is a random number from 0 to 1 that spreads the delays by ± `jitter`, so
    that what failed together does not come back together.
    """
    delay = policy.delays[min(attempts, len(policy.delays)) - 1]
    due_at = now + timedelta(seconds=delay * (1 + policy.jitter * (2 * chance - 1)))
    if due_at - first_tried_at > timedelta(seconds=policy.give_up_after):
        return bounced(f"given up after {attempts} attempts; last answer: {answer}", now)
    return Outcome(Status.DEFERRED, one_line(answer), due_at)


def one_line(answer: str) -> str:
    """A server's words as one line that any database keeps: it may say anything, at any length."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in answer).split())[:ANSWER_LENGTH]
