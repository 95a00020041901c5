"""Courses: defined, published, read."""

from typing import Any

import sqlalchemy as sa

from services.catalog.domain import courses as domain
from services.catalog.models import courses as models
from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.schemas import courses as schemas
from services.catalog.service.roles import COURSE_ROLES, EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class CourseCalls:
    @command(schemas.DefineCourse, reply=schemas.Course, roles=COURSE_ROLES)
    def define_course(self, tx: Transaction, caller: Caller, **definition: Any) -> dict[str, Any]:
        """Define a course, or the next version of one, as a draft.

        `hours` are clock hours (more than 0, at most 1000), `min_attendance` is a share from 0 to 1, `pass_mark` is of
        100 (defaults 0.8 and 60: policy defaults). Prerequisites are codes of published courses.
        Conflict `draft_exists` (details: `version`) when the latest version is still a draft.
        """
        domain.check_definition(definition, models.published_prerequisites(tx))
        code = definition.pop("code")
        version = domain.next_version(code, models.versions_of(tx, code))
        course = CourseVersion(
            course_code=code, version=version, revision=1, status=domain.DRAFT, created_at=tx.now, **definition
        )
        tx.add(course)
        tx.flush()
        return _course(course, domain.latest_published(models.versions_of(tx, code)))

    @command(schemas.PublishCourse, reply=schemas.Course, roles=COURSE_ROLES)
    def publish_course(self, tx: Transaction, caller: Caller, course_code: str, version: int) -> dict[str, Any]:
        """Publish a draft: from now on it can be offered, and it never changes again.

        Conflict `already_published`, or `leads_to_degree` (Civil Service Management Law, article 61).
        """
        course = tx.scalar(
            sa.select(CourseVersion)
            .where(CourseVersion.course_code == course_code, CourseVersion.version == version)
            .with_for_update()
        )
        if course is None:
            raise _no_course()
        domain.check_publishable(course_code, version, course.status, course.leads_to_degree)
        course.status, course.published_at = domain.PUBLISHED, tx.now
        return _course(course, version)

    @query(schemas.GetCourse, reply=schemas.Course, roles=EVERYONE)
    def get_course(self, tx: Transaction, caller: Caller, course_code: str, version: int | None) -> dict[str, Any]:
        """One version of a course; without `version` the latest published.

        Drafts are shown to those who may define courses, who get the latest draft of a course never published.
        """
        versions = models.versions_of(tx, course_code)
        published = domain.latest_published(versions)
        if version is None:
            version = published or (max(versions, default=None) if _sees_drafts(caller) else None)
        course = tx.get(CourseVersion, (course_code, version)) if version is not None else None
        if course is None or (course.status == domain.DRAFT and not _sees_drafts(caller)):
            raise _no_course()
        return _course(course, published)

    @query(schemas.ListCourses, reply=page_of(schemas.Course), roles=EVERYONE)
    def list_courses(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """Every course by code, in its latest published version.

        Those who may define courses see a later draft in its place, and `published_version` beside it.
        """
        after = decode_cursor(cursor, {"course_code": str})["course_code"] if cursor else None
        rows = models.latest_versions(tx, _sees_drafts(caller), after, limit + 1)
        items = [_course(course, published) for course, published in rows[:limit]]
        more = len(rows) > limit
        return {"items": items, "next": encode_cursor({"course_code": items[-1]["course_code"]}) if more else None}


def _course(course: CourseVersion, published_version: int | None) -> dict[str, Any]:
    derived = {
        "group": domain.GROUP_OF_TYPE[course.course_type],
        "theory_hours": course.hours - course.practical_hours,
    }
    return columns_of(course) | derived | {"published_version": published_version}


def _sees_drafts(caller: Caller) -> bool:
    return not caller.roles.isdisjoint(COURSE_ROLES)


def _no_course() -> NotFound:
    return NotFound("course_not_found", "There is no such course, or no such version of it.")
