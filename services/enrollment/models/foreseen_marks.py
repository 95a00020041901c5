"""Whose foreseen courses are to be worked out anew: marks that are only added, so that nobody waits for anybody."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.tables import metadata
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.ids import new_id

# Written in the transaction of what happened, and taken away in the one that answers it. A person may have several: a
# single one would have to be locked, and a mark that is answered at this moment would lose what came after it.
due_marks = sa.Table(
    "due_marks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Uuid, nullable=False),
)


def mark(tx: Transaction, employee_ids: Iterable[UUID]) -> None:
    """Something happened to these people that may change what is due: one statement for any number of them."""
    insert_rows(tx, due_marks, [{"id": new_id(), "employee_id": one} for one in dict.fromkeys(employee_ids)])


def take_marks(tx: Transaction, limit: int) -> list[UUID]:
    """Take the oldest marks away; the people they are of, each as often as they were marked. Those that another replica
    takes are left to it."""
    oldest = sa.select(due_marks.c.id).order_by(due_marks.c.id).limit(limit).with_for_update(skip_locked=True)
    statement = sa.delete(due_marks).where(due_marks.c.id.in_(oldest)).returning(due_marks.c.employee_id)
    return list(tx.scalars(statement))


def count_marks(tx: Transaction) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(due_marks)) or 0
