"""Whose training officers are to be told anew: marks that are only added, so that nobody waits for anybody."""

from collections.abc import Iterable

import sqlalchemy as sa

from services.enrollment.models.tables import agencies, metadata
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.ids import new_id

# Written in the transaction that changes officers, and taken away in the one that tells who they are: nothing is lost
# by a crash in between. An agency may have several, as a person may have `due_marks`.
officer_marks = sa.Table(
    "officer_marks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
)


def mark_officers(tx: Transaction, agency_codes: Iterable[str]) -> None:
    """The officers of these agencies are others, or hold their roles for other days."""
    insert_rows(tx, officer_marks, [{"id": new_id(), "agency_code": code} for code in sorted(set(agency_codes))])


def has_marks(tx: Transaction) -> bool:
    return tx.execute(sa.select(officer_marks.c.id).limit(1)).first() is not None


def take_marked(tx: Transaction, limit: int) -> list[str]:
    """Take the oldest marks away; the agencies they are of. Those that another replica takes are left to it.

    The agencies stay locked, against the same and not against registrations in them, until the transaction ends: what
    two replicas tell of one agency has an order, and the later one knows all that the earlier one did.
    """
    own = officer_marks.c
    oldest = sa.select(own.id).order_by(own.id).limit(limit).with_for_update(skip_locked=True)
    taken = sa.delete(officer_marks).where(own.id.in_(oldest)).returning(own.agency_code)
    codes = sorted(set(tx.scalars(taken)))
    tx.execute(
        sa.select(agencies.c.code)
        .where(agencies.c.code.in_(codes))
        .order_by(agencies.c.code)
        .with_for_update(key_share=True)
    ).all()
    return codes
