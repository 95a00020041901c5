"""A batch subscriber: one queue, one greenthread, one connection; its policy is named in `deliver`.

A message is acknowledged only after its effect is committed, or after a copy of it is safe in a delay queue or in
the dead letters. Nothing is acknowledged and lost, and nothing spins.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as Signal
from kombu import Consumer

from shared import crash, metrics
from shared.config import Config
from shared.database import is_passing
from shared.errors import TrainingError
from shared.events import ContractViolation, Event
from shared.messages import Message, from_amqp
from shared.messaging import broker, dead_letters
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import Subscription, dead_letter_queue, declare, delay_exchange, delay_queue

log = structlog.get_logger("subscriber")

ATTEMPT = "training-attempt"
IDLE_SECONDS = 0.5
LINGER_SECONDS = 0.005
LONGEST_COLLECTING = 0.1
STOP_SECONDS = 60.0  # more than any statement may take; what is unfinished then goes back to its queue

Delivery = tuple[Any, Message[Any]]  # the AMQP message and what it holds


class Subscriber:
    """Feeds one handler. `handle(messages)` must have its whole effect in one transaction, or raise."""

    def __init__(
        self,
        subscription: Subscription,
        event_type: type[Event],
        handle: Callable[[list[Message[Any]]], None],
        config: Config,
        batch: int,
    ) -> None:
        self._subscription = subscription
        self._event_type = event_type
        self._handle = handle
        self._config = config
        self._batch = batch
        self._publisher = Publisher(config.amqp_url, config.confirm_timeout)
        self._connection: Any = None
        self._received: list[Any] = []
        self._stopping = False
        self.consuming = False
        self.finished = Signal()

    def stop(self) -> None:
        """Take no more, finish the batch in hand, acknowledge it, leave. Waits for that."""
        self._stopping = True
        self.finished.wait(timeout=STOP_SECONDS)

    def run(self) -> None:
        """The greenthread's body: consume, and connect again whenever the broker is lost."""
        self._say_up(False)
        broker.keep_serving(
            self._config.amqp_url, self._subscription.queue_name, self._serve, stopping=lambda: self._stopping
        )
        self._publisher.close()
        self.finished.send(None)

    def _serve(self, connection: Any) -> None:
        self._received, self._connection = [], connection
        try:
            self._consume()
        except broker.LOST:
            self._say_up(False)
            raise
        finally:
            self.consuming = False

    def _say_up(self, up: bool) -> None:
        metrics.BROKER_UP.labels(self._subscription.service).set(up)

    def _consume(self) -> None:
        channel = self._connection.channel()
        delays = [delay_queue(seconds) for seconds in self._config.retry_delays]
        queue = self._subscription.queue()
        declare(channel, [queue, dead_letter_queue(self._subscription.service), *delays])
        channel.basic_qos(0, self._batch * 2, False)
        consumer = Consumer(channel, [queue], no_ack=False, on_message=self._received.append, auto_declare=False)
        consumer.consume()
        self._say_up(True)
        self.consuming = True
        while not self._stopping:
            self._connection.heartbeat_check()
            batch = self._collect()
            if batch:
                self._deliver_all(batch)
                batch[-1].ack(multiple=True)

    def _collect(self) -> list[Any]:
        """Up to a batch of deliveries: the first may take IDLE_SECONDS to come, each further one LINGER_SECONDS, and
        all together LONGEST_COLLECTING."""
        timeout, ends = IDLE_SECONDS, None
        while len(self._received) < self._batch:
            try:
                self._connection.drain_events(timeout=timeout)
            except TimeoutError:
                break
            if self._received:
                ends = ends or time.monotonic() + LONGEST_COLLECTING
                if time.monotonic() > ends:
                    break
                timeout = LINGER_SECONDS
        batch, self._received[:] = self._received[: self._batch], self._received[self._batch :]
        return batch

    def _deliver_all(self, batch: Sequence[Any]) -> None:
        deliveries: list[Delivery] = []
        for raw in batch:
            try:
                deliveries.append((raw, from_amqp(raw.headers, raw.body, self._event_type)))
            except ContractViolation as violation:
                self._park(raw, f"contract: {violation}")  # it will never become right by waiting
        if deliveries:
            self._deliver(deliveries)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        """Hand over a batch. When it fails it is halved until the messages that fail alone are found; those are
        delayed, and parked after their last try. While the database is away the batch stays in hand."""
        pause = broker.SHORTEST_PAUSE
        while True:
            try:
                crash.point("received_before_commit")
                self._handle([message for _, message in deliveries])
                crash.point("committed_before_ack")
            except Exception as error:  # noqa: BLE001 - whatever a handler raises, the message is delayed or parked
                if not is_passing(error):
                    self._failed(deliveries, error)
                    return
                self._rest(pause, error)
                pause = min(broker.LONGEST_PAUSE, pause * 2)
            else:
                self._count("handled", len(deliveries))
                return

    def _failed(self, deliveries: list[Delivery], error: Exception) -> None:
        if len(deliveries) == 1:
            self._delay_or_park(*deliveries[0], error)
            return
        middle = len(deliveries) // 2
        self._deliver(deliveries[:middle])
        self._deliver(deliveries[middle:])

    def _rest(self, pause: float, error: Exception) -> None:
        """Wait for the database with the batch in hand; the broker must not think that we are gone."""
        log.warning("database_lost", queue=self._subscription.queue_name, error=type(error).__name__)
        if self._stopping:
            raise ConnectionAbortedError("stopping without the database; the batch goes back to its queue")
        eventlet.sleep(pause)
        self._connection.heartbeat_check()

    def _delay_or_park(self, raw: Any, message: Message[Any], error: Exception) -> None:
        attempt = _attempt(raw.headers)
        reason = f"{error.code}: {error.message}" if isinstance(error, TrainingError) else type(error).__name__
        fields = {"type": self._event_type.TYPE, "event_id": str(message.id), "attempt": attempt + 1, "reason": reason}
        delays = self._config.retry_delays
        if attempt >= len(delays):
            self._park(raw, f"{reason} ({attempt + 1} attempts): {error}")
            return
        log.warning("event_delayed", seconds=delays[attempt], exc_info=not isinstance(error, TrainingError), **fields)
        headers = {**raw.headers, ATTEMPT: attempt + 1}
        headers.pop("x-death", None)
        self._copy(raw, delay_exchange(delays[attempt]).name, self._subscription.queue_name, headers)
        self._count("delayed", 1)

    def _park(self, raw: Any, reason: str) -> None:
        log.error("event_parked", type=self._event_type.TYPE, reason=reason[:500], queue=self._subscription.queue_name)
        outgoing = dead_letters.parked(raw, self._subscription.service, self._subscription.queue_name, reason)
        self._publish(outgoing)
        metrics.DEAD_LETTERS.labels(self._subscription.service, self._event_type.TYPE).inc()
        self._count("parked", 1)

    def _copy(self, raw: Any, exchange: str, routing_key: str, headers: dict[str, Any]) -> None:
        self._publish(Outgoing(exchange, routing_key, raw.body, headers, dead_letters.kept_properties(raw)))

    def _publish(self, outgoing: Outgoing) -> None:
        """The copy must be safe before the original is acknowledged; else the original goes back."""
        outcome = self._publisher.publish([outgoing])[0]
        if outcome is not Outcome.CONFIRMED:
            raise ConnectionAbortedError(f"could not put a message aside: {outcome.value}")

    def _count(self, outcome: str, number: int) -> None:
        metrics.EVENTS_HANDLED.labels(self._subscription.service, self._event_type.TYPE, outcome).inc(number)


def _attempt(headers: Any) -> int:
    attempt = headers.get(ATTEMPT, 0) if isinstance(headers, dict) else 0
    return attempt if isinstance(attempt, int) and attempt >= 0 else 0
