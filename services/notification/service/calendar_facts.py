"""What the calendar file of a mail is made from, put into its context when it is queued.

So the file of a mail says what its words say, is the same at every attempt, and can be made again from the ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.notification import models
from services.notification.domain import reminders
from shared.database import Transaction
from shared.events import EnrollmentCancelledV1, EnrollmentConfirmedV1, EnrollmentWithdrawnV1, ScheduleChangedV1
from shared.messages import Message

More = Callable[[Message[Any]], dict[str, Any]]


def calendar(
    enrollment_id: UUID, revision: int, said_at: datetime, gone: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """`gone` are the entries that a reader may have in their calendar and that are to go."""
    return {
        "enrollment_id": str(enrollment_id),
        "revision": revision,
        "said_at": said_at.isoformat(),
        "gone": list(gone),
    }


def of_seat(message: Message[EnrollmentConfirmedV1]) -> dict[str, Any]:
    """The sessions of who has got a seat; nothing of what was said before they were carried."""
    event = message.event
    if event.sessions is None or event.revision is None:
        return {}
    return {
        "sessions": msgspec.to_builtins(event.sessions),
        "calendar": calendar(event.enrollment_id, event.revision, message.time),
    }


def of_changes(tx: Transaction, messages: Sequence[Message[ScheduleChangedV1]]) -> More:
    """The sessions of who has a seat in an offering that was changed, and those that are no more."""
    known = models.revisions_of(tx, {message.event.offering_id for message in messages})

    def more(message: Message[ScheduleChangedV1]) -> dict[str, Any]:
        event = message.event
        if event.state != "confirmed":
            return {}
        sessions = msgspec.to_builtins(event.sessions)
        now = reminders.meetings(event.starts_on, event.ends_on, sessions)
        earlier = [each for each in known[event.offering_id] if each.number < event.revision]
        gone = reminders.gone(earlier, [each["number"] for each in now])
        return {"calendar": calendar(event.enrollment_id, event.revision, message.time, gone)}

    return more


def of_ends(tx: Transaction, messages: Sequence[Message[EnrollmentWithdrawnV1 | EnrollmentCancelledV1]]) -> More:
    """All sessions of who has lost their seat, as no more; nothing while the offering has not been heard of."""
    known = models.revisions_of(tx, {message.event.offering_id for message in messages})

    def more(message: Message[EnrollmentWithdrawnV1 | EnrollmentCancelledV1]) -> dict[str, Any]:
        event, revisions = message.event, known[message.event.offering_id]
        if event.state != "confirmed" or not revisions:
            return {}
        last = max(each.number for each in revisions)
        return {"calendar": calendar(event.enrollment_id, last, message.time, reminders.gone(revisions, ()))}

    return more
