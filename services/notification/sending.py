"""Sending what is due: claim, hand over, write down; one bad mail never stops the others, nor does a dead server.

1. One transaction takes a batch of due notifications under a lease, and commits.
2. Each is rendered and handed over. A process that dies here leaves rows that are taken again when their lease is
   over; what had been sent goes once more, with the same Message-ID, and at most that.
3. One transaction writes down what came of them.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notification import domain, models, rendering
from services.notification.domain import Outcome, Policy, Status, Template
from services.notification.mailer import Deferred, Mailer, Refused, Unreachable
from shared import crash, metrics
from shared.database import Database
from shared.ids import new_id

log = structlog.get_logger("notification")


@dataclass(frozen=True)
class Settled:
    """A claimed row, what came of it, and when."""

    row: sa.Row[Any]
    outcome: Outcome
    at: datetime


class Sender:
    """Sends the notifications of one database in the name of one address. Any number may work beside each other."""

    def __init__(self, db: Database, mail_from: str, policy: Policy = domain.POLICY) -> None:
        self._db = db
        self._mail_from = mail_from
        self._policy = policy

    def send_due(self, mailer: Mailer) -> bool:
        """Send batches until nothing is due, the mail server is away or `policy.run` is over; whether more waits."""
        ends = time.monotonic() + self._policy.run
        while self._send_batch(mailer):
            if time.monotonic() > ends:
                return True
        return False

    def _send_batch(self, mailer: Mailer) -> bool:
        """The three steps; whether there may be more to do at once."""
        claim_id = new_id()
        with self._db.transaction() as tx:
            rows = models.claim_due(tx, claim_id, self._policy.lease, self._policy.batch)
        if not rows:
            return False
        settled, reachable = self._hand_over(mailer, rows)
        crash.point("mailed_before_marked")
        self._settle(claim_id, settled)
        if not reachable:
            time.sleep(self._policy.outage_pause)
        return reachable and len(rows) == self._policy.batch

    def _hand_over(self, mailer: Mailer, rows: Sequence[sa.Row[Any]]) -> tuple[list[Settled], bool]:
        """The outcome of each row, and whether the mail server was there.

        When it is not, the first mail has shown it: it is deferred, and the rest go back untried. So an outage
        costs one attempt now and then, not one for every mail that waits.
        """
        settled, ends = [], time.monotonic() + self._policy.batch_window
        reachable = True
        for row in rows:
            if not reachable or time.monotonic() > ends:
                outcome = domain.released(row.attempts, datetime.now(UTC))
            else:
                outcome, reachable = self._attempt(mailer, row)
            settled.append(Settled(row, outcome, datetime.now(UTC)))
        return settled, reachable

    def _attempt(self, mailer: Mailer, row: sa.Row[Any]) -> tuple[Outcome, bool]:
        """Try one mail; its outcome, and whether the mail server was there."""
        now = datetime.now(UTC)
        try:
            message = rendering.compose(_addressed(row), self._mail_from, now)
            return domain.sent(mailer.send(message, row.notification_id), now), True
        except Refused as error:
            return domain.bounced(str(error), now), True
        except (Deferred, Unreachable) as error:
            first = row.first_tried_at or now
            outcome = domain.deferred(str(error), row.attempts + 1, first, now, random.random(), self._policy)  # noqa: S311 - spreads delays, guards nothing
            return outcome, not isinstance(error, Unreachable)
        except Exception as error:  # One mail that cannot be made must not stop the others; it waits with its reason.
            log.exception("mail_held", notification_id=str(row.notification_id), template=row.template)
            return domain.held(f"{type(error).__name__}: {error}", now), True

    def _settle(self, claim_id: UUID, settled: Sequence[Settled]) -> None:
        """Write down what came of a batch, patiently: what is not written down is mailed once more."""
        for pause in (0.2, 1.0, 2.0, None):
            try:
                with self._db.transaction() as tx:
                    models.settle(tx, claim_id, [_settled_row(one) for one in settled])
                    tx.after_commit(lambda: self._count(settled))
            except SQLAlchemyError:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def _count(self, settled: Sequence[Settled]) -> None:
        for one in settled:
            if not one.outcome.tried:
                continue
            metrics.NOTIFICATIONS.labels(one.row.template, one.outcome.status.value).inc()
            if one.outcome.status is Status.SENT and one.row.template == Template.CERTIFICATE_ISSUED:
                completed_at = datetime.fromisoformat(one.row.context["completed_at"])
                metrics.COMPLETION_TO_MAIL.observe(max(0.0, (one.at - completed_at).total_seconds()))


def _addressed(row: sa.Row[Any]) -> rendering.Addressed:
    return rendering.Addressed(
        row.notification_id, row.template, row.context, row.correlation_id, row.full_name, row.email, row.language
    )


def _settled_row(one: Settled) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "settled_id": one.row.notification_id,
        "new_status": outcome.status.value,
        "answer": outcome.answer,
        "new_due_at": outcome.due_at,
        "new_sent_at": one.at if outcome.status is Status.SENT else None,
        "tried_at": one.at if outcome.tried else None,
        "tries": int(outcome.tried),
    }
