"""Whose people and agencies a caller may ask about and decide for."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notification import models
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import NotFound

READERS = ("agency_system", "training_officer", "auditor", "national", "operator")


def sees(tx: Transaction, caller: Caller, agency_code: str) -> bool:
    """Whether an agency is the caller's or below it; operators and national callers see all."""
    return "operator" in caller.roles or models.agency_tree.sees(tx, caller, agency_code)


def person(tx: Transaction, caller: Caller, employee_id: UUID) -> Any:
    """Somebody with what they chose (models.chosen); NotFound `employee_not_found` unless they are of the caller's
    agency or one below it today."""
    found = models.chosen(tx, employee_id)
    if found is None or found.erased_at is not None or not sees(tx, caller, found.agency_code):
        raise NotFound("employee_not_found", "There is no such employee.")
    return found


def must_see_agency(tx: Transaction, caller: Caller, agency_code: str) -> sa.Row[Any]:
    """An agency; NotFound `agency_not_found` unless it is the caller's or below it."""
    found = tx.execute(sa.select(models.agencies).where(models.agencies.c.code == agency_code)).first()
    if found is None or not sees(tx, caller, agency_code):
        raise NotFound("agency_not_found", "There is no such agency.")
    return found
