"""What enrollment says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.catalog import CourseType
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
