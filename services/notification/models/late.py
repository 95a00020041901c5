"""What has become of the seats that claimed notifications tell of.

These may have waited: for a server, for the end of quiet hours, above a rate, to be released. What was queued after
them may have gone before, so that by now they would tell a wrong hour, or that a course goes on which does not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain import reminders
from services.notification.domain.planning import Via
from services.notification.domain.templates import Template
from services.notification.models.courses import revisions_of
from services.notification.models.tables import notifications, offerings, seats
from shared.bulk import EachRow
from shared.columns import JSON
from shared.persian import tehran_date

if TYPE_CHECKING:
    from shared.database import Transaction

_SEAT = (seats.c.enrollment_id, seats.c.offering_id, seats.c.taken_at, seats.c.left_at)
_ITS_OFFERING = (offerings.c.revision, offerings.c.first_starts_at, offerings.c.cancelled_at)
_SCHEDULE = tuple(offerings.c[name] for name in ("offering_id", "revision", "starts_on", "ends_on", "sessions"))
# What of a session the catalog tells everybody of when it changes; names of rooms and people are as of each event.
_TOLD = ("number", "starts_at", "ends_at", "room_code", "instructor_code")


@dataclass(frozen=True)
class Late:
    """A notification of a seat, and that seat with its offering; None, or without one, while it has not been heard of.
    With a schedule where another one was said after that which it tells."""

    row: Any
    seat: Any
    schedule: Any = None

    @property
    def told(self) -> Mapping[str, Any]:
        return _told(self.row) or {}


def seats_told_of(tx: "Transaction", rows: Sequence[Any]) -> list[Late]:
    """Those of claimed notifications that tell of seats: in one statement, and one more when an offering was changed
    since."""
    told = {row.notification_id: told for row in rows if (told := _told(row))}
    if not told:
        return []
    of_row = {notification_id: UUID(each["enrollment_id"]) for notification_id, each in told.items()}
    found = (
        sa.select(*_SEAT, *_ITS_OFFERING)
        .outerjoin(offerings, offerings.c.offering_id == seats.c.offering_id)
        .where(seats.c.enrollment_id.in_(set(of_row.values())))
    )
    known = {seat.enrollment_id: seat for seat in tx.execute(found)}
    lates = [Late(row, known.get(of_row[row.notification_id])) for row in rows if row.notification_id in told]
    return list(_with_schedules(tx, lates))


def _told(row: Any) -> Mapping[str, Any] | None:
    """The enrollment and revision that a notification tells of; None where it is not looked after. The record of an
    agency's system misses no news, and a reminder is none."""
    if row.template == Template.SESSION_REMINDER:
        return row.context if "enrollment_id" in row.context else None
    if row.template in {Template.ENROLLMENT_CONFIRMED, Template.SCHEDULE_CHANGED} and row.channel != Via.WEBHOOK:
        told: Mapping[str, Any] | None = row.context.get("calendar")
        return told
    return None


def _with_schedules(tx: "Transaction", lates: Sequence[Late]) -> Iterator[Late]:
    """A later revision may have changed something else, of which nobody is told."""
    changed = {late.seat.offering_id for late in lates if _is_of_before(late)}
    schedules = {}
    if changed:
        found = sa.select(*_SCHEDULE).where(offerings.c.offering_id.in_(changed))
        schedules = {schedule.offering_id: schedule for schedule in tx.execute(found)}
    for late in lates:
        schedule = schedules.get(late.seat.offering_id) if _is_of_before(late) else None
        is_another = schedule is not None and _schedule(late.row.context) != _schedule(schedule._asdict())
        yield replace(late, schedule=schedule) if is_another else late


def _is_of_before(late: Late) -> bool:
    """Whether it tells the sessions of an earlier revision; the first releases' told none."""
    is_known = late.seat is not None and late.seat.revision is not None and "calendar" in late.row.context
    return is_known and late.seat.revision > late.told["revision"]


def _schedule(said: Mapping[str, Any]) -> list[Any]:
    days = [str(said[name]) for name in ("starts_on", "ends_on")]
    return [*days, [[each.get(name) for name in _TOLD] for each in said["sessions"]]]


def overtaken(lates: Sequence[Late], now: datetime) -> set[UUID]:
    """Those that remind of a session that has begun, moved to another day or is not held, or of a seat that was left;
    and those that confirm a seat, or tell of its schedule, after it was left or its offering cancelled, or after the
    news of another schedule."""
    return {
        late.row.notification_id
        for late in lates
        if (_is_no_reminder(late, now) if late.row.template == Template.SESSION_REMINDER else _is_no_news(late))
    }


def _is_no_reminder(late: Late, now: datetime) -> bool:
    seat = late.seat
    if seat is None or seat.taken_at is None or (seat.left_at is not None and seat.left_at >= seat.taken_at):
        return True
    if seat.cancelled_at is not None or seat.first_starts_at is None or seat.first_starts_at <= now:
        return True
    return bool(reminders.occasion(seat.enrollment_id, tehran_date(seat.first_starts_at)) != late.row.subject_id)


def _is_no_news(late: Late) -> bool:
    """The end of a seat is told by itself, and so is each schedule."""
    seat = late.seat
    if seat is None:
        return False
    is_left = seat.left_at is not None and seat.left_at > datetime.fromisoformat(late.told["said_at"])
    has_other_schedule = late.row.template == Template.SCHEDULE_CHANGED and late.schedule is not None
    return bool(is_left or seat.cancelled_at is not None or has_other_schedule)


def bring_up_to_date(tx: "Transaction", lates: Sequence[Late], ended: Collection[UUID]) -> None:
    """Let reminders and confirmations tell the present schedule, but for those that have `ended`: whoever wants to hear
    nothing of changes would learn of it by nothing else. It is written down too, for the next attempt and for whoever
    reads the ledger.
    """
    moved = [late for late in lates if late.schedule is not None and late.row.notification_id not in ended]
    if not moved:
        return
    revisions = revisions_of(tx, {late.schedule.offering_id for late in moved})
    for late in moved:
        late.row.context = _present(late, revisions)
    _REWRITE.run(tx, [{"late_id": late.row.notification_id, "present": late.row.context} for late in moved])


def _present(late: Late, revisions: Mapping[UUID, Sequence[reminders.Revision]]) -> dict[str, Any]:
    """What it tells, by what holds now. A confirmation keeps the time since which the seat was theirs; what a reader
    may have in their calendar when they are reminded is that of all revisions."""
    seat, schedule, context = late.seat, late.schedule, late.row.context
    days = {name: getattr(schedule, name).isoformat() for name in ("starts_on", "ends_on")}
    calendar = context["calendar"] | {"revision": schedule.revision}
    present = {**context, **days, "sessions": schedule.sessions, "calendar": calendar}
    if late.row.template == Template.SESSION_REMINDER:
        said = revisions[schedule.offering_id]
        entries = reminders.meetings(schedule.starts_on, schedule.ends_on, schedule.sessions)
        calendar["gone"] = reminders.gone(said, [each["number"] for each in entries])
        calendar["said_at"] = max([seat.taken_at, *(each.said_at for each in said)]).isoformat()
        present["revision"] = schedule.revision
    return present


def _rewriting(given: Mapping[str, Any]) -> Any:
    statement = sa.update(notifications).where(notifications.c.notification_id == given["late_id"])
    return statement.values(context=given["present"])


_REWRITE = EachRow({"late_id": sa.Uuid, "present": JSON}, _rewriting)
