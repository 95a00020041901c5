"""What notification remembers of offerings and of who has a seat in them.

Each of these has a queue of its own beside the one that mails about the same event, so that a replay fills what is
remembered here and mails nothing.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.notification import models
from services.notification.domain import reminders
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentConfirmedV1,
    EnrollmentWithdrawnV1,
    OfferingCancelledV1,
    OfferingChangedV1,
    OfferingOpenedV1,
)
from shared.messages import Message
from shared.persian import tehran_date

Seated = EnrollmentConfirmedV1 | EnrollmentWithdrawnV1 | EnrollmentCancelledV1


class CourseNews:
    """Mixed into the service."""

    @subscribe(OfferingOpenedV1, batch=200)
    def learn_offering_opened(self, tx: Transaction, messages: list[Message[OfferingOpenedV1]]) -> None:
        """Remember when and where it is held. A revision that came before keeps its place."""
        _hear_offerings(tx, messages)

    @subscribe(OfferingChangedV1, batch=200)
    def learn_offering_changed(self, tx: Transaction, messages: list[Message[OfferingChangedV1]]) -> None:
        """The latest revision holds, in whatever order they come."""
        _hear_offerings(tx, messages)

    @subscribe(OfferingCancelledV1, batch=200)
    def learn_offering_cancelled(self, tx: Transaction, messages: list[Message[OfferingCancelledV1]]) -> None:
        """Nobody is reminded of it, even when the news of its opening is still to come."""
        models.cancel_offerings(tx, {message.event.offering_id: message.time for message in messages})

    @subscribe(EnrollmentConfirmedV1, batch=200)
    def learn_seat_taken(self, tx: Transaction, messages: list[Message[EnrollmentConfirmedV1]]) -> None:
        """Remember who has a seat, and since when."""
        _hear_seats(tx, messages, "taken_at")

    @subscribe(EnrollmentWithdrawnV1, batch=200)
    def learn_seat_left(self, tx: Transaction, messages: list[Message[EnrollmentWithdrawnV1]]) -> None:
        """Remember who has left one; who enters again later has it again."""
        _hear_seats(tx, [message for message in messages if message.event.state == "confirmed"], "left_at")

    @subscribe(EnrollmentCancelledV1, batch=200)
    def learn_seat_cancelled(self, tx: Transaction, messages: list[Message[EnrollmentCancelledV1]]) -> None:
        """Remember whose seat went with its offering."""
        _hear_seats(tx, [message for message in messages if message.event.state == "confirmed"], "left_at")


def _hear_offerings(tx: Transaction, messages: Sequence[Message[OfferingOpenedV1 | OfferingChangedV1]]) -> None:
    said = sorted(messages, key=lambda message: _revision(message.event))
    latest = {message.event.offering_id: _offering(message.event) for message in said}
    models.hear_offerings(tx, list(latest.values()), [_said(message) for message in said])


def _revision(event: OfferingOpenedV1 | OfferingChangedV1) -> int:
    return event.revision if isinstance(event, OfferingChangedV1) else 1


def _offering(event: OfferingOpenedV1 | OfferingChangedV1) -> dict[str, Any]:
    sessions = msgspec.to_builtins(event.sessions)
    return {
        "offering_id": event.offering_id,
        "revision": _revision(event),
        "course_code": event.course_code,
        "course_title": event.course_title.as_dict(),
        "hours": getattr(event, "hours", None),
        "delivery_mode": getattr(event, "delivery_mode", None),
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "sessions": sessions,
        "first_starts_at": reminders.first_start(event.starts_on, sessions),
    }


def _said(message: Message[OfferingOpenedV1 | OfferingChangedV1]) -> dict[str, Any]:
    event = message.event
    sessions = msgspec.to_builtins(event.sessions)
    return {
        "offering_id": event.offering_id,
        "revision": _revision(event),
        "said_at": message.time,
        "first_day": tehran_date(reminders.first_start(event.starts_on, sessions)),
        "meetings": reminders.meetings(event.starts_on, event.ends_on, sessions),
    }


def _hear_seats(tx: Transaction, messages: Sequence[Message[Seated]], at: str) -> None:
    latest = {message.event.enrollment_id: message for message in sorted(messages, key=lambda message: message.time)}
    names = ("enrollment_id", "offering_id", "employee_id", "agency_code")
    rows = [{name: getattr(each.event, name) for name in names} | {at: each.time} for each in latest.values()]
    if rows:
        models.look_again(tx, {row["offering_id"] for row in rows})
        models.hear_seats(tx, rows)
