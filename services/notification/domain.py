"""Rules of telling people: what is said about which fact, when a failed mail goes again, and when it is given up.

All numbers here are policy defaults. RFC 5321 section 4.5.4.1 asks for at least half an hour between tries and
for giving up after four to five days; ours begin sooner, because most trouble is a restart, and end after three.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


class Template(StrEnum):
    """What can be told. The value is the name callers see."""

    ENROLLMENT_CONFIRMED = "enrollment_confirmed"
    RESULT_FAILED = "result_failed"
    CERTIFICATE_ISSUED = "certificate_issued"
    ENROLLMENT_CANCELLED = "enrollment_cancelled"
    SCHEDULE_CHANGED = "schedule_changed"
    PROGRAMME_COMPLETED = "programme_completed"
    ENROLLMENT_REQUESTED = "enrollment_requested"
    ENROLLMENT_INVITED = "enrollment_invited"
    ENROLLMENT_WAITLISTED = "enrollment_waitlisted"
    SEAT_OFFERED = "seat_offered"
    ENROLLMENT_REJECTED = "enrollment_rejected"
    ENROLLMENT_LAPSED = "enrollment_lapsed"
    ENROLLMENT_WITHDRAWN = "enrollment_withdrawn"
    RESIT_DUE = "resit_due"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_CORRECTED = "certificate_corrected"
    CERTIFICATE_SUSPENDED = "certificate_suspended"
    CERTIFICATE_REINSTATED = "certificate_reinstated"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_EXPIRED = "certificate_expired"
    FORM_DUE = "form_due"
    HOURS_SHORTFALL = "hours_shortfall"
    COURSE_DUE = "course_due"
    YEAR_CLOSED = "year_closed"
    TYPE2_MOVED = "type2_moved"


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

_CERTIFICATE = ("course_code", "course_title", "serial")
_OF_KIND = (*_CERTIFICATE, "kind")  # where a type-2 certificate may be meant, which has a level and no course
_COURSE = ("course_code", "course_title", "hours", "starts_on", "ends_on")

# The fields of an event that its mail may use. Written out, so that no personal field added to an event later
# can slip into a mail.
FIELDS: Mapping[Template, tuple[str, ...]] = {
    Template.ENROLLMENT_CONFIRMED: ("course_code", "course_title", "hours", "delivery_mode", "starts_on", "ends_on"),
    Template.RESULT_FAILED: (
        "course_code",
        "course_title",
        "hours",
        "attended_hours",
        "score",
        "min_attendance",
        "pass_mark",
        "reasons",
        "no_show",
    ),
    Template.CERTIFICATE_ISSUED: (
        "serial",
        "course_code",
        "course_title",
        "hours",
        "completed_on",
        "completed_at",
        "issued_at",
        "verification_code",
        "verification_url",
        "valid_until",
        "kind",
    ),
    Template.ENROLLMENT_CANCELLED: (
        "course_code",
        "course_title",
        "starts_on",
        "ends_on",
        "state",
        "cause",
        "reason",
    ),
    Template.SCHEDULE_CHANGED: (
        "course_code",
        "course_title",
        "hours",
        "delivery_mode",
        "state",
        "changed",
        "reason",
        "starts_on",
        "ends_on",
        "sessions",
    ),
    Template.PROGRAMME_COMPLETED: ("programme_title", "hours", "course_codes", "completed_on"),
    Template.ENROLLMENT_REQUESTED: (*_COURSE, "steps", "decide_by"),
    Template.ENROLLMENT_INVITED: (*_COURSE, "answer_by", "reason"),
    Template.ENROLLMENT_WAITLISTED: (*_COURSE, "place"),
    Template.SEAT_OFFERED: (*_COURSE, "answer_by"),
    Template.ENROLLMENT_REJECTED: (*_COURSE, "step", "reason"),
    Template.ENROLLMENT_LAPSED: (*_COURSE, "state"),
    Template.ENROLLMENT_WITHDRAWN: (*_COURSE, "state", "reason"),
    Template.RESIT_DUE: ("course_code", "course_title", "score", "pass_mark", "sittings_left"),
    Template.CERTIFICATE_REVOKED: (*_OF_KIND, "revoked_on", "reason", "reason_title"),
    Template.CERTIFICATE_CORRECTED: (
        *_OF_KIND,
        "replaces_serial",
        "reason",
        "hours",
        "completed_on",
        "valid_until",
        "verification_code",
        "verification_url",
    ),
    Template.CERTIFICATE_SUSPENDED: (*_OF_KIND, "suspended_on", "reason"),
    Template.CERTIFICATE_REINSTATED: (*_OF_KIND, "reinstated_on", "reason", "verification_url"),
    Template.CERTIFICATE_EXPIRING: (*_CERTIFICATE, "valid_until", "days_left"),
    Template.CERTIFICATE_EXPIRED: (*_CERTIFICATE, "valid_until"),
    Template.FORM_DUE: (
        "kind",
        "participant_name",
        "course_code",
        "course_title",
        "hours",
        "ends_on",
        "due_on",
        "certificate_waits",
    ),
    Template.HOURS_SHORTFALL: ("jalali_year", "occasion", "hours", "required_hours", "missing_hours", "ends_on"),
    Template.COURSE_DUE: ("cause", "code", "title", "is_programme", "due_on", "is_overdue"),
    Template.YEAR_CLOSED: ("agency_code", "jalali_year", "revision", "people", "closed_at"),
    Template.TYPE2_MOVED: ("level_title", "state", "reason"),
}

# Of an award the person hears by the certificate that comes of it.
TYPE2_TOLD = ("applied", "returned", "accepted", "refused", "exam_passed", "exam_failed", "withdrawn")


ANSWER_LENGTH = 500


@dataclass(frozen=True)
class Policy:
    """How mail is sent. Times are seconds.

    `lease` is longer than `batch_window` plus the longest a single mail may take plus a slow commit, so that a
    notification is taken by a second sender only when its first one is dead.
    """

    batch: int = 20
    batch_window: float = 20.0
    lease: float = 90.0
    run: float = 5.0
    outage_pause: float = 2.0
    delays: tuple[float, ...] = (60, 300, 900, 1800, 3600, 7200, 14400)
    jitter: float = 0.2
    give_up_after: float = 3 * 86400.0


POLICY = Policy()


@dataclass(frozen=True)
class Outcome:
    """What came of one notification. `answer` is the server's last word or the reason; None leaves the former one."""

    status: Status
    answer: str | None
    due_at: datetime
    tried: bool = True


def context_of(template: Template, event: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an event that its mail may say."""
    return {name: event[name] for name in FIELDS[template]}


def shown_status(status: str) -> str:
    """The status a caller sees: being sent is an inner matter, and shown as pending."""
    return Status.PENDING.value if status == Status.SENDING else status


def message_id(notification_id: UUID, sender: str) -> str:
    """The Message-ID: the same at every attempt, so that a mail sent twice after a crash is one to its reader."""
    return f"<{notification_id}@{sender.rpartition('@')[2]}>"


def sent(answer: str, now: datetime) -> Outcome:
    return Outcome(Status.SENT, _storable(answer), now)


def bounced(answer: str, now: datetime) -> Outcome:
    """The server refused for good (5xx): trying again would only annoy it."""
    return Outcome(Status.BOUNCED, _storable(answer), now)


def held(reason: str, now: datetime) -> Outcome:
    """It could not be made into a mail; an operator decides. Others go on."""
    return Outcome(Status.HELD, _storable(reason), now)


def released(attempts: int, now: datetime) -> Outcome:
    """Taken but not tried, because the server went away before its turn: due again at once."""
    return Outcome(Status.DEFERRED if attempts else Status.PENDING, None, now, tried=False)


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
    return Outcome(Status.DEFERRED, _storable(answer), due_at)


def _storable(answer: str) -> str:
    """A server's words as one line that any database keeps: it may say anything, at any length."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in answer).split())[:ANSWER_LENGTH]
