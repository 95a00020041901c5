"""The second pair of eyes: confirming or refusing what somebody else asked for."""

from typing import Any
from uuid import UUID

from services.certification.domain import requests
from services.certification.domain.requests import ACTION, CORRECTION, Asker
from services.certification.domain.states import STATES
from services.certification.schemas import lifecycle as schemas
from services.certification.service import officers
from services.certification.service.desk import Desk
from services.certification.service.moving import move
from services.certification.service.numbering import Numbers
from services.certification.service.replacing import changed, completion_of, replace
from services.certification.service.requesting import close, seen_request, shown
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict
from shared.persian import tehran_date


class DecisionCalls(Desk):
    @command(schemas.RequestById, reply=schemas.Request, roles=officers.OFFICERS)
    def confirm_request(
        self, tx: Transaction, caller: Caller, request_id: UUID, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Do what somebody else asked for: replace the certificate (`new_certificate_id`), or revoke it.

        Never by who asked: one officer, or one system that does not name two officers, is refused as Forbidden
        `four_eyes`. NotFound `request_not_found`, `employee_not_found`; Forbidden `own_certificate`; Conflict
        `request_decided`, `certificate_changed` when the certificate was replaced or revoked meanwhile (details:
        `state`), `holder_erased`, `certificate_damaged`.
        """
        actor = officers.asker(tx, caller, officer_id)
        known = seen_request(tx, caller, request_id, lock=False)
        # The counter before the certificate, as everywhere, so that nobody waits in a circle.
        numbers = Numbers(tx, [known.agency_code]) if known.kind == CORRECTION else None
        request = seen_request(tx, caller, request_id)
        _check_may_decide(tx, request, actor)
        row = officers.owned(tx, caller, request.certificate_id, actor)
        if ACTION[request.kind] not in STATES[row.status]:
            message = f"The certificate is {row.status} now; ask anew for the one in its place."
            raise Conflict("certificate_changed", message, {"state": row.status})
        done = self._correct(tx, request, row, actor, numbers) if numbers else self._revoke(tx, request, row, actor)
        close(tx, request, "confirmed", actor, **done)
        return shown(tx, request_id)

    @command(schemas.RefuseRequest, reply=schemas.Request, roles=officers.OFFICERS)
    def refuse_request(
        self, tx: Transaction, caller: Caller, request_id: UUID, officer_id: UUID | None, reason: str
    ) -> dict[str, Any]:
        """Decide against what somebody else asked for; the certificate stays as it is. Errors as of a confirmation."""
        actor = officers.asker(tx, caller, officer_id)
        request = seen_request(tx, caller, request_id)
        _check_may_decide(tx, request, actor)
        close(tx, request, "refused", actor, reason)
        return shown(tx, request_id)

    def _correct(self, tx: Transaction, request: Any, row: Any, actor: Asker, numbers: Numbers) -> dict[str, Any]:
        officers.check_not_erased(row)
        said = self.proofs.said(tx, row)
        changes = {name: change["after"] for name, change in request.changes.items()}
        completion = changed(completion_of(row, said), [changes])
        new = replace(tx, self.office, row, completion, numbers, tx.cause, actor, request.reason)
        return {"new_certificate_id": new["id"]}

    def _revoke(self, tx: Transaction, request: Any, row: Any, actor: Asker) -> dict[str, Any]:
        ended = {"revoked_on": tehran_date(tx.now), "reason_code": request.reason_code}
        move(tx, self.office, [row], "revoke", actor, reason=request.reason, **ended)
        return {}


def _check_may_decide(tx: Transaction, request: Any, actor: Asker) -> None:
    is_late = request.status == requests.PENDING and request.expires_at < tx.now
    requests.check_pending("lapsed" if is_late else request.status)
    requests.check_four_eyes(Asker(request.requested_by, request.requested_officer_id), actor)
