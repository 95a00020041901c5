"""What the catalog can be asked to do."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog import domain, models, schemas
from services.catalog.models import CourseVersion, Offering, OfferingAgency
from shared.auth import ROLES, Caller
from shared.database import Transaction
from shared.entrypoints import command, query, subscribe
from shared.errors import NotFound
from shared.events import AgencyRegisteredV1, OfferingCancelledV1, OfferingOpenedV1
from shared.events.catalog import CompletionRule
from shared.events.contract import LocalizedText
from shared.ids import new_id
from shared.messages import Message
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of
from shared.service import BaseService

COURSE_ROLES = ("catalog_admin", "national")
OFFERING_ROLES = ("training_officer", "national")
EVERYONE = tuple(sorted(ROLES))


class CatalogService(BaseService):
    name = "catalog"
    metadata = models.metadata
    conflicts = models.CONFLICTS

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
            course_code=code, version=version, status=domain.DRAFT, created_at=tx.now, published_at=None, **definition
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

    @command(schemas.OpenOffering, reply=schemas.Offering, roles=OFFERING_ROLES)
    def open_offering(
        self, tx: Transaction, caller: Caller, *, course_code: str, agency_code: str, version: int | None, **plan: Any
    ) -> dict[str, Any]:
        """Open a course for enrollment at an agency.

        `version` is the latest published one unless given; `enrollment_closes_on` is `starts_on` unless given; all days
        are wholly inside. `open_to`: `agency` (its own staff), `all`, or a list of agency codes. Unavailable
        `agency_not_known_yet` while an agency's registration is on its way; Conflict `course_not_published`.
        """
        caller.must_see(agency_code, code="agency_not_found", message="There is no such agency.")
        _check_plan(plan)
        listed = plan["open_to"] if isinstance(plan["open_to"], list) else []
        wanted = {agency_code, *listed}
        domain.check_agencies_known(wanted, models.known_agencies(tx, wanted))
        offered = domain.version_to_offer(course_code, models.versions_of(tx, course_code), version)
        course = tx.get_one(CourseVersion, (course_code, offered))
        offering = _new_offering(course, agency_code, plan | {"created_at": tx.now})
        tx.add(offering)
        tx.flush()
        tx.add_all(OfferingAgency(offering_id=offering.offering_id, agency_code=code) for code in listed)
        shown = _offering(offering, sorted(listed))
        tx.publish(_opened(course, shown))
        return shown

    @query(schemas.GetOffering, reply=schemas.Offering, roles=EVERYONE)
    def get_offering(self, tx: Transaction, caller: Caller, offering_id: UUID) -> dict[str, Any]:
        """One offering, of the caller's own agency or open to it."""
        offering = tx.get(Offering, offering_id)
        if offering is None:
            raise _no_offering()
        listed = models.listed_agencies(tx, [offering]).get(offering_id, [])
        open_to_caller = offering.open_to == domain.OPEN_TO_ALL or caller.agency in listed
        if not (open_to_caller or caller.sees(offering.agency_code)):
            raise _no_offering()
        return _offering(offering, listed)

    @query(schemas.ListOfferings, reply=page_of(schemas.Offering), roles=EVERYONE)
    def list_offerings(self, tx: Transaction, caller: Caller, limit: int, cursor: str | None) -> dict[str, Any]:
        """Offerings of the caller's agency and those open to it, in the order they were opened; national sees all."""
        after = decode_cursor(cursor, {"offering_id": UUID})["offering_id"] if cursor else None
        rows = models.offerings_for(tx, None if caller.is_national else caller.agency, after, limit + 1)
        listed = models.listed_agencies(tx, rows[:limit])
        items = [_offering(offering, listed.get(offering.offering_id, [])) for offering in rows[:limit]]
        more = len(rows) > limit
        return {"items": items, "next": encode_cursor({"offering_id": items[-1]["offering_id"]}) if more else None}

    @command(schemas.CancelOffering, reply=schemas.Offering, roles=OFFERING_ROLES)
    def cancel_offering(self, tx: Transaction, caller: Caller, offering_id: UUID, reason: str) -> dict[str, Any]:
        """Cancel an offering of the caller's agency; people are told the reason. Conflict `already_cancelled`."""
        offering = tx.scalar(sa.select(Offering).where(Offering.offering_id == offering_id).with_for_update())
        if offering is None or not caller.sees(offering.agency_code):
            raise _no_offering()
        domain.check_cancellable(offering.status)
        offering.status, offering.cancelled_at, offering.cancel_reason = domain.CANCELLED, tx.now, reason
        tx.publish(OfferingCancelledV1(offering_id=offering_id, reason=reason))
        return _offering(offering, models.listed_agencies(tx, [offering]).get(offering_id, []))

    @subscribe(AgencyRegisteredV1, batch=200)
    def on_agency_registered(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
        """Remember the agencies that may hold offerings."""
        agencies = {message.event.code: message.event.name.as_dict() for message in messages}
        models.add_agencies(tx, [{"code": code, "name": name} for code, name in agencies.items()])


def _check_plan(plan: dict[str, Any]) -> None:
    """Fill in the day that enrollment closes, then check days and numbers."""
    plan["enrollment_closes_on"] = plan["enrollment_closes_on"] or plan["starts_on"]
    names = ("starts_on", "ends_on", "enrollment_closes_on", "capacity", "min_seats", "waitlist_limit")
    domain.check_offering(**{name: plan[name] for name in names})


def _new_offering(course: CourseVersion, agency_code: str, plan: dict[str, Any]) -> Offering:
    open_to = models.LISTED if isinstance(plan["open_to"], list) else plan["open_to"]
    return Offering(
        **(plan | {"open_to": open_to}),
        offering_id=new_id(),
        course_code=course.course_code,
        course_version=course.version,
        course_title=course.title,
        agency_code=agency_code,
        status=domain.OPEN,
        cancelled_at=None,
        cancel_reason=None,
    )


def _opened(course: CourseVersion, offering: dict[str, Any]) -> OfferingOpenedV1:
    left_out = ("status", "created_at", "cancelled_at", "cancel_reason")
    facts = {name: value for name, value in offering.items() if name not in left_out}
    return OfferingOpenedV1(
        **(facts | {"course_title": LocalizedText(**course.title)}),
        course_type=course.course_type,
        hours=course.hours,
        delivery_mode=course.delivery_mode,
        completion_rule=CompletionRule(**course.completion_rule),
        prerequisites=course.prerequisites,
        leads_to_degree=course.leads_to_degree,
        refresh_every_months=course.refresh_every_months,
    )


def _course(course: CourseVersion, published_version: int | None) -> dict[str, Any]:
    return _columns(course) | {"published_version": published_version}


def _offering(offering: Offering, listed: list[str]) -> dict[str, Any]:
    return _columns(offering) | {"open_to": listed if offering.open_to == models.LISTED else offering.open_to}


def _columns(row: models.Base) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _sees_drafts(caller: Caller) -> bool:
    return not caller.roles.isdisjoint(COURSE_ROLES)


def _no_course() -> NotFound:
    return NotFound("course_not_found", "There is no such course, or no such version of it.")


def _no_offering() -> NotFound:
    return NotFound("offering_not_found", "There is no such offering.")
