"""What somebody was told about somebody else: that names a person in another one's notifications, letters and digests,
and is forgotten with that person."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.planning import Reason
from services.notification.domain.templates import ABOUT, TOLD_TO_OTHERS, Template
from services.notification.models.conditions import UNSETTLED
from services.notification.models.tables import letters, notifications, recipients, seats

if TYPE_CHECKING:
    from shared.database import Transaction

ERASED = {
    "status": "suppressed",
    "reason": Reason.ERASED.value,
    "last_answer": "The person's data was erased.",
    "context": {},
}
_own = notifications.c


def seat_holders(tx: "Transaction", enrollment_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Whose seats these are, of those that have been heard of."""
    found = sa.select(seats.c.enrollment_id, seats.c.employee_id)
    rows = tx.execute(found.where(seats.c.enrollment_id.in_(list(enrollment_ids)))).all()
    return {row.enrollment_id: row.employee_id for row in rows}


def forget_about(tx: "Transaction", employee_ids: Collection[UUID]) -> None:
    """Forget what others were told about a person, who has had these ids."""
    forget_told(tx, sa.and_(_own.template == Template.APPROVAL_DUE, _own.event_id.in_(_requests(employee_ids))))
    forget_told(tx, _naming(tx, employee_ids))


def _requests(employee_ids: Collection[UUID]) -> sa.Select[Any]:
    """The events of which a person was told that their request waits, and deciders that it does."""
    asked = _own.template == Template.ENROLLMENT_REQUESTED
    return sa.select(_own.event_id).where(_own.employee_id.in_(employee_ids), asked)


def _naming(tx: "Transaction", employee_ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """What names a person by an id in its context. It was told in the name of an agency of theirs, by which an index
    finds it."""
    told = sa.select(_own.agency_code).where(_own.employee_id.in_(employee_ids))
    present = sa.select(recipients.c.agency_code).where(recipients.c.employee_id.in_(employee_ids))
    return sa.and_(
        _own.agency_code.in_(list(tx.scalars(told.union(present)))),
        _own.template.in_(TOLD_TO_OTHERS),
        _own.context[ABOUT].as_string().in_([str(each) for each in employee_ids]),
    )


def forget_told(tx: "Transaction", which: sa.ColumnElement[bool]) -> None:
    """Forget notifications, their words and what digests say of them; those that still wait are not told. What else is
    in a digest stays, and goes as it was to."""
    readers = {row.notification_id: row.employee_id for row in tx.execute(sa.select(notifications).where(which))}
    if not readers:
        return
    # Held, so that nobody puts into a digest what was read before.
    held = sa.select(recipients.c.employee_id).where(recipients.c.employee_id.in_(set(readers.values())))
    tx.execute(held.order_by(recipients.c.employee_id).with_for_update(key_share=True))
    these = _own.notification_id.in_(list(readers))
    rows = tx.execute(sa.select(notifications).where(these)).all()
    digest_ids = {row.digest_id for row in rows if row.digest_id}
    digests = sa.select(notifications).where(_own.notification_id.in_(digest_ids)).order_by(_own.notification_id)
    for digest in tx.execute(digests.with_for_update()):
        _take_out(tx, digest, [row for row in rows if row.digest_id == digest.notification_id])
    theirs = sa.update(notifications).where(these)
    tx.execute(theirs.values(context={}))
    tx.execute(theirs.where(_own.status.in_(UNSETTLED)).values(**ERASED, claim_id=None))
    # Last: of what a sender was about to settle the words are kept by now, or never will be.
    tx.execute(sa.delete(letters).where(letters.c.notification_id.in_([*readers, *digest_ids])))


def _take_out(tx: "Transaction", digest: Any, rows: Collection[Any]) -> None:
    """A digest without what it says of these. One in a sender's hands is taken from it, and goes again when the lease
    is over; one in which nothing is left does not go."""
    said = [(row.template, row.context) for row in rows]
    items = [item for item in digest.context.get("items", ()) if (item["template"], item["context"]) not in said]
    nothing = ERASED if digest.status in UNSETTLED else {"context": {}}
    this = sa.update(notifications).where(_own.notification_id == digest.notification_id)
    left = {"context": {**digest.context, "items": items}} if items else nothing
    tx.execute(this.values(**left, claim_id=None))
