"""Announced holidays."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.models.tables import holidays
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def holidays_from(tx: "Transaction", day: date) -> Collection[date]:
    """The announced free days from a day on."""
    return set(tx.scalars(sa.select(holidays.c.day).where(holidays.c.day >= day)))


def holidays_between(tx: "Transaction", first: date, last: date) -> Sequence[sa.Row[Any]]:
    return tx.execute(sa.select(holidays).where(holidays.c.day.between(first, last)).order_by(holidays.c.day)).all()


def set_holidays(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or rename announced days, each at most once in `rows`."""
    insert = upsert(tx, holidays)
    newer = {name: insert.excluded[name] for name in ("title", "recorded_at", "recorded_by")}
    statement = insert.on_conflict_do_update(index_elements=["day"], set_=newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["day"]))


def remove_holiday(tx: "Transaction", day: date) -> bool:
    """Whether it was there."""
    removed = sa.delete(holidays).where(holidays.c.day == day).returning(holidays.c.day)
    return tx.execute(removed).first() is not None
