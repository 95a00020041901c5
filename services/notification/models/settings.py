"""How agencies write to their people, with what they inherit in the tree."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.domain.inheritance import UNSET, Setting, inherited
from services.notification.models.tables import agency_settings, agency_tree
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def settings_of(tx: "Transaction", codes: Iterable[str]) -> dict[str, Mapping[str, Setting]]:
    """What holds for each of these agencies, and where it comes from.

    The rows of all agencies that set anything are few, so they are read as a whole, and the tree only if there are any.
    """
    wanted = set(codes)
    rows = {row.agency_code: row for row in tx.execute(sa.select(agency_settings))}
    if not rows:
        return dict.fromkeys(wanted, UNSET)
    chains = agency_tree.chains(tx, wanted)
    return {code: inherited(chains[code], rows) for code in wanted}


def own_settings(tx: "Transaction", agency_code: str) -> sa.Row[Any] | None:
    """An agency's own row, locked until the transaction ends."""
    found = sa.select(agency_settings).where(agency_settings.c.agency_code == agency_code).with_for_update()
    return tx.execute(found).first()


def set_settings(tx: "Transaction", agency_code: str, changes: Mapping[str, Any]) -> None:
    """Change what is given; the rest of an agency's settings stays as it is."""
    insert = upsert(tx, agency_settings).values(agency_code=agency_code, **changes)
    tx.execute(insert.on_conflict_do_update(index_elements=["agency_code"], set_=dict(changes)))
