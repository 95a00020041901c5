"""Addresses that nothing is sent to, but what the law asks for. Addresses are given and kept in small letters."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.templates import Template
from services.notification.models.tables import (
    attempts,
    bounce_reports,
    notifications,
    recipients,
    suppressions,
)
from services.notification.models.told_about import forget_told
from shared.bulk import insert_rows
from shared.ids import new_id

if TYPE_CHECKING:
    from shared.database import Transaction

OF_RECIPIENT = sa.func.lower(recipients.c.email)


def suppress(tx: "Transaction", address: str, **why: Any) -> bool:
    """Suppress an address; False when it is already."""
    row = {"suppression_id": new_id(), "address": address, "suppressed_at": tx.now, **why}
    return bool(insert_rows(tx, suppressions, [row], returning="suppression_id", skip_known=True))


def suppressed_now(email: Any) -> sa.ColumnElement[bool]:
    """Whether nothing is sent to the address of a column."""
    own = suppressions.c
    return sa.exists().where(own.address == sa.func.lower(email), own.lifted_at.is_(None))


def last_suppression(tx: "Transaction", address: str) -> Any:
    """The suppression of an address that holds, or else the last one; None if it never was. Locked."""
    own = suppressions.c
    found = sa.select(suppressions).where(own.address == address)
    return tx.execute(found.order_by(own.suppression_id.desc()).limit(1).with_for_update()).first()


def lifted_since(tx: "Transaction", address: str, moment: datetime) -> bool:
    own = suppressions.c
    lifted = sa.select(own.address).where(own.address == address, own.lifted_at > moment)
    return tx.execute(lifted.limit(1)).first() is not None


def last_lifted(tx: "Transaction", address: str) -> datetime | None:
    own = suppressions.c
    return tx.scalar(sa.select(sa.func.max(own.lifted_at)).where(own.address == address))


def lift(tx: "Transaction", suppression_id: UUID, by: str, reason: str) -> None:
    own = sa.update(suppressions).where(suppressions.c.suppression_id == suppression_id)
    tx.execute(own.values(lifted_at=tx.now, lifted_by=by, lift_reason=reason))


def list_suppressions(
    tx: "Transaction",
    address: str | None,
    lifted: bool,
    agency_codes: Sequence[str] | None,
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Suppressions, the latest first, with the people whose address it is now: `employee_ids`. With `agency_codes` only
    those of people in these agencies, and of their people alone; None: all, also those that are nobody's."""
    own, theirs = suppressions.c, recipients.c
    found = sa.select(suppressions).order_by(own.suppression_id.desc()).limit(limit)
    if not lifted:
        found = found.where(own.lifted_at.is_(None))
    if address is not None:
        found = found.where(own.address == address)
    if before is not None:
        found = found.where(own.suppression_id < before)
    visible = sa.true() if agency_codes is None else theirs.agency_code.in_(agency_codes)
    if agency_codes is not None:
        found = found.where(sa.exists().where(own.address == OF_RECIPIENT, visible))
    rows = tx.execute(found).all()
    people = sa.select(OF_RECIPIENT, theirs.employee_id).where(OF_RECIPIENT.in_([row.address for row in rows]), visible)
    by_address = defaultdict(list)
    for key, employee_id in tx.execute(people.order_by(theirs.employee_id)):
        by_address[key].append(employee_id)
    return [{**row._mapping, "employee_ids": by_address[row.address]} for row in rows]


def has_untold(tx: "Transaction") -> bool:
    return (
        tx.execute(sa.select(suppressions.c.address).where(suppressions.c.told_at.is_(None)).limit(1)).first()
        is not None
    )


def next_untold(tx: "Transaction") -> Any:
    """A suppressed address whose officers have not been told, with the person that the mail was for; locked, and those
    that another replica tells are left to it. None when all are told."""
    own, told = suppressions.c, notifications.c
    found = (
        sa.select(suppressions, recipients.c.employee_id, recipients.c.agency_code, recipients.c.full_name)
        .outerjoin(notifications, told.notification_id == own.notification_id)
        .outerjoin(recipients, sa.and_(recipients.c.employee_id == told.employee_id, recipients.c.erased_at.is_(None)))
        .where(own.told_at.is_(None))
        .order_by(own.suppressed_at)
        .limit(1)
    )
    return tx.execute(found.with_for_update(of=suppressions, skip_locked=True)).first()


def set_told(tx: "Transaction", suppression_id: UUID) -> None:
    tx.execute(sa.update(suppressions).where(suppressions.c.suppression_id == suppression_id).values(told_at=tx.now))


def addresses_of(tx: "Transaction", employee_id: UUID) -> set[str]:
    """Those of a person: the present one, and all that they were written to."""
    told = sa.select(notifications.c.notification_id).where(notifications.c.employee_id == employee_id)
    went_to = sa.select(sa.func.lower(attempts.c.address)).where(attempts.c.notification_id.in_(told))
    present = sa.select(OF_RECIPIENT).where(recipients.c.employee_id == employee_id)
    return {*tx.scalars(went_to.union(present))} - {""}


def forget_addresses(tx: "Transaction", employee_id: UUID, addresses: Collection[str]) -> None:
    """Forget what was reported of a person's mails and told of it to officers, the answers of servers that name one of
    these addresses, and that they are suppressed; unless somebody else has such an address, for whom it still holds."""
    own = suppressions.c
    told = sa.select(notifications.c.notification_id).where(notifications.c.employee_id == employee_id)
    tx.execute(sa.delete(bounce_reports).where(bounce_reports.c.notification_id.in_(told)))
    theirs = sa.or_(own.address.in_(addresses), own.notification_id.in_(told))
    news = list(tx.scalars(sa.select(own.suppression_id).where(theirs)))
    forget_told(tx, sa.and_(notifications.c.event_id.in_(news), notifications.c.template == Template.ADDRESS_FAILED))
    for address in addresses:
        kept, tried = notifications.c, attempts.c
        named = sa.and_(kept.employee_id == employee_id, _names(kept.last_answer, address))
        tx.execute(sa.update(notifications).where(named).values(last_answer=None))
        named = sa.and_(tried.notification_id.in_(told), _names(tried.answer, address))
        tx.execute(sa.update(attempts).where(named).values(answer=None))
    others = sa.exists().where(own.address == OF_RECIPIENT, recipients.c.employee_id != employee_id)
    tx.execute(sa.delete(suppressions).where(own.address.in_(addresses), ~others))


def _names(answer: Any, address: str) -> Any:
    return sa.func.lower(answer).contains(address, autoescape=True)
