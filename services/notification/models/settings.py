"""How agencies write to their people, with what they inherit in the tree."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.domain.inheritance import UNSET, Setting, inherited
from services.notification.models.tables import agencies, agency_settings
from services.notification.models.upserting import upsert
from shared.tree import MAX_DEPTH

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
    chains = _chains(tx, wanted)
    return {code: inherited(chains[code], rows) for code in wanted}


def _chains(tx: "Transaction", codes: set[str]) -> dict[str, list[str]]:
    """Each agency with those above it, the nearest first, in one statement. One not heard of has only itself."""
    own, parent = agencies.c, agencies.alias("parent").c
    first = sa.select(own.code.label("origin"), own.code, own.parent_code, sa.literal(0).label("level"))
    chain = first.where(own.code.in_(codes)).cte(recursive=True)
    upwards = sa.select(chain.c.origin, parent.code, parent.parent_code, chain.c.level + 1).join(
        chain, sa.and_(parent.code == chain.c.parent_code, chain.c.level < MAX_DEPTH)
    )
    chain = chain.union_all(upwards)
    found = {code: [code] for code in codes}
    for row in tx.execute(sa.select(chain.c.origin, chain.c.code, chain.c.parent_code).order_by(chain.c.level)):
        # The one above may not have been heard of, and have settings all the same.
        found[row.origin] += [code for code in (row.code, row.parent_code) if code]
    return {code: list(dict.fromkeys(above)) for code, above in found.items()}


def own_settings(tx: "Transaction", agency_code: str) -> sa.Row[Any] | None:
    """An agency's own row, locked until the transaction ends."""
    found = sa.select(agency_settings).where(agency_settings.c.agency_code == agency_code).with_for_update()
    return tx.execute(found).first()


def set_settings(tx: "Transaction", agency_code: str, changes: Mapping[str, Any]) -> None:
    """Change what is given; the rest of an agency's settings stays as it is."""
    insert = upsert(tx, agency_settings).values(agency_code=agency_code, **changes)
    tx.execute(insert.on_conflict_do_update(index_elements=["agency_code"], set_=dict(changes)))
