"""What can be told, what each mail may say of its event, and how much it presses."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any


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
    SESSION_REMINDER = "session_reminder"
    APPROVAL_DUE = "approval_due"
    WELCOME = "welcome"
    ADDRESS_FAILED = "address_failed"
    DIGEST = "digest"


class Kind(StrEnum):
    """What people can unsubscribe from, all templates of it at once."""

    ENROLLMENT = "enrollment"
    SCHEDULE = "schedule"
    REMINDERS = "reminders"
    RESULTS = "results"
    CERTIFICATES = "certificates"
    FORMS = "forms"
    HOURS = "hours"
    APPROVALS = "approvals"
    AGENCY = "agency"
    WELCOME = "welcome"
    DIGEST = "digest"


class Urgency(IntEnum):
    """The order in which what is due goes out. What is urgent has a deadline of its own, and waits for no digest."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


@dataclass(frozen=True)
class Trait:
    """Of which kind a template is, and how much it presses."""

    kind: Kind
    urgency: Urgency = Urgency.NORMAL


TRAITS: Mapping[Template, Trait] = {
    # It has the calendar file, and must not come after news of the same seat that did not wait.
    Template.ENROLLMENT_CONFIRMED: Trait(Kind.ENROLLMENT, Urgency.URGENT),
    Template.RESULT_FAILED: Trait(Kind.RESULTS),
    Template.CERTIFICATE_ISSUED: Trait(Kind.CERTIFICATES),
    Template.ENROLLMENT_CANCELLED: Trait(Kind.SCHEDULE, Urgency.URGENT),
    Template.SCHEDULE_CHANGED: Trait(Kind.SCHEDULE, Urgency.URGENT),
    Template.PROGRAMME_COMPLETED: Trait(Kind.RESULTS),
    Template.ENROLLMENT_REQUESTED: Trait(Kind.ENROLLMENT),
    Template.ENROLLMENT_INVITED: Trait(Kind.ENROLLMENT, Urgency.URGENT),
    Template.ENROLLMENT_WAITLISTED: Trait(Kind.ENROLLMENT),
    Template.SEAT_OFFERED: Trait(Kind.ENROLLMENT, Urgency.URGENT),
    Template.ENROLLMENT_REJECTED: Trait(Kind.ENROLLMENT),
    Template.ENROLLMENT_LAPSED: Trait(Kind.ENROLLMENT),
    Template.ENROLLMENT_WITHDRAWN: Trait(Kind.ENROLLMENT, Urgency.URGENT),
    Template.RESIT_DUE: Trait(Kind.RESULTS),
    Template.CERTIFICATE_REVOKED: Trait(Kind.CERTIFICATES),
    Template.CERTIFICATE_CORRECTED: Trait(Kind.CERTIFICATES),
    Template.CERTIFICATE_SUSPENDED: Trait(Kind.CERTIFICATES),
    Template.CERTIFICATE_REINSTATED: Trait(Kind.CERTIFICATES),
    Template.CERTIFICATE_EXPIRING: Trait(Kind.REMINDERS),
    Template.CERTIFICATE_EXPIRED: Trait(Kind.CERTIFICATES),
    Template.FORM_DUE: Trait(Kind.FORMS),
    Template.HOURS_SHORTFALL: Trait(Kind.HOURS, Urgency.BULK),
    Template.COURSE_DUE: Trait(Kind.HOURS),
    Template.YEAR_CLOSED: Trait(Kind.AGENCY),
    Template.TYPE2_MOVED: Trait(Kind.CERTIFICATES),
    Template.SESSION_REMINDER: Trait(Kind.REMINDERS, Urgency.URGENT),
    Template.APPROVAL_DUE: Trait(Kind.APPROVALS),
    Template.WELCOME: Trait(Kind.WELCOME, Urgency.BULK),
    Template.ADDRESS_FAILED: Trait(Kind.AGENCY),
    Template.DIGEST: Trait(Kind.DIGEST),
}

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
    Template.SESSION_REMINDER: (
        "offering_id",
        "enrollment_id",
        "revision",
        "course_code",
        "course_title",
        "hours",
        "delivery_mode",
        "starts_on",
        "ends_on",
        "sessions",
    ),
    Template.APPROVAL_DUE: (*_COURSE, "participant_name", "step", "decide_by"),
    Template.WELCOME: ("agency_name",),
    Template.ADDRESS_FAILED: ("participant_name", "address", "answer", "failed_on"),
    Template.DIGEST: ("cadence", "items"),
}

# What is told to one person about another, whose employee id is in its context as ABOUT: no mail says it, and what
# names somebody is forgotten with them.
ABOUT = "participant_id"
TOLD_TO_OTHERS = (Template.APPROVAL_DUE, Template.FORM_DUE)

# Of an award the person hears by the certificate that comes of it.
TYPE2_TOLD = ("applied", "returned", "accepted", "refused", "exam_passed", "exam_failed", "withdrawn")


def context_of(template: Template, event: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an event that its mail may say."""
    return {name: event[name] for name in FIELDS[template]}
