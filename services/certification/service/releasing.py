"""What becomes of held completions: somebody looks at them, and releases or drops them.

A release is a decision, written at once; the certificates follow in batches by a timer, so that a restart in the middle
loses nothing and issues nothing twice.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.schemas import held as schemas
from services.certification.service import issuing
from services.certification.service.braking import message_of
from services.certification.service.desk import Desk
from services.certification.service.minting import Office
from services.certification.service.numbering import Numbers
from services.certification.service.reading import moment_of
from shared import green, metrics
from shared.auth import Caller
from shared.database import Database, Transaction
from shared.entrypoints import command, query, timer
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

DECIDERS = ("certification_officer", "national", "operator")
READERS = (*DECIDERS, "auditor")
NO_AGENCY = ("agency_not_found", "There is no such agency.")
BATCH = 200
KEPT_DAYS = 366  # the hours that the usual rate may be taken from, and a day


class HeldCalls(Desk):
    """Mixed into the service."""

    db: Database
    wake: Callable[[str], None]
    ending: Callable[[], bool]

    @query(schemas.ListHeld, reply=page_of(schemas.Held), roles=READERS)
    def list_held(
        self, tx: Transaction, caller: Caller, *, agency_code: str | None, cursor: str | None, limit: int, **where: Any
    ) -> dict[str, Any]:
        """Completions that the brake held, oldest completion first: of the own agency and those below it. Operators and
        national see all.

        The policy `issuance_brake` says how many certificates an agency is issued in an hour; what is above waits here
        until somebody releases or drops it.
        """
        codes = None if _sees_all(caller) else models.agency_tree.codes(tx, caller)
        if agency_code is not None:
            if not (codes is None or agency_code in codes):
                raise NotFound(*NO_AGENCY)
            codes = [agency_code]
        where = {name: value for name, value in where.items() if value is not None}
        key = decode_cursor(cursor, {"at": moment_of, "id": UUID}) if cursor else None
        rows = models.list_held(tx, where, codes, (key["at"], key["id"]) if key else None, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        following = encode_cursor({"at": last.completed_at.isoformat(), "id": last.enrollment_id}) if last else None
        return {"items": [row._asdict() for row in rows[:limit]], "next": following}

    @command(schemas.ReleaseHeld, reply=schemas.HeldDecision, roles=DECIDERS)
    def release_held(self, tx: Transaction, caller: Caller, *, mail: bool, **chosen: Any) -> dict[str, Any]:
        """Issue what is held of an agency: all, of one offering, or the first `count` by their completion.

        Certificates follow within seconds, some hundred at a time, whatever the limit says by now; without `mail`
        nobody is written to. `dry_run` says how many it would be and changes nothing.
        """
        return self._decide(tx, caller, **chosen, status="released", mail=mail)

    @command(schemas.DropHeld, reply=schemas.HeldDecision, roles=DECIDERS)
    def drop_held(self, tx: Transaction, caller: Caller, *, reason: str, **chosen: Any) -> dict[str, Any]:
        """Give up what is held of an agency: no certificate is issued for it, and what it said is forgotten.

        A completion that is corrected afterwards waits for another decision. `dry_run` as in `release_held`.
        """
        return self._decide(tx, caller, **chosen, status="dropped", reason=reason, body=None)

    @timer(interval=5.0)
    def issue_released(self) -> None:
        """Issue what was released, a batch in a transaction."""
        while not self.ending():
            with self.db.reading() as tx:  # which takes no writer's turn while there is nothing to do
                agency_code = models.next_released(tx)
            if agency_code is None:
                return
            with self.db.transaction() as tx:
                count = _issue_some(tx, self.office, agency_code)
            self.log.info("released_issued", agency=agency_code, count=count)
            green.pause()

    @timer(interval=15.0)
    def count_held(self) -> None:
        """Keep the gauge of what waits for a decision."""
        with self.db.reading() as tx:
            metrics.COMPLETIONS_WAITING.set(models.held_count(tx))

    @timer(interval=3600)
    def forget_hours(self) -> None:
        """Forget the counts of hours that no usual rate is taken from any more."""
        with self.db.transaction() as tx:
            models.forget_hours(tx, tx.now - timedelta(days=KEPT_DAYS))

    def _decide(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        agency_code: str,
        offering_id: UUID | None,
        count: int | None,
        dry_run: bool,
        **decision: Any,
    ) -> dict[str, Any]:
        _own(caller, agency_code)
        where = {"agency_code": agency_code} | ({} if offering_id is None else {"offering_id": offering_id})
        if not dry_run:
            Numbers(tx, [agency_code])  # nothing is held, corrected or issued while this is decided
        found = models.waiting(tx, where, count)
        if not dry_run:
            models.decide(tx, where, count, **decision, decided_at=tx.now, decided_by=caller.system)
            said = {"status": decision["status"], "count": found.count, "agency": agency_code, "system": caller.system}
            tx.after_commit(lambda: self.log.info("held_decided", **said))
            tx.after_commit(lambda: self.wake("issue_released"))
        return {"count": found.count, "oldest": found.oldest, "newest": found.newest, "dry_run": dry_run}


def _issue_some(tx: Transaction, office: Office, agency_code: str) -> int:
    """Issue some of an agency's released completions, the oldest first; how many were taken.

    Under the lock of its counter, as everything that is issued: of two replicas the second finds the next ones.
    """
    numbers = Numbers(tx, [agency_code])
    rows = models.list_held(tx, {"status": "released"}, [agency_code], None, BATCH)
    mail = {row.enrollment_id: row.mail for row in rows}
    wanted = issuing.without_certificate(tx, [message_of(row) for row in rows])
    drafts = issuing.drafts_of(tx, wanted, numbers)
    issuing.finish(tx, office, numbers, [replace(each, mail=mail[each.completion.enrollment_id]) for each in drafts])
    models.set_held(tx, list(mail), status="issued", body=None)
    return len(rows)


def _own(caller: Caller, agency_code: str) -> None:
    if not (_sees_all(caller) or caller.sees(agency_code)):
        raise NotFound(*NO_AGENCY)


def _sees_all(caller: Caller) -> bool:
    return caller.is_national or "operator" in caller.roles
