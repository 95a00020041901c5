"""The signed essentials of certificates that were issued without: many are printed soon after each other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import certificates
from shared.bulk import EachRow


def lock_unprinted_after(tx: Session, row: Any, limit: int) -> Sequence[Any]:
    """The next certificates that were issued in the same moment as this one and have no essentials, locked.

    It waits for nobody: one that somebody else holds is left out, so who holds a lock already may call it.
    """
    own = certificates.c
    wanting = sa.and_(
        own.issued_at == row.issued_at, own.id > row.id, own.essentials.is_(None), own.erased_at.is_(None)
    )
    statement = sa.select(certificates).where(wanting).order_by(own.id).limit(limit)
    return tx.execute(statement.with_for_update(skip_locked=True)).all()


def keep_essentials(tx: Session, essentials: Mapping[UUID, bytes]) -> None:
    """Store the essentials of certificates, by certificate."""
    _KEEP.run(tx, [{"printed_id": id_, "signed": said} for id_, said in essentials.items()])


_KEEP = EachRow(
    {"printed_id": sa.Uuid(), "signed": sa.LargeBinary()},
    lambda said: (
        sa.update(certificates).where(certificates.c.id == said["printed_id"]).values(essentials=said["signed"])
    ),
)
