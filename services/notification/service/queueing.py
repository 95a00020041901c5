"""The ledger's new rows: what an event tells a person, once, whatever is heard twice."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.notification import models
from services.notification.domain import planning, timing
from services.notification.domain.templates import TRAITS, Template, context_of
from services.notification.timetable import rules_of
from shared import metrics
from shared.database import Transaction
from shared.errors import Unavailable
from shared.events import Event
from shared.ids import new_id
from shared.messages import Message


def _whom_it_is_about(event: Any) -> Sequence[UUID]:
    return (event.employee_id,)


class Queue:
    """Mixed into the service."""

    wake: Callable[[str], None]

    def queue(
        self,
        tx: Transaction,
        template: Template,
        messages: Sequence[Message[Any]],
        readers: Callable[[Any], Sequence[UUID]] = _whom_it_is_about,
    ) -> None:
        """One row a reader of each message, in one statement; Unavailable while one of them has not been heard of."""
        rows = [
            row | {"notification_id": new_id(), "employee_id": employee_id}
            for message in messages
            for row in (_row(tx, template, message),)
            for employee_id in readers(message.event)
        ]
        wanted = {row["employee_id"] for row in rows}
        known = models.known_recipients(tx, wanted)
        missing = wanted - known.keys()
        if missing:
            raise Unavailable(
                "recipient_not_known_yet",
                "The registration of this person has not arrived yet.",
                {"employee_ids": sorted(str(employee_id) for employee_id in missing)[:10]},
            )
        queued = models.queue(tx, [_addressed(tx, template, row, known[row["employee_id"]]) for row in rows])
        if queued:
            tx.after_commit(lambda: metrics.NOTIFICATIONS_QUEUED.labels(template.value).inc(queued))
            tx.after_commit(lambda: self.wake("send_pending"))


def _addressed(tx: Transaction, template: Template, row: dict[str, Any], to: models.Recipient) -> dict[str, Any]:
    """Of somebody whose data was erased the ledger holds no more than that nothing was sent."""
    deadline = timing.deadline(template, row["context"], tx.now)
    planned = planning.plan(template, to.reader, tx.now, rules_of(tx), deadline)
    how = {
        "channel": planned.via.value,
        "due_at": planned.due_at,
        "cadence": planned.cadence,
        "status": planned.status.value,
        "reason": planned.reason,
        "last_answer": planned.answer,
    }
    return row | {"employee_id": to.employee_id} | how | (models.ERASED if to.is_erased else {})


def _row(tx: Transaction, template: Template, message: Message[Any]) -> dict[str, Any]:
    event: Event = message.event
    fields = msgspec.to_builtins(event)
    return {
        "event_id": message.id,
        # A move of an enrollment may come again: who leaves and enters once more is told once more.
        "subject_id": getattr(event, "move_id", None) or getattr(event, event.SUBJECT),
        "agency_code": message.event.agency_code,
        "template": template.value,
        "priority": TRAITS[template].urgency.value,
        "context": context_of(template, fields),
        "correlation_id": message.correlation_id,
        "created_at": tx.now,
    }
