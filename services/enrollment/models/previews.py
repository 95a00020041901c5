"""Previews of recomputed years: compared with the closing before them by the database, and thrown away in pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.closings import FIGURES, closed_hours, year_closings
from shared.database import Transaction

_own = year_closings.c
_KEPT = ("previewing", "preview")
_before, _after = closed_hours.alias("before"), closed_hours.alias("after")


def preview_of(tx: Transaction, agency_code: str, year: int) -> Any:
    """The one preview of a year, running or ready."""
    same = _own.agency_code == agency_code, _own.jalali_year == year, _own.state.in_(_KEPT)
    return tx.execute(sa.select(year_closings).where(*same)).first()


def preview_by_id(tx: Transaction, agency_code: str, year: int, preview_id: UUID) -> Any:
    """A preview or what became of it, locked."""
    same = _own.id == preview_id, _own.agency_code == agency_code, _own.jalali_year == year
    return tx.execute(sa.select(year_closings).where(*same).with_for_update()).first()


def discard(tx: Transaction, preview: Any) -> None:
    """The clock deletes its rows."""
    same = _own.id == preview.id, _own.state.in_(_KEPT)
    tx.execute(sa.update(year_closings).where(*same).values(state="discarded", try_after=None))


def discard_before(tx: Transaction, moment: datetime) -> None:
    """Throw away previews that are older."""
    old = _own.state.in_(_KEPT), _own.closed_at < moment
    tx.execute(sa.update(year_closings).where(*old).values(state="discarded", try_after=None))


def delete_some(tx: Transaction, preview: Any, limit: int) -> bool:
    """Delete some people of a preview, and with the last of them itself; whether it is gone."""
    theirs = closed_hours.c.closing_id == preview.id
    ids = sa.select(closed_hours.c.employee_id).where(theirs).limit(limit)
    count: int = tx.execute(sa.delete(closed_hours).where(theirs, closed_hours.c.employee_id.in_(ids))).rowcount  # type: ignore[attr-defined]
    if count < limit:
        tx.execute(sa.delete(year_closings).where(_own.id == preview.id))
    return count < limit


def sums(tx: Transaction, closing: Any) -> dict[str, float]:
    """The figures of everybody in a closing or preview, summed up."""
    columns = (sa.func.coalesce(sa.func.sum(closed_hours.c[name]), 0.0).label(name) for name in FIGURES)
    row = tx.execute(sa.select(*columns).where(closed_hours.c.closing_id == closing.id)).one()
    return {name: round(value, 2) for name, value in row._mapping.items()}


def differing(tx: Transaction, before: Any, after: Any) -> int:
    """How many people have other figures in one than in the other, or are in one alone."""
    changed, gone = _changed(before, after), _gone(before, after)
    counts = (sa.select(sa.func.count()).select_from(each.subquery()).scalar_subquery() for each in (changed, gone))
    both = list(counts)
    return int(tx.scalar(sa.select(both[0] + both[1])) or 0)


def differences(tx: Transaction, before: Any, after: Any, beyond: UUID | None, limit: int) -> Sequence[UUID]:
    """Who these people are, by id. Each side is read along its key and cut to the page."""
    sides = []
    for statement, table in ((_changed(before, after), _after), (_gone(before, after), _before)):
        ours = statement if beyond is None else statement.where(table.c.employee_id > beyond)
        sides.append(ours.order_by(table.c.employee_id).limit(limit).subquery())
    both = sa.union_all(*(sa.select(side.c.employee_id) for side in sides)).subquery()
    return tx.scalars(sa.select(both.c.employee_id).order_by(both.c.employee_id).limit(limit)).all()


def figures_of(tx: Transaction, closing: Any, employee_ids: Sequence[UUID]) -> dict[UUID, Any]:
    own = closed_hours.c
    rows = tx.execute(sa.select(closed_hours).where(own.closing_id == closing.id, own.employee_id.in_(employee_ids)))
    return {row.employee_id: row._mapping for row in rows}


def _changed(before: Any, after: Any) -> sa.Select[Any]:
    """Who is in the preview, and was not in the closing or has other figures."""
    same = _before.c.closing_id == before.id, _before.c.employee_id == _after.c.employee_id
    others = sa.or_(_before.c.employee_id.is_(None), *(_before.c[name] != _after.c[name] for name in FIGURES))
    joined = _after.outerjoin(_before, sa.and_(*same))
    return sa.select(_after.c.employee_id).select_from(joined).where(_after.c.closing_id == after.id, others)


def _gone(before: Any, after: Any) -> sa.Select[Any]:
    """Who was in the closing and is not in the preview."""
    still = sa.select(_after.c.employee_id).where(
        _after.c.closing_id == after.id, _after.c.employee_id == _before.c.employee_id
    )
    return sa.select(_before.c.employee_id).where(_before.c.closing_id == before.id, ~still.exists())
