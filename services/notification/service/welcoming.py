"""The welcome after an import. An import itself never mails; an officer asks for it, with the count in hand."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.notification import models
from services.notification.domain.templates import Template
from services.notification.schemas import welcome as schemas
from services.notification.service import scope
from services.notification.service.queueing import Queue
from shared import green
from shared.auth import Caller
from shared.database import Database, Transaction
from shared.entrypoints import command, query, timer
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id

OFFICERS = ("training_officer", "national")
PAGE = 1000


class WelcomeCalls(Queue):
    """Mixed into the service."""

    db: Database
    ending: Callable[[], bool]

    @command(schemas.WelcomeStaff, reply=schemas.StaffWelcomed, roles=OFFICERS)
    def welcome_staff(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        registered_since: datetime | None,
        dry_run: bool,
        expected_count: int | None,
    ) -> dict[str, Any]:
        """Welcome the people of an agency and of those below it, each once ever, however often this is asked for.

        `dry_run` answers how many would be written to. The real call names that number as `expected_count` (Invalid
        without it) and is Conflict `count_changed`, with the new `count`, when it is another one by now. The mails are
        queued within seconds, page by page; what is above a cap of the hour (policy `message_caps`) is held until it is
        released. NotFound `agency_not_found` also for an agency of others.
        """
        codes = scope.with_those_below(tx, caller, agency_code)
        count = models.to_welcome(tx, codes, registered_since)
        reply = {"agency_code": agency_code, "count": count, "dry_run": dry_run, "welcome_id": None}
        if dry_run:
            return reply
        if expected_count is None:
            raise Invalid.field("expected_count", "must be the count that a dry run has answered")
        if expected_count != count:
            raise Conflict("count_changed", "It would be another number of people by now.", {"count": count})
        job = _job(tx, caller, agency_code, codes, registered_since, count)
        models.add_welcome(tx, job)
        tx.after_commit(lambda: self.wake("write_welcomes"))
        return reply | {"welcome_id": job["welcome_id"]}

    @query(schemas.GetWelcome, reply=schemas.WelcomeProgress, roles=(*OFFICERS, "auditor", "operator"))
    def get_welcome(self, tx: Transaction, caller: Caller, welcome_id: UUID) -> dict[str, Any]:
        """How far it has got. NotFound `welcome_not_found` also for one of another agency."""
        job = models.welcome(tx, welcome_id)
        if job is None or not scope.sees(tx, caller, job.agency_code):
            raise NotFound("welcome_not_found", "There is no such welcome.")
        return dict(job._mapping)

    @timer(interval=60)
    def write_welcomes(self) -> None:
        """Queue the welcomes that were asked for; after a crash from the last page on."""
        while not self.ending():
            with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
                if not models.welcome_runs(tx):
                    return
            with self.db.transaction() as tx:
                job = models.next_welcome(tx)
                if job is None:  # another replica is at it
                    return
                people = models.people_to_welcome(tx, job, PAGE)
                queued = self.queue_rows(tx, Template.WELCOME, [_row(job, person) for person in people])
                done = {"done_to": people[-1].employee_id} if people else {}
                is_last = {"finished_at": tx.now} if len(people) < PAGE else {}
                models.write_down_welcome(tx, job.welcome_id, queued, **done, **is_last)
            green.pause()


def _job(
    tx: Transaction, caller: Caller, agency_code: str, codes: Sequence[str], since: datetime | None, count: int
) -> dict[str, Any]:
    return {
        "welcome_id": new_id(),
        "agency_code": agency_code,
        "agency_codes": codes,
        "registered_since": since,
        "expected": count,
        "queued": 0,
        "correlation_id": tx.cause.correlation_id,
        "asked_at": tx.now,
        "asked_by": caller.system,
    }


def _row(job: Any, person: Any) -> dict[str, Any]:
    return {
        "event_id": uuid5(person.employee_id, Template.WELCOME.value),
        "subject_id": person.employee_id,
        "employee_id": person.employee_id,
        "agency_code": person.agency_code,
        "context": {"agency_name": person.agency_name},
        "correlation_id": job.correlation_id,
    }
