"""Digests: what may wait is told together, once a working day or once a week.

A reader has one digest at a moment: its row in the ledger is unique by reader and moment, and what is in it is marked
in the same transaction. A process that dies leaves either all of that or nothing; two beside each other take different
readers; and a clock that was set back finds the digest made.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import digests, planning
from services.notification.domain.digests import MOST_ITEMS
from services.notification.domain.planning import Cadence, Reason, Rules
from services.notification.domain.templates import TRAITS, Template
from services.notification.models.digests import Place
from services.notification.sending import count_followed
from services.notification.timetable import rules_of
from shared import metrics
from shared.database import Database, Transaction
from shared.entrypoints import timer
from shared.ids import new_id
from shared.persian import tehran_date

PAGE = 500  # rows looked at in one transaction, and so at most as many readers


class Digests:
    """Mixed into the service."""

    db: Database
    wake: Callable[[str], None]
    ending: Callable[[], bool]

    @timer(interval=20.0)
    def make_digests(self) -> None:
        """Make the digests whose moment has come, page by page, and let what was in them follow those that are done."""
        with self.db.transaction() as tx:
            count_followed(tx, models.follow_digests(tx))
        after = None
        while not self.ending():
            with self.db.transaction() as tx:
                after = _make_page(tx, after)
                if after is None:
                    return
                tx.after_commit(lambda: self.wake("send_pending"))


def _make_page(tx: Transaction, after: Place | None) -> Place | None:
    """The digests of the next readers; where they end, None when there were none."""
    places = models.readers_due(tx, after, PAGE)
    if not places:
        return None
    held = models.hold_readers(tx, {place.employee_id for place in places})
    people, rules = models.known_recipients(tx, held), rules_of(tx)
    items = models.items_due(tx, held, MOST_ITEMS)
    made: dict[UUID, tuple[dict[str, Any], list[UUID]]] = {}
    for employee_id, theirs in groupby(items, key=lambda item: item.employee_id):
        row, told = _sort_out(tx, rules, employee_id, people[employee_id], list(theirs))
        if row is not None:
            made[row["notification_id"]] = (row, told)
    _keep(tx, rules, people, made)
    return places[-1]


def _sort_out(
    tx: Transaction, rules: Rules, employee_id: UUID, person: models.Recipient, items: list[Any]
) -> tuple[dict[str, Any] | None, list[UUID]]:
    """Somebody's digest and what is in it; None when they need none now."""
    if person.is_erased or person.employee_id != employee_id:  # the kept person was told of it already
        models.leave_out(tx, _ids(items), Reason.ERASED if person.is_erased else Reason.DROPPED)
        return None, []
    reader, last = person.reader, items[-1]
    is_free = rules.calendar_of(reader).is_free(tehran_date(last.moment))
    if is_free and reader.cadence is not Cadence.IMMEDIATELY:  # it was announced since
        _wait_for_next(tx, rules, employee_id, reader)
        return None, []
    told, left_out = digests.sort_out(items, reader.unsubscribed, rules.legal)
    if left_out:
        models.leave_out(tx, _ids(left_out), Reason.UNSUBSCRIBED)
    due_at = planning.after_quiet(reader, tx.now, rules)
    if len(told) == 1 and last.total == len(items):
        models.send_alone(tx, _ids(told), due_at)
    return (_row(tx, reader, told, last, due_at), _ids(told)) if len(told) > 1 else (None, [])


def _keep(
    tx: Transaction,
    rules: Rules,
    people: dict[UUID, models.Recipient],
    made: dict[UUID, tuple[dict[str, Any], list[UUID]]],
) -> None:
    """Write the digests down. What is for one that was made already, because it came late or was too much for it, waits
    for the next."""
    new = set(models.queue(tx, [row for row, _ in made.values()]))
    models.put_into_digests(
        tx, [(row["employee_id"], digest_id, told) for digest_id, (row, told) in made.items() if digest_id in new]
    )
    for digest_id, (row, _) in made.items():
        if digest_id not in new:
            _wait_for_next(tx, rules, row["employee_id"], people[row["employee_id"]].reader)
    if new:
        tx.after_commit(lambda: metrics.NOTIFICATIONS_QUEUED.labels(Template.DIGEST.value).inc(len(new)))


def _wait_for_next(tx: Transaction, rules: Rules, employee_id: UUID, reader: planning.Reader) -> None:
    cadence = Cadence.DAILY if reader.cadence is Cadence.IMMEDIATELY else reader.cadence
    models.move_waiting(tx, [employee_id], planning.digest_after(cadence, reader, tx.now, rules), cadence)


def _row(tx: Transaction, reader: planning.Reader, told: list[Any], last: Any, due_at: Any) -> dict[str, Any]:
    subject_id = digests.occasion(last.employee_id, last.moment)
    return {
        "notification_id": new_id(),
        "event_id": subject_id,
        "subject_id": subject_id,
        "employee_id": last.employee_id,
        "agency_code": last.agency_code,
        "template": Template.DIGEST.value,
        "channel": reader.via.value,
        "status": "pending",
        "priority": TRAITS[Template.DIGEST].urgency.value,
        "context": digests.context(told, last.total),
        "correlation_id": tx.cause.correlation_id,
        "created_at": tx.now,
        "due_at": due_at,
    }


def _ids(items: Iterable[Any]) -> list[UUID]:
    return [item.notification_id for item in items]
