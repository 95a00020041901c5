"""Offerings as they are looked up, and what would be given back."""

from datetime import date
from typing import Any
from uuid import UUID

from services.catalog.domain import money
from services.catalog.domain import offerings as domain
from services.catalog.models import offerings as models
from services.catalog.models.offerings import Offering
from services.catalog.schemas import offerings as schemas
from services.catalog.service.offerings import no_offering, shown
from services.catalog.service.roles import EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import Conflict
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of


class OfferingQueries:
    @query(schemas.GetOffering, reply=schemas.Offering, roles=EVERYONE)
    def get_offering(self, tx: Transaction, caller: Caller, offering_id: UUID) -> dict[str, Any]:
        """One offering, of the caller's own agency or open to it."""
        return shown(tx, [_visible(tx, caller, offering_id)])[0]

    @query(schemas.ListOfferings, reply=page_of(schemas.Offering), roles=EVERYONE)
    def list_offerings(
        self, tx: Transaction, caller: Caller, *, limit: int, cursor: str | None, **asked: Any
    ) -> dict[str, Any]:
        """Offerings of the caller's agency and those open to it, in the order they were opened; national sees all."""
        after = decode_cursor(cursor, {"offering_id": UUID})["offering_id"] if cursor else None
        rows = models.offerings_for(tx, None if caller.is_national else caller.agency, asked, after, limit + 1)
        following = encode_cursor({"offering_id": rows[limit - 1].offering_id}) if len(rows) > limit else None
        return {"items": shown(tx, rows[:limit]), "next": following}

    @query(schemas.QuoteRefund, reply=schemas.RefundQuote, roles=EVERYONE)
    def quote_refund(
        self,
        tx: Transaction,
        caller: Caller,
        offering_id: UUID,
        agency_code: str,
        kind: str,
        withdrawn_on: date | None,
    ) -> dict[str, Any]:
        """What a seat costs an agency, and what is given back of it by the table kept with the offering.

        `kind`: withdrawal, not_qualified, not_formed, cancelled, overpayment (the price then stands for what was paid
        too much). The table shipped with the system is a province's, not the national regulation's. Conflict
        `no_refund_table` for an offering that was opened before there was one.
        """
        offering = _visible(tx, caller, offering_id)
        if offering.refund_table is None:
            raise Conflict("no_refund_table", "No refund table was kept with this offering.")
        day = withdrawn_on or tehran_date(tx.now)
        price = money.price(offering.pricing, agency_code)
        share = money.refund_share(offering.refund_table, kind, day, offering.starts_on)
        return {"price": price, "share": float(share), "refund": money.refund(price, share), "withdrawn_on": day}


def _visible(tx: Transaction, caller: Caller, offering_id: UUID) -> Offering:
    """An offering of the caller's agency, or one that is open to it; to all others it does not exist."""
    offering = tx.get(Offering, offering_id)
    if offering is None:
        raise no_offering()
    listed = models.listed_agencies(tx, [offering]).get(offering_id, [])
    open_to_caller = offering.open_to == domain.OPEN_TO_ALL or caller.agency in listed
    if not (open_to_caller or caller.sees(offering.agency_code)):
        raise no_offering()
    return offering
