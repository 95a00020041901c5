"""Offerings and seats as they were heard of, in any order, and who of them is to be reminded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.reminders import Revision
from services.notification.models.tables import agency_settings, offering_revisions, offerings, recipients, seats
from services.notification.models.upserting import upsert
from shared.bulk import insert_rows

if TYPE_CHECKING:
    from shared.database import Transaction

# Taken, and not left since: who leaves may enter again.
HAS_SEAT = sa.and_(seats.c.taken_at.is_not(None), sa.or_(seats.c.left_at.is_(None), seats.c.left_at < seats.c.taken_at))

_OF_REVISION = ("revision", "course_code", "course_title", "starts_on", "ends_on", "sessions", "first_starts_at")
_AS_OPENED = ("hours", "delivery_mode")  # said once, when it was opened


def hear_offerings(
    tx: "Transaction", rows: Sequence[Mapping[str, Any]], revisions: Sequence[Mapping[str, Any]]
) -> None:
    """Insert or update offerings; of each its latest revision counts, and every revision is kept.

    `rows` holds each offering once or more, the ones of a changed offering without hours and mode.
    """
    keys = ("offering_id", "revision")
    insert_rows(
        tx, offering_revisions, sorted(revisions, key=lambda row: [str(row[key]) for key in keys]), skip_known=True
    )
    insert, own = upsert(tx, offerings), offerings.c
    is_newer = insert.excluded.revision > own.revision
    newer = {name: sa.case((is_newer, insert.excluded[name]), else_=own[name]) for name in _OF_REVISION}
    kept = {name: sa.func.coalesce(insert.excluded[name], own[name]) for name in _AS_OPENED}
    statement = insert.on_conflict_do_update(index_elements=["offering_id"], set_=newer | kept)
    tx.execute(statement, sorted(rows, key=lambda row: (row["offering_id"].int, row["revision"])))


def cancel_offerings(tx: "Transaction", cancelled: Mapping[UUID, datetime]) -> None:
    """Nobody is reminded of them, whether they have been heard of or not."""
    insert = upsert(tx, offerings)
    statement = insert.on_conflict_do_update(
        index_elements=["offering_id"], set_={"cancelled_at": insert.excluded.cancelled_at}
    )
    nothing = {"revision": 0, "course_code": "", "course_title": {}, "sessions": []}
    rows = [
        {"offering_id": offering_id, "cancelled_at": at, "first_starts_at": at, **nothing}
        | {"starts_on": at.date(), "ends_on": at.date()}
        for offering_id, at in sorted(cancelled.items(), key=lambda item: item[0].int)
    ]
    tx.execute(statement, rows)


def hear_seats(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember who took or left a seat, each enrollment at most once in `rows`: of either the last time counts.

    All rows have the same one of `taken_at` and `left_at`.
    """
    insert, own = upsert(tx, seats), seats.c
    (at,) = rows[0].keys() & {"taken_at", "left_at"}
    is_later = sa.or_(own[at].is_(None), insert.excluded[at] > own[at])
    newer = {name: sa.case((is_later, insert.excluded[name]), else_=own[name]) for name in (at, "employee_id")}
    statement = insert.on_conflict_do_update(index_elements=["enrollment_id"], set_=newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["enrollment_id"].int))


def look_again(tx: "Transaction", offering_ids: Collection[UUID]) -> None:
    """A seat that was heard of late may be due in an offering that had been seen to.

    A reminder that is at work in one of them is waited for, so that what it does not see is looked at again.
    """
    own = offerings.c.offering_id.in_(offering_ids)
    locked = sa.select(offerings.c.reminded_for).where(own).order_by(offerings.c.offering_id).with_for_update()
    if any(tx.scalars(locked)):
        tx.execute(sa.update(offerings).where(own, offerings.c.reminded_for.is_not(None)).values(reminded_for=None))


def revisions_of(tx: "Transaction", offering_ids: Iterable[UUID]) -> dict[UUID, list[Revision]]:
    """What each revision of each offering said."""
    found: dict[UUID, list[Revision]] = {offering_id: [] for offering_id in offering_ids}
    own = offering_revisions.c
    for row in tx.execute(sa.select(offering_revisions).where(own.offering_id.in_(list(found)))):
        found[row.offering_id].append(Revision(row.revision, row.said_at, row.first_day, row.meetings))
    return found


def weekends(tx: "Transaction") -> list[list[int]]:
    """The weekends that agencies have set, for themselves and for those below them."""
    own = sa.select(agency_settings.c.weekend).where(agency_settings.c.weekend.is_not(None))
    return [list(days) for days in {tuple(weekend) for weekend in tx.scalars(own)}]


def offerings_ahead(
    tx: "Transaction", until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """`offering_id` and `first_starts_at` of offerings that have not begun, and do by `until`, in that order."""
    own = offerings.c
    ahead: sa.Select[Any] = sa.select(own.offering_id, own.first_starts_at, own.reminded_for).where(
        own.first_starts_at > tx.now, own.first_starts_at <= until, own.cancelled_at.is_(None), own.hours.is_not(None)
    )
    if after is not None:
        ahead = ahead.where(sa.tuple_(own.first_starts_at, own.offering_id) > sa.tuple_(*map(sa.literal, after)))
    return tx.execute(ahead.order_by(own.first_starts_at, own.offering_id).limit(limit)).all()


def lock_offering(tx: "Transaction", offering_id: UUID) -> sa.Row[Any] | None:
    """An offering to work on; None while somebody else does."""
    own = sa.select(offerings).where(offerings.c.offering_id == offering_id)
    return tx.execute(own.with_for_update(skip_locked=True)).first()


def seats_to_see_to(
    tx: "Transaction", offering_id: UUID, first_day: date, after: UUID | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """The taken seats of an offering that were not seen to for this first day, in order of their ids; without a person
    while theirs has not been heard of."""
    own, kept = seats.c, recipients.alias("kept")
    found: sa.Select[Any] = (
        sa.select(
            own.enrollment_id,
            own.taken_at,
            kept.c.employee_id,
            kept.c.agency_code,
            kept.c.erased_at,
        )
        .outerjoin(recipients, recipients.c.employee_id == own.employee_id)
        .outerjoin(kept, kept.c.employee_id == sa.func.coalesce(recipients.c.merged_into, recipients.c.employee_id))
        .where(
            own.offering_id == offering_id,
            HAS_SEAT,
            own.reminded_for.is_distinct_from(first_day),
        )
    )
    if after is not None:
        found = found.where(own.enrollment_id > after)
    return tx.execute(found.order_by(own.enrollment_id).limit(limit)).all()


def mark_seats(tx: "Transaction", enrollment_ids: Collection[UUID], first_day: date) -> None:
    seen = sa.update(seats).where(seats.c.enrollment_id.in_(enrollment_ids))
    tx.execute(seen.values(reminded_for=first_day))


def mark_offering(tx: "Transaction", offering_id: UUID, first_day: date) -> None:
    tx.execute(sa.update(offerings).where(offerings.c.offering_id == offering_id).values(reminded_for=first_day))


def prune_courses(tx: "Transaction", before: datetime, limit: int = 500) -> int:
    """Forget up to `limit` offerings that were over before a moment, with their seats; how many."""
    own = offerings.c
    over = sa.select(own.offering_id).where(own.first_starts_at < before, own.ends_on < before.date())
    found = list(tx.scalars(over.order_by(own.first_starts_at).limit(limit).with_for_update(skip_locked=True)))
    for table in (seats, offering_revisions, offerings):
        tx.execute(sa.delete(table).where(table.c.offering_id.in_(found)))
    return len(found)
