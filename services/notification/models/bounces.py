"""Reports of mail servers, and the mails that they speak of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.models.tables import attempts, bounce_reports, notifications, resends
from shared.bulk import insert_rows

if TYPE_CHECKING:
    from shared.database import Transaction


def lock_mail(tx: "Transaction", notification_id: UUID) -> Any:
    """A notification by e-mail, locked; None if there is none."""
    own = notifications.c
    found = sa.select(notifications).where(own.notification_id == notification_id, own.channel == "email")
    return tx.execute(found.with_for_update()).first()


def sent_attempts(tx: "Transaction", notification_id: UUID) -> Sequence[Any]:
    """The tries that a server accepted, oldest first: `address` and `tried_at` of each."""
    own = attempts.c
    accepted = sa.select(own.address, own.tried_at).where(own.notification_id == notification_id, own.outcome == "sent")
    return tx.execute(accepted.order_by(own.number)).all()


def bounce_report(tx: "Transaction", report_id: UUID) -> dict[str, Any] | None:
    found = tx.execute(sa.select(bounce_reports).where(bounce_reports.c.report_id == report_id)).first()
    return dict(found._mapping) if found else None


def add_report(tx: "Transaction", row: Mapping[str, Any]) -> None:
    insert_rows(tx, bounce_reports, [row], skip_known=True)


def soft_bounces(tx: "Transaction", address: str, since: datetime, apart_from: UUID) -> int:
    """How many other mails to an address failed softly after a moment, however often each was reported."""
    own = bounce_reports.c
    others = sa.select(sa.func.count(own.notification_id.distinct())).where(
        own.address == address, own.kind == "soft", own.received_at > since, own.notification_id != apart_from
    )
    return tx.scalar(others.where(own.is_delayed.is_(False))) or 0


def mark_bounced(tx: "Transaction", notification_id: UUID, answer: str) -> None:
    """A sent mail came back, and so did what was in it, if it was a digest."""
    own = notifications.c
    whole = sa.or_(own.notification_id == notification_id, own.digest_id == notification_id)
    back = sa.update(notifications).where(whole, own.status == "sent")
    tx.execute(back.values(status="bounced", reason=None, last_answer=answer))


def list_reports(
    tx: "Transaction",
    where: Mapping[str, Any],
    agency_codes: Sequence[str] | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """Reports with person and agency, the latest first. `agency_codes` None: of all; `before` is where the last page
    ended."""
    own, told = bounce_reports.c, notifications.c
    found = (
        sa.select(bounce_reports, told.employee_id, told.agency_code, told.template)
        .join(notifications, told.notification_id == own.notification_id)
        .order_by(own.received_at.desc(), own.report_id.desc())
        .limit(limit)
    )
    for name, value in where.items():
        found = found.where((told.employee_id if name == "employee_id" else own[name]) == value)
    if agency_codes is not None:
        found = found.where(told.agency_code.in_(agency_codes))
    if before is not None:
        found = found.where(sa.tuple_(own.received_at, own.report_id) < sa.tuple_(*map(sa.literal, before)))
    return tx.execute(found).all()


def send_again(tx: "Transaction", notification_id: UUID, by: str, reason: str) -> None:
    """Let a notification go once more, with three days for it to arrive; what is in a digest waits for it again. Who
    decided so, and why, is kept."""
    own = notifications.c
    fresh = {"status": "pending", "reason": None, "claim_id": None, "sent_at": None, "due_at": tx.now}
    again = sa.update(notifications).where(own.notification_id == notification_id)
    tx.execute(again.values(**fresh, cadence=None, first_tried_at=None))
    inside = sa.update(notifications).where(own.digest_id == notification_id, own.status == "bounced")
    tx.execute(inside.values(fresh))
    row = {"notification_id": notification_id, "decided_at": tx.now, "decided_by": by, "reason": reason}
    tx.execute(sa.insert(resends).values(row))
