"""What courses cite: resolved when a version is written, stale when the law changes, reviewed by an expert."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.domain import law as domain
from services.catalog.models import citations as models
from services.catalog.models import courses as course_rows
from services.catalog.models import law as law_rows
from services.catalog.models import listing
from services.catalog.models.base import columns_of
from services.catalog.models.citations import CourseReview
from services.catalog.models.courses import CourseVersion
from services.catalog.schemas import courses as course_schemas
from services.catalog.schemas import law as schemas
from services.catalog.service import facts
from services.catalog.service.roles import COURSE_ROLES, OFFERING_ROLES
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import NotFound, Problems, refuse
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

REVISERS = (*OFFERING_ROLES, "catalog_admin", "auditor")


class CitationCalls:
    @query(
        schemas.ListStaleCourses,
        reply=page_of(schemas.StaleVersion),
        roles=REVISERS,
    )
    def list_stale_courses(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """What to revise: drafts, and latest published versions, that cite what has changed since, and what changed."""
        after = decode_cursor(cursor, {"course_code": str, "version": int}) if cursor else None
        rows = models.to_revise(tx, (after["course_code"], after["version"]) if after else ("", 0), limit + 1)
        changes = changes_behind(tx, [(row.course_code, row.version) for row in rows[:limit]])
        items = [columns_of(row) | {"changes": changes[row.course_code, row.version]} for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        following = last and encode_cursor({"course_code": last.course_code, "version": last.version})
        return {"items": items, "next": following}

    @command(schemas.ReviewCourse, reply=course_schemas.Course, roles=COURSE_ROLES)
    def review_course(
        self, tx: Transaction, caller: Caller, course_code: str, version: int, note: str
    ) -> dict[str, Any]:
        """An expert compared a stale version with the law of today and found it right: it is not stale any more.

        Its content stays as it is: what is kept is which changes it was compared with, announced ones too. Any other
        change of what it cites, recorded later, marks it again. Conflict `not_stale`.
        """
        course = course_rows.version_for_change(tx, course_code, version)
        if course is None:
            raise NotFound("course_not_found", "There is no such course, or no such version of it.")
        domain.check_reviewable(course.stale_since is not None)
        course.stale_since = None
        place = {"course_code": course_code, "version": version}
        seen = [str(each["change_id"]) for each in changes_behind(tx, [(course_code, version)])[course_code, version]]
        by = {"reviewed_at": tx.now, "reviewed_by": caller.system[:100]}
        tx.add(CourseReview(review_id=new_id(), **place, note=note, changes=seen, **by))
        tx.flush()
        if course.status != "draft":
            tx.publish(facts.course_reviewed(course, note, tx.now))
        return facts.version_shown(course, listing.published_version(tx, course_code))


def cited(tx: Transaction, references: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The references of a course with the codes of their laws, which may be given as code, number or title.

    Invalid naming every law that is not known or is not the only one of its title, every article that its law does
    not have, and every day of comparison that is still to come.
    """
    laws = law_rows.laws_named(tx, {each["law"] for each in references})
    problems: Problems = {}
    for place, each in enumerate(references):
        meant = [columns_of(law) for law in laws[each["law"]]]
        problems |= domain.check_citation(f"legal_references[{place}]", meant, each, tehran_date(tx.now))
    refuse(problems)
    return [{**each, "law": laws[each["law"]][0].law} for each in references]


def note_citations(tx: Transaction, course: CourseVersion) -> None:
    """Keep what a version cites, and whether that is out of date already."""
    models.write_citations(tx, course.course_code, course.version, course.legal_references)
    place = (course.course_code, course.version)
    changes = changes_behind(tx, [place])[place]
    course.stale_since = (course.stale_since or tx.now) if changes else None
    tx.flush()


def changes_behind(tx: Transaction, versions: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """For each version the changes that make it stale, oldest first."""
    citations = models.citations_of(tx, versions)
    changes = law_rows.changes_of(tx, {each["law"] for cited in citations.values() for each in cited})
    reviewed = models.reviewed_changes(tx, versions)
    return {
        place: [
            {**change, "article": change["article"] or None}
            for change in domain.reasons(citations[place], changes, reviewed[place])
        ]
        for place in versions
    }
