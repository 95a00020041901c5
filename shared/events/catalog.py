"""What the catalog says."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.contract import Event, LocalizedText, released

CourseType = Literal["induction", "job", "general_ability", "cultural", "managerial"]


class Assessment(msgspec.Struct, frozen=True):
    """One of several assessments of a course; `weight` is its share of the score, all of them together 1."""

    code: str
    title: LocalizedText
    weight: float


class CompletionRule(msgspec.Struct, frozen=True):
    """When a course counts as completed: share of hours attended (0 to 1) and pass mark of 100, both inclusive.

    `resits` is how often a failed exam may be sat again without repeating the course; null where nothing was said.
    """

    min_attendance: float
    pass_mark: float
    assessments: list[Assessment] = []
    resits: int | None = None


class Audience(msgspec.Struct, frozen=True):
    """Whom a course is for; an empty list excludes nobody. `managers`: both, managers only, or everybody but them."""

    job_families: list[str] = []
    employments: list[str] = []
    managers: Literal["any", "only", "none"] = "any"


class Competence(msgspec.Struct, frozen=True):
    """A competence of the framework, and the level to which a course teaches it."""

    code: str
    level: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One meeting of an offering; names of room and instructor are as of this event."""

    number: int
    starts_at: datetime
    ends_at: datetime
    room_code: str | None = None
    room_title: LocalizedText | None = None
    room_address: str | None = None
    instructor_code: str | None = None
    instructor_name: str | None = None


class SeatReservation(msgspec.Struct, frozen=True):
    """Seats kept for the staff of an agency up to the end of a day in Tehran; afterwards they are everybody's."""

    agency_code: str
    seats: int
    until: date


class Pricing(msgspec.Struct, frozen=True):
    """What a seat costs in rials: `standard`, and other amounts for single agencies."""

    standard: int = 0
    agencies: dict[str, int] = {}


class Accreditation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The right of a provider to give a course, from a day to a day (both inside; None: until it is withdrawn)."""

    number: str
    valid_from: date
    valid_to: date | None = None


class Permit(msgspec.Struct, frozen=True, omit_defaults=True):
    """The licence of the training committee under which an offering is held (مجوز دوره)."""

    number: str
    issued_on: date | None = None


@released
class OfferingOpenedV1(Event, frozen=True, kw_only=True):
    """People can enroll. Carries all of the course and offering that enrollment needs to decide.

    `approval_route` names who decides on requests, in order. `approval` is what it says to readers that know nothing of
    routes: `supervisor` wherever anybody decides. `provider_accreditation` holds on all days; None where the provider
    needs none. `certificate_template` is a name that only certification can read anything into.
    """

    TYPE: ClassVar = "training.catalog.offering_opened.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    agency_code: str
    course_code: str
    course_version: int
    course_title: LocalizedText
    course_type: CourseType
    hours: float
    delivery_mode: str
    completion_rule: CompletionRule
    prerequisites: list[str] = []
    leads_to_degree: bool = False
    refresh_every_months: int | None = None
    starts_on: date
    ends_on: date
    enrollment_closes_on: date
    capacity: int
    min_seats: int = 1
    waitlist_limit: int = 0
    open_to: Literal["agency", "all"] | list[str] = "agency"
    approval: Literal["none", "supervisor"] = "none"
    prerequisite_versions: dict[str, int] = {}
    veterans_exception: bool = False
    practical_hours: float = 0.0
    audience: Audience = Audience()
    languages: list[str] = []
    certificate_template: str | None = None
    gains: list[str] = []
    competences: list[Competence] = []
    format: str | None = None
    provider_code: str | None = None
    provider_name: LocalizedText | None = None
    enrollment_opens_on: date | None = None
    decides_on: date | None = None
    sessions: list[Session] = []
    reserved_seats: list[SeatReservation] = []
    pricing: Pricing | None = None
    approval_route: list[Literal["supervisor", "training_officer"]] | None = None
    form_before_certificate: bool = False
    provider_accreditation: Accreditation | None = None
    permit: Permit | None = None


@released
class OfferingChangedV1(Event, frozen=True, kw_only=True):
    """Days, rooms, people or seats of an offering are other ones. Carries what holds now, not the difference.

    `revision` counts the changes of one offering from 2 on, so that a late event cannot undo a later one. `changed`
    names the fields that differ from the revision before. `provider_accreditation` is None, too, once an accreditation
    was withdrawn and no other holds on all days; that is also said of an offering that is over already.
    """

    TYPE: ClassVar = "training.catalog.offering_changed.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    agency_code: str
    course_code: str
    course_version: int
    course_title: LocalizedText
    revision: int
    changed: list[str]
    reason: str
    starts_on: date
    ends_on: date
    enrollment_opens_on: date | None = None
    enrollment_closes_on: date
    decides_on: date | None = None
    capacity: int
    min_seats: int
    waitlist_limit: int
    sessions: list[Session] = []
    reserved_seats: list[SeatReservation] = []
    provider_code: str | None = None
    provider_name: LocalizedText | None = None
    provider_accreditation: Accreditation | None = None
    permit: Permit | None = None


@released
class OfferingCancelledV1(Event, frozen=True, kw_only=True):
    """The offering will not be held; nobody can enroll any more."""

    TYPE: ClassVar = "training.catalog.offering_cancelled.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    reason: str
    cause: Literal["agency", "not_formed"] = "agency"


@released
class CoursePublishedV1(Event, frozen=True, kw_only=True):
    """A version of a course can be offered. It never changes again, so this is all there ever is to know of it."""

    TYPE: ClassVar = "training.catalog.course_published.v1"
    SUBJECT: ClassVar = "course_code"
    course_code: str
    version: int
    title: LocalizedText
    course_type: CourseType
    hours: float
    practical_hours: float
    delivery_mode: str
    completion_rule: CompletionRule
    prerequisites: list[str]
    prerequisite_versions: dict[str, int]
    audience: Audience
    languages: list[str]
    gains: list[str]
    competences: list[Competence]
    leads_to_degree: bool
    veterans_exception: bool
    refresh_every_months: int | None
    certificate_template: str | None
    stale: bool
    published_at: datetime


@released
class CourseRetiredV1(Event, frozen=True, kw_only=True):
    """These versions are offered no more; offerings that run and certificates that exist are not touched."""

    TYPE: ClassVar = "training.catalog.course_retired.v1"
    SUBJECT: ClassVar = "course_code"
    course_code: str
    versions: list[int]
    reason: str
    retired_at: datetime


@released
class CourseGroupChangedV1(Event, frozen=True, kw_only=True):
    """Which courses stand for each other (`equivalent`), or count only once in a record (`counts_once`).

    Carries the whole group; `revision` grows with every change, and an empty one is dissolved.
    """

    TYPE: ClassVar = "training.catalog.course_group_changed.v1"
    SUBJECT: ClassVar = "group_code"
    group_code: str
    revision: int
    title: LocalizedText
    kind: Literal["equivalent", "counts_once"]
    course_codes: list[str]


class CitingCourse(msgspec.Struct, frozen=True):
    """A version of a course that cites a law."""

    course_code: str
    version: int


@released
class LegalReferenceChangedV1(Event, frozen=True, kw_only=True):
    """A law, article or circular is no longer what it was; the course versions that cite its old text are stale."""

    TYPE: ClassVar = "training.catalog.legal_reference_changed.v1"
    SUBJECT: ClassVar = "law"
    law: str
    article: str | None
    title: LocalizedText
    number: str | None
    status: Literal["in_force", "amended", "repealed"]
    effective_on: date
    successor: str | None
    note: str | None
    stale_courses: list[CitingCourse]


@released
class CourseReviewedV1(Event, frozen=True, kw_only=True):
    """An expert compared a version with the law as it is now and found it right: it is not stale any more."""

    TYPE: ClassVar = "training.catalog.course_reviewed.v1"
    SUBJECT: ClassVar = "course_code"
    course_code: str
    version: int
    note: str
    reviewed_at: datetime


class ProgrammeCourse(msgspec.Struct, frozen=True):
    """A course of a programme, and the lowest version of it that counts."""

    course_code: str
    compulsory: bool
    min_version: int | None = None


@released
class ProgrammePublishedV1(Event, frozen=True, kw_only=True):
    """A set of courses that together complete a programme. A later version replaces the earlier one.

    Complete: every compulsory course, at least `min_electives` others, and `min_hours` altogether; where `ordered`,
    each compulsory course not before the one above it.
    """

    TYPE: ClassVar = "training.catalog.programme_published.v1"
    SUBJECT: ClassVar = "programme_code"
    programme_code: str
    version: int
    title: LocalizedText
    purpose: Literal["induction", "pre_appointment", "other"]
    ordered: bool
    courses: list[ProgrammeCourse]
    min_electives: int
    min_hours: float
    audience: Audience
    within_months: int | None
    published_at: datetime


@released
class ProgrammeRetiredV1(Event, frozen=True, kw_only=True):
    """Nobody completes the programme any more; completions that exist stay."""

    TYPE: ClassVar = "training.catalog.programme_retired.v1"
    SUBJECT: ClassVar = "programme_code"
    programme_code: str
    version: int
    reason: str
    retired_at: datetime


class PlannedType(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan foresees of one type of course: seats, and hours of all of them together."""

    course_type: CourseType
    people: int
    hours: float


@released
class PlanApprovedV1(Event, frozen=True, kw_only=True):
    """The committee approved an agency's plan of a Jalali year; of several revisions the last one holds."""

    TYPE: ClassVar = "training.catalog.plan_approved.v1"
    SUBJECT: ClassVar = "approval_id"
    approval_id: UUID
    agency_code: str
    jalali_year: int
    revision: int
    headcount: int
    offerings: int
    people: int
    hours: float
    by_type: list[PlannedType]
    budget: int
    minutes_number: str | None
    approved_on: date
    approved_at: datetime
