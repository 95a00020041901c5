"""How people want to be told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import preferences, recipients
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction

_OWN = [column for column in preferences.c if column.name != "employee_id"]


def chosen(tx: "Transaction", employee_id: UUID) -> sa.Row[Any] | None:
    """The person that somebody is by now (a duplicate is the one it was merged into), with what they chose and all
    preferences null if that is nothing; None of nobody heard of."""
    own, other = recipients.c, recipients.alias("kept")
    kept = other.c
    person = (kept.employee_id, kept.agency_code, kept.language.label("registered_language"), kept.erased_at)
    found = (
        sa.select(*person, *_OWN)
        .select_from(recipients)
        .join(other, kept.employee_id == sa.func.coalesce(own.merged_into, own.employee_id))
        .outerjoin(preferences, preferences.c.employee_id == kept.employee_id)
        .where(own.employee_id == employee_id)
    )
    return tx.execute(found).first()


def hold_person(tx: "Transaction", employee_id: UUID) -> None:
    """Let nobody else change, merge or erase this person until the transaction ends."""
    held = sa.select(recipients.c.employee_id).where(recipients.c.employee_id == employee_id)
    tx.execute(held.with_for_update(key_share=True)).first()


def set_preferences(tx: "Transaction", employee_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change what is given, of a person who is held; the rest stays as it is."""
    insert = upsert(tx, preferences).values({"unsubscribed": [], **changes, "employee_id": employee_id})
    tx.execute(insert.on_conflict_do_update(index_elements=["employee_id"], set_=dict(changes)))


def merge_preferences(tx: "Transaction", duplicate_id: UUID, employee_id: UUID) -> None:
    """What the kept person chose holds, and what the duplicate chose only where the kept one chose nothing at all; but
    whoever wanted nothing of a kind goes on getting nothing of it."""
    both = sa.select(preferences).where(preferences.c.employee_id.in_([duplicate_id, employee_id]))
    found = {row.employee_id: row._mapping for row in tx.execute(both)}
    if duplicate_id not in found or duplicate_id == employee_id:
        return
    theirs, own = found[duplicate_id], found.get(employee_id, found[duplicate_id])
    united = sorted({*theirs["unsubscribed"], *own["unsubscribed"]})
    set_preferences(tx, employee_id, {**own, "employee_id": employee_id, "unsubscribed": united})
    tx.execute(sa.delete(preferences).where(preferences.c.employee_id == duplicate_id))
