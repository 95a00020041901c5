"""The ledger's new rows: what an event tells a person, once, whatever is heard twice."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from services.notification import models
from services.notification.domain import planning, timing
from services.notification.domain.delivery import Status
from services.notification.domain.templates import ABOUT, TRAITS, Template, context_of
from services.notification.service.braking import brake, hold_old_news
from services.notification.service.copying import copy_to_systems
from services.notification.timetable import rules_of
from shared import metrics
from shared.database import Transaction
from shared.errors import Unavailable
from shared.events import Event
from shared.ids import new_id
from shared.messages import Message


def _whom_it_is_about(event: Any) -> Sequence[UUID]:
    return (event.employee_id,)


def _nothing_more(_message: Message[Any]) -> Mapping[str, Any]:
    return {}


class Queue:
    """Mixed into the service."""

    wake: Callable[[str], None]

    def queue(
        self,
        tx: Transaction,
        template: Template,
        messages: Sequence[Message[Any]],
        readers: Callable[[Any], Sequence[UUID]] = _whom_it_is_about,
        more: Callable[[Message[Any]], Mapping[str, Any]] = _nothing_more,
    ) -> None:
        """One row a reader of each message; `more` adds to its context. Unavailable while a reader has not been heard
        of."""
        rows = [
            row | {"employee_id": employee_id}
            for message in messages
            for row in (_row(template, message, more(message)),)
            for employee_id in readers(message.event)
        ]
        self.queue_rows(tx, template, rows, messages)

    def queue_rows(
        self,
        tx: Transaction,
        template: Template,
        rows: Sequence[Mapping[str, Any]],
        messages: Sequence[Message[Any]] = (),
    ) -> int:
        """Queue what events or a clock have given rise to, in one statement; how many were new.

        Each row has `event_id`, `subject_id`, `employee_id`, `agency_code`, `context` and `correlation_id`; `messages`
        are the events. Unavailable while one of the people has not been heard of.
        """
        if not rows:
            return 0
        known = known_people(tx, {row["employee_id"] for row in rows})
        forgotten = _forgotten(tx, rows)
        addressed = [
            _addressed(tx, template, row, known[row["employee_id"]], row["context"].get(ABOUT) in forgotten)
            for row in rows
        ]
        addressed = hold_old_news(tx, messages, addressed)
        queued = set(models.queue(tx, addressed))
        if queued:
            tx.at_the_end(brake, [row for row in addressed if row["notification_id"] in queued])
            tx.after_commit(lambda: metrics.NOTIFICATIONS_QUEUED.labels(template.value).inc(len(queued)))
            tx.after_commit(lambda: self.wake("send_pending"))
        if copy_to_systems(tx, template, [row for row in addressed if row["notification_id"] in queued]):
            tx.after_commit(lambda: self.wake("send_webhooks"))
        return len(queued)


def known_people(tx: Transaction, employee_ids: Collection[UUID]) -> dict[UUID, models.Recipient]:
    """Those people, and how they want to be told. Unavailable while one of them has not been heard of."""
    known = models.known_recipients(tx, employee_ids)
    missing = set(employee_ids) - known.keys()
    if missing:
        raise Unavailable(
            "recipient_not_known_yet",
            "The registration of this person has not arrived yet.",
            {"employee_ids": sorted(str(employee_id) for employee_id in missing)[:10]},
        )
    return known


def _forgotten(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Those whom others are told about here though their data was erased. None is erased before the transaction
    ends."""
    about = {UUID(row["context"][ABOUT]) for row in rows if ABOUT in row["context"]}
    known = models.known_recipients(tx, about) if about else {}
    return {str(employee_id) for employee_id, person in known.items() if person.is_erased}


def _addressed(
    tx: Transaction, template: Template, row: Mapping[str, Any], to: models.Recipient, is_forgotten: bool
) -> dict[str, Any]:
    """To or about somebody whose data was erased the ledger holds no more than that nothing was sent."""
    deadline = timing.deadline(template, row["context"], tx.now)
    planned = planning.plan(template, to.reader, tx.now, rules_of(tx), deadline)
    how = {"channel": planned.via.value, "due_at": planned.due_at, "cadence": planned.cadence}
    made = {
        "notification_id": new_id(),
        "employee_id": to.employee_id,
        "template": template.value,
        "audience": "person",
        "status": Status.PENDING.value,
        "reason": None,
        "last_answer": None,
        "priority": TRAITS[template].urgency.value,
        "created_at": tx.now,
    }
    return {**row, **made, **how, **(models.ERASED if to.is_erased or is_forgotten else {})}


def _row(template: Template, message: Message[Any], more: Mapping[str, Any]) -> dict[str, Any]:
    event: Event = message.event
    fields = msgspec.to_builtins(event)
    return {
        "event_id": message.id,
        # A move of an enrollment may come again: who leaves and enters once more is told once more.
        "subject_id": getattr(event, "move_id", None) or getattr(event, event.SUBJECT),
        "agency_code": message.event.agency_code,
        "context": {**context_of(template, {**fields, **more}), **more},
        "correlation_id": message.correlation_id,
    }
