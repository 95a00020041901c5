"""A repeated command with the same key gets the first reply.

The key's row is written in the command's own transaction: of two that run at once the second waits for the first
and then finds its reply. Errors are not kept: nothing happened, so the call may be made again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.errors import Conflict, Invalid

if TYPE_CHECKING:
    from shared.database import Transaction

MAX_KEY = 100
RETENTION_DAYS = 7  # policy default


@dataclass(frozen=True)
class Key:
    """An idempotency key in its scope: the calling system and the method."""

    system: str
    method: str
    key: str
    request_hash: str

    @classmethod
    def of(cls, value: Any, system: str, method: str, arguments: dict[str, Any]) -> "Key | None":
        """The key a caller sent, or None; raises Invalid when it is not a text of 1 to 100 characters."""
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= MAX_KEY:
            raise Invalid.field("idempotency_key", "must be a text of 1 to 100 characters")
        canonical = json.dumps(arguments, sort_keys=True, ensure_ascii=False, default=str)
        return cls(system, method, value, hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def columns(self) -> dict[str, str]:
        return {"system": self.system, "method": self.method, "key": self.key}


def earlier_reply(tx: "Transaction", table: sa.Table, key: Key) -> dict[str, Any] | None:
    """Claim the key and return None, or return what the first call replied.

    Raises Conflict `idempotency_key_reused` when the key came before with other arguments.
    """
    insert: Any = postgresql.insert if tx.dialect == "postgresql" else sqlite.insert
    row = {**key.columns, "request_hash": key.request_hash, "created_at": tx.now}
    claimed = tx.execute(insert(table).values(row).on_conflict_do_nothing().returning(table.c.key)).first()
    if claimed is not None:
        return None
    first = tx.execute(sa.select(table.c.request_hash, table.c.reply).where(*_is(table, key))).one()
    if first.request_hash != key.request_hash:
        raise Conflict("idempotency_key_reused", "This idempotency key was used with other arguments.")
    return dict(first.reply)


def remember(tx: "Transaction", table: sa.Table, key: Key, reply: dict[str, Any]) -> None:
    """Keep the reply of the call that claimed the key."""
    tx.execute(sa.update(table).where(*_is(table, key)).values(reply=reply))


def prune(tx: "Transaction", table: sa.Table, before: datetime) -> int:
    """Forget replies older than `before`."""
    return tx.execute(sa.delete(table).where(table.c.created_at < before)).rowcount  # type: ignore[attr-defined]


def _is(table: sa.Table, key: Key) -> list[Any]:
    return [table.c[name] == value for name, value in key.columns.items()]
