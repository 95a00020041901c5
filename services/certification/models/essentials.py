"""The signed essentials of certificates that were issued without: many are printed soon after each other."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import certificates
from shared.bulk import document, given_rows


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
    """Store the essentials of certificates, by certificate: one statement on PostgreSQL."""
    if tx.get_bind().dialect.name == "postgresql":
        tx.execute(_KEEP_GIVEN, document([{"printed_id": id_, "signed": said} for id_, said in essentials.items()]))
    else:
        tx.execute(_KEEP, [{"printed_id": id_, "signed": said} for id_, said in essentials.items()])


def _keeping(printed_id: Any, signed: Any) -> Any:
    return sa.update(certificates).where(certificates.c.id == printed_id).values(essentials=signed)


_KEEP = _keeping(sa.bindparam("printed_id", type_=sa.Uuid), sa.bindparam("signed", type_=sa.LargeBinary))
_GIVEN = given_rows({"printed_id": sa.Uuid, "signed": sa.Text}).c
_KEEP_GIVEN = _keeping(_GIVEN.printed_id, sa.func.decode(_GIVEN.signed, "base64"))
