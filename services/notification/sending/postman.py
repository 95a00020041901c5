"""Sending what is due: claim, hand over, write down; one bad message never stops the others, nor does a dead server.

1. One transaction takes a batch of due notifications under a lease, and commits.
2. They are rendered and handed over, several at once. A process that dies here leaves rows that are taken again when
   their lease is over; what had been sent goes once more, with the same Message-ID, and at most that.
3. One transaction writes down what came of them: status, attempt and words.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notification import models
from services.notification.channels import Channel, Letter
from services.notification.domain import delivery, rates
from services.notification.domain.delivery import Policy, Status
from services.notification.domain.planning import Reason, Via
from services.notification.domain.templates import Template, Urgency
from services.notification.links import Links
from services.notification.policies import value_on
from services.notification.sending import bouncing
from services.notification.sending.batch import Batch, Rules, Settled, rules_for
from services.notification.timetable import asleep
from shared import crash, metrics
from shared.database import Database, Transaction
from shared.ids import new_id
from shared.persian import tehran_date

log = structlog.get_logger("notification")

# Between tries to write down what came of a batch, in seconds: a database that is started anew takes half a minute.
SETTLE_PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 15.0)


class Postman:
    """Sends the notifications of one database through its channels. Any number may work beside each other.

    `ending` says that the service is about to stop: then what is at hand is finished and the rest goes back.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[Via, Channel],
        policy: Policy = delivery.POLICY,
        ending: Callable[[], bool] = lambda: False,
        webhook_of: str | None = None,
        links: Links | None = None,
    ) -> None:
        """One for people, or with `webhook_of` one for the webhook of that agency: they never wait for each other."""
        self._db = db
        self._channels = channels
        self._policy = policy
        self._ending = ending
        self._webhook_of = webhook_of
        self._links = links
        self._away: set[str] = set()

    def send_due(self) -> bool:
        """Send batches until nothing is due, the other side is away or `policy.run` is over; whether more waits.

        What is for a channel that was found away is not taken again in this run: it must not stand before the others.
        """
        ends = time.monotonic() + self._policy.run
        if self._webhook_of is None:
            _heed_rates(self._db)
        while self._send_batch():
            if time.monotonic() > ends or self._ending():
                return True
        if self._away and not self._ending():
            time.sleep(self._policy.outage_pause)
        return False

    def _send_batch(self) -> bool:
        """The three steps; whether there may be more to do at once."""
        claim_id = new_id()
        with self._db.transaction() as tx:
            taken = models.claim_due(tx, claim_id, self._policy.lease, self._policy.batch, self._webhook_of, self._away)
            rules = rules_for(tx, taken) if taken else Rules()
            rows = _within_rates(tx, claim_id, _awake(tx, claim_id, taken)) if taken else ()
        if not rows:
            return len(taken) == self._policy.batch
        batch = Batch(self._channels, rules, self._policy, self._ending, self._links)
        settled = batch.hand_over(rows)
        crash.point("mailed_before_marked")
        self._settle(claim_id, settled)
        self._away |= batch.away
        # For a webhook a batch has one message about each person, and there may be others behind them.
        more = len(taken) == self._policy.batch or self._webhook_of is not None
        return more and not self._away >= self._channels.keys()

    def _settle(self, claim_id: UUID, settled: Sequence[Settled]) -> None:
        """Write down what came of a batch, patiently: what is not written down is mailed once more."""
        for pause in (*SETTLE_PAUSES, None):
            try:
                with self._db.transaction() as tx:
                    ours = set(models.settle(tx, claim_id, [_settled_row(one) for one in settled]))
                    mine = [one for one in settled if one.row.notification_id in ours]
                    models.record_attempts(tx, [_attempt_row(one) for one in mine if one.outcome.tried])
                    models.keep_letters(tx, [_letter_row(one, one.letter) for one in mine if one.letter])
                    if ended := [one.row.notification_id for one in mine if one.row.template == Template.DIGEST]:
                        count_followed(tx, models.follow_digests(tx, ended))
                    bouncing.take_refusals(tx, [_refusal(one) for one in mine if one.refused_at])
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
            metrics.DELIVERIES.labels(one.row.channel, one.outcome.status.value).inc()
            if one.row.channel == Via.WEBHOOK:  # what systems are told is counted by channel alone: it is no mail
                continue
            metrics.NOTIFICATIONS.labels(one.row.template, one.outcome.status.value).inc()
            if one.outcome.status is Status.HELD:
                metrics.NOTIFICATIONS_HELD.labels(one.outcome.reason).inc()
            # One that came back and goes again is not late: it was in time, at another address.
            goes_again = one.row.attempts and one.row.first_tried_at is None
            if one.outcome.status is Status.SENT and one.row.template == Template.CERTIFICATE_ISSUED and not goes_again:
                completed_at = datetime.fromisoformat(one.row.context["completed_at"])
                metrics.COMPLETION_TO_MAIL.observe(max(0.0, (one.at - completed_at).total_seconds()))


def _heed_rates(db: Database) -> None:
    """When the rates are others than those by which mails wait for their turns, give the turns anew: at a higher rate
    they would wait for days that nobody wants any more, and all that is new behind them."""
    with db.reading() as tx:
        mark = models.mark_of_rates(tx, value_on(tx, "domain_rates", tehran_date(tx.now)))
        if models.has_mark(tx, mark):
            return
    with db.transaction() as tx:
        mails = models.give_turns_anew(tx, mark)
    if mails:
        log.info("turns_given_anew", mails=mails)


def count_followed(tx: Transaction, followed: Sequence[Any]) -> None:
    """Count what became of notifications in digests."""
    ended = Counter((row.template, row.status) for row in followed)

    def add() -> None:
        for labels, number in ended.items():
            metrics.NOTIFICATIONS.labels(*labels).inc(number)

    tx.after_commit(add)


def _awake(tx: Transaction, claim_id: UUID, rows: Sequence[sa.Row[Any]]) -> Sequence[sa.Row[Any]]:
    """The rows that may go now; those whose readers have quiet hours by now go back until these are over."""
    until = asleep(tx, rows)
    back = [row for row in rows if row.notification_id in until]
    if back:
        put_back = [(row, delivery.put_back(row.attempts, until[row.notification_id])) for row in back]
        models.settle(tx, claim_id, [_settled_row(Settled(row, outcome, tx.now)) for row, outcome in put_back])
    return [row for row in rows if row.notification_id not in until]


def _within_rates(tx: Transaction, claim_id: UUID, rows: Sequence[sa.Row[Any]]) -> Sequence[sa.Row[Any]]:
    """The rows that may go now; mails above the rate of their domain or agency go back, each with its time."""
    of_domains = value_on(tx, "domain_rates", tehran_date(tx.now))
    limited = {
        row.notification_id: limits
        for row in rows
        if row.channel == Via.EMAIL
        and (limits := rates.limits(row.email or "", row.recipient_agency, row.mails_per_minute, of_domains))
    }
    if not limited:
        return rows
    buckets = models.buckets(tx, {name: rate for limits in limited.values() for name, rate in limits.items()})
    going, back = [], []
    for row in rows:
        its_own = [buckets[name] for name in limited.get(row.notification_id, ())]
        due_at = rates.turn(its_own, row.turn_at, row.priority == Urgency.URGENT, tx.now)
        if due_at is None:
            going.append(row)
        else:
            back.append(Settled(row, delivery.put_back(row.attempts, due_at, Reason.RATE), tx.now))
    models.keep_buckets(tx, buckets)
    if back:
        models.settle(tx, claim_id, [_settled_row(one) for one in back])
        tx.after_commit(lambda: metrics.MAILS_OVER_RATE.inc(len(back)))
    return going


def _settled_row(one: Settled) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "settled_id": one.row.notification_id,
        "new_status": outcome.status.value,
        "new_reason": outcome.reason,
        "answer": outcome.answer,
        "new_due_at": outcome.due_at,
        "new_turn_at": outcome.turn_at,
        "new_sent_at": one.at if outcome.status is Status.SENT else None,
        "tried_at": one.at if outcome.tried else None,
        "tries": int(outcome.tried),
        "waits_since": _waits_since(one),
    }


def _waits_since(one: Settled) -> datetime | None:
    """Since when it waits for what goes along: what was tried begins anew, what was only put back goes on waiting."""
    before: datetime | None = one.row.waiting_since
    if one.outcome.waits:
        return before or one.at
    return None if one.outcome.tried else before


def _attempt_row(one: Settled) -> dict[str, Any]:
    return {
        "notification_id": one.row.notification_id,
        "number": one.row.attempts + 1,
        "tried_at": one.at,
        "address": one.address,
        "outcome": one.outcome.status.value,
        "answer": one.outcome.answer,
    }


def _refusal(one: Settled) -> tuple[UUID, int, str, str, str]:
    return one.row.notification_id, one.row.attempts + 1, one.address, one.refused_at, one.outcome.answer or ""


def _letter_row(one: Settled, letter: Letter) -> dict[str, Any]:
    words = {"language": letter.language, "subject": letter.subject, "text": letter.text}
    ids = {"wording_id": letter.wording_id, "message_id": letter.message_id}
    return {"notification_id": one.row.notification_id, **words, **ids}
