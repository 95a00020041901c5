"""What enrollment hears of the catalog's offerings."""

from typing import Any

import msgspec
import sqlalchemy as sa

from services.enrollment.domain import offerings as domain
from services.enrollment.domain.approvals import ROUTES
from services.enrollment.domain.entry import takes_people
from services.enrollment.domain.seats import next_release
from services.enrollment.domain.states import ACTIVE, SEATED
from services.enrollment.models import enrollments, offerings, queries
from services.enrollment.service import facts, history, seating
from services.enrollment.service.history import CATALOG, Step
from services.enrollment.service.seating import known_offering
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import OfferingCancelledV1, OfferingChangedV1, OfferingOpenedV1
from shared.messages import Cause, Message
from shared.persian import tehran_date


class OfferingSubscribers:
    @subscribe(OfferingOpenedV1, batch=200)
    def on_offering_opened(self, tx: Transaction, messages: list[Message[OfferingOpenedV1]]) -> None:
        """Remember offerings, so that people can enroll without the catalog. One that is known is left as it is."""
        heard = {message.event.offering_id: message.event for message in messages}
        known = set(tx.scalars(sa.select(offerings.c.id).where(offerings.c.id.in_(heard))))
        new = [_row(tx, event) for offering_id, event in heard.items() if offering_id not in known]
        if new:
            tx.execute(sa.insert(offerings), new)

    @subscribe(OfferingChangedV1, batch=200)
    def on_offering_changed(self, tx: Transaction, messages: list[Message[OfferingChangedV1]]) -> None:
        """Take over what holds now; who gets one of more seats moves up, and a new schedule reaches everybody in it.

        An older revision than the known one is ignored. Unavailable `offering_not_known_yet` when the news of the
        opening is still to come.
        """
        for message in sorted(messages, key=lambda one: (one.event.offering_id, one.event.revision)):
            offering = known_offering(tx, message.event.offering_id)
            if domain.is_newer(message.event.revision, offering.revision):
                _change(tx, offering, message.event, message.cause)

    @subscribe(OfferingCancelledV1, batch=200)
    def on_offering_cancelled(self, tx: Transaction, messages: list[Message[OfferingCancelledV1]]) -> None:
        """End every request, waiting place and seat of a cancelled offering and tell it; results that exist stay.

        Unavailable `offering_not_known_yet` when the news of its opening is still to come.
        """
        for message in sorted(messages, key=lambda one: one.event.offering_id):
            offering = known_offering(tx, message.event.offering_id)
            if offering.status != "cancelled":
                _cancel(tx, offering, message.event, message.cause)


_AS_OPENED = (
    "agency_code",
    "course_code",
    "course_version",
    "course_type",
    "hours",
    "delivery_mode",
    "prerequisites",
    "prerequisite_versions",
    "leads_to_degree",
    "veterans_exception",
    "refresh_every_months",
    "open_to",
    "approval",
    "form_before_certificate",
    "certificate_template",
    "capacity",
    "waitlist_limit",
)
_AS_CHANGED = (
    "starts_on",
    "ends_on",
    "enrollment_opens_on",
    "enrollment_closes_on",
    "decides_on",
    "min_seats",
    "provider_code",
)


def _row(tx: Transaction, event: OfferingOpenedV1) -> dict[str, Any]:
    rule = event.completion_rule
    return {name: getattr(event, name) for name in _AS_OPENED} | {
        **_what_may_change(tx, event),
        "id": event.offering_id,
        "audience": msgspec.to_builtins(event.audience),
        "pricing": msgspec.to_builtins(event.pricing),
        "min_attendance": rule.min_attendance,
        "pass_mark": rule.pass_mark,
        "assessments": msgspec.to_builtins(rule.assessments),
        "approval_route": list(event.approval_route or ROUTES[event.approval]),
        "resits": rule.resits,
        "status": "open",
        "revision": 1,
        "seats_taken": 0,
        "waiting": 0,
        "last_waiting_number": 0,
    }


def _what_may_change(tx: Transaction, event: OfferingOpenedV1 | OfferingChangedV1) -> dict[str, Any]:
    """The columns that both events fill: as it was opened, and as it is now."""
    reservations = msgspec.to_builtins(event.reserved_seats)
    return {name: getattr(event, name) for name in _AS_CHANGED} | {
        "course_title": event.course_title.as_dict(),
        "provider_name": event.provider_name and event.provider_name.as_dict(),
        "provider_accreditation": msgspec.to_builtins(event.provider_accreditation),
        "permit": msgspec.to_builtins(event.permit),
        "sessions": msgspec.to_builtins(event.sessions),
        "reserved_seats": reservations,
        "releases_on": next_release(reservations, tehran_date(tx.now)),
    }


def _change(tx: Transaction, offering: Any, event: OfferingChangedV1, cause: Cause) -> None:
    columns = _what_may_change(tx, event) | {"revision": event.revision}
    # The catalog only raises the capacity; should it ever not, nobody loses a seat or a waiting place by it.
    columns["capacity"] = max(event.capacity, offering.seats_taken + offering.seats_offered)
    columns["waitlist_limit"] = max(event.waitlist_limit, offering.waiting)
    before = {name: getattr(offering, name) for name in domain.SCHEDULE}
    changed = domain.schedule_changes(event.revision, event.changed, before, columns, offering.revision)
    queries.set_offering(tx, offering.id, **columns)
    offering = known_offering(tx, offering.id)
    if not takes_people(offering):
        return
    seating.pass_on(tx, offering, seating.seats_of(tx, offering, tehran_date(tx.now)), cause)
    if changed:
        for told in facts.schedule_changed(offering, queries.people_in(tx, offering.id), event, changed):
            tx.publish(told, cause)


def _cancel(tx: Transaction, offering: Any, event: OfferingCancelledV1, cause: Cause) -> None:
    people = queries.people_in(tx, offering.id)
    ended = sa.update(enrollments).where(enrollments.c.offering_id == offering.id, enrollments.c.status.in_(ACTIVE))
    out: dict[str, Any] = {"waiting_number": None, "expires_at": None, "pending_step": None, "approvals_left": []}
    tx.execute(ended.values(status="cancelled", reason=event.reason, changed_at=tx.now, **out))
    steps = [Step(person.enrollment_id, person.status, "cancelled", event.reason) for person in people]
    history.write(tx, CATALOG, "cancel", steps)
    decided = sa.select(sa.func.count()).where(
        enrollments.c.offering_id == offering.id, enrollments.c.status.in_(SEATED)
    )
    taken = tx.scalar(decided)
    counters = {"seats_taken": taken, "seats_offered": 0, "waiting": 0, "releases_on": None}
    queries.set_offering(tx, offering.id, status="cancelled", cancel_reason=event.reason, **counters)
    for told in facts.cancelled(offering, people, event):
        tx.publish(told, cause)
