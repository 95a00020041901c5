"""Programmes: heard of the catalog, completed by people, and shown item by item."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.enrollment.domain.programmes import Completion, State, programme_state
from services.enrollment.models import programmes as models
from services.enrollment.models.courses import related_courses
from services.enrollment.models.programmes import programme_completions, programmes
from services.enrollment.service import facts
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import subscribe, timer
from shared.errors import Unavailable
from shared.events import ProgrammePublishedV1, ProgrammeRetiredV1
from shared.ids import new_id
from shared.messages import Message

if TYPE_CHECKING:
    from shared.database import Database

# A result that was being written when the news of a programme came could not know of it. After this time it has either
# been written or failed, and the sweep finds it.
SWEEP_AFTER = timedelta(seconds=60)
PAGE = 200


def sweep_time(now: datetime) -> datetime:
    """When completions from before some news may be looked through."""
    return now + SWEEP_AFTER


class ProgrammeSubscribers:
    db: "Database"

    @subscribe(ProgrammePublishedV1, batch=200)
    def on_programme_published(self, tx: Transaction, messages: list[Message[ProgrammePublishedV1]]) -> None:
        """Take over the latest version of a programme. Who completed it before the news is found by a timer."""
        for message in sorted(messages, key=lambda one: (one.event.programme_code, one.event.version)):
            known = models.lock_programme(tx, message.event.programme_code)
            if known is None or known.version < message.event.version:
                models.set_programme(tx, known is not None, _row(message.event, tx.now))

    @subscribe(ProgrammeRetiredV1, batch=200)
    def on_programme_retired(self, tx: Transaction, messages: list[Message[ProgrammeRetiredV1]]) -> None:
        """Nobody completes it any more. Unavailable `programme_not_known_yet`: its publication is on the way."""
        for message in sorted(messages, key=lambda one: one.event.programme_code):
            known = models.lock_programme(tx, message.event.programme_code)
            if known is None or known.version < message.event.version:
                raise Unavailable("programme_not_known_yet", "The programme is not known here yet.")
            if known.version == message.event.version:
                own = sa.update(programmes).where(programmes.c.programme_code == known.programme_code)
                tx.execute(own.values(retired_at=message.event.retired_at, sweep_from=None))

    @timer(interval=60)
    def complete_programmes(self) -> None:
        """Find those who had completed a programme before it was heard of, a page of people at a time."""
        while self._sweep_page():
            pass

    def _sweep_page(self) -> bool:
        with self.db.transaction() as tx:
            programme = models.to_sweep(tx)
            if programme is None:
                return False
            codes = {course["course_code"] for course in programme.courses}
            everything = codes.union(*related_courses(tx, codes)["equivalent"].values())
            people = models.who_completed(tx, everything, programme.swept_to, PAGE)
            complete(tx, [programme], {row.id: row for row in people})
            reached = {"swept_to": people[-1].id} if len(people) == PAGE else {"sweep_from": None}
            own = sa.update(programmes).where(programmes.c.programme_code == programme.programme_code)
            tx.execute(own.values(reached))
        return True


def complete(tx: Transaction, due: Sequence[Any], people: Mapping[UUID, Any]) -> None:
    """Write and say who of these people has now completed one of these programmes, each once for ever.

    The number of statements does not depend on how many people or programmes they are.
    """
    if not due or not people:
        return
    models.lock_employees(tx, list(people))
    states = states_of(tx, due, list(people))
    rows, told = [], {}
    for programme in due:
        for employee_id, person in people.items():
            state = states[programme.programme_code, employee_id]
            if state.complete:
                row = _completion(programme, employee_id, state, tx.now)
                rows.append(row)
                told[row["id"]] = facts.programme_completed(programme, person, row)
    for completion_id in insert_rows(tx, programme_completions, rows, returning="id", skip_known=True):
        tx.publish(told[completion_id])


def states_of(tx: Transaction, due: Sequence[Any], employee_ids: Sequence[UUID]) -> dict[tuple[str, UUID], State]:
    """How each of these people stands in each of these programmes."""
    codes = {course["course_code"] for programme in due for course in programme.courses}
    equivalent = related_courses(tx, codes)["equivalent"]
    done: dict[UUID, list[Completion]] = {employee_id: [] for employee_id in employee_ids}
    for row in models.completions_of(tx, employee_ids, codes.union(*equivalent.values())):
        done[row.employee_id].append(Completion(row.course_code, row.course_version, row.hours, row.completed_on))
    return {
        (programme.programme_code, employee_id): programme_state(programme, done[employee_id], equivalent)
        for programme in due
        for employee_id in employee_ids
    }


def _row(event: ProgrammePublishedV1, now: datetime) -> dict[str, Any]:
    names = ("programme_code", "version", "purpose", "ordered", "min_electives", "min_hours", "within_months")
    return {name: getattr(event, name) for name in (*names, "published_at")} | {
        "title": event.title.as_dict(),
        "courses": msgspec.to_builtins(event.courses),
        "audience": msgspec.to_builtins(event.audience),
        "retired_at": None,
        "sweep_from": sweep_time(now),
        "swept_to": None,
    }


def _completion(programme: Any, employee_id: UUID, state: State, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "employee_id": employee_id,
        "programme_code": programme.programme_code,
        "programme_version": programme.version,
        "hours": state.hours,
        "course_codes": [done.course_code for done in state.counted],
        "completed_on": state.completed_on,
        "completed_at": now,
    }
