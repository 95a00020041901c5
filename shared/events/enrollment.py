"""What enrollment says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.catalog import CourseType, Session
from shared.events.contract import Event, LocalizedText, released


@released
class AgencyRegisteredV1(Event, frozen=True, kw_only=True):
    """An agency takes part from now on."""

    TYPE: ClassVar = "training.enrollment.agency_registered.v1"
    SUBJECT: ClassVar = "code"
    code: str
    name: LocalizedText


@released
class EmployeeRegisteredV1(Event, frozen=True, kw_only=True):
    """A person is employed by an agency. No national code: its readers only address people."""

    TYPE: ClassVar = "training.enrollment.employee_registered.v1"
    SUBJECT: ClassVar = "employee_id"
    employee_id: UUID
    agency_code: str
    full_name: str
    email: str
    language: Literal["fa", "en"]


@released
class EnrollmentConfirmedV1(Event, frozen=True, kw_only=True):
    """A seat is theirs."""

    TYPE: ClassVar = "training.enrollment.confirmed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    delivery_mode: str
    starts_on: date
    ends_on: date


@released
class EnrollmentCompletedV1(Event, frozen=True, kw_only=True):
    """The course was attended and passed. Carries all that the certificate says, as of that moment."""

    TYPE: ClassVar = "training.enrollment.completed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    agency_name: LocalizedText
    provider_code: str
    provider_name: LocalizedText
    full_name: str
    national_code: str
    personnel_number: str
    job_title: str | None = None
    offering_id: UUID
    course_code: str
    course_version: int
    course_title: LocalizedText
    course_type: CourseType
    delivery_mode: str
    hours: float
    starts_on: date
    ends_on: date
    attended_hours: float
    score: float
    refresh_every_months: int | None = None
    completed_on: date
    completed_at: datetime


@released
class EnrollmentFailedV1(Event, frozen=True, kw_only=True):
    """Attendance or score were below the course's rule; `reasons` says which."""

    TYPE: ClassVar = "training.enrollment.failed.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    attended_hours: float
    score: float
    min_attendance: float
    pass_mark: float
    reasons: list[Literal["attendance", "score"]]


@released
class EnrollmentCancelledV1(Event, frozen=True, kw_only=True):
    """The offering is not held, so the request, waiting place or seat is gone; `state` says which of them it was."""

    TYPE: ClassVar = "training.enrollment.cancelled.v1"
    SUBJECT: ClassVar = "enrollment_id"
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    starts_on: date
    ends_on: date
    state: Literal["requested", "waitlisted", "confirmed"]
    cause: Literal["agency", "not_formed"]
    reason: str


@released
class ScheduleChangedV1(Event, frozen=True, kw_only=True):
    """When or where somebody is taught is no longer what they were told; carries what holds now.

    `schedule_id` is one for each person and revision of the offering.
    """

    TYPE: ClassVar = "training.enrollment.schedule_changed.v1"
    SUBJECT: ClassVar = "schedule_id"
    schedule_id: UUID
    enrollment_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    delivery_mode: str
    state: Literal["requested", "waitlisted", "confirmed"]
    revision: int
    changed: list[str]
    reason: str
    starts_on: date
    ends_on: date
    sessions: list[Session]


@released
class OfferingDecidedV1(Event, frozen=True, kw_only=True):
    """On the go/no-go day an offering had its least number of seats taken (`formed`), or had not and is called off."""

    TYPE: ClassVar = "training.enrollment.offering_decided.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    formed: bool
    seats_taken: int
    min_seats: int
    decided_at: datetime


@released
class ProgrammeCompletedV1(Event, frozen=True, kw_only=True):
    """Somebody has completed all that a programme asks for."""

    TYPE: ClassVar = "training.enrollment.programme_completed.v1"
    SUBJECT: ClassVar = "completion_id"
    completion_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    programme_code: str
    programme_version: int
    programme_title: LocalizedText
    purpose: Literal["induction", "pre_appointment", "other"]
    hours: float
    course_codes: list[str]
    completed_on: date
    completed_at: datetime


@released
class FormDueV1(Event, frozen=True, kw_only=True):
    """A short form waits for somebody's answers: of a participant (`reaction`) or of their supervisor (`behaviour`).

    `employee_id`, `agency_code` and `full_name` are those of who is to answer. `certificate_waits`: a certificate
    of the course is issued only once this form is answered.
    """

    TYPE: ClassVar = "training.enrollment.form_due.v1"
    SUBJECT: ClassVar = "form_id"
    form_id: UUID
    kind: Literal["reaction", "behaviour"]
    employee_id: UUID
    agency_code: str
    full_name: str
    enrollment_id: UUID
    participant_name: str
    offering_id: UUID
    course_code: str
    course_title: LocalizedText
    hours: float
    ends_on: date
    due_on: date
    certificate_waits: bool = False
