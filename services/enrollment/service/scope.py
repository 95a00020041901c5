"""Whose records a caller may see: those of its agency and of the agencies below it; national callers see all."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.enrollment.domain.reasons import NOT_OPEN
from services.enrollment.models import queries
from services.enrollment.models.people import agency_tree
from shared.auth import Caller
from shared.database import Transaction
from shared.errors import NotFound

sees, codes, within = agency_tree.sees, agency_tree.codes, agency_tree.within


def must_see(tx: Transaction, caller: Caller, agency_code: str) -> None:
    """NotFound `agency_not_found` unless there is such an agency, the caller's or below it: nobody sees figures or an
    empty list of a code that was mistyped."""
    if not sees(tx, caller, agency_code) or not queries.agency_names(tx, [agency_code]):
        raise no_agency()


def must_own(tx: Transaction, caller: Caller, offering: Any) -> None:
    """NotFound `offering_not_found` unless the offering is of the caller's agency or of one below it."""
    if not sees(tx, caller, offering.agency_code):
        raise NotFound(NOT_OPEN.code, NOT_OPEN.message)


def visible(tx: Transaction, caller: Caller, people: Mapping[UUID, Any]) -> dict[UUID, Any]:
    """Those of these people whom the caller may see and who are not merged or erased; asked once for each agency."""
    seen = {code: sees(tx, caller, code) for code in {row.agency_code for row in people.values()}}
    return {
        key: row
        for key, row in people.items()
        if seen[row.agency_code] and row.merged_into is None and row.erased_at is None
    }


def no_agency() -> NotFound:
    return NotFound("agency_not_found", "There is no such agency.")
