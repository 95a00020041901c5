"""What the catalog says in events and replies, built from the rows it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.catalog.domain.courses import GROUP_OF_TYPE
from services.catalog.domain.offerings import APPROVAL_ROUTES
from services.catalog.domain.plan_figures import rounded
from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.models.law import LegalReference
from services.catalog.models.plans import PlanRevision, PlanStep
from services.catalog.models.programmes import Programme
from shared.events import (
    CoursePublishedV1,
    CourseRetiredV1,
    CourseReviewedV1,
    LegalReferenceChangedV1,
    OfferingChangedV1,
    OfferingOpenedV1,
    PlanApprovedV1,
    ProgrammePublishedV1,
    ProgrammeRetiredV1,
)
from shared.events.catalog import PlannedType
from shared.persian import tehran_date


def course_published(course: CourseVersion) -> CoursePublishedV1:
    return msgspec.convert(course_facts(course) | {"version": course.version}, CoursePublishedV1)


def course_retired(course_code: str, versions: Sequence[int], reason: str, now: datetime) -> CourseRetiredV1:
    return CourseRetiredV1(course_code=course_code, versions=list(versions), reason=reason, retired_at=now)


def course_reviewed(course: CourseVersion, note: str, now: datetime) -> CourseReviewedV1:
    return CourseReviewedV1(course_code=course.course_code, version=course.version, note=note, reviewed_at=now)


def legal_reference_changed(
    reference: LegalReference, change: Mapping[str, Any], stale: Sequence[tuple[str, int]]
) -> LegalReferenceChangedV1:
    said = {
        "article": reference.article or None,
        "title": reference.title,
        "number": reference.number,
        "stale_courses": [{"course_code": code, "version": version} for code, version in stale],
    }
    return msgspec.convert(dict(change) | said, LegalReferenceChangedV1)


def programme_published(programme: Programme) -> ProgrammePublishedV1:
    return msgspec.convert(columns_of(programme), ProgrammePublishedV1)


def programme_retired(programme: Programme, reason: str, now: datetime) -> ProgrammeRetiredV1:
    return ProgrammeRetiredV1(
        programme_code=programme.programme_code, version=programme.version, reason=reason, retired_at=now
    )


def offering_opened(course: CourseVersion, offering: Mapping[str, Any]) -> OfferingOpenedV1:
    """`offering` is as replies show it, with its sessions; what it does not say comes from the course."""
    route = APPROVAL_ROUTES[offering["approval"]]
    approval = {"approval": "supervisor" if route else "none", "approval_route": list(route)}
    return msgspec.convert(course_facts(course) | dict(offering) | approval, OfferingOpenedV1)


def offering_changed(offering: Mapping[str, Any], changed: Sequence[str], reason: str) -> OfferingChangedV1:
    """`offering` is as replies show it after the change."""
    return msgspec.convert(dict(offering) | {"changed": list(changed), "reason": reason}, OfferingChangedV1)


def course_facts(course: CourseVersion) -> dict[str, Any]:
    """The content of a version as events carry it; older versions lack what was added to the completion rule."""
    rule = {"assessments": [], "resits": None} | course.completion_rule
    return columns_of(course) | {"completion_rule": rule, "stale": course.stale_since is not None}


def version_shown(course: CourseVersion, published_version: int | None) -> dict[str, Any]:
    """A version as replies show it."""
    derived = {
        "group": GROUP_OF_TYPE[course.course_type],
        "theory_hours": course.hours - course.practical_hours,
        "completion_rule": {"assessments": [], "resits": None} | course.completion_rule,
    }
    return columns_of(course) | derived | {"published_version": published_version}


def plan_approved(
    approval_id: UUID, revision: PlanRevision, step: PlanStep, by_type: Mapping[str, tuple[int, float]]
) -> PlanApprovedV1:
    """`by_type` are people and hours by type of course; `step` is the one that approved the revision."""
    planned: dict[Any, tuple[int, float]] = dict(by_type)
    return PlanApprovedV1(
        approval_id=approval_id,
        agency_code=revision.agency_code,
        jalali_year=revision.jalali_year,
        revision=revision.revision,
        headcount=sum(revision.headcount.values()),
        offerings=sum(line["offerings"] for line in revision.planned_offerings),
        people=sum(people for people, _hours in planned.values()),
        hours=rounded(sum(hours for _people, hours in planned.values())),
        by_type=[
            PlannedType(course_type=kind, people=people, hours=hours) for kind, (people, hours) in planned.items()
        ],
        budget=revision.budget,
        minutes_number=step.minutes_number,
        approved_on=step.minutes_on or tehran_date(step.at),
        approved_at=step.at,
    )
