"""What all calls of certification stand on: the keys, and the certificate that somebody asks for."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from werkzeug.wrappers import Request

from services.certification import models
from services.certification.domain import codes
from services.certification.domain.extracts import KIND
from services.certification.domain.snapshots import last_day
from services.certification.domain.states import status_on
from services.certification.service import showing
from services.certification.service.keeping import must_have_holder
from services.certification.service.minting import Office
from services.certification.service.proving import Proofs
from services.certification.signing import Keyring, keyring_of
from shared.auth import Caller
from shared.config import Config
from shared.database import Database, Transaction
from shared.errors import NotFound
from shared.persian import digits_ascii, tehran_date

KNOWN = ("certificate_not_found", "There is no such certificate.")


class Desk:
    """Mixed into the service."""

    config: Config
    db: Database
    log: Any
    too_often: Callable[[Request], int]

    @property
    def keyring(self) -> Keyring:
        return keyring_of(self.config)

    @property
    def office(self) -> Office:
        return Office(self.keyring, self.config.public_url)

    @property
    def proofs(self) -> Proofs:
        return Proofs(self.keyring, self.log)

    def seen(self, tx: Transaction, caller: Caller, certificate_id: Any) -> tuple[Any, dict[str, Any]]:
        """A certificate, and what it says, if its issuer or its holder's agency is the caller's or below that."""
        row = models.certificate(tx, certificate_id)
        if row is None:
            raise NotFound(*KNOWN)
        if not models.agency_tree.sees(tx, caller, row.agency_code):
            employer = models.agency_of_employee(tx, row.employee_id)
            if employer is None or not models.agency_tree.sees(tx, caller, employer):
                raise NotFound(*KNOWN)
        return row, self.proofs.said(tx, row)

    def by_code(self, tx: Transaction, text: str) -> tuple[Any, dict[str, Any]]:
        """The certificate with a code as it was typed, and what it says; all wrong codes look alike."""
        # What cannot be a code is looked up too, so that it takes as long.
        row = models.certificate_by_code(tx, codes.read_code(digits_ascii(text)) or "")
        if row is None:
            raise NotFound(*KNOWN)
        return row, self.proofs.said(tx, row)

    def by_any_code(self, tx: Transaction, text: str) -> tuple[Any, dict[str, Any]]:
        """The same for a code of a certificate or of the document of a training record."""
        code = codes.read_code(digits_ascii(text)) or ""
        row = models.certificate_by_code(tx, code) or models.record_document_by_code(tx, code)
        if row is None:
            raise NotFound(*KNOWN)
        return row, self.proofs.said(tx, row)

    def verification(self, tx: Transaction, text: str) -> dict[str, Any]:
        """What anybody may know of the certificate or training record with a code."""
        row, said = self.by_any_code(tx, text)
        shown = showing.record_verification if said["kind"] == KIND else showing.verification
        return shown(tx, self.office, row, said)

    def item(self, row: Any, said: dict[str, Any]) -> dict[str, Any]:
        """A certificate in a list."""
        names = ("serial", "kind", "course_code", "course_version", "course_title", "verification_code")
        return {
            **{name: said[name] for name in names},
            "certificate_id": row.id,
            "status": status_on(row.status, last_day(said), tehran_date(datetime.now(UTC))),
            "valid_until": last_day(said),
            "hours": float(said["hours"]),
            "completed_on": date.fromisoformat(said["completed_on"]),
            "issued_at": row.issued_at,
            "verification_url": self.office.verification_url(row.verification_code),
        }


def with_holder(row: Any, said: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A certificate that can be put on a page. NotFound `holder_erased`."""
    must_have_holder(row)
    return row, said
