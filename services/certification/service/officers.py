"""Who may change a certificate, and in whose name."""

from typing import Any
from uuid import UUID

from services.certification import models
from services.certification.domain.requests import Asker, check_not_holder
from services.certification.service.desk import KNOWN
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import Conflict, NotFound

OFFICERS = ("certification_officer", "national")


def asker(tx: Transaction, caller: Caller, officer_id: UUID | None) -> Asker:
    """The caller and the officer it names, who must work in the caller's agency.

    NotFound `employee_not_found`, also for one of another agency.
    """
    if officer_id is not None and models.agency_of_employee(tx, officer_id) != caller.agency:
        raise NotFound("employee_not_found", "There is no such employee in the calling agency.")
    return Asker(caller.system, officer_id)


def owned(tx: Transaction, caller: Caller, certificate_id: UUID, officer: Asker) -> Any:
    """A certificate that the caller's agency or one below it issued, locked.

    NotFound `certificate_not_found`; Forbidden `own_certificate` for an officer who holds it.
    """
    row = models.lock_certificate(tx, certificate_id)
    if row is None or not models.agency_tree.sees(tx, caller, row.agency_code):
        raise NotFound(*KNOWN)
    check_not_holder(row.employee_id, officer.officer_id)
    return row


def check_not_erased(row: Any) -> None:
    if row.erased_at is not None:
        raise Conflict(
            "holder_erased", "The holder's data was erased; what the certificate said is not known any more."
        )
