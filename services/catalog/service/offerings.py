"""Offerings: opened, read, cancelled."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.catalog.domain import courses as course_rules
from services.catalog.domain import offerings as domain
from services.catalog.models import courses as course_rows
from services.catalog.models import offerings as models
from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.models.offerings import Offering, OfferingAgency
from services.catalog.schemas import offerings as schemas
from services.catalog.service.roles import EVERYONE, OFFERING_ROLES
from shared.auth import Caller
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


class OfferingCalls:
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
        offered = course_rules.version_to_offer(course_code, course_rows.versions_of(tx, course_code), version)
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
        revision=1,
        reserved_seats=[],
    )


def _opened(course: CourseVersion, offering: dict[str, Any]) -> OfferingOpenedV1:
    facts = {name: offering[name] for name in OfferingOpenedV1.__struct_fields__ if offering.get(name) is not None}
    return OfferingOpenedV1(
        **(facts | {"course_title": LocalizedText(**course.title)}),
        course_type=course.course_type,
        hours=course.hours,
        delivery_mode=course.delivery_mode,
        completion_rule=msgspec.convert(course.completion_rule, CompletionRule),
        prerequisites=course.prerequisites,
        leads_to_degree=course.leads_to_degree,
        refresh_every_months=course.refresh_every_months,
    )


def _offering(offering: Offering, listed: list[str]) -> dict[str, Any]:
    return columns_of(offering) | {"open_to": listed if offering.open_to == models.LISTED else offering.open_to}


def _no_offering() -> NotFound:
    return NotFound("offering_not_found", "There is no such offering.")
