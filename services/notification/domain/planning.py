"""When and by which channel somebody is told, decided once, when the notification is queued."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.notification.domain.delivery import Status
from services.notification.domain.templates import Template


class Via(StrEnum):
    """The ways to tell somebody. A webhook tells the agency's system what a person was told."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


class Cadence(StrEnum):
    """How often somebody wants to be written to. What is urgent or asked for by law never waits for a digest."""

    IMMEDIATELY = "immediately"
    DAILY = "daily"
    WEEKLY = "weekly"


class Reason(StrEnum):
    """Why a notification is held or suppressed, or (`rate`) waits longer than it was planned to."""

    ERASED = "erased"
    UNSUBSCRIBED = "unsubscribed"
    ADDRESS_SUPPRESSED = "address_suppressed"
    STALE = "stale"
    BRAKE_RECIPIENT = "brake_recipient"
    BRAKE_AGENCY = "brake_agency"
    BRAKE_TEMPLATE = "brake_template"
    CANNOT_BE_MADE = "cannot_be_made"
    OVERTAKEN = "overtaken"
    RATE = "rate"
    DROPPED = "dropped"
    WEBHOOK_REMOVED = "webhook_removed"


@dataclass(frozen=True)
class Reader:
    """How somebody wants to be told, and what they want to be told nothing of."""

    via: Via = Via.EMAIL
    cadence: Cadence = Cadence.IMMEDIATELY
    unsubscribed: Collection[str] = ()
    quiet_from: str | None = None
    quiet_to: str | None = None


@dataclass(frozen=True)
class Plan:
    """What becomes of a notification that is queued now. With a `cadence` it waits for the digest at `due_at`."""

    via: Via
    due_at: datetime
    cadence: Cadence | None = None
    status: Status = Status.PENDING
    reason: Reason | None = None
    answer: str | None = None


def plan(template: Template, reader: Reader, now: datetime) -> Plan:
    """At once, by the reader's channel."""
    return Plan(reader.via, now)
