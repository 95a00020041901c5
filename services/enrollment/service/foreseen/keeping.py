"""Keeps what is due of everybody up to date, and tells people of it: all by the clock, a page of people at a time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from services.enrollment.domain.foreseen import Item, Subject, next_notice
from services.enrollment.models import foreseen as models
from services.enrollment.models import foreseen_marks, people
from services.enrollment.models.foreseen import NO_DAY
from services.enrollment.service import programmes
from services.enrollment.service.foreseen.rules import Demands, demands_on, is_there, items_of, subjects_of
from shared import metrics
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import timer
from shared.events import CourseDueV1, LocalizedText
from shared.persian import tehran_date

if TYPE_CHECKING:
    from shared.database import Database

PAGE = 500
Notices = dict[UUID, tuple[dict[str, Any], CourseDueV1]]  # rows with the events that tell of them
# What is told is named by person, item, day and occasion, so that a mail that was asked for twice is sent once.
OCCASIONS = UUID("0d8c2a53-6f0e-4e0b-8f55-4b1f6b6a7d20")


class ForeseenTimers:
    db: "Database"
    ending: Callable[[], bool]

    @timer(interval=15)
    def keep_due(self) -> None:
        """Work out anew what is due of people to whom something happened: registered, moved, completed, corrected."""
        with self.db.reading() as tx:
            metrics.DUE_WAITING.set(foreseen_marks.count_marks(tx))
        while not self.ending() and self._answer_due_marks():
            pass

    @timer(interval=60)
    def sweep_due(self) -> None:
        """Walk through everybody once whenever the rules are others: a policy, a programme, a course to be refreshed,
        courses that stand for each other. So does the first start after an upgrade."""
        while not self.ending() and self._look_through_page():
            pass

    @timer(interval=300)
    def tell_due(self) -> None:
        """Tell people what is due some days before its last day, and on the day after it (policy `due_warn_days`).

        Each occasion once. Of occasions missed in an outage the last is made up for, `due_makeup_days` back; what was
        overdue for longer when it was first found is shown to officers (`list_due`) and mailed to nobody.
        """
        while not self.ending() and self._tell_due_page():
            pass

    def _answer_due_marks(self) -> bool:
        with self.db.transaction() as tx:
            marked = foreseen_marks.take_marks(tx, PAGE)
            if marked:
                refresh(tx, demands_on(tx, tehran_date(tx.now)), set(marked))
        return len(marked) >= PAGE

    def _look_through_page(self) -> bool:
        with self.db.transaction() as tx:
            state = models.lock_sweep(tx)
            if state is None:
                return False
            demands = demands_on(tx, tehran_date(tx.now))
            is_same = state.fingerprint == demands.fingerprint
            if is_same and state.finished_at is not None:
                return False
            nothing = demands.are_none and models.is_empty(tx)
            ids = [] if nothing else models.people_after(tx, state.swept_to if is_same else None, PAGE)
            refresh(tx, demands, ids)
            goes_on = len(ids) == PAGE
            reached = ids[-1] if goes_on else None
            finished_at = None if goes_on else tx.now
            models.set_sweep(tx, fingerprint=demands.fingerprint, swept_to=reached, finished_at=finished_at)
        return goes_on

    def _tell_due_page(self) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            ids = models.people_to_tell(tx, today, PAGE)
            if ids:
                refresh(tx, demands_on(tx, today), ids)
        return len(ids) > 0


def refresh(tx: Transaction, demands: Demands, employee_ids: Collection[UUID]) -> None:
    """Write what is due of these people now, and tell them what is to be told.

    They are held meanwhile, and everything is read after that: whoever comes second finds what the first has written.
    """
    if demands.are_none and models.is_empty(tx):
        return
    today = tehran_date(tx.now)
    held = people.hold(tx, employee_ids)
    subjects = subjects_of(tx, demands, [row for row in held.values() if is_there(row)], today)
    found = items_of(demands, subjects, today)
    _complete_programmes(tx, demands, held, subjects, found)
    known: dict[UUID, dict[tuple[str, str], Mapping[str, Any]]] = {one: {} for one in held}
    for row in models.items_of(tx, list(held)):
        known[row.employee_id][row.cause, row.code] = dict(row._mapping)
    changed, rows = list[UUID](), list[dict[str, Any]]()
    notices: Notices = {}
    for employee_id, person in held.items():
        wanted = {}
        for item in found.get(employee_id, ()):
            if item.done_on is None:
                row = _row(demands, person, item, known[employee_id].get((item.cause, item.code)), today, notices, tx)
                wanted[item.cause, item.code] = row
        if wanted != known[employee_id]:
            changed.append(employee_id)
            rows += wanted.values()
    models.replace_items(tx, changed, rows)
    written = [row for row, _event in notices.values()]
    for notice_id in insert_rows(tx, models.due_notices, written, returning="id", skip_known=True):
        event = notices[notice_id][1]
        tx.publish(event)
        tx.after_commit(metrics.COURSES_DUE.labels(event.cause).inc)


def _complete_programmes(
    tx: Transaction,
    demands: Demands,
    held: Mapping[UUID, Any],
    subjects: Mapping[UUID, Subject],
    found: Mapping[UUID, Sequence[Item]],
) -> None:
    """Write and say the programmes that were completed by training elsewhere that is recognised now."""
    new: dict[str, dict[UUID, Any]] = {}
    for employee_id, theirs in found.items():
        for item in theirs:
            if item.is_programme and item.done_on and item.code not in (subjects[employee_id].written or {}):
                new.setdefault(item.code, {})[employee_id] = held[employee_id]
    for code, people_of_it in new.items():
        if demands.rules.programmes[code].retired_at is None:
            programmes.complete(tx, [demands.rules.programmes[code]], people_of_it)


def _row(
    demands: Demands,
    person: Any,
    item: Item,
    before: Mapping[str, Any] | None,
    today: date,
    notices: Notices,
    tx: Transaction,
) -> dict[str, Any]:
    """An item as it is kept; what is to be told of it today is added to the notices."""
    # Another last day has occasions of its own.
    told = before["told"] if before and before["due_on"] == item.due_on else None
    next_on = None
    if item.due_on is not None:
        telling = demands.warn_days, today, demands.makeup_days
        notice = next_notice(item.due_on, told, *telling)
        if notice is not None and notice.day <= today:
            notice_id, row = _notice(person, item, item.due_on, notice.occasion, tx)
            notices[notice_id] = row, _event(notice_id, demands, person, item, item.due_on, today)
            told = notice.occasion
            notice = next_notice(item.due_on, told, *telling)
        next_on = notice and notice.day
    return {
        "employee_id": person.id,
        "cause": item.cause,
        "code": item.code,
        "agency_code": person.agency_code,
        "is_programme": item.is_programme,
        "due_on": item.due_on,
        "sorted_on": item.due_on or NO_DAY,
        "opens_on": item.opens_on,
        "begun": item.begun,
        "told": told,
        "next_notice_on": next_on,
    }


def _notice(person: Any, item: Item, due_on: date, occasion: int, tx: Transaction) -> tuple[UUID, dict[str, Any]]:
    notice_id = uuid5(OCCASIONS, f"{person.id}/{item.cause}/{item.code}/{due_on}/{occasion}")
    same = {"employee_id": person.id, "cause": item.cause, "code": item.code, "due_on": due_on}
    return notice_id, {"id": notice_id, **same, "occasion": occasion, "told_at": tx.now}


def _event(due_id: UUID, demands: Demands, person: Any, item: Item, due_on: date, today: date) -> CourseDueV1:
    return CourseDueV1(
        due_id=due_id,
        employee_id=person.id,
        agency_code=person.agency_code,
        full_name=person.full_name,
        cause=item.cause,  # type: ignore[arg-type]
        code=item.code,
        title=LocalizedText(**demands.title(item.code)),
        is_programme=item.is_programme,
        due_on=due_on,
        is_overdue=due_on < today,
    )
