"""Counting the ledger, by agency and time.

Ids begin with their millisecond, so a stretch of time is a stretch of the index on agency and id, and costs what lies
in it. One statement counts: seconds are grouped instead of sorted, whole up to two minutes and by the minute above,
which is enough for a median and keeps the groups few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.reporting import UNREACHED
from services.notification.models.conditions import FOR_PEOPLE
from services.notification.models.ledger import first_id_at
from services.notification.models.tables import notifications, recipients
from shared.persian import TEHRAN

if TYPE_CHECKING:
    from shared.database import Transaction

_own = notifications.c
ANSWERS = 5_000  # different ones that are looked at, the commonest first


@dataclass(frozen=True)
class Stretch:
    """A part of the ledger: of these agencies, or all; from `since` on and before `until`."""

    agency_codes: Sequence[str] | None
    since: datetime
    until: datetime

    @property
    def where(self) -> list[sa.ColumnElement[bool]]:
        # Ids and times are not taken at the same instant: a minute is allowed here as in first_id_at.
        last = first_id_at(self.until + timedelta(minutes=2))
        found = [_own.notification_id >= first_id_at(self.since), _own.notification_id < last]
        found += [_own.created_at >= self.since, _own.created_at < self.until]
        return found + ([] if self.agency_codes is None else [_own.agency_code.in_(self.agency_codes)])


def counted(tx: "Transaction", stretch: Stretch, by: str) -> Sequence[Any]:
    """(key, status, seconds or None, count). Seconds are those from queued to sent of what waited for no digest.

    What an agency's system is told comes beside what the person is told, so it only counts among channels.
    """
    key, seconds = _key(tx, by), _seconds(tx)
    found: sa.Select[Any] = sa.select(key, _own.status, seconds, sa.func.count())
    found = found.where(*stretch.where, *_counts(by))
    return tx.execute(found.group_by(sa.literal_column("1"), _own.status, sa.literal_column("3"))).all()


def answers(tx: "Transaction", stretch: Stretch, by: str) -> Sequence[Any]:
    """(status, answer, count) of what failed or waits among what `counted` counts, the commonest first."""
    total = sa.func.count().label("total")
    failed = _own.status.in_([status for status in UNREACHED if status != "suppressed"])
    found = sa.select(_own.status, _own.last_answer, total).where(*stretch.where, *_counts(by), failed)
    return tx.execute(found.group_by(_own.status, _own.last_answer).order_by(total.desc()).limit(ANSWERS)).all()


def _counts(by: str) -> list[sa.ColumnElement[bool]]:
    return [] if by == "channel" else [FOR_PEOPLE]


def undelivered(
    tx: "Transaction",
    stretch: Stretch,
    statuses: Sequence[str],
    template: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Notifications that did not reach anybody (yet), in the order of their queueing, with the person's name."""
    found = sa.select(notifications, recipients.c.full_name)
    found = found.outerjoin(recipients, recipients.c.employee_id == _own.employee_id)
    # All four said as the index of them says it; then those that are wanted.
    found = found.where(*stretch.where, _own.status.in_(UNREACHED), _own.status.in_(statuses))
    found = found.where(FOR_PEOPLE)
    if template is not None:
        found = found.where(_own.template == template)
    if after is not None:
        found = found.where(_own.notification_id > after)
    return tx.execute(found.order_by(_own.notification_id).limit(limit)).all()


def _key(tx: "Transaction", by: str) -> sa.ColumnElement[Any]:
    if by != "day":
        return notifications.c["agency_code" if by == "agency" else by].label("key")
    if tx.dialect == "postgresql":
        return sa.cast(sa.cast(sa.func.timezone("Asia/Tehran", _own.created_at), sa.Date), sa.String).label("key")
    # SQLite knows no zones: the present offset, which has been the same since summer time was given up in 2022.
    offset = tx.now.astimezone(TEHRAN).utcoffset() or timedelta(0)
    return sa.func.date(_own.created_at, f"{int(offset.total_seconds()):+d} seconds").label("key")


def _seconds(tx: "Transaction") -> sa.ColumnElement[Any]:
    if tx.dialect == "postgresql":
        exact: Any = sa.extract("epoch", _own.sent_at - _own.created_at)
    else:
        exact = (sa.func.julianday(_own.sent_at) - sa.func.julianday(_own.created_at)) * 86400
    whole = sa.cast(sa.func.floor(exact), sa.Integer)
    coarse = sa.case((whole < 120, whole), else_=whole - whole % 60)
    return sa.case((sa.and_(_own.status == "sent", _own.cadence.is_(None)), coarse)).label("seconds")
