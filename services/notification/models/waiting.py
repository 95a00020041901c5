"""What the sender has before it: what is due, what waits for its time, and what lies ahead."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.models.conditions import FOR_THE_SENDER, FOR_WEBHOOKS, IS_ACTIVE
from services.notification.models.courses import HAS_SEAT
from services.notification.models.tables import notifications, offerings, seats

if TYPE_CHECKING:
    from shared.database import Transaction

_own = notifications.c
_FOR_A_DIGEST = (_own.status == "pending", _own.cadence.is_not(None))


def due(tx: "Transaction") -> tuple[int, float]:
    """How many messages to people are due, and how long the oldest has been, in seconds."""
    found = sa.select(sa.func.count(), sa.func.min(_own.due_at)).where(FOR_THE_SENDER, _own.due_at <= tx.now)
    count, oldest = tx.execute(found).one()
    return count, (tx.now - oldest).total_seconds() if oldest else 0.0


def waiting(tx: "Transaction", template: str | None, agency_code: str | None) -> Sequence[sa.Row[Any]]:
    """`state`, `template`, `channel`, `agency_code` and `total` of all that is not settled, the most first.

    States: due (goes now), sending, deferred (was refused for the time being), later (quiet hours or a rate), digest.
    """
    state = sa.case(
        (sa.and_(_own.status == "sending", _own.due_at > tx.now), "sending"),
        (_own.due_at <= tx.now, "due"),
        (_own.status == "deferred", "deferred"),
        else_="later",
    )
    chosen = [] if template is None else [_own.template == template]
    chosen += [] if agency_code is None else [_own.agency_code == agency_code]
    columns = (_own.template, _own.channel, _own.agency_code)
    every = sa.union_all(
        sa.select(state.label("state"), *columns).where(FOR_THE_SENDER, *chosen),
        sa.select(state.label("state"), *columns).where(IS_ACTIVE, FOR_WEBHOOKS, *chosen),
        sa.select(sa.literal("digest").label("state"), *columns).where(*_FOR_A_DIGEST, *chosen),
    ).subquery()
    names, total = tuple(every.c), sa.func.count().label("total")
    found: sa.Select[Any] = sa.select(*names, total)
    return tx.execute(found.group_by(*names).order_by(total.desc(), *names)).all()


def reminders_ahead(tx: "Transaction", agency_code: str | None) -> int:
    """How many seats are taken in offerings that have not begun: each gets a reminder, unless it had it already."""
    ahead = sa.and_(offerings.c.first_starts_at > tx.now, offerings.c.cancelled_at.is_(None))
    found = sa.select(sa.func.count()).select_from(
        seats.join(offerings, seats.c.offering_id == offerings.c.offering_id)
    )
    found = found.where(ahead, HAS_SEAT)
    if agency_code is not None:
        found = found.where(seats.c.agency_code == agency_code)
    return tx.scalar(found) or 0
