"""Courses: defined as drafts, edited, published, retired."""

from typing import Any

from services.catalog.domain import courses as domain
from services.catalog.models import citations, listing
from services.catalog.models import courses as models
from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.policies import value_on
from services.catalog.schemas import courses as schemas
from services.catalog.service import facts
from services.catalog.service.citations import cited, note_citations
from services.catalog.service.facts import version_shown
from services.catalog.service.roles import COURSE_ROLES
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import NotFound, refuse
from shared.persian import tehran_date


class CourseCalls:
    @command(schemas.DefineCourse, reply=schemas.Course, roles=COURSE_ROLES)
    def define_course(
        self, tx: Transaction, caller: Caller, *, code: str, after_version: int | None, **content: Any
    ) -> dict[str, Any]:
        """Define a course, or the next version of one, as a draft.

        `hours` are clock hours (more than 0, at most 1000), `practical_hours` those of them that are practice.
        `min_attendance` is a share from 0 to 1, `pass_mark` is of 100; unless given they are 0.8 and 60 (policy
        defaults, see `list_policies`); resits that are not given are left to enrollment's policy. Several
        `assessments` have weights that are 1 together (within a thousandth, for three times 0.333). Prerequisites are
        codes of published courses, of any version or of at least the one in `prerequisite_versions`. `group_sizes`
        limits the offerings of each format that it names; a size that is not given is the policy's, which is a
        province's rule. `gains` are of the seven that `list_gains` shows, `competences` of the framework.
        Conflict `draft_exists` (details: `version`) when the latest version is still a draft, `version_exists`
        (details: `version`) when there is a version after `after_version`.
        """
        _check_content(tx, code, content)
        version = domain.next_version(code, models.versions_of(tx, code), after_version)
        course = CourseVersion(
            course_code=code, version=version, revision=1, status=domain.DRAFT, created_at=tx.now, **content
        )
        tx.add(course)
        note_citations(tx, course)
        listing.list_course(tx, code)
        return version_shown(course, listing.published_version(tx, code))

    @command(schemas.EditDraft, reply=schemas.Course, roles=COURSE_ROLES)
    def edit_draft(
        self, tx: Transaction, caller: Caller, *, course_code: str, version: int, revision: int, **content: Any
    ) -> dict[str, Any]:
        """Replace the whole content of a draft; what is left out gets its default.

        `revision` is the one that the editor has seen. Conflict `draft_changed` (details: `revision`) when somebody
        else was faster, `not_a_draft` for a version that was published.
        """
        course = _locked(tx, course_code, version)
        domain.check_editable(course.status, course.revision, revision)
        _check_content(tx, course_code, content)
        for name, value in content.items():
            setattr(course, name, value)
        course.revision += 1
        note_citations(tx, course)
        listing.list_course(tx, course_code)
        return version_shown(course, listing.published_version(tx, course_code))

    @command(schemas.DiscardDraft, reply=schemas.Course, roles=COURSE_ROLES)
    def discard_draft(
        self, tx: Transaction, caller: Caller, course_code: str, version: int, revision: int
    ) -> dict[str, Any]:
        """Throw a draft away; replies with what it was. Conflict `draft_changed`, `not_a_draft`."""
        course = _locked(tx, course_code, version)
        domain.check_editable(course.status, course.revision, revision)
        reply = version_shown(course, listing.published_version(tx, course_code))
        citations.forget(tx, course_code, version)
        tx.delete(course)
        tx.flush()
        listing.list_course(tx, course_code)
        return reply

    @command(schemas.PublishCourse, reply=schemas.Course, roles=COURSE_ROLES)
    def publish_course(
        self, tx: Transaction, caller: Caller, course_code: str, version: int, revision: int | None
    ) -> dict[str, Any]:
        """Publish a draft: from now on it can be offered, and it never changes again.

        With `revision` only that one is published (Conflict `draft_changed`). Conflict `already_published`, or
        `leads_to_degree` unless `veterans_exception` is set (Civil Service Management Law, article 61). Invalid
        when a prerequisite was retired meanwhile, or has come to need this course.
        """
        course = _locked(tx, course_code, version)
        domain.check_publishable(course_code, version, course.status, course.leads_to_degree, course.veterans_exception)
        domain.check_editable(course.status, course.revision, course.revision if revision is None else revision)
        # Two courses that come to need each other at the same moment: the second waits here, then sees the first.
        models.lock_courses(tx, [course_code, *models.prerequisites_behind(tx, course.prerequisites)])
        needed = {"code": course_code} | columns_of(course)
        refuse(domain.prerequisite_problems(needed, models.prerequisites_behind(tx, course.prerequisites)))
        course.status, course.published_at = domain.PUBLISHED, tx.now
        note_citations(tx, course)
        listing.list_course(tx, course_code)
        tx.publish(facts.course_published(course))
        return version_shown(course, version)

    @command(schemas.RetireCourse, reply=schemas.RetiredCourse, roles=COURSE_ROLES)
    def retire_course(
        self, tx: Transaction, caller: Caller, course_code: str, version: int | None, reason: str
    ) -> dict[str, Any]:
        """Offer a version no more, or without `version` the whole course.

        Offerings that are open or run are not touched, nor is anybody's record. `needed_by` names published courses
        that still ask for this one first. Conflict `already_retired`, `course_not_published`.
        """
        models.lock_courses(tx, [course_code])
        versions = domain.versions_to_retire(course_code, models.versions_of(tx, course_code), version)
        for number in versions:
            course = _locked(tx, course_code, number)
            course.status, course.retired_at, course.retire_reason = domain.RETIRED, tx.now, reason
        tx.flush()
        listing.list_course(tx, course_code)
        tx.publish(facts.course_retired(course_code, versions, reason, tx.now))
        left = listing.published_version(tx, course_code)
        needed_by = models.needed_by(tx, course_code) if left is None else []
        return {
            "course_code": course_code,
            "versions": versions,
            "published_version": left,
            "needed_by": needed_by,
        }


def no_course() -> NotFound:
    return NotFound("course_not_found", "There is no such course, or no such version of it.")


def _check_content(tx: Transaction, code: str, content: dict[str, Any]) -> None:
    """Check a definition; its laws are named by their codes from here on."""
    content["legal_references"] = cited(tx, content["legal_references"])
    content.update(domain.with_defaults(content, _defaults(tx)))
    published = models.prerequisites_behind(tx, content["prerequisites"])
    levels = models.competence_levels(tx, [taught["code"] for taught in content["competences"]])
    domain.check_definition({"code": code} | content, published, levels)


def _defaults(tx: Transaction) -> domain.Defaults:
    """What the policies in force today fill in; later policies change no version that exists."""
    today = tehran_date(tx.now)
    absence = value_on(tx, "max_absence_share", today)
    return domain.Defaults(round(1 - absence, 6), value_on(tx, "pass_mark", today), value_on(tx, "group_sizes", today))


def _locked(tx: Transaction, course_code: str, version: int) -> CourseVersion:
    course = models.version_for_change(tx, course_code, version)
    if course is None:
        raise no_course()
    return course
