"""What the catalog says."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.contract import Event, LocalizedText, released

CourseType = Literal["induction", "job", "general_ability", "cultural", "managerial"]


class CompletionRule(msgspec.Struct, frozen=True):
    """When a course counts as completed: share of hours attended (0 to 1) and pass mark of 100, both inclusive."""

    min_attendance: float
    pass_mark: float


@released
class OfferingOpenedV1(Event, frozen=True, kw_only=True):
    """People can enroll. Carries all of the course and offering that enrollment needs to decide."""

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


@released
class OfferingCancelledV1(Event, frozen=True, kw_only=True):
    """The offering will not be held; nobody can enroll any more."""

    TYPE: ClassVar = "training.catalog.offering_cancelled.v1"
    SUBJECT: ClassVar = "offering_id"
    offering_id: UUID
    reason: str
