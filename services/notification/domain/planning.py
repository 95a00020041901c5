"""When and by which channel somebody is told, decided once, when the notification is queued."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from enum import StrEnum

from services.notification.domain import timing
from services.notification.domain.calendar_days import Calendar
from services.notification.domain.templates import TRAITS, Template, Urgency
from services.notification.domain.timing import Quiet


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
    """How somebody wants to be told, and what they want to be told nothing of.

    Quiet hours are their own, else their agency's; `weekend` is their agency's, None where it set none.
    """

    via: Via = Via.EMAIL
    cadence: Cadence = Cadence.IMMEDIATELY
    unsubscribed: Collection[str] = ()
    quiet_from: str | None = None
    quiet_to: str | None = None
    weekend: Collection[int] | None = None
    has_mobile: bool = False


@dataclass(frozen=True)
class Rules:
    """What holds for everybody on a day: the policies `legal_notices`, `digest` and `quiet_hours`, and the calendar."""

    legal: Collection[str]
    digest_at: time
    digest_weekday: int
    quiet_hours: Mapping[str, Quiet | None]
    calendar: Calendar

    def calendar_of(self, reader: Reader) -> Calendar:
        return self.calendar if reader.weekend is None else replace(self.calendar, weekend=reader.weekend)


@dataclass(frozen=True)
class Plan:
    """What becomes of a notification that is queued now. With a `cadence` it waits for the digest at `due_at`."""

    via: Via
    due_at: datetime
    cadence: Cadence | None = None


def plan(template: Template, reader: Reader, now: datetime, rules: Rules, deadline: datetime | None = None) -> Plan:
    """By the reader's channel, after their quiet hours, or in their next digest.

    What is urgent or asked for by law waits for no digest, and neither does what would come too late in it. What is
    urgent waits for no quiet hours either that last until its deadline (domain.timing.deadline).
    """
    if waits_for_digest(template, reader, rules):
        due_at = digest_after(reader.cadence, reader, now, rules)
        if deadline is None or deadline > due_at:
            return Plan(reader.via, due_at, reader.cadence)
    return Plan(reader.via, awake_at(template, reader, now, rules, deadline))


def awake_at(template: Template, reader: Reader, now: datetime, rules: Rules, deadline: datetime | None) -> datetime:
    """Now, or when the quiet hours of this reader are over, unless that is too late for what is urgent."""
    due_at = after_quiet(reader, now, rules)
    is_urgent = TRAITS[template].urgency is Urgency.URGENT
    return now if is_urgent and deadline is not None and deadline <= due_at else due_at


def via_for(reader: Reader, is_suppressed: bool) -> Via:
    """The reader's channel; where their address takes no mail any more, their mobile, if they gave one."""
    return Via.SMS if reader.via is Via.EMAIL and is_suppressed and reader.has_mobile else reader.via


def waits_for_digest(template: Template, reader: Reader, rules: Rules) -> bool:
    """A text message has no room for many, so texts go one by one."""
    if reader.cadence is Cadence.IMMEDIATELY or reader.via is Via.SMS:
        return False
    if template is Template.DIGEST or template in rules.legal:
        return False
    return TRAITS[template].urgency is not Urgency.URGENT


def digest_after(cadence: Cadence, reader: Reader, now: datetime, rules: Rules) -> datetime:
    """The next moment of a daily or weekly digest."""
    weekday = rules.digest_weekday if cadence is Cadence.WEEKLY else None
    return timing.next_digest(now, rules.digest_at, rules.calendar_of(reader), weekday)


def after_quiet(reader: Reader, now: datetime, rules: Rules) -> datetime:
    """Now, or when the quiet hours of this reader and channel are over."""
    quiet = quiet_of(reader, rules)
    return timing.out_of_quiet(now, quiet, rules.calendar_of(reader)) if quiet else now


def quiet_of(reader: Reader, rules: Rules) -> Quiet | None:
    """When nothing is sent to this reader by their channel: their own or their agency's hours, else the policy's."""
    return Quiet.read(reader.quiet_from, reader.quiet_to) or rules.quiet_hours.get(reader.via)
