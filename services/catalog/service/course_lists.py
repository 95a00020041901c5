"""Courses as they are looked up: one version, all versions of one, and search."""

from typing import Any

import sqlalchemy as sa

from services.catalog.domain import courses as domain
from services.catalog.models import courses as models
from services.catalog.models import listing
from services.catalog.models.courses import CourseVersion
from services.catalog.schemas import courses as schemas
from services.catalog.service.courses import no_course
from services.catalog.service.facts import version_shown
from services.catalog.service.roles import COURSE_ROLES, EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Invalid
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

TAG_FILTERS = {
    "course_type": "type",
    "group": "group",
    "delivery_mode": "mode",
    "area": "area",
    "language": "language",
    "gain": "gain",
    "competence": "competence",
    "law": "law",
}


class CourseQueries:
    @query(schemas.GetCourse, reply=schemas.Course, roles=EVERYONE)
    def get_course(self, tx: Transaction, caller: Caller, course_code: str, version: int | None) -> dict[str, Any]:
        """One version of a course; without `version` the latest published, or the last retired of a retired course.

        Drafts are shown to those who may define courses, who get the latest draft of a course never published.
        """
        versions = models.versions_of(tx, course_code)
        published = domain.latest(versions, domain.PUBLISHED)
        if version is None:
            version = published or domain.latest(versions, domain.RETIRED)
        if version is None and _sees_drafts(caller):
            version = max(versions, default=None)
        course = tx.get(CourseVersion, (course_code, version)) if version is not None else None
        if course is None or (course.status == domain.DRAFT and not _sees_drafts(caller)):
            raise no_course()
        return version_shown(course, published)

    @query(schemas.ListCourseVersions, reply=page_of(schemas.Course), roles=EVERYONE)
    def list_course_versions(
        self, tx: Transaction, caller: Caller, course_code: str, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """All versions of a course, newest first; drafts only for those who may define courses."""
        statement = sa.select(CourseVersion).where(CourseVersion.course_code == course_code)
        if not _sees_drafts(caller):
            statement = statement.where(CourseVersion.status != domain.DRAFT)
        if cursor is not None:
            statement = statement.where(CourseVersion.version < decode_cursor(cursor, {"version": int})["version"])
        rows = tx.scalars(statement.order_by(CourseVersion.version.desc()).limit(limit + 1)).all()
        if not rows and cursor is None:
            raise no_course()
        published = listing.published_version(tx, course_code)
        following = encode_cursor({"version": rows[limit - 1].version}) if len(rows) > limit else None
        return {"items": [version_shown(row, published) for row in rows[:limit]], "next": following}

    @query(schemas.ListCourses, reply=page_of(schemas.Course), roles=EVERYONE)
    def list_courses(
        self, tx: Transaction, caller: Caller, *, limit: int, cursor: str | None, **asked: Any
    ) -> dict[str, Any]:
        """Courses by code, in their latest published version; with `query` those found by their title come first.

        Each word of `query` must be in the code, the title, the objectives or the topics, in either language; letters,
        digits, half-spaces and spaces may be written as they come. Retired courses are listed on request
        (`status`). Those who may define courses see the newest version of every course, drafts too, and
        `published_version` beside it.
        """
        after = decode_cursor(cursor, {"rank": int, "course_code": str}) if cursor else None
        found = listing.search(
            tx,
            _filters(asked, everything=_sees_drafts(caller)),
            _sees_drafts(caller),
            (after["rank"], after["course_code"]) if after else None,
            limit + 1,
        )
        items = [version_shown(each.course, each.published_version) for each in found[:limit]]
        if len(found) <= limit:
            return {"items": items, "next": None}
        last = found[limit - 1]
        return {"items": items, "next": encode_cursor({"rank": last.rank, "course_code": last.course.course_code})}


def _filters(asked: dict[str, Any], everything: bool) -> listing.Filters:
    """The filters of a call; who does not see everything is shown published courses unless asking for others."""
    words = listing.words_of(asked["query"]) if asked["query"] is not None else []
    if asked["query"] is not None and not words:
        raise Invalid.field("query", "must have a letter or a digit")
    low, high = asked["min_hours"], asked["max_hours"]
    if low is not None and high is not None and high < low:
        raise Invalid.field("max_hours", "must not be less than min_hours")
    wanted = listing.tags_wanted({tag: asked[name] for name, tag in TAG_FILTERS.items()})
    status = asked["status"] or (None if everything else domain.PUBLISHED)
    return listing.Filters(words, wanted, status, low, high)


def _sees_drafts(caller: Caller) -> bool:
    return not caller.roles.isdisjoint(COURSE_ROLES)
