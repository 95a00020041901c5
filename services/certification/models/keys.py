"""The books of the signing room: every public key that signs or ever signed. A key is never taken out of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import certificates, metadata
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

signing_keys_table = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("owner_code", sa.String(30)),  # null: the platform's
    sa.Column("use", sa.String(12), nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),  # SubjectPublicKeyInfo, DER
    sa.Column("certificates", sa.Text),  # X.509, PEM, its own first
    # When signatures of it count; null: before our books began, or not known yet.
    sa.Column("not_before", UTCDateTime),
    sa.Column("not_after", UTCDateTime),
    sa.Column("retired_at", UTCDateTime),
    sa.Column("retired_reason", sa.Text),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.CheckConstraint("use IN ('certificates', 'documents')", name="use"),
)


def signing_keys(tx: Session) -> Sequence[Any]:
    """All keys in the books; some hundreds at most."""
    return tx.execute(sa.select(signing_keys_table).order_by(signing_keys_table.c.key_id)).all()


def add_signing_keys(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write keys down; what another replica wrote of one first holds."""
    insert_rows(tx, signing_keys_table, rows, skip_known=True)


def put_signing_key(tx: Session, row: dict[str, Any]) -> None:
    """Write a key down, or that its certificate was renewed; it starts when it first did."""
    add_signing_keys(tx, [row])
    renewed = {name: row[name] for name in ("certificates", "not_after")}
    tx.execute(sa.update(signing_keys_table).where(signing_keys_table.c.key_id == row["key_id"]).values(**renewed))


def retire_signing_key(tx: Session, key_id: str, at: datetime, reason: str) -> bool:
    """Nothing that this key signs from then on counts; False when it was retired before or is not known."""
    own = signing_keys_table.c
    statement = sa.update(signing_keys_table).where(own.key_id == key_id, own.retired_at.is_(None))
    return bool(tx.execute(statement.values(retired_at=at, retired_reason=reason)).rowcount)  # type: ignore[attr-defined]


def first_signed_at(tx: Session, key_id: str) -> datetime | None:
    """When a key signed its first certificate: reads all of them, which happens once in the life of a key."""
    own = certificates.c
    return tx.scalar(sa.select(sa.func.min(own.issued_at)).where(own.key_id == key_id))
