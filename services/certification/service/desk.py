"""What all calls of certification stand on: the keys, and the certificate that somebody asks for."""

from collections.abc import Callable
from datetime import date
from typing import Any

from werkzeug.wrappers import Request

from services.certification import models
from services.certification.domain import codes
from services.certification.service.minting import Office
from services.certification.service.proving import Proofs
from services.certification.signing import FileSigner, signer_of
from shared.auth import Caller
from shared.config import Config
from shared.database import Database, Transaction
from shared.errors import NotFound
from shared.persian import digits_ascii

KNOWN = ("certificate_not_found", "There is no such certificate.")


class Desk:
    """Mixed into the service."""

    config: Config
    db: Database
    log: Any
    too_often: Callable[[Request], int]

    @property
    def signer(self) -> FileSigner:
        return signer_of(self.config.keys_dir)

    @property
    def office(self) -> Office:
        return Office(self.signer, self.config.public_url)

    @property
    def proofs(self) -> Proofs:
        return Proofs(self.signer, self.log)

    def seen(self, tx: Transaction, caller: Caller, certificate_id: Any) -> tuple[Any, dict[str, Any]]:
        """A certificate that the caller's agency issued or whose holder works there, and what it says."""
        row = models.certificate(tx, certificate_id)
        if row is None:
            raise NotFound(*KNOWN)
        if not caller.sees(row.agency_code):
            caller.must_see(models.agency_of_employee(tx, row.employee_id) or "", *KNOWN)
        return row, self.proofs.said(row)

    def by_code(self, tx: Transaction, text: str) -> tuple[Any, dict[str, Any]]:
        """The certificate with a code as it was typed, and what it says; all wrong codes look alike."""
        # What cannot be a code is looked up too, so that it takes as long.
        row = models.certificate_by_code(tx, codes.read_code(digits_ascii(text)) or "")
        if row is None:
            raise NotFound(*KNOWN)
        return row, self.proofs.said(row)

    def item(self, row: Any, said: dict[str, Any]) -> dict[str, Any]:
        """A certificate in a list."""
        names = ("serial", "kind", "course_code", "course_version", "course_title", "verification_code")
        return {
            **{name: said[name] for name in names},
            "certificate_id": row.id,
            "status": row.status,
            "hours": float(said["hours"]),
            "completed_on": date.fromisoformat(said["completed_on"]),
            "issued_at": row.issued_at,
            "verification_url": self.office.verification_url(row.verification_code),
        }


def with_holder(row: Any, said: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """NotFound `holder_erased` for a certificate whose holder's data was erased: there is nothing to put on a page."""
    if row.erased_at is not None:
        raise NotFound("holder_erased", "The holder's data was erased; the certificate can only be verified.")
    return row, said
