"""Inserts that know what to do about a row that is there."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from shared.database import Transaction


def upsert(tx: "Transaction", table: sa.Table) -> Any:
    """An insert of the database at hand, which knows conflict clauses."""
    return postgresql.insert(table) if tx.dialect == "postgresql" else sqlite.insert(table)
