"""What the catalog says, built from the rows it is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.models.programmes import Programme
from shared.events import CoursePublishedV1, CourseRetiredV1, ProgrammePublishedV1, ProgrammeRetiredV1


def course_published(course: CourseVersion) -> CoursePublishedV1:
    return msgspec.convert(course_facts(course) | {"version": course.version}, CoursePublishedV1)


def course_retired(course_code: str, versions: Sequence[int], reason: str, now: datetime) -> CourseRetiredV1:
    return CourseRetiredV1(course_code=course_code, versions=list(versions), reason=reason, retired_at=now)


def programme_published(programme: Programme) -> ProgrammePublishedV1:
    return msgspec.convert(columns_of(programme), ProgrammePublishedV1)


def programme_retired(programme: Programme, reason: str, now: datetime) -> ProgrammeRetiredV1:
    return ProgrammeRetiredV1(
        programme_code=programme.programme_code, version=programme.version, reason=reason, retired_at=now
    )


def course_facts(course: CourseVersion) -> dict[str, Any]:
    """The content of a version as events carry it; older versions lack what was added to the completion rule."""
    rule = {"assessments": [], "resits": 1} | course.completion_rule
    return columns_of(course) | {"completion_rule": rule, "stale": course.stale_since is not None}
