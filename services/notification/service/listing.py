"""Which agencies a list is about."""

from collections.abc import Sequence

from services.notification import models
from services.notification.service import scope
from shared.auth import Caller
from shared.database import Transaction


def sees_all(caller: Caller) -> bool:
    return caller.is_national or "operator" in caller.roles


def codes(tx: Transaction, caller: Caller, agency_code: str | None) -> Sequence[str] | None:
    """One of the caller's agencies, or else all of theirs; None for every agency there is. NotFound
    `agency_not_found`."""
    if agency_code is not None:
        scope.must_see_agency(tx, caller, agency_code)
        return [agency_code]
    return None if sees_all(caller) else models.agency_tree.codes(tx, caller)
