"""Reports of mail servers by call, and what was reported."""

import base64
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import bounces
from services.notification.domain.bounces import Failure, Kind
from services.notification.domain.delivery import one_line
from services.notification.mailbox import returned_mail
from services.notification.mailbox.returned_mail import ReturnedMail
from services.notification.schemas import bounces as schemas
from services.notification.sending import bouncing
from services.notification.service import scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound, Problems, Unavailable, refuse
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

REPORTERS = ("operator", "national")
_MESSAGE_ID = re.compile(rf"\s*<?{returned_mail.ID}@[^@\s]+\s*", re.IGNORECASE)


class BounceCalls:
    """Mixed into the service."""

    @command(schemas.ReportBounce, reply=schemas.BounceReport, roles=REPORTERS)
    def report_bounce(self, tx: Transaction, caller: Caller, raw: str | None, **said: Any) -> dict[str, Any]:
        """Report that a mail came back, or that its reader complained; the same report again answers the same.

        A hard one, or many soft ones (policy `soft_bounces`), ends all mail to the address but what the law asks for,
        and the agency's officers are told; a complaint ends it too. NotFound `notification_not_found`,
        `address_not_written_to` (the mail went elsewhere); Invalid for a `raw` that is no report, and for fields that
        are missing; Unavailable `not_sent_yet` while the mail is under way.
        """
        mail, report_id = _whole(raw, said) if raw is not None else _fields(tx, **said)
        try:
            return bouncing.take_mail(tx, mail, report_id, bouncing.BY_CALL).report
        except bouncing.TooEarlyError:
            raise Unavailable("not_sent_yet", "The mail is being sent at this moment.") from None
        except bouncing.UnmatchedError as error:
            if error.is_known:
                raise NotFound("address_not_written_to", "The mail did not go to this address.") from None
            raise NotFound("notification_not_found", "There is no such notification.") from None

    @query(schemas.ListBounces, reply=page_of(schemas.ListedBounce), roles=scope.READERS)
    def list_bounces(
        self, tx: Transaction, caller: Caller, agency_code: str | None, limit: int, cursor: str | None, **where: Any
    ) -> dict[str, Any]:
        """What was reported of mails, the latest first: of the own agency's and of those below it. NotFound
        `agency_not_found`."""
        codes = scope.codes(tx, caller, agency_code)
        where = {name: value for name, value in where.items() if value is not None}
        key = decode_cursor(cursor, {"at": datetime.fromisoformat, "id": UUID}) if cursor else None
        rows = models.list_reports(tx, where, codes, (key["at"], key["id"]) if key else None, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        following = encode_cursor({"at": last.received_at.isoformat(), "id": last.report_id}) if last else None
        return {"items": [row._asdict() for row in rows[:limit]], "next": following}


def _whole(raw: str, said: dict[str, Any]) -> tuple[ReturnedMail, UUID]:
    refuse({name: ["must be left out beside raw"] for name, value in said.items() if value is not None})
    try:
        content = base64.b64decode(raw, validate=True)
    except ValueError:  # also for letters that are no ASCII
        raise Invalid.field("raw", "must be base64") from None
    try:
        mail = returned_mail.read(content)
    except returned_mail.UnreadableError:
        mail = None
    if mail is None:
        raise Invalid.field("raw", "is no report about a mail that came back")
    return mail, returned_mail.report_id(content)


def _fields(
    tx: Transaction,
    notification_id: UUID | None,
    message_id: str | None,
    address: str | None,
    kind: str | None,
    status_code: str | None,
    answer: str | None,
) -> tuple[ReturnedMail, UUID]:
    problems: Problems = {}
    found = _MESSAGE_ID.fullmatch(message_id) if message_id else None
    if message_id is not None and found is None:
        problems["message_id"] = ["must be that of a mail of ours, such as <id@training.example>"]
    named = UUID(found[1]) if found else notification_id
    if named is None:
        problems.setdefault("notification_id", ["is required without message_id and raw"])
    for name, value in (("address", address), ("kind", kind)):
        if value is None:
            problems[name] = ["is required without raw"]
    refuse(problems)
    assert address is not None and named is not None and kind is not None
    words = one_line(answer or "") or None
    what = Failure(bounces.address_key(address), Kind(kind), kind == Kind.HARD, status_code, words)
    parts = (str(named), what.address, kind, status_code or "", words or "")
    # One that was sent again may come back again in the same words, which is another report.
    times = bouncing.times_accepted(tx, named, what.address)
    again = (str(times),) if times > 1 else ()
    return ReturnedMail(named, (what,)), bounces.report_id("fields", *parts, *again)
