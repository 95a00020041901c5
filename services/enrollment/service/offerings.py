"""What enrollment hears of the catalog's offerings."""

from typing import Any

import sqlalchemy as sa

from services.enrollment import domain
from services.enrollment.models import enrollments, offerings, queries
from services.enrollment.service.entrance import known_offering
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import OfferingCancelledV1, OfferingOpenedV1
from shared.messages import Message


class OfferingSubscribers:
    @subscribe(OfferingOpenedV1, batch=200)
    def on_offering_opened(self, tx: Transaction, messages: list[Message[OfferingOpenedV1]]) -> None:
        """Remember offerings, so that people can enroll without the catalog. One that is known is left as it is."""
        heard = {message.event.offering_id: message.event for message in messages}
        known = set(tx.scalars(sa.select(offerings.c.id).where(offerings.c.id.in_(heard))))
        new = [_row(event) for offering_id, event in heard.items() if offering_id not in known]
        if new:
            tx.execute(sa.insert(offerings), new)

    @subscribe(OfferingCancelledV1, batch=200)
    def on_offering_cancelled(self, tx: Transaction, messages: list[Message[OfferingCancelledV1]]) -> None:
        """End every request, waiting place and seat of a cancelled offering; results that exist stay.

        Unavailable `offering_not_known_yet` when the news of its opening is still to come.
        """
        for message in sorted(messages, key=lambda one: one.event.offering_id):
            offering = known_offering(tx, message.event.offering_id)
            if offering.status != "cancelled":
                _cancel(tx, offering, message.event.reason)


def _row(event: OfferingOpenedV1) -> dict[str, Any]:
    same = (
        "agency_code",
        "course_code",
        "course_version",
        "course_type",
        "hours",
        "delivery_mode",
        "prerequisites",
        "leads_to_degree",
        "refresh_every_months",
        "starts_on",
        "ends_on",
        "enrollment_closes_on",
        "capacity",
        "min_seats",
        "waitlist_limit",
        "open_to",
        "approval",
    )
    return {name: getattr(event, name) for name in same} | {
        "id": event.offering_id,
        "course_title": event.course_title.as_dict(),
        "min_attendance": event.completion_rule.min_attendance,
        "pass_mark": event.completion_rule.pass_mark,
        "status": "open",
        "seats_taken": 0,
        "waiting": 0,
        "last_waiting_number": 0,
    }


def _cancel(tx: Transaction, offering: Any, reason: str) -> None:
    ended = sa.update(enrollments).where(
        enrollments.c.offering_id == offering.id, enrollments.c.status.in_(domain.ACTIVE)
    )
    tx.execute(ended.values(status="cancelled", waiting_number=None, reason=reason, changed_at=tx.now))
    decided = sa.select(sa.func.count()).where(
        enrollments.c.offering_id == offering.id, enrollments.c.status.in_(domain.SEATED)
    )
    taken = tx.scalar(decided)
    queries.set_offering(tx, offering.id, status="cancelled", cancel_reason=reason, seats_taken=taken, waiting=0)
