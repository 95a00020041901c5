"""What callers ask about notifications, each within their part of the tree of agencies."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notification import models
from services.notification.domain import delivery
from services.notification.models import notifications
from services.notification.models.conditions import FOR_PEOPLE
from services.notification.schemas import ledger as schemas
from services.notification.service import scope
from shared.auth import Caller
from shared.config import Config
from shared.database import Transaction
from shared.entrypoints import query
from shared.errors import NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

RECONCILERS = ("operator", "national", "auditor")


class NotificationQueries:
    """Mixed into the service."""

    config: Config

    @query(schemas.ListNotifications, reply=page_of(schemas.Notification), roles=scope.READERS)
    def list_notifications(
        self, tx: Transaction, caller: Caller, employee_id: UUID, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """What a person was told, newest first: all of it to the present agency, to a former one what was told then.

        What the system of their agency was told of it is there too, with the channel `webhook`. An agency sees what
        those below it see. NotFound `employee_not_found` also for another agency's person.
        """
        person, own = models.recipient(tx, employee_id), notifications.c
        found = sa.select(notifications).where(own.employee_id == (person.employee_id if person else employee_id))
        sees_whole = person is not None and scope.sees(tx, caller, person.agency_code)
        if not sees_whole:
            found = found.where(own.agency_code.in_(models.agency_tree.codes(tx, caller)))
        if cursor:
            found = found.where(own.notification_id < _position(cursor))
        page = _page(tx, found.order_by(own.notification_id.desc()), limit)
        if not (sees_whole or cursor or page["items"]):
            raise NotFound("employee_not_found", "There is no such employee.")
        return page

    @query(schemas.GetNotification, reply=schemas.NotificationDetails, roles=scope.READERS)
    def get_notification(self, tx: Transaction, caller: Caller, notification_id: UUID) -> dict[str, Any]:
        """One notification: every try with what was answered, the words as they went out, and what was reported of it
        afterwards; of one that went into a digest, the digest's id, whose letter has the words.

        It is shown to the agency of its time, to the person's present one, and to those above them; to others it is
        NotFound `notification_not_found`.
        """
        row = tx.execute(sa.select(notifications).where(notifications.c.notification_id == notification_id)).first()
        # A person who has moved: their new agency sees the whole ledger of theirs, the old one what it told them.
        person = models.recipient(tx, row.employee_id) if row else None
        agencies = {each.agency_code for each in (row, person) if each}
        if row is None or not any(scope.sees(tx, caller, code) for code in agencies):
            raise NotFound("notification_not_found", "There is no such notification.")
        letter = models.letter_of(tx, notification_id)
        message_id = letter.message_id if letter else None
        return _shown(row) | {
            "message_id": message_id or delivery.message_id(notification_id, self.config.mail_from),
            "tries": [each._mapping for each in models.tries_of(tx, notification_id)],
            "letter": letter._mapping if letter else None,
            "reports": [each._mapping for each in models.reports_of(tx, notification_id)],
        }

    @query(schemas.ListQueued, reply=page_of(schemas.Queued), roles=RECONCILERS)
    def list_queued(
        self,
        tx: Transaction,
        caller: Caller,
        template: str | None,
        since: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """The ledger in the order it was written, for reconciliation; auditors see their agency's part and
        that of those below it."""
        columns = notifications.c
        # What an agency's system is told comes beside what the person is told.
        found = sa.select(notifications).where(FOR_PEOPLE)
        if not scope.sees_all(caller):
            found = found.where(columns.agency_code.in_(models.agency_tree.codes(tx, caller)))
        if template is not None:
            found = found.where(columns.template == template)
        if since is not None:
            found = found.where(columns.notification_id >= models.first_id_at(since), columns.created_at >= since)
        if cursor:
            found = found.where(columns.notification_id > _position(cursor))
        return _page(tx, found.order_by(columns.notification_id), limit)


def _position(cursor: str) -> UUID:
    position: UUID = decode_cursor(cursor, {"notification_id": UUID})["notification_id"]
    return position


def _page(tx: Transaction, found: sa.Select[Any], limit: int) -> dict[str, Any]:
    rows = tx.execute(found.limit(limit + 1)).all()
    more = len(rows) > limit
    items = [_shown(row) for row in rows[:limit]]
    return {"items": items, "next": encode_cursor({"notification_id": items[-1]["notification_id"]}) if more else None}


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "status": delivery.shown_status(row.status)}
