"""Asking for a correction or a revocation. Nothing changes before another person has confirmed it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain import requests, states
from services.certification.domain.requests import CORRECTION, REVOCATION, Asker
from services.certification.policies import value_on
from services.certification.schemas import lifecycle as schemas
from services.certification.service import officers
from services.certification.service.desk import Desk
from shared.auth import Caller
from shared.database import Database, Transaction
from shared.entrypoints import command, query, timer
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import end_of_day, tehran_date
from shared.schemas import page_of

READERS = ("certification_officer", "auditor", "national")
UNKNOWN = ("request_not_found", "There is no such request.")


class RequestCalls(Desk):
    db: Database

    @command(schemas.RequestCorrection, reply=schemas.Request, roles=officers.OFFICERS)
    def request_correction(
        self,
        tx: Transaction,
        caller: Caller,
        certificate_id: UUID,
        changes: dict[str, Any],
        reason: str,
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """Ask that a certificate of one's own agency be replaced by one that says something else.

        Once another person confirms it, a new certificate is issued with a serial and a code of its own; the old code
        still answers, and says by what, when and why it was replaced. It lapses after the policy's
        `certificate_request_days`, the last one wholly inside. Invalid names each change that is none or cannot be;
        NotFound `certificate_not_found`, `employee_not_found` (the officer); Forbidden `own_certificate`; Conflict
        `illegal_state`, `request_pending` with its `request_id`, `holder_erased`, `certificate_damaged`.
        """
        actor = officers.asker(tx, caller, officer_id)
        row = officers.owned(tx, caller, certificate_id, actor)
        states.after(row.status, "correct")
        officers.check_not_erased(row)
        plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in changes.items()}
        differences = requests.differences(self.proofs.said(tx, row), plain, tehran_date(tx.now))
        return _ask(tx, actor, row, CORRECTION, reason, changes=differences)

    @command(schemas.RequestRevocation, reply=schemas.Request, roles=officers.OFFICERS)
    def request_revocation(
        self,
        tx: Transaction,
        caller: Caller,
        certificate_id: UUID,
        reason_code: str,
        reason: str,
        officer_id: UUID | None,
    ) -> dict[str, Any]:
        """Ask that a certificate of one's own agency be revoked, for a reason of the policy `revocation_reasons`.

        Once another person confirms it the certificate does not hold any more; in the meantime it may be suspended. It
        lapses as a request for a correction does. Invalid for another `reason_code`; NotFound `certificate_not_found`,
        `employee_not_found`; Forbidden `own_certificate`; Conflict `illegal_state`, `request_pending`.
        """
        actor = officers.asker(tx, caller, officer_id)
        row = officers.owned(tx, caller, certificate_id, actor)
        states.after(row.status, "revoke")
        codes = [each["code"] for each in value_on(tx, "revocation_reasons", tehran_date(tx.now))]
        if reason_code not in codes:
            raise Invalid.field("reason_code", f"must be one of {', '.join(codes)}")
        return _ask(tx, actor, row, REVOCATION, reason, reason_code=reason_code)

    @command(schemas.RequestById, reply=schemas.Request, roles=officers.OFFICERS)
    def withdraw_request(
        self, tx: Transaction, caller: Caller, request_id: UUID, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Take back a request that the calling system made itself.

        NotFound `request_not_found`, `employee_not_found`; Forbidden `not_the_asker`; Conflict `request_decided`.
        """
        actor = officers.asker(tx, caller, officer_id)
        row = seen_request(tx, caller, request_id)
        if row.requested_by != caller.system:
            raise Forbidden("not_the_asker", "Only who asked takes a request back; others refuse it.")
        requests.check_pending(row.status)
        close(tx, row, "withdrawn", actor)
        return shown(tx, request_id)

    @query(schemas.ListRequests, reply=page_of(schemas.Request), roles=READERS)
    def list_requests(
        self,
        tx: Transaction,
        caller: Caller,
        status: str | None,
        certificate_id: UUID | None,
        agency_code: str | None,
        cursor: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """Requests of one's own agency and those below it in the order they were made, those that wait with `status`
        pending."""
        after = decode_cursor(cursor, {"request_id": UUID})["request_id"] if cursor else None
        codes = None if caller.is_national else models.agency_tree.codes(tx, caller)
        wanted = {"agency_code": agency_code, "status": status, "certificate_id": certificate_id}
        rows = models.requests(tx, codes, wanted, after, limit + 1)
        more = encode_cursor({"request_id": rows[limit - 1].id}) if len(rows) > limit else None
        return {"items": [_item(row) for row in rows[:limit]], "next": more}

    @timer(interval=300)
    def lapse_requests(self) -> None:
        """End the requests that nobody decided on in time. Made up for after an outage, harmless in replicas."""
        with self.db.transaction() as tx:
            count = models.lapse_requests(tx, tx.now)
        if count:
            self.log.info("certificate_requests_lapsed", count=count)


def _ask(tx: Transaction, actor: Asker, row: Any, kind: str, reason: str, **more: Any) -> dict[str, Any]:
    """Write the request; the row of the certificate is locked, and an index allows one that waits."""
    waiting = models.pending_request(tx, row.id)
    if waiting is not None:
        message = "Somebody has asked for a change of this certificate, and it is not decided."
        raise Conflict("request_pending", message, {"request_id": str(waiting)})
    today = tehran_date(tx.now)
    days = value_on(tx, "certificate_request_days", today)
    request_id = new_id()
    models.add_request(
        tx,
        {
            "id": request_id,
            "certificate_id": row.id,
            "enrollment_id": row.enrollment_id,
            "agency_code": row.agency_code,
            "kind": kind,
            "status": requests.PENDING,
            "reason": reason,
            "requested_at": tx.now,
            "requested_by": actor.system,
            "requested_officer_id": actor.officer_id,
            "expires_at": end_of_day(today + timedelta(days=days)),
            **more,
        },
    )
    return shown(tx, request_id)


def seen_request(tx: Transaction, caller: Caller, request_id: UUID, *, lock: bool = True) -> Any:
    """A request of the caller's agency. NotFound `request_not_found`."""
    row = models.request(tx, request_id, lock=lock)
    if row is None or not models.agency_tree.sees(tx, caller, row.agency_code):
        raise NotFound(*UNKNOWN)
    return row


def close(tx: Transaction, row: Any, status: str, actor: Asker, reason: str | None = None, **more: Any) -> None:
    """Write down what was decided, when and by whom."""
    who = {"decided_by": actor.system, "decided_officer_id": actor.officer_id, "decision_reason": reason}
    models.set_request(tx, row.id, status=status, decided_at=tx.now, **who, **more)


def shown(tx: Transaction, request_id: UUID) -> dict[str, Any]:
    return _item(models.request(tx, request_id))


def _item(row: Any) -> dict[str, Any]:
    return {**row._mapping, "request_id": row.id}
