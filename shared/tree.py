"""The tree of agencies: an agency reads what belongs to those below it, and national callers read everything.

Each service keeps its own table of agencies with at least `code` and `parent_code`, from what it registers or hears.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from shared.auth import Caller
from shared.database import Transaction

MAX_DEPTH = 10


@dataclass(frozen=True)
class Tree:
    """The tree in a service's table. Agencies may become known in any order: one can have others below it before
    anything else is known of it, and two that change places may for a moment seem to be below each other."""

    agencies: sa.Table

    def subtree(self, code: str) -> sa.Select[Any]:
        """The codes of all agencies below one, and its own once it is known."""
        own, child = self.agencies.c, self.agencies.alias("child")
        below = sa.select(own.code).where(sa.or_(own.code == code, own.parent_code == code)).cte(recursive=True)
        below = below.union(sa.select(child.c.code).join(below, child.c.parent_code == below.c.code))
        return sa.select(below.c.code)

    def above(self, tx: Transaction, code: str) -> list[str]:
        """An agency and those above it, the nearest first; of one that is not known yet, nothing."""
        return self._above(tx, [code]).get(code, [])

    def chains(self, tx: Transaction, codes: Collection[str]) -> dict[str, list[str]]:
        """Each of these agencies and those above it, the nearest first; one that is not known yet has only itself."""
        found = self._above(tx, codes) if codes else {}
        return {code: found.get(code, [code]) for code in codes}

    def _above(self, tx: Transaction, codes: Collection[str]) -> dict[str, list[str]]:
        """All of them in one statement."""
        own, parent = self.agencies.c, self.agencies.alias("parent").c
        first = sa.select(own.code.label("origin"), own.code, own.parent_code, sa.literal(0).label("level"))
        chain = first.where(own.code.in_(codes)).cte(recursive=True)
        upwards = sa.select(chain.c.origin, parent.code, parent.parent_code, chain.c.level + 1).join(
            chain, sa.and_(parent.code == chain.c.parent_code, chain.c.level < MAX_DEPTH)
        )
        chain = chain.union_all(upwards)
        found: dict[str, dict[str, None]] = {}
        for row in tx.execute(sa.select(chain).order_by(chain.c.level)):
            # The one above need not be known itself.
            found.setdefault(row.origin, {}).update(dict.fromkeys(each for each in (row.code, row.parent_code) if each))
        return {origin: list(chain_of) for origin, chain_of in found.items()}

    def sees(self, tx: Transaction, caller: Caller, agency_code: str) -> bool:
        """Whether records of this agency are the caller's to know. Nothing is asked for one's own agency."""
        return caller.sees(agency_code) or caller.agency in self.above(tx, agency_code)

    def codes(self, tx: Transaction, caller: Caller) -> Sequence[str]:
        """The agency of a caller, who is not a national one, and all below it.

        They are read before the statement that needs them: of codes the database knows how many rows they have, and
        takes the right index; of a subquery it does not, and walks through everybody's.
        """
        return list({caller.agency: None} | dict.fromkeys(tx.scalars(self.subtree(caller.agency))))

    def within(self, tx: Transaction, caller: Caller, *columns: Any) -> sa.ColumnElement[bool]:
        """The condition that one of these columns of agency codes is in the caller's scope."""
        if caller.is_national:
            return sa.true()
        theirs = self.codes(tx, caller)
        return sa.or_(*(column.in_(theirs) for column in columns))
