"""What waits for a digest, and what became of it in one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.notification.domain.templates import Template
from services.notification.models.conditions import ACTIVE, FOR_PEOPLE
from services.notification.models.tables import notifications, recipients
from shared.columns import UTCDateTime

if TYPE_CHECKING:
    from shared.database import Transaction

_own = notifications.c
_WAITS = sa.and_(
    _own.status == "pending",
    _own.cadence.is_not(None),
    _own.digest_id.is_(None),
    _own.template.in_([template.value for template in Template]),  # those of a later release wait for it
)
_AT_ONCE = 100
_FINAL = ("sent", "bounced", "suppressed")


class Place(NamedTuple):
    """Where the search for readers has come to."""

    due_at: datetime
    employee_id: UUID


def readers_due(tx: "Transaction", after: Place | None, limit: int) -> list[Place]:
    """Whose digest has come, by up to `limit` of the rows that wait, in order; somebody may be there more than once."""
    due = sa.select(_own.due_at, _own.employee_id).where(_WAITS, _own.due_at <= tx.now)
    if after is not None:
        # Compared as one: of two comparisons joined by "or" the index would be walked from its beginning.
        place = sa.tuple_(sa.literal(after.due_at, UTCDateTime), sa.literal(after.employee_id, sa.Uuid))
        due = due.where(sa.tuple_(_own.due_at, _own.employee_id) > place)
    return [Place(*row) for row in tx.execute(due.order_by(_own.due_at, _own.employee_id).limit(limit))]


def hold_readers(tx: "Transaction", employee_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Those of the people whom nobody else is busy with; nothing is queued for them until the transaction ends."""
    own = recipients.c.employee_id
    held = sa.select(own).where(own.in_(list(employee_ids))).order_by(own)
    return tx.scalars(held.with_for_update(key_share=True, skip_locked=True)).all()


def items_due(tx: "Transaction", employee_ids: Collection[UUID], most: int) -> Sequence[sa.Row[Any]]:
    """Up to `most` of the notifications that wait for the digest of each of these people, the oldest first; `moment` is
    when the last of all of theirs fell due, and `total` how many there are."""
    ranked = sa.select(
        *(_own.notification_id, _own.employee_id, _own.template, _own.context, _own.cadence, _own.created_at),
        sa.func.row_number().over(partition_by=_own.employee_id, order_by=_own.notification_id).label("place"),
        sa.func.max(_own.due_at).over(partition_by=_own.employee_id).label("moment"),
        sa.func.count().over(partition_by=_own.employee_id).label("total"),
    )
    ranked = ranked.where(_own.employee_id.in_(employee_ids), _WAITS, _own.due_at <= tx.now)
    found = ranked.subquery()
    return tx.execute(sa.select(found).where(found.c.place <= most).order_by(found.c.employee_id, found.c.place)).all()


def of_templates_due(
    tx: "Transaction", employee_ids: Collection[UUID], templates: Collection[str]
) -> Sequence[sa.Row[Any]]:
    """Of what waits for the digest of these people and is due, that of some templates."""
    wanted = sa.and_(_own.employee_id.in_(employee_ids), _own.template.in_(templates))
    return tx.execute(sa.select(notifications).where(_WAITS, _own.due_at <= tx.now, wanted)).all()


def told_at_once(
    tx: "Transaction", employee_ids: Collection[UUID], templates: Collection[str], since: datetime
) -> Sequence[sa.Row[Any]]:
    """Of what these people were told since then without a digest, or are about to be, that of some templates."""
    wanted = sa.and_(_own.employee_id.in_(employee_ids), _own.template.in_(templates), _own.created_at > since)
    goes = sa.and_(_own.cadence.is_(None), _own.status.in_((*ACTIVE, "sent")), FOR_PEOPLE)
    return tx.execute(sa.select(notifications).where(wanted, goes)).all()


def waiting_for_digests(tx: "Transaction", employee_id: UUID) -> Sequence[sa.Row[Any]]:
    """`notification_id`, `template` and `context` of all that waits for a digest of somebody, due or not."""
    found: sa.Select[Any] = sa.select(_own.notification_id, _own.template, _own.context)
    return tx.execute(found.where(_own.employee_id == employee_id, _WAITS)).all()


def leave_out(tx: "Transaction", notification_ids: Collection[UUID], reason: str) -> None:
    """Nothing is said of these."""
    told = sa.update(notifications).where(_own.notification_id.in_(notification_ids))
    tx.execute(told.values(status="suppressed", reason=reason))


def send_alone(tx: "Transaction", notification_ids: Collection[UUID], channel: str, due_at: datetime) -> None:
    """These go as they are, by the channel that their reader has now."""
    told = sa.update(notifications).where(_own.notification_id.in_(notification_ids))
    tx.execute(told.values(cadence=None, channel=channel, due_at=due_at))


def put_into_digests(tx: "Transaction", told: Sequence[tuple[UUID, UUID, Collection[UUID]]]) -> None:
    """What is said in which digest, and follows it: reader, digest and notifications of each, no reader twice.

    Many in one statement: of the time for a digest, most was that for a statement of its own.
    """
    for start in range(0, len(told), _AT_ONCE):
        some = told[start : start + _AT_ONCE]
        digest_of = {sa.literal(reader, sa.Uuid): sa.literal(digest, sa.Uuid) for reader, digest, _ in some}
        ids = [each for _, _, notification_ids in some for each in notification_ids]
        theirs = sa.update(notifications).where(_own.notification_id.in_(ids))
        tx.execute(theirs.values(digest_id=sa.case(digest_of, value=_own.employee_id)))


def move_waiting(
    tx: "Transaction", employee_ids: Collection[UUID], due_at: datetime, cadence: str | None = None
) -> None:
    """Let all that waits for the digests of these people wait until then, and for one of another cadence if given."""
    theirs = sa.update(notifications).where(_own.employee_id.in_(employee_ids), _WAITS)
    tx.execute(theirs.values({"due_at": due_at} | ({} if cadence is None else {"cadence": cadence})))


def follow_digests(tx: "Transaction", digest_ids: Collection[UUID] | None = None) -> Sequence[sa.Row[Any]]:
    """What was in digests that are sent, bounced or suppressed becomes so too, at their time; `template` and `status`
    of each. Without ids, up to 1 000 of whatever waits; with ids also where it was sent and is known to have bounced
    since."""
    digest = notifications.alias("digest")
    theirs = sa.and_(digest.c.notification_id == _own.digest_id, digest.c.status.in_(_FINAL))
    waits: sa.ColumnElement[bool]
    if digest_ids is None:
        waits = _own.notification_id.in_(_left_behind())
    else:
        waits = sa.and_(_own.digest_id.in_(digest_ids), _own.status.in_(("pending", "sent")))
    news = {name: digest.c[name] for name in ("status", "reason", "sent_at", "last_answer")}
    following = sa.update(notifications).where(theirs, waits, _own.status != digest.c.status).values(news)
    return tx.execute(following.returning(_own.template, _own.status)).all()


def _left_behind() -> sa.Select[Any]:
    """Notifications that wait though their digest is done: somebody settled it without them."""
    child, digest = notifications.alias("child"), notifications.alias("done")
    waits = sa.and_(child.c.status == "pending", child.c.cadence.is_not(None), child.c.digest_id.is_not(None))
    found = sa.select(child.c.notification_id).join(digest, digest.c.notification_id == child.c.digest_id)
    return found.where(waits, digest.c.status.in_(_FINAL)).limit(1000)
