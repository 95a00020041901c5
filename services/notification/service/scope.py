"""Whose notifications a caller may see: those of the own agency and of all below it; operators and national, all."""

from collections.abc import Sequence

from services.notification import models
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import NotFound


def sees_all(caller: Caller) -> bool:
    return caller.is_national or "operator" in caller.roles


def sees(tx: Transaction, caller: Caller, agency_code: str) -> bool:
    return sees_all(caller) or models.agency_tree.sees(tx, caller, agency_code)


def codes(tx: Transaction, caller: Caller, agency_code: str | None) -> Sequence[str] | None:
    """The agencies a list is about: one of the caller's, or all of them; None for every agency there is. NotFound
    `agency_not_found`."""
    if agency_code is not None and not sees(tx, caller, agency_code):
        raise NotFound("agency_not_found", "There is no such agency.")
    if agency_code is not None:
        return [agency_code]
    return None if sees_all(caller) else models.agency_tree.codes(tx, caller)
