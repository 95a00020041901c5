"""What enrollment says of hours, of what is due, of type-2 certificates and of training records."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.catalog import CourseType
from shared.events.contract import Event, LocalizedText, released


class HoursOf(msgspec.Struct, frozen=True, kw_only=True):
    """The year of one person in one agency: hours done there, hours asked for, hours and points that pay counts."""

    employee_id: UUID
    personnel_number: str | None
    hours: float
    required_hours: float
    counted_hours: float
    points: float


@released
class AnnualTrainingHoursClosedV1(Event, frozen=True, kw_only=True):
    """An agency's Jalali year is closed: what payroll takes into the decree of Farvardin.

    A long list comes in `parts`; `part` counts from 1, and `part_id` is one for each. `revision` is 1 at the closing of
    the year; a recomputation says all of it again with the next. `officers` are who is told that it is there.
    """

    TYPE: ClassVar = "training.enrollment.annual_training_hours_closed.v1"
    SUBJECT: ClassVar = "part_id"
    part_id: UUID
    agency_code: str
    jalali_year: int
    revision: int
    part: int
    parts: int
    closed_at: datetime
    people: int
    officers: list[UUID]
    items: list[HoursOf]


@released
class HoursShortfallV1(Event, frozen=True, kw_only=True):
    """Somebody has fewer hours than the year asks for by a day on which that is looked at.

    `occasion`: half and three quarters of the year, the last call of Esfand. `missing_hours` are missing of
    `required_hours`, which the whole year asks for, until `ends_on`. `shortfall_id` is one for each occasion.
    """

    TYPE: ClassVar = "training.enrollment.hours_shortfall.v1"
    SUBJECT: ClassVar = "shortfall_id"
    shortfall_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    jalali_year: int
    occasion: Literal["half", "three_quarters", "last_call"]
    hours: float
    required_hours: float
    missing_hours: float
    ends_on: date


@released
class CourseDueV1(Event, frozen=True, kw_only=True):
    """A course or programme that somebody must complete is due by a day, or was due and is not done.

    `code` is that of the course, or of the programme where `is_programme`. `due_id` is one for each occasion.
    """

    TYPE: ClassVar = "training.enrollment.course_due.v1"
    SUBJECT: ClassVar = "due_id"
    due_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    cause: Literal["induction", "compulsory", "renewal", "pre_appointment"]
    code: str
    title: LocalizedText
    is_programme: bool
    due_on: date
    is_overdue: bool


Type2Level = Literal["skill", "specialist", "specialist_research"]


@released
class Type2MovedV1(Event, frozen=True, kw_only=True):
    """An application for a type-2 certificate has another state; `reason` are the words of who decided.

    `move_id` is one for each move.
    """

    TYPE: ClassVar = "training.enrollment.type2_moved.v1"
    SUBJECT: ClassVar = "move_id"
    move_id: UUID
    application_id: UUID
    employee_id: UUID
    agency_code: str
    full_name: str
    level: Type2Level
    level_title: LocalizedText
    state: Literal["applied", "returned", "accepted", "refused", "exam_passed", "exam_failed", "awarded", "withdrawn"]
    reason: str | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A written decision: its number and day, who stands behind it, and as what."""

    number: str
    decided_on: date
    name: str
    title: LocalizedText


class RestsOn(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a policy that was decided by: the day from which it holds, where it is from, and how sure that is.

    `source_fa` says it in Persian, where that is known and `source` is not Persian itself.
    """

    key: str
    effective_from: date
    source: str
    confidence: str
    source_fa: str | None = None


@released
class Type2AwardedV1(Event, frozen=True, kw_only=True):
    """A type-2 certificate was awarded, by the agency's committee and the Organisation. Carries all that it says.

    `job_side_hours` of `counted_hours` are of the job or of management. `research_hours` only where the level asks for
    a project. `policy` names the numbers that the decision rests on: key → the day from which the value holds;
    `policies` says of them where they are from (confidence F is the regulation, anything else is not), also of values
    by which years before that day were counted.
    """

    TYPE: ClassVar = "training.enrollment.type2_awarded.v1"
    SUBJECT: ClassVar = "award_id"
    award_id: UUID
    application_id: UUID
    employee_id: UUID
    agency_code: str
    agency_name: LocalizedText
    full_name: str
    national_code: str
    personnel_number: str
    father_name: str | None = None
    job_title: str | None = None
    unit: str | None = None
    level: Type2Level
    level_title: LocalizedText
    base_degree: str
    base_degree_field: str | None = None
    benefit: LocalizedText
    counted_hours: float
    job_side_hours: float
    exam_score: float
    exam_pass_mark: float
    exam_on: date
    research_title: str | None = None
    research_hours: float | None = None
    committee: Decision
    organisation: Decision
    first_on: date
    last_on: date
    awarded_on: date
    awarded_at: datetime
    policy: dict[str, date]
    policies: list[RestsOn] = []


class RecordLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a training record. `uses` names what its hours serve: minimum, pay, rank:…, type2:… and others."""

    line_id: UUID
    source: Literal["own", "recognised", "past"]
    agency_code: str
    agency_name: LocalizedText | None
    course_code: str | None
    course_title: LocalizedText
    course_type: CourseType
    original_type: str | None
    delivery_mode: str | None
    provider_name: LocalizedText | None
    permit_number: str | None
    permit_on: date | None
    certificate_serial: str | None
    certificate_on: date | None
    hours: float
    counts: bool
    score: float | None
    starts_on: date | None
    completed_on: date
    jalali_year: int
    uses: list[str]
    evidence: str | None = None


class RecordYear(msgspec.Struct, frozen=True, kw_only=True):
    """A Jalali year of a record: hours in all and by side, the minimum, and hours and points that pay counts."""

    jalali_year: int
    hours: float
    job_hours: float
    general_hours: float
    required_hours: float | None
    pay_hours: float
    pay_points: float


@released
class RecordExtractedV1(Event, frozen=True, kw_only=True):
    """Somebody's training record was asked for as a document: all of it as it was known at `as_of`.

    `person` are further facts of the form by name: birth_date, gender, employment, hired_on, rank and others.
    `notes` are what is no regulation and has to be said so.
    """

    TYPE: ClassVar = "training.enrollment.record_extracted.v1"
    SUBJECT: ClassVar = "extract_id"
    extract_id: UUID
    employee_id: UUID
    agency_code: str
    agency_name: LocalizedText
    full_name: str
    national_code: str
    personnel_number: str
    father_name: str | None = None
    person: dict[str, str]
    as_of: datetime
    extracted_at: datetime
    requested_by: str
    lines: list[RecordLine]
    years: list[RecordYear]
    hours: float
    job_hours: float
    general_hours: float
    notes: list[LocalizedText]
