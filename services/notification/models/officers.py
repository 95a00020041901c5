"""Who the training officers of an agency are, as enrollment said last."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import agency_officers, agency_tree, recipients
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def hear_officers(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or replace the officers of agencies, each at most once in `rows`; what is older changes nothing."""
    insert = upsert(tx, agency_officers)
    newer = {name: insert.excluded[name] for name in ("officers", "heard_at")}
    is_newer = insert.excluded.heard_at > agency_officers.c.heard_at
    statement = insert.on_conflict_do_update(index_elements=["agency_code"], set_=newer, where=is_newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["agency_code"]))


def officers_of(tx: "Transaction", agency_code: str, day: date, without: Collection[UUID] = ()) -> list[UUID]:
    """The training officers of an agency on a day, or of the nearest one above it that has any; nobody at all: [].

    Who was merged is the kept person; who was erased, has not been heard of yet or is in `without` is none.
    """
    chain = agency_tree.above(tx, agency_code) or [agency_code]
    own = agency_officers.c
    found = tx.execute(sa.select(own.agency_code, own.officers).where(own.agency_code.in_(chain)))
    held = {row.agency_code: _on(row.officers, day) for row in found}
    people = _living(tx, {one for ids in held.values() for one in ids})
    for code in chain:
        officers = dict.fromkeys(people[one] for one in held.get(code, ()) if one in people)
        if left := [one for one in officers if one not in without]:
            return left
    return []


def _on(officers: Sequence[Mapping[str, Any]], day: date) -> list[UUID]:
    """Days as ISO 8601, whose order is that of their letters."""
    today = day.isoformat()
    return [
        UUID(each["employee_id"])
        for each in officers
        if each["from_day"] <= today and (each["until_day"] is None or each["until_day"] >= today)
    ]


def _living(tx: "Transaction", ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those who can be written to, and as whom."""
    if not ids:
        return {}
    own, kept = recipients.c, recipients.alias("kept")
    person = sa.func.coalesce(own.merged_into, own.employee_id)
    statement = (
        sa.select(own.employee_id, kept.c.employee_id)
        .join(kept, kept.c.employee_id == person)
        .where(own.employee_id.in_(ids), kept.c.erased_at.is_(None))
    )
    return {row[0]: row[1] for row in tx.execute(statement)}
