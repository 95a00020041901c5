"""Secrets that all replicas share."""

from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.notification.models.tables import secrets
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def secret(tx: "Transaction", name: str) -> str | None:
    """None until it was made."""
    value: str | None = tx.scalar(sa.select(secrets.c.value).where(secrets.c.name == name))
    return value


def make_secret(tx: "Transaction", name: str, value: str) -> None:
    """Keep a new secret, unless another replica was quicker: a secret is never changed."""
    row = {"name": name, "value": value, "made_at": tx.now}
    tx.execute(upsert(tx, secrets).values(row).on_conflict_do_nothing())
