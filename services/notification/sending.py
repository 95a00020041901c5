"""Sending what is due: claim, hand over, write down; one bad message never stops the others, nor does a dead server.

1. One transaction takes a batch of due notifications under a lease, and commits.
2. Each is rendered and handed over. A process that dies here leaves rows that are taken again when their lease is
   over; what had been sent goes once more, with the same Message-ID, and at most that.
3. One transaction writes down what came of them: status, attempt and words.
"""

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notification import models
from services.notification.channels import Channel, Deferred, Delivery, Letter, Refused, Sender, Unreachable
from services.notification.domain import admission, delivery
from services.notification.domain.delivery import Outcome, Policy, Status
from services.notification.domain.planning import Reason, Via
from services.notification.domain.preferences import has_link
from services.notification.domain.templates import Template
from services.notification.links import Links
from services.notification.policies import value_on
from shared import crash, metrics
from shared.database import Database, Transaction
from shared.ids import new_id
from shared.persian import tehran_date

log = structlog.get_logger("notification")


@dataclass(frozen=True)
class Settled:
    """A claimed row, what came of it, and when; the words if they went out."""

    row: sa.Row[Any]
    outcome: Outcome
    at: datetime
    address: str = ""
    letter: Letter | None = None


class Postman:
    """Sends the notifications of one database through its channels. Any number may work beside each other."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[Via, Channel],
        policy: Policy = delivery.POLICY,
        links: Links | None = None,
    ) -> None:
        self._db = db
        self._channels = channels
        self._policy = policy
        self._links = links

    def send_due(self) -> bool:
        """Send batches until nothing is due, the other side is away or `policy.run` is over; whether more waits."""
        ends = time.monotonic() + self._policy.run
        while self._send_batch():
            if time.monotonic() > ends:
                return True
        return False

    def _send_batch(self) -> bool:
        """The three steps; whether there may be more to do at once."""
        claim_id = new_id()
        with self._db.transaction() as tx:
            rows = models.claim_due(tx, claim_id, self._policy.lease, self._policy.batch)
            legal = value_on(tx, "legal_notices", tehran_date(tx.now)) if rows else ()
        if not rows:
            return False
        settled, reachable = self._hand_over(rows, legal)
        crash.point("mailed_before_marked")
        self._settle(claim_id, settled)
        if not reachable:
            time.sleep(self._policy.outage_pause)
        return reachable and len(rows) == self._policy.batch

    def _hand_over(self, rows: Sequence[sa.Row[Any]], legal: Sequence[str]) -> tuple[list[Settled], bool]:
        """The outcome of each row, and whether all channels were there.

        When one is not, its first message has shown it: it is deferred, and the rest go back untried. So an outage
        costs one attempt now and then, not one for every message that waits.
        """
        settled, ends = [], time.monotonic() + self._policy.batch_window
        away: set[str] = set()
        for row in rows:
            reason = admission.refusal(Template(row.template), row.unsubscribed or (), row.is_suppressed, legal)
            if reason is not None:
                one = Settled(row, delivery.suppressed(reason, datetime.now(UTC)), datetime.now(UTC))
            elif row.channel in away or time.monotonic() > ends:
                one = Settled(row, delivery.released(row.attempts, datetime.now(UTC)), datetime.now(UTC))
            else:
                one, reachable = self._attempt(row, self._link(row, legal))
                if not reachable:
                    away.add(row.channel)
            settled.append(one)
        return settled, not away

    def _link(self, row: sa.Row[Any], legal: Sequence[str]) -> str | None:
        if self._links is None or not has_link(row.template, legal):
            return None
        return self._links.unsubscribe(row.notification_id)

    def _attempt(self, row: sa.Row[Any], link: str | None) -> tuple[Settled, bool]:
        """Try one; what came of it, and whether the other side was there."""
        now, letter, reachable = datetime.now(UTC), None, True
        channel, what = self._channels[Via(row.channel)], _delivery(row, link)
        try:
            receipt = channel.deliver(what)
            outcome, letter = delivery.sent(receipt.answer, now), receipt.letter
        except Refused as error:
            outcome = delivery.bounced(str(error), now)
        except (Deferred, Unreachable) as error:
            first = row.first_tried_at or now
            outcome = delivery.deferred(str(error), row.attempts + 1, first, now, random.random(), self._policy)  # noqa: S311 - spreads delays, guards nothing
            reachable = not isinstance(error, Unreachable)
        except Exception as error:  # One that cannot be made must not stop the others; it waits with its reason.
            log.exception("mail_held", notification_id=str(row.notification_id), template=row.template)
            outcome = delivery.held(f"{type(error).__name__}: {error}", now, Reason.CANNOT_BE_MADE)
        return Settled(row, outcome, datetime.now(UTC), channel.address_of(what), letter), reachable

    def _settle(self, claim_id: UUID, settled: Sequence[Settled]) -> None:
        """Write down what came of a batch, patiently: what is not written down is mailed once more."""
        for pause in (0.2, 1.0, 2.0, None):
            try:
                with self._db.transaction() as tx:
                    ours = set(models.settle(tx, claim_id, [_settled_row(one) for one in settled]))
                    mine = [one for one in settled if one.row.notification_id in ours]
                    models.record_attempts(tx, [_attempt_row(one) for one in mine if one.outcome.tried])
                    models.keep_letters(tx, [_letter_row(one, one.letter) for one in mine if one.letter])
                    if ended := [one.row.notification_id for one in mine if one.row.template == Template.DIGEST]:
                        count_followed(tx, models.follow_digests(tx, ended))
                    tx.after_commit(lambda: self._count(settled))
            except SQLAlchemyError:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def _count(self, settled: Sequence[Settled]) -> None:
        for one in settled:
            if not one.outcome.tried and one.outcome.status is not Status.SUPPRESSED:
                continue
            metrics.NOTIFICATIONS.labels(one.row.template, one.outcome.status.value).inc()
            if one.outcome.status is Status.SENT and one.row.template == Template.CERTIFICATE_ISSUED:
                completed_at = datetime.fromisoformat(one.row.context["completed_at"])
                metrics.COMPLETION_TO_MAIL.observe(max(0.0, (one.at - completed_at).total_seconds()))


def count_followed(tx: Transaction, followed: Sequence[Any]) -> None:
    """Count what became of notifications in digests."""
    ended = Counter((row.template, row.status) for row in followed)

    def add() -> None:
        for labels, number in ended.items():
            metrics.NOTIFICATIONS.labels(*labels).inc(number)

    tx.after_commit(add)


def _delivery(row: sa.Row[Any], link: str | None) -> Delivery:
    return Delivery(
        notification_id=row.notification_id,
        event_id=row.event_id,
        employee_id=row.employee_id,
        agency_code=row.agency_code,
        template=row.template,
        context=row.context,
        correlation_id=row.correlation_id,
        created_at=row.created_at,
        full_name=row.full_name,
        email=row.email,
        mobile=row.mobile,
        language=row.language,
        sender=Sender(row.sender_name or row.agency_name, row.sender_address, row.reply_to),
        attach_certificates=row.attach_certificates is not False,
        unsubscribe_url=link,
    )


def _settled_row(one: Settled) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "settled_id": one.row.notification_id,
        "new_status": outcome.status.value,
        "new_reason": outcome.reason,
        "answer": outcome.answer,
        "new_due_at": outcome.due_at,
        "new_sent_at": one.at if outcome.status is Status.SENT else None,
        "tried_at": one.at if outcome.tried else None,
        "tries": int(outcome.tried),
    }


def _attempt_row(one: Settled) -> dict[str, Any]:
    return {
        "notification_id": one.row.notification_id,
        "number": one.row.attempts + 1,
        "tried_at": one.at,
        "address": one.address,
        "outcome": one.outcome.status.value,
        "answer": one.outcome.answer,
    }


def _letter_row(one: Settled, letter: Letter) -> dict[str, Any]:
    words = {"language": letter.language, "subject": letter.subject, "text": letter.text}
    return {"notification_id": one.row.notification_id, **words, "wording_id": letter.wording_id}
