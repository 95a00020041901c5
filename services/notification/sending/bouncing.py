"""What reports of mail servers do: to the ledger, and to the address.

Anybody can write a report, so nothing is believed of one but what the ledger confirms: the notification was sent by
e-mail, and to the address that is said to have failed.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.notification import models
from services.notification.domain import bounces
from services.notification.domain.bounces import Cause, Failure, Kind
from services.notification.domain.delivery import Status
from services.notification.mailbox.returned_mail import ReturnedMail
from services.notification.policies import value_on
from shared import metrics
from shared.database import Transaction
from shared.persian import tehran_date

BY_SMTP, BY_MAIL, BY_CALL = "smtp", "mailbox", "call"


class UnmatchedError(Exception):
    """The ledger knows nothing of what is reported. `is_known`: the notification is there, the address is not its."""

    def __init__(self, is_known: bool) -> None:
        super().__init__("the address is not the one it went to" if is_known else "there is no such notification")
        self.is_known = is_known


class TooEarlyError(Exception):
    """The report was faster than our own bookkeeping: the mail is being sent, or is not written down as sent yet."""


class Taken(NamedTuple):
    """A report as it is kept, and whether it is new."""

    report: dict[str, Any]
    is_new: bool


def take_mail(tx: Transaction, mail: ReturnedMail, report_id: UUID, source: str) -> Taken:
    """Believe a mail what it says of the address that its notification went to. Raises UnmatchedError."""
    if mail.notification_id is None:
        raise UnmatchedError(is_known=False)
    went_to = {bounces.address_key(row.address) for row in models.sent_attempts(tx, mail.notification_id)}
    failure = next((each for each in mail.failures if each.address in went_to), mail.failures[0])
    return take(tx, mail.notification_id, failure, report_id, source)


def times_accepted(tx: Transaction, notification_id: UUID, address: str) -> int:
    """How often a server took a mail for an address, which stays so until the end of the transaction."""
    models.lock_mail(tx, notification_id)
    went_to = [bounces.address_key(row.address) for row in models.sent_attempts(tx, notification_id)]
    return went_to.count(address)


def take(tx: Transaction, notification_id: UUID, failure: Failure, report_id: UUID, source: str) -> Taken:
    """Keep a report and do what follows from it, once. Raises UnmatchedError.

    The mail counts as returned where it has gone nowhere else since; its answer in the ledger is then the report's. An
    address that somebody has lifted since the mail went out is not given up for it again.
    """
    row = models.lock_mail(tx, notification_id)
    if row is not None and row.status == Status.SENDING:
        raise TooEarlyError  # also for one that is known: a mail that goes again may come back in the same words
    known = models.bounce_report(tx, report_id)
    if known is not None:
        return Taken(known, is_new=False)
    tried = {bounces.address_key(each.address): each.tried_at for each in models.sent_attempts(tx, notification_id)}
    if row is None or failure.address not in tried:
        raise UnmatchedError(is_known=row is not None)
    what = _effect_of(tx, notification_id, failure)
    report = _keep(tx, notification_id, failure, report_id, source)
    if what.returned and row.status == Status.SENT and tried[failure.address] == max(tried.values()):
        models.mark_bounced(tx, notification_id, failure.answer or "The mail came back.")
    if not models.lifted_since(tx, failure.address, tried[failure.address]):
        _suppress(tx, notification_id, failure, what.suppress)
    return Taken(report, is_new=True)


def take_refusals(tx: Transaction, refusals: Iterable[tuple[UUID, int, str, str, str]]) -> None:
    """Give up the addresses that a server refused while it was sent to: of each the notification, the number of the
    attempt, the address, and the step and the words of the refusal.

    In the order of addresses, so that two senders wait for each other and never deadlock.
    """
    found = [(what, bounces.refused(*what[2:])) for what in refusals]
    for (notification_id, number, *_), failure in sorted(found, key=lambda each: each[0][2]):
        if failure is not None:
            _keep(tx, notification_id, failure, bounces.report_id(str(notification_id), str(number)), BY_SMTP)
            _suppress(tx, notification_id, failure, Cause.HARD_BOUNCE)


def _effect_of(tx: Transaction, notification_id: UUID, failure: Failure) -> bounces.Effect:
    rule = value_on(tx, "soft_bounces", tehran_date(tx.now))
    before = 0
    if failure.kind is Kind.SOFT:
        since = tx.now - timedelta(days=rule["days"])
        lifted_at = models.last_lifted(tx, failure.address)  # somebody has said since that the address is good
        before = models.soft_bounces(tx, failure.address, max(since, lifted_at or since), notification_id)
    return bounces.effect(failure, before, rule["mails"])


def _keep(tx: Transaction, notification_id: UUID, failure: Failure, report_id: UUID, source: str) -> dict[str, Any]:
    report = {
        "report_id": report_id,
        "notification_id": notification_id,
        "source": source,
        "kind": failure.kind.value,
        "address": failure.address,
        "status_code": failure.status_code,
        "answer": failure.answer,
        "is_delayed": failure.is_delayed,
        "received_at": tx.now,
    }
    models.add_report(tx, report)
    tx.after_commit(metrics.BOUNCES.labels(failure.kind.value).inc)
    return report


def _suppress(tx: Transaction, notification_id: UUID, failure: Failure, cause: Cause | None) -> None:
    if cause is None:
        return
    told_at = None if cause is Cause.HARD_BOUNCE else tx.now  # officers are told of addresses that do not exist
    why = {"cause": cause.value, "answer": failure.answer, "notification_id": notification_id, "told_at": told_at}
    if models.suppress(tx, failure.address, **why):
        tx.after_commit(metrics.ADDRESSES_SUPPRESSED.labels(cause.value).inc)
