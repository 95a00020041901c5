"""Suspension, which can be taken back, and the history of everything that happened."""

from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain.states import status_on
from services.certification.schemas import lifecycle as schemas
from services.certification.schemas.certificates import CertificateById
from services.certification.service import officers
from services.certification.service.desk import Desk
from services.certification.service.moving import move
from services.certification.service.reading import VIEWERS
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.persian import tehran_date


class StandingCalls(Desk):
    @command(schemas.ChangeStatus, reply=schemas.Standing, roles=officers.OFFICERS)
    def suspend_certificate(
        self, tx: Transaction, caller: Caller, certificate_id: UUID, reason: str, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Let a certificate of one's own agency not hold for the time being, while a doubt is looked into.

        It can be reinstated, corrected or revoked, and still expires. One person is enough, because nothing is lost.
        NotFound `certificate_not_found`, `employee_not_found`; Forbidden `own_certificate`; Conflict `illegal_state`.
        """
        return self._moved(tx, caller, certificate_id, "suspend", reason, officer_id)

    @command(schemas.ChangeStatus, reply=schemas.Standing, roles=officers.OFFICERS)
    def reinstate_certificate(
        self, tx: Transaction, caller: Caller, certificate_id: UUID, reason: str, officer_id: UUID | None
    ) -> dict[str, Any]:
        """Let a suspended certificate hold again; past its last day it is expired. Errors as of a suspension."""
        return self._moved(tx, caller, certificate_id, "reinstate", reason, officer_id)

    @query(CertificateById, reply=schemas.History, roles=VIEWERS)
    def get_certificate_history(self, tx: Transaction, caller: Caller, certificate_id: UUID) -> dict[str, Any]:
        """Who did what with a certificate, when and why, and with those before and after it in its chain.

        NotFound `certificate_not_found`; Conflict `certificate_damaged`.
        """
        row, _ = self.seen(tx, caller, certificate_id)
        chain, steps = models.history_of(tx, row.enrollment_id)
        serials, today = {each.id: each.serial for each in chain}, tehran_date(tx.now)
        items = [_issue(each) for each in chain] + [{**step._mapping} for step in steps]
        return {
            "certificates": [
                {
                    **each._mapping,
                    "certificate_id": each.id,
                    "status": status_on(each.status, each.valid_until, today),
                    "superseded_by": serials.get(each.superseded_by),
                }
                for each in chain
            ],
            "items": [
                {**item, "serial": serials[item["certificate_id"]]}
                for item in sorted(items, key=lambda item: (item["at"], item["id"]))
            ],
        }

    def _moved(
        self, tx: Transaction, caller: Caller, certificate_id: UUID, action: str, reason: str, officer_id: UUID | None
    ) -> dict[str, Any]:
        actor = officers.asker(tx, caller, officer_id)
        row = officers.owned(tx, caller, certificate_id, actor)
        move(tx, self.office, [row], action, actor, reason=reason)
        now = models.certificate(tx, certificate_id)
        assert now is not None, "it is locked"
        status = status_on(now.status, now.valid_until, tehran_date(tx.now))
        return {"certificate_id": now.id, "serial": now.serial, "status": status}


def _issue(row: Any) -> dict[str, Any]:
    """The beginning of every certificate; it is in its row, and written nowhere else."""
    nobody = dict.fromkeys(("before", "system", "officer_id", "reason", "details"))
    return {"id": row.id, "certificate_id": row.id, "at": row.issued_at, "action": "issue", "after": "valid", **nobody}
