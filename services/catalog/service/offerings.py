"""Offerings: opened, changed, called off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.catalog.domain import courses as course_rules
from services.catalog.domain import offerings as domain
from services.catalog.models import courses as course_rows
from services.catalog.models import offerings as models
from services.catalog.models.base import columns_of
from services.catalog.models.courses import CourseVersion
from services.catalog.models.offerings import Offering, OfferingAgency
from services.catalog.policies import value_on
from services.catalog.schemas import offerings as schemas
from services.catalog.service import facts
from services.catalog.service.accrediting import accredited
from services.catalog.service.booking import book, planned, sessions_shown
from services.catalog.service.roles import OFFERING_ROLES
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, subscribe
from shared.errors import NotFound
from shared.events import AgencyChangedV1, AgencyRegisteredV1, OfferingCancelledV1, OfferingDecidedV1
from shared.ids import new_id
from shared.messages import Message
from shared.persian import digits_fa, tehran_date

CHANGEABLE = tuple(
    name for name in schemas.ChangeOffering().fields if name not in ("offering_id", "revision", "reason")
)


class OfferingCalls:
    @command(schemas.OpenOffering, reply=schemas.Offering, roles=OFFERING_ROLES)
    def open_offering(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        course_code: str,
        version: int | None,
        sessions: list[dict[str, Any]],
        **plan: Any,
    ) -> dict[str, Any]:
        """Open a course for enrollment at an agency.

        `version` is the latest published one unless given; `enrollment_closes_on` is `starts_on` unless given; all days
        are wholly inside. On the day `decides_on`, when it begins in Tehran, an offering with fewer than `min_seats`
        seats taken is called off by itself. `open_to`: `agency` (its own staff), `all`, or a list of agency codes.
        `reserved_seats` are kept for an agency up to the end of a day. Prices are in rials; without `refund_table` the
        one in force today is kept with the offering. `sessions` have a day and two times of day in Tehran; rooms must
        be large enough, instructors qualified, neither booked twice. The provider must be accredited on all days; that
        accreditation and the `permit` are on the certificates.
        With `form_before_certificate` who passes gets the certificate once the reaction form is answered.
        Unavailable `agency_not_known_yet` while an agency's registration is on its way; Conflict
        `course_not_published`, `course_retired`, `provider_not_accredited`, `room_taken`, `instructor_taken`.
        """
        caller.must_see(plan["agency_code"], code="agency_not_found", message="There is no such agency.")
        plan["enrollment_closes_on"] = plan["enrollment_closes_on"] or plan["starts_on"]
        course = _course_to_offer(tx, course_code, version)
        domain.check_plan(plan | {"sessions": sessions}, course.group_sizes)
        domain.check_permit(plan["permit"], tehran_date(tx.now))
        _check_agencies(tx, plan)
        plan["provider_accreditation"] = _accreditation(tx, plan, course)
        offering = _new_offering(tx, course, plan)
        book(tx, caller, offering, course.course_type, sessions)
        reply = shown(tx, [offering])[0]
        tx.publish(facts.offering_opened(course, reply))
        return reply

    @command(schemas.ChangeOffering, reply=schemas.Offering, roles=OFFERING_ROLES)
    def change_offering(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        offering_id: UUID,
        revision: int | None = None,
        reason: str,
        **changes: Any,
    ) -> dict[str, Any]:
        """Change days, sessions, rooms, instructors, provider, permit or seats of an offering; who is enrolled is told
        of other days and sessions, and why. The provider's accreditation is looked up again.

        What is left out stays. Seats and waiting places only grow. With `revision` only that one is changed. A change
        that changes nothing tells nobody. Conflict `already_cancelled`, `offering_over`, `offering_changed` (details:
        `revision`) and those of `open_offering`.
        """
        offering = locked(tx, caller, offering_id)
        today = tehran_date(tx.now)
        domain.check_changeable(offering.status, offering.ends_on, today, offering.revision, revision)
        course = tx.get_one(CourseVersion, (offering.course_code, offering.course_version))
        before = _planned(tx, offering)
        after = before | changes
        domain.check_growth(before, after)
        domain.check_plan(after, course.group_sizes)
        changed = [name for name in CHANGEABLE if _comparable(before[name]) != _comparable(after[name])]
        if not changed:
            return shown(tx, [offering])[0]
        domain.check_permit(after["permit"], today)
        named = _accreditation(tx, after, course)
        if named != offering.provider_accreditation:
            after["provider_accreditation"] = named
            changed.append("provider_accreditation")
        _write(tx, offering, {name: after[name] for name in changed if name != "sessions"})
        book(tx, caller, offering, course.course_type, after["sessions"])
        reply = shown(tx, [offering])[0]
        tx.publish(facts.offering_changed(reply, changed, reason))
        return reply

    @command(schemas.CancelOffering, reply=schemas.Offering, roles=OFFERING_ROLES)
    def cancel_offering(self, tx: Transaction, caller: Caller, offering_id: UUID, reason: str) -> dict[str, Any]:
        """Cancel an offering of the caller's agency; people are told the reason. Conflict `already_cancelled`."""
        offering = locked(tx, caller, offering_id)
        domain.check_cancellable(offering.status)
        _cancel(tx, offering, "agency", reason)
        return shown(tx, [offering])[0]

    @subscribe(AgencyRegisteredV1, batch=200)
    def on_agency_registered(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
        """Remember the agencies that may hold offerings."""
        agencies = {message.event.code: message.event.name.as_dict() for message in messages}
        models.add_agencies(tx, [{"code": code, "name": name} for code, name in agencies.items()])

    @subscribe(AgencyChangedV1, batch=200)
    def on_agency_changed(self, tx: Transaction, messages: list[Message[AgencyChangedV1]]) -> None:
        """Take over the names that agencies have now; of several changes of one agency the last one holds."""
        changes = sorted(messages, key=lambda message: message.time)
        models.set_agency_names(tx, {message.event.code: message.event.name.as_dict() for message in changes})

    @subscribe(OfferingDecidedV1, batch=200)
    def on_offering_decided(self, tx: Transaction, messages: list[Message[OfferingDecidedV1]]) -> None:
        """Note that an offering is held, or call it off; one that was cancelled meanwhile stays as it is."""
        for message in sorted(messages, key=lambda one: one.event.offering_id):
            event = message.event
            offering = tx.scalar(models.for_change(event.offering_id))
            if offering is None or offering.status != domain.OPEN:
                continue
            if event.formed:
                offering.formed_at = event.decided_at
            else:
                taken, needed = digits_fa(event.seats_taken), digits_fa(event.min_seats)
                _cancel(tx, offering, "not_formed", f"دوره به حد نصاب نرسید: {taken} نفر از {needed} نفر")


def shown(tx: Transaction, offerings: Sequence[Offering]) -> list[dict[str, Any]]:
    """Offerings as replies and events show them."""
    listed = models.listed_agencies(tx, offerings)
    sessions = sessions_shown(tx, offerings)
    names = models.provider_names(tx, {each.provider_code for each in offerings if each.provider_code})
    return [
        columns_of(each)
        | {
            "open_to": listed[each.offering_id] if each.open_to == models.LISTED else each.open_to,
            "sessions": sessions[each.offering_id],
            "provider_name": names.get(each.provider_code or ""),
        }
        for each in offerings
    ]


def locked(tx: Transaction, caller: Caller, offering_id: UUID) -> Offering:
    """An offering of the caller's agency, locked until the end of the transaction."""
    offering = tx.scalar(models.for_change(offering_id))
    if offering is None or not caller.sees(offering.agency_code):
        raise no_offering()
    return offering


def no_offering() -> NotFound:
    return NotFound("offering_not_found", "There is no such offering.")


def _course_to_offer(tx: Transaction, course_code: str, version: int | None) -> CourseVersion:
    offered = course_rules.version_to_offer(course_code, course_rows.versions_of(tx, course_code), version)
    return tx.get_one(CourseVersion, (course_code, offered))


def _check_agencies(tx: Transaction, plan: Mapping[str, Any]) -> None:
    listed: Iterable[str] = plan["open_to"] if isinstance(plan["open_to"], list) else ()
    wanted = {plan["agency_code"], *listed}
    domain.check_agencies_known(wanted, models.known_agencies(tx, wanted))


def _accreditation(tx: Transaction, plan: Mapping[str, Any], course: CourseVersion) -> dict[str, Any] | None:
    """Whose provider it is must be accredited; without one the agency's own training unit teaches."""
    if plan["provider_code"] is None:
        return None
    days = plan["starts_on"], plan["ends_on"]
    return accredited(tx, plan["provider_code"], plan["agency_code"], course.course_type, *days)


def _new_offering(tx: Transaction, course: CourseVersion, plan: dict[str, Any]) -> Offering:
    listed = sorted(plan["open_to"]) if isinstance(plan["open_to"], list) else []
    dates = [{**each, "until": each["until"].isoformat()} for each in plan["reserved_seats"]]
    refunds = plan["refund_table"] or value_on(tx, "refund_table", tehran_date(tx.now))
    offering = Offering(
        **plan
        | {
            "open_to": models.LISTED if listed else plan["open_to"],
            "reserved_seats": dates,
            "refund_table": refunds,
        },
        offering_id=new_id(),
        revision=1,
        course_code=course.course_code,
        course_version=course.version,
        course_title=course.title,
        status=domain.OPEN,
        created_at=tx.now,
    )
    tx.add(offering)
    tx.flush()
    tx.add_all(OfferingAgency(offering_id=offering.offering_id, agency_code=code) for code in listed)
    return offering


def _planned(tx: Transaction, offering: Offering) -> dict[str, Any]:
    """An offering in the form in which it was planned, to be changed and checked again."""
    now = shown(tx, [offering])[0]
    sessions = [planned(each) for each in models.sessions_of(tx, [offering.offering_id])[offering.offering_id]]
    reserved = [schemas.SeatReservation().load(each) for each in offering.reserved_seats]
    return now | {"sessions": sessions, "reserved_seats": reserved}


def _write(tx: Transaction, offering: Offering, columns: Mapping[str, Any]) -> None:
    for name, value in columns.items():
        setattr(offering, name, value)
    offering.revision += 1
    tx.flush()


def _comparable(value: Any) -> Any:
    """The order in which sessions are written down means nothing."""
    return sorted(value, key=lambda each: (each["day"], each["begins"])) if isinstance(value, list) else value


def _cancel(tx: Transaction, offering: Offering, cause: Any, reason: str) -> None:
    offering.status, offering.cancelled_at = domain.CANCELLED, tx.now
    offering.cancel_cause, offering.cancel_reason = cause, reason
    tx.publish(OfferingCancelledV1(offering_id=offering.offering_id, reason=reason, cause=cause))
