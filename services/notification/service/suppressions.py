"""Addresses that nothing is sent to, decided by people; and mails that came back and go once more."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.notification import models
from services.notification.domain import bounces
from services.notification.domain.bounces import Cause
from services.notification.schemas import suppressions as schemas
from services.notification.service import scope
from shared import metrics
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

OPERATORS = ("operator", "national")
OFFICERS = ("training_officer", *OPERATORS)


class SuppressionCalls:
    """Mixed into the service."""

    wake: Callable[[str], None]
    log: Any

    @command(schemas.SuppressAddress, reply=schemas.Suppression, roles=OPERATORS)
    def suppress_address(self, tx: Transaction, caller: Caller, address: str, reason: str) -> dict[str, Any]:
        """Send nothing to an address any more but what the law asks for. One that is suppressed already stays as it is,
        and the same is answered."""
        key = bounces.address_key(address)
        why = {"cause": Cause.OPERATOR.value, "answer": reason, "suppressed_by": caller.system, "told_at": tx.now}
        if models.suppress(tx, key, **why):
            tx.after_commit(metrics.ADDRESSES_SUPPRESSED.labels(Cause.OPERATOR.value).inc)
        return _shown(models.last_suppression(tx, key))

    @command(schemas.LiftSuppression, reply=schemas.Suppression, roles=OFFICERS)
    def lift_suppression(
        self, tx: Transaction, caller: Caller, address: str | None, employee_id: UUID | None, reason: str
    ) -> dict[str, Any]:
        """Let mail go to an address again; the same again answers the same. What was not sent stays so:
        `resend_notification` sends what came back.

        Officers name a person of their agency, or below it, and not an address (Forbidden `address_needs_operator`).
        NotFound `employee_not_found`, `suppression_not_found` (never suppressed); Invalid unless exactly one is given.
        """
        if (address is None) == (employee_id is None):
            raise Invalid.field("address", "must be given, or else employee_id, and not both")
        if address is None:
            assert employee_id is not None
            address = _person(tx, caller, employee_id).email
        elif not scope.sees_all(caller):
            raise Forbidden("address_needs_operator", "Officers name the person whose address it is.")
        row = models.last_suppression(tx, bounces.address_key(address))
        if row is None:
            raise NotFound("suppression_not_found", "This address was never suppressed.")
        if row.lifted_at is None:
            models.lift(tx, row.suppression_id, caller.system, reason)
            lifted = {"suppression_id": str(row.suppression_id), "system": caller.system}
            tx.after_commit(lambda: self.log.info("suppression_lifted", **lifted))
        return _shown(models.last_suppression(tx, row.address))

    @query(schemas.ListSuppressions, reply=page_of(schemas.ListedSuppression), roles=scope.READERS)
    def list_suppressions(
        self,
        tx: Transaction,
        caller: Caller,
        address: str | None,
        agency_code: str | None,
        lifted: bool,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Suppressed addresses, the latest first: of the people of the own agency and of those below it; operators and
        national see also those that are nobody's. NotFound `agency_not_found`."""
        codes = scope.codes(tx, caller, agency_code)
        before = decode_cursor(cursor, {"suppression_id": UUID})["suppression_id"] if cursor else None
        key = None if address is None else bounces.address_key(address)
        items = models.list_suppressions(tx, key, lifted, codes, before, limit + 1)
        more = len(items) > limit
        following = encode_cursor({"suppression_id": items[limit - 1]["suppression_id"]}) if more else None
        return {"items": items[:limit], "next": following}

    @command(schemas.ResendNotification, reply=schemas.Resent, roles=OFFICERS)
    def resend_notification(
        self, tx: Transaction, caller: Caller, notification_id: UUID, reason: str
    ) -> dict[str, Any]:
        """Send a mail that came back, or that an address was given up for, once more: to the address that its person
        has now, and never twice to one that takes it.

        NotFound `notification_not_found`, also for those of people of other agencies; Conflict `already_sent`,
        `not_returned` with the status it has, `in_digest` with the `digest_id` to resend in its place,
        `address_suppressed` until another address is registered or the present one is lifted, `erased`.
        """
        row = models.lock_mail(tx, notification_id)
        person = models.recipient(tx, row.employee_id) if row else None
        if row is None or person is None or not scope.sees(tx, caller, person.agency_code):
            raise NotFound("notification_not_found", "There is no such notification.")
        if not person.email:
            raise Conflict("erased", "The person's data was erased.")
        refusal = _refusal(tx, row, bounces.address_key(person.email))
        if refusal is not None:
            digest_id = str(row.digest_id) if row.digest_id else None
            raise Conflict(refusal, _REFUSALS[refusal], {"status": row.status, "digest_id": digest_id})
        models.send_again(tx, notification_id, caller.system, reason)
        said = {"notification_id": str(notification_id), "system": caller.system}
        tx.after_commit(lambda: self.log.info("notification_sent_again", **said))
        tx.after_commit(lambda: self.wake("send_pending"))
        return {"notification_id": notification_id, "status": "pending", "due_at": tx.now}


_REFUSALS = {
    "already_sent": "The mail has arrived at the person's address.",
    "not_returned": "Only what came back can be sent again.",
    "in_digest": "It was in a digest, which has what else was in it too: send that one again.",
    "address_suppressed": "Nothing is sent to the person's address until it is another one, or lifted.",
}


def _refusal(tx: Transaction, row: Any, address: str) -> str | None:
    suppression = models.last_suppression(tx, address)
    lifted_at = suppression.lifted_at if suppression else None
    tries = [
        each.tried_at
        for each in models.sent_attempts(tx, row.notification_id)
        if bounces.address_key(each.address) == address
    ]
    accepted = any(lifted_at is None or tried_at > lifted_at for tried_at in tries)
    is_suppressed = suppression is not None and lifted_at is None
    return bounces.not_to_resend(row.status, row.reason, is_suppressed, accepted, row.digest_id is not None)


def _person(tx: Transaction, caller: Caller, employee_id: UUID) -> Any:
    person = models.recipient(tx, employee_id)
    if person is None or not person.email or not scope.sees(tx, caller, person.agency_code):
        raise NotFound("employee_not_found", "There is no such employee.")
    return person


def _shown(row: Any) -> dict[str, Any]:
    return dict(row._mapping)
