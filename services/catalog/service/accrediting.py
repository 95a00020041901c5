"""Under which accreditation an offering is held."""

from datetime import date
from typing import Any

from services.catalog.domain import providers as domain
from services.catalog.models import providers as models
from services.catalog.models.providers import Provider
from shared.database import Transaction
from shared.errors import Conflict, Invalid


def accredited(
    tx: Transaction, provider_code: str, agency_code: str, course_type: str, starts_on: date, ends_on: date
) -> dict[str, Any] | None:
    """The accreditation that lets a provider give this type of course on all of these days; None where it needs none.

    It is not withdrawn before the end of the transaction. Invalid `provider_code` for an unknown one or another
    agency's unit; Conflict `provider_not_accredited` with the first day that is not covered.
    """
    provider = tx.get(Provider, provider_code)
    if provider is None:
        raise Invalid.field("provider_code", f"{provider_code} is not registered")
    if provider.agency_code not in (None, agency_code):
        raise Invalid.field("provider_code", "is the training unit of another agency")
    if not domain.needs_accreditation(provider.kind, course_type):
        return None
    granted = models.accreditations_of(tx, [provider_code], keep=True)[provider_code]
    day = domain.first_uncovered_day(granted, course_type, starts_on, ends_on)
    if day is not None:
        message = f"{provider_code} is not accredited for {course_type} courses on {day.isoformat()}."
        details = {"provider_code": provider_code, "uncovered_on": day.isoformat()}
        raise Conflict("provider_not_accredited", message, details)
    return domain.accreditation_named(granted, course_type, starts_on, ends_on)
