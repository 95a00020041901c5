"""What is kept of one notification beside its row: tries, words, and what was reported afterwards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import attempts, bounce_reports, letters

if TYPE_CHECKING:
    from shared.database import Transaction


def tries_of(tx: "Transaction", notification_id: UUID) -> Sequence[sa.Row[Any]]:
    """Every try to hand it over, the first one first; of what was sent by an early release there are none."""
    found = sa.select(attempts).where(attempts.c.notification_id == notification_id)
    return tx.execute(found.order_by(attempts.c.number)).all()


def letter_of(tx: "Transaction", notification_id: UUID) -> sa.Row[Any] | None:
    """The words that went out, if any did."""
    return tx.execute(sa.select(letters).where(letters.c.notification_id == notification_id)).first()


def reports_of(tx: "Transaction", notification_id: UUID) -> Sequence[sa.Row[Any]]:
    """What mail servers reported of it afterwards, in the order in which it came."""
    own = bounce_reports.c
    found = sa.select(bounce_reports).where(own.notification_id == notification_id)
    return tx.execute(found.order_by(own.received_at, own.report_id)).all()
