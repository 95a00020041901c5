"""Agencies and people: what was heard of them, merged and forgotten."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.inheritance import Setting
from services.notification.domain.planning import Cadence, Reader, Reason, Via, via_for
from services.notification.models.conditions import UNSETTLED
from services.notification.models.preferences import merge_preferences
from services.notification.models.settings import settings_of
from services.notification.models.suppressions import addresses_of, forget_addresses, suppressed_now
from services.notification.models.tables import agencies, attempts, letters, notifications, preferences, recipients
from services.notification.models.told_about import ERASED, forget_about
from services.notification.models.upserting import upsert

if TYPE_CHECKING:
    from shared.database import Transaction


def hear_agencies(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or update agencies, each at most once in `rows`; one heard earlier than the stored one changes nothing."""
    insert = upsert(tx, agencies)
    newer = {name: insert.excluded[name] for name in ("parent_code", "name", "heard_at")}
    is_newer = insert.excluded.heard_at > agencies.c.heard_at
    statement = insert.on_conflict_do_update(index_elements=["code"], set_=newer, where=is_newer)
    tx.execute(statement, sorted(rows, key=lambda row: row["code"]))


def hear_recipients(tx: "Transaction", rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or update recipients; a row heard earlier than the stored one changes nothing.

    `rows` holds at most one row a person. They go in sorted, so that two replicas wait instead of deadlocking. Who was
    merged or erased stays so, whatever is heard again. `registered_at` is the first that is ever said.
    """
    insert, own = upsert(tx, recipients), recipients.c
    names = ("agency_code", "full_name", "email", "language", "heard_at")
    is_newer = sa.and_(insert.excluded.heard_at > own.heard_at, own.merged_into.is_(None), own.erased_at.is_(None))
    newer: dict[str, Any] = {name: sa.case((is_newer, insert.excluded[name]), else_=own[name]) for name in names}
    newer["registered_at"] = sa.func.coalesce(own.registered_at, insert.excluded.registered_at)
    is_first = sa.and_(own.registered_at.is_(None), insert.excluded.registered_at.is_not(None))
    statement = insert.on_conflict_do_update(
        index_elements=["employee_id"], set_=newer, where=sa.or_(is_newer, is_first)
    )
    tx.execute(statement, sorted(rows, key=lambda row: row["employee_id"].int))


TOLD_AS_ANOTHER = {
    "status": "suppressed",
    "reason": Reason.DROPPED.value,
    "last_answer": "Two registrations of one person were merged, and they are told of it once.",
}
_WANTED = [column for column in preferences.c if column.name != "employee_id"]


class Recipient(NamedTuple):
    """Whom to write to: the one a duplicate was merged into, and their present agency. Of somebody erased only the id
    is left."""

    employee_id: UUID
    is_erased: bool
    reader: Reader = Reader()
    agency_code: str = ""


def known_recipients(tx: "Transaction", employee_ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    """Those of the people who have been heard of, and how they want to be told. None of them is merged or erased before
    the transaction ends, so that what is written for them cannot be overlooked."""
    own, kept, wanted = recipients.c, recipients.alias("kept"), preferences.c
    erased = sa.or_(own.erased_at.is_not(None), kept.c.erased_at.is_not(None))
    agency = sa.func.coalesce(kept.c.agency_code, own.agency_code).label("agency_code")
    address = sa.func.coalesce(kept.c.email, own.email)
    is_erased = sa.func.coalesce(erased, sa.false()).label("erased")
    known = (
        sa.select(own.employee_id, own.merged_into, agency, is_erased, *_WANTED)
        .add_columns(suppressed_now(address).label("is_suppressed"))
        .outerjoin(kept, kept.c.employee_id == own.merged_into)
        .outerjoin(preferences, wanted.employee_id == sa.func.coalesce(own.merged_into, own.employee_id))
        .where(own.employee_id.in_(list(employee_ids)))
        .order_by(own.employee_id)
        .with_for_update(read=True, of=recipients)
    )
    rows = tx.execute(known).all()
    settings = settings_of(tx, {row.agency_code for row in rows})
    return {
        row.employee_id: Recipient(
            row.merged_into or row.employee_id,
            row.erased,
            _reached(row, reader_of(row, settings[row.agency_code])),
            row.agency_code,
        )
        for row in rows
    }


def reader_of(row: Any, settings: Mapping[str, Setting]) -> Reader:
    """From a row with somebody's preferences (null for who has none) and what holds for their agency."""
    by_sms = row.channel == Via.SMS and row.mobile
    own = (row.quiet_from, row.quiet_to)
    quiet = own if all(own) else (settings["quiet_from"].value, settings["quiet_to"].value)
    return Reader(
        Via.SMS if by_sms else Via.EMAIL,
        Cadence(row.cadence or Cadence.IMMEDIATELY),
        row.unsubscribed or (),
        *quiet,
        settings["weekend"].value,
        bool(row.mobile),
    )


def _reached(row: Any, reader: Reader) -> Reader:
    return replace(reader, via=via_for(reader, row.is_suppressed))


def merge_recipients(tx: "Transaction", duplicate_id: UUID, employee_id: UUID, at: datetime) -> None:
    """What is for a duplicate goes to the kept person from now on, whoever that is by now; their ledger is one."""
    kept = known_recipients(tx, [employee_id]).get(employee_id, Recipient(employee_id, False))
    addresses = addresses_of(tx, duplicate_id)
    _put_out(tx, duplicate_id, at, merged_into=kept.employee_id)
    earlier = sa.update(recipients).where(recipients.c.merged_into == duplicate_id)
    tx.execute(earlier.values(merged_into=kept.employee_id))
    own, other = notifications.c, notifications.alias("other")
    told = sa.exists().where(
        other.c.employee_id == kept.employee_id,
        other.c.subject_id == own.subject_id,
        other.c.template == own.template,
        other.c.audience == own.audience,
    )
    theirs = sa.update(notifications).where(own.employee_id == duplicate_id, ~told)
    tx.execute(theirs.values(employee_id=kept.employee_id))
    _tell_once(tx, duplicate_id, kept.employee_id)
    merge_preferences(tx, duplicate_id, kept.employee_id)
    if kept.is_erased:
        _forget_all(tx, _registrations(tx, kept.employee_id), addresses)


def _tell_once(tx: "Transaction", duplicate_id: UUID, employee_id: UUID) -> None:
    """Of what both were to be told (as officers are of their agency's affairs), nothing goes to the duplicate any more,
    and nothing to the kept person that the duplicate was told."""
    own, other = notifications.c, notifications.alias("other").c
    same = [other[name] == own[name] for name in ("subject_id", "template", "audience")]
    told = sa.exists().where(other.employee_id == duplicate_id, other.status == "sent", *same)
    waiting = sa.update(notifications).where(own.status.in_(UNSETTLED))
    waiting = waiting.values(**TOLD_AS_ANOTHER, claim_id=None)
    tx.execute(waiting.where(own.employee_id == employee_id, told))
    tx.execute(waiting.where(own.employee_id == duplicate_id))


def erase_recipient(tx: "Transaction", employee_id: UUID, at: datetime) -> None:
    """Forget a person: name, address and what was said to them, or to others about them, go, and mails that still wait
    are suppressed."""
    theirs = _registrations(tx, employee_id)
    addresses = {address for each in theirs for address in addresses_of(tx, each)}
    _put_out(tx, employee_id, at, erased_at=at)
    _forget_all(tx, theirs, addresses)


def _registrations(tx: "Transaction", employee_id: UUID) -> list[UUID]:
    """A person, and the duplicates that were merged into them: what both were told is still in their names."""
    own = recipients.c
    return [employee_id, *tx.scalars(sa.select(own.employee_id).where(own.merged_into == employee_id))]


def _forget_all(tx: "Transaction", employee_ids: Collection[UUID], addresses: Collection[str]) -> None:
    for employee_id in employee_ids:
        _forget(tx, employee_id, addresses)
    forget_about(tx, employee_ids)


def _forget(tx: "Transaction", employee_id: UUID, addresses: Collection[str]) -> None:
    own = notifications.c
    theirs = sa.update(notifications).where(own.employee_id == employee_id)
    tx.execute(theirs.values(context={}))
    forget_addresses(tx, employee_id, addresses)
    told = sa.select(own.notification_id).where(own.employee_id == employee_id)
    tx.execute(sa.delete(letters).where(letters.c.notification_id.in_(told)))
    tx.execute(sa.update(attempts).where(attempts.c.notification_id.in_(told)).values(address=""))
    tx.execute(sa.delete(preferences).where(preferences.c.employee_id == employee_id))
    tx.execute(theirs.where(own.status.in_(UNSETTLED)).values(**ERASED, claim_id=None))


def _put_out(tx: "Transaction", employee_id: UUID, at: datetime, **mark: Any) -> None:
    """Empty a recipient's row and mark it; a person not heard of yet is marked all the same."""
    nobody = {"agency_code": "", "full_name": "", "email": "", "language": "fa", "heard_at": at}
    insert = upsert(tx, recipients).values(employee_id=employee_id, **nobody, **mark)
    tx.execute(
        insert.on_conflict_do_update(index_elements=["employee_id"], set_={"full_name": "", "email": "", **mark})
    )


def recipient(tx: "Transaction", employee_id: UUID) -> Any:
    """`employee_id`, `agency_code` and `email` of a person, or of the one they were merged into; None of nobody
    heard of."""
    own, kept = recipients.c, recipients.alias("kept").c
    statement = sa.select(kept.employee_id, kept.agency_code, kept.email).where(own.employee_id == employee_id)
    return tx.execute(statement.where(kept.employee_id == sa.func.coalesce(own.merged_into, own.employee_id))).first()
