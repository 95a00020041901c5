"""The relay: takes committed events from the outbox to the exchange.

Woken by every commit, and by the clock in case a wake-up was lost; at its start it finds what an earlier process
left. Order within one relay is the order of the outbox; consumers do not rely on it.
"""

import time
from collections.abc import Sequence
from typing import Any

import eventlet
import sqlalchemy as sa
import structlog
from eventlet.event import Event as Signal

from shared import crash, metrics, outbox
from shared.database import Database, is_passing
from shared.messages import to_amqp
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import EVENTS

log = structlog.get_logger("relay")

POLL_SECONDS = 1.0
GAUGE_SECONDS = 5.0
LONGEST_PAUSE = 10.0
UNROUTABLE_REST_SECONDS = 5.0


class Relay:
    """Publishes one service's outbox. `run()` is the greenthread's body; `stop()` ends it after a last round."""

    def __init__(self, service: str, db: Database, publisher: Publisher, batch: int) -> None:
        self._service = service
        self._db = db
        self._outbox: sa.Table = db.metadata.tables["outbox"]
        self._publisher = publisher
        self._batch = batch
        self._probing = False
        self._unroutable: dict[str, float] = {}
        self._signal = Signal()
        self._stopping = False
        self._gauged_at = 0.0
        self.finished = Signal()

    def wake(self) -> None:
        """There is something new in the outbox."""
        if not self._signal.ready():
            self._signal.send(None)

    def stop(self) -> None:
        """Publish what is there, then end; waits for that."""
        self._stopping = True
        self.wake()
        self.finished.wait(timeout=LONGEST_PAUSE)

    def run(self) -> None:
        pause = 0.0
        while True:
            last_round = self._stopping
            try:
                pause = 0.0 if self.publish_pending() else min(LONGEST_PAUSE, max(0.2, pause * 2))
            except Exception as error:
                if not is_passing(error):
                    log.exception("relay_failed")
                metrics.OUTBOX_FAILURES.labels(self._service).inc()
                pause = min(LONGEST_PAUSE, max(0.2, pause * 2))
            if last_round:
                break
            self._gauge()
            self._wait(pause)
        self._publisher.close()
        self.finished.send(None)

    def publish_pending(self) -> bool:
        """Publish until the outbox holds nothing that can go now; False when the broker did not take something."""
        while True:
            limit = 1 if self._probing else self._batch
            rows, outcomes = self._publish_batch(limit)
            if not self._account(rows, outcomes):
                return False
            if len(rows) < limit:
                return True

    def _publish_batch(self, limit: int) -> tuple[Sequence[Any], list[Outcome]]:
        if self._db.engine.dialect.name == "sqlite":
            return self._publish_unlocked(limit)
        with self._db.transaction() as tx:
            rows = outbox.take_unpublished(tx, self._outbox, limit, self._resting_types())
            outcomes = self._send(rows)
            outbox.mark_published(tx, self._outbox, _confirmed(rows, outcomes))
        return rows, outcomes

    def _publish_unlocked(self, limit: int) -> tuple[Sequence[Any], list[Outcome]]:
        """SQLite has no row locks: the one write lock is not held while the broker is asked."""
        with self._db.reading() as tx:
            rows = outbox.take_unpublished(tx, self._outbox, limit, self._resting_types())
        outcomes = self._send(rows)
        if rows:
            with self._db.transaction() as tx:
                outbox.mark_published(tx, self._outbox, _confirmed(rows, outcomes))
        return rows, outcomes

    def _send(self, rows: Sequence[Any]) -> list[Outcome]:
        if not rows:
            return []
        crash.point("committed_before_publish")
        outcomes = self._publisher.publish([self._outgoing(row) for row in rows])
        crash.point("confirmed_before_marked")
        return outcomes

    def _resting_types(self) -> list[str]:
        """Types that no queue was bound for a moment ago; they must not stand in the way of others."""
        now = time.monotonic()
        self._unroutable = {name: until for name, until in self._unroutable.items() if until > now}
        return list(self._unroutable)

    def _outgoing(self, row: Any) -> Outgoing:
        headers, properties = to_amqp(row, self._service)
        return Outgoing(EVENTS.name, row.type, row.body, headers, properties)

    def _account(self, rows: Sequence[Any], outcomes: list[Outcome]) -> bool:
        """Count what happened; whether the broker took or returned everything."""
        if not rows:
            return True
        confirmed, unroutable = outcomes.count(Outcome.CONFIRMED), outcomes.count(Outcome.UNROUTABLE)
        failed = len(rows) - confirmed - unroutable
        metrics.OUTBOX_PUBLISHED.labels(self._service).inc(confirmed)
        metrics.BROKER_UP.labels(self._service).set(0 if failed else 1)
        if unroutable:
            types = {row.type for row, outcome in zip(rows, outcomes, strict=True) if outcome is Outcome.UNROUTABLE}
            self._unroutable |= dict.fromkeys(types, time.monotonic() + UNROUTABLE_REST_SECONDS)
            metrics.OUTBOX_UNROUTABLE.labels(self._service).inc(unroutable)
            log.error("event_unroutable", types=sorted(types), count=unroutable)
        if failed:
            metrics.OUTBOX_FAILURES.labels(self._service).inc(failed)
            log.warning("publish_failed", count=failed)
        self._probing = failed > 0  # after trouble one row is tried alone; when it goes through the rest follows
        return not failed

    def _wait(self, pause: float) -> None:
        """Rest after trouble for `pause` seconds; otherwise until woken, or until it is time to look anyway."""
        if pause and not self._stopping:
            eventlet.sleep(pause)
            return
        self._signal.wait(timeout=POLL_SECONDS)
        self._signal = Signal()

    def _gauge(self) -> None:
        if time.monotonic() - self._gauged_at < GAUGE_SECONDS:
            return
        self._gauged_at = time.monotonic()
        try:
            with self._db.reading() as tx:
                pending, oldest = outbox.backlog(tx, self._outbox)
        except Exception as error:  # noqa: BLE001 - a gauge must not end the relay
            metrics.DATABASE_UP.labels(self._service).set(0)
            log.warning("outbox_not_readable", error=type(error).__name__)
            return
        metrics.DATABASE_UP.labels(self._service).set(1)
        metrics.OUTBOX_PENDING.labels(self._service).set(pending)
        metrics.OUTBOX_OLDEST.labels(self._service).set(oldest)


def _confirmed(rows: Sequence[Any], outcomes: list[Outcome]) -> list[int]:
    return [row.position for row, outcome in zip(rows, outcomes, strict=True) if outcome is Outcome.CONFIRMED]
