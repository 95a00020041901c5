"""The ways to tell somebody, behind one small interface: what is delivered, what comes back, and how it can fail.

A channel raises Deferred (this one not now), Refused (this one never) or Unreachable (none now), as its door to the
other side does; and Postponed before it has tried at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from services.notification.domain.wordings import Wording


class DeliveryError(Exception):
    """Base of these four; its text is the other side's answer or what happened instead of one."""


class Deferred(DeliveryError):
    """This one not now: a 4xx answer, or the connection was lost while it was handed over."""


class Refused(DeliveryError):
    """This one never: a 5xx answer about its recipient or its content. `stage` is the step that was refused."""

    def __init__(self, answer: str, stage: str = "") -> None:
        super().__init__(answer)
        self.stage = stage


class Unreachable(DeliveryError):
    """None now: the other side does not answer, gives no TLS, or does not accept us. Says nothing about this one."""


class Postponed(DeliveryError):
    """This one not yet, and it was not tried: what goes along with it is not there. `until` is when to look again."""

    def __init__(self, answer: str, until: datetime) -> None:
        super().__init__(answer)
        self.until = until


@dataclass(frozen=True)
class Sender:
    """In whose name something is written: an agency's own, or the system's. None: as the system does."""

    name: Mapping[str, str] | None = None
    address: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One notification with what its channel needs of its recipient and agency, all as of this attempt.

    `waiting_since`: since when it waits for the file that goes along; at most `attachment_wait`.
    """

    notification_id: UUID
    event_id: UUID
    employee_id: UUID
    agency_code: str
    template: str
    context: Mapping[str, Any]
    correlation_id: str
    created_at: datetime
    full_name: str
    email: str
    mobile: str | None
    language: str
    sender: Sender = Sender()
    attach_certificates: bool = True
    unsubscribe_url: str | None = None  # none in what the law asks for
    # For an agency's system: by which channel the person is told, and whether that was suppressed.
    told_by: str | None = None
    is_suppressed: bool = False
    wordings: Mapping[str, Wording] = field(default_factory=dict)  # the agency's own words, by template
    attachment_wait: timedelta = timedelta(minutes=10)
    waiting_since: datetime | None = None


@dataclass(frozen=True)
class Letter:
    """The words of a notification as they went out; of a mail also its Message-ID."""

    language: str
    subject: str
    text: str
    wording_id: UUID | None = None
    message_id: str | None = None


@dataclass(frozen=True)
class Receipt:
    """It was taken over: the other side's answer, where it went, and the words."""

    answer: str
    address: str
    letter: Letter


class Channel(Protocol):
    """Delivers. Several threads use it at once, but never for one person: theirs come one after the other, in order."""

    def deliver(self, delivery: Delivery) -> Receipt:
        """Hand one over. Raises a DeliveryError; any other exception means that it cannot be made."""

    def address_of(self, delivery: Delivery) -> str:
        """Where it would go, for the ledger of attempts."""

    def close(self) -> None:
        """Leave politely; never raises."""
