"""Whose people and agencies a caller may ask about and decide for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notification import models
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import NotFound

READERS = ("agency_system", "training_officer", "auditor", "national", "operator")


def sees_all(caller: Caller) -> bool:
    return caller.is_national or "operator" in caller.roles


def sees(tx: Transaction, caller: Caller, agency_code: str) -> bool:
    """Whether an agency is the caller's or below it; operators and national callers see all."""
    return sees_all(caller) or models.agency_tree.sees(tx, caller, agency_code)


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


def codes(tx: Transaction, caller: Caller, agency_code: str | None) -> Sequence[str] | None:
    """One of the caller's agencies, or else all of theirs; None for every agency there is. NotFound
    `agency_not_found`."""
    if agency_code is not None:
        must_see_agency(tx, caller, agency_code)
        return [agency_code]
    return None if sees_all(caller) else models.agency_tree.codes(tx, caller)


def with_those_below(tx: Transaction, caller: Caller, agency_code: str) -> list[str]:
    """An agency and all below it; NotFound `agency_not_found` unless it is the caller's to know."""
    if not sees(tx, caller, agency_code):
        raise NotFound("agency_not_found", "There is no such agency.")
    return list(dict.fromkeys([agency_code, *tx.scalars(models.agency_tree.subtree(agency_code))]))
