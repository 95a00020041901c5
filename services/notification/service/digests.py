"""Digests: what may wait is told together, once a working day or once a week.

A reader has one digest at a moment: its row in the ledger is unique by reader and moment, and what is in it is marked
in the same transaction. A process that dies leaves either all of that or nothing; two beside each other take different
readers; and a clock that was set back finds the digest made.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from services.notification import models
from services.notification.domain import digests, planning, timing
from services.notification.domain.digests import MOST_ITEMS
from services.notification.domain.planning import Cadence, Reason, Rules, Via
from services.notification.domain.templates import TRAITS, Template
from services.notification.sending import count_followed
from services.notification.timetable import rules_of
from shared import metrics
from shared.database import Database, Transaction, is_passing
from shared.entrypoints import timer
from shared.ids import new_id
from shared.persian import tehran_date

log = structlog.get_logger("notification")

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
            with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
                places = models.readers_due(tx, after, PAGE)
            if not places:
                return
            self._try_to_make(list(dict.fromkeys(place.employee_id for place in places)))
            after = places[-1]

    def _try_to_make(self, employee_ids: Sequence[UUID]) -> None:
        """The digests of some readers, in one transaction. Where that cannot be done each half of them is seen to by
        itself, so that one whose digest cannot be made does not stop the others."""
        try:
            with self.db.transaction() as tx:
                _make(tx, employee_ids)
                tx.after_commit(lambda: self.wake("send_pending"))
        except Exception as error:
            if is_passing(error):
                raise
            if len(employee_ids) == 1:
                log.exception("digest_failed", employee_id=str(employee_ids[0]))
                return
            middle = len(employee_ids) // 2
            for half in (employee_ids[:middle], employee_ids[middle:]):
                self._try_to_make(half)


def _make(tx: Transaction, employee_ids: Iterable[UUID]) -> None:
    """The digests of those of these readers whom nobody else is busy with."""
    held = models.hold_readers(tx, employee_ids)
    people, rules = models.known_recipients(tx, held), rules_of(tx)
    _leave_out_overtaken(tx, held)
    items = models.items_due(tx, held, MOST_ITEMS)
    made = [
        letter
        for employee_id, theirs in groupby(items, key=lambda item: item.employee_id)
        for letter in _letters(tx, rules, employee_id, people[employee_id], list(theirs))
    ]
    _keep(tx, rules, people, made)


def _leave_out_overtaken(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """Nobody hears a day late that their request is looked at, after it was rejected."""
    waiting = models.of_templates_due(tx, employee_ids, list(digests.OVERTAKEN_BY))
    if not waiting:
        return
    by = {template for item in waiting for template in digests.OVERTAKEN_BY[Template(item.template)]}
    readers, since = {item.employee_id for item in waiting}, min(item.created_at for item in waiting)
    overtaken = digests.overtaken(waiting, models.told_at_once(tx, readers, by, since))
    if overtaken:
        models.leave_out(tx, _ids(overtaken), Reason.OVERTAKEN)


class _Letter(NamedTuple):
    """A digest that is to be written down: which one of its reader's, its row, and what is in it."""

    part: int
    row: dict[str, Any]
    told: list[UUID]

    @property
    def reader(self) -> UUID:
        reader: UUID = self.row["employee_id"]
        return reader


def _letters(
    tx: Transaction, rules: Rules, employee_id: UUID, person: models.Recipient, items: list[Any]
) -> list[_Letter]:
    """Somebody's digests of this moment: one, but for who has more than fits into it; none when they need none now."""
    if person.is_erased or person.employee_id != employee_id:  # the kept person was told of it already
        models.leave_out(tx, _ids(items), Reason.ERASED if person.is_erased else Reason.DROPPED)
        return []
    reader, last = person.reader, items[-1]
    is_free = rules.calendar_of(reader).is_free(tehran_date(tx.now))
    if is_free and reader.cadence is not Cadence.IMMEDIATELY:  # it was announced since, or this comes late
        wait_for_next(tx, rules, employee_id, reader)
        return []
    told, left_out = digests.sort_out(items, reader.unsubscribed, rules.legal)
    if left_out:
        models.leave_out(tx, _ids(left_out), Reason.UNSUBSCRIBED)
    due_at, more = planning.after_quiet(reader, tx.now, rules), last.total - len(items)
    if reader.via is Via.SMS or (len(told) == 1 and not more):  # they may have come to want texts since
        models.send_alone(tx, _ids(told), reader.via, due_at)
        return []
    parts = digests.letters(told)
    rows = [
        _row(tx, person, part, digests.context(part, more if part is parts[-1] else 0), due_at, place)
        for place, part in enumerate(parts)
    ]
    return [_Letter(place, row, _ids(parts[place])) for place, row in enumerate(rows)]


def _keep(tx: Transaction, rules: Rules, people: dict[UUID, models.Recipient], made: list[_Letter]) -> None:
    """Write the digests down. What is for a moment whose digest was made already, because it came late or was too much
    for it, waits for the next."""
    firsts = [letter for letter in made if letter.part == 0]
    known = set(models.queue(tx, [letter.row for letter in firsts]))
    new = {letter.reader for letter in firsts if letter.row["notification_id"] in known}
    models.queue(tx, [letter.row for letter in made if letter.part and letter.reader in new])
    kept = [letter for letter in made if letter.reader in new]
    for part in sorted({letter.part for letter in kept}):
        told = [(each.reader, each.row["notification_id"], each.told) for each in kept if each.part == part]
        models.put_into_digests(tx, told)
    for employee_id in {letter.reader for letter in firsts} - new:
        wait_for_next(tx, rules, employee_id, people[employee_id].reader)
    if kept:
        tx.after_commit(lambda: metrics.NOTIFICATIONS_QUEUED.labels(Template.DIGEST.value).inc(len(kept)))


def wait_for_next(tx: Transaction, rules: Rules, employee_id: UUID, reader: planning.Reader) -> None:
    """What waits for a digest of somebody is put off to the next of their cadence (a daily one for who wants none any
    more); what would come too late in that goes by itself, as it would if it were queued now."""
    cadence = Cadence.DAILY if reader.cadence is Cadence.IMMEDIATELY else reader.cadence
    reader, alone = replace(reader, cadence=cadence), defaultdict[datetime, list[UUID]](list)
    for row in models.waiting_for_digests(tx, employee_id):
        template = Template(row.template)
        deadline = timing.deadline(template, row.context, tx.now)
        planned = planning.plan(template, reader, tx.now, rules, deadline)
        if planned.cadence is None:
            alone[planned.due_at].append(row.notification_id)
    for due_at, notification_ids in alone.items():
        models.send_alone(tx, notification_ids, reader.via, due_at)
    models.move_waiting(tx, [employee_id], planning.digest_after(cadence, reader, tx.now, rules), cadence)


def _row(
    tx: Transaction, person: models.Recipient, told: Sequence[Any], context: Mapping[str, Any], due_at: Any, part: int
) -> dict[str, Any]:
    """It is of the agency that the person has now, whichever told them what is in it: a former one is shown nothing
    that another has told since."""
    last = told[-1]
    subject_id = digests.occasion(last.employee_id, last.moment, part)
    return {
        "notification_id": new_id(),
        "event_id": subject_id,
        "subject_id": subject_id,
        "employee_id": last.employee_id,
        "agency_code": person.agency_code,
        "template": Template.DIGEST.value,
        "channel": person.reader.via.value,
        "status": "pending",
        "priority": TRAITS[Template.DIGEST].urgency.value,
        "context": context,
        "correlation_id": tx.cause.correlation_id,
        "created_at": tx.now,
        "due_at": due_at,
    }


def _ids(items: Iterable[Any]) -> list[UUID]:
    return [item.notification_id for item in items]
