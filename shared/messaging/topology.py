"""Exchanges, queues and bindings: named here, declared by every consumer and by `training topology` alike.

training.events (topic) ──type──▶ training.<service>.<handler>   one quorum queue for each (service, handler)
training.delay.<ms> (topic) ──▶ training.delay.<ms>              messages rest here, then return to their queue
training.dead-letters (direct) ──service──▶ training.dead-letters.<service>
nameko-rpc (topic) ──<service>.*──▶ rpc-<service>                requests of callers, replies by their reply_to
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kombu import Exchange, Queue

EVENTS = Exchange("training.events", type="topic", durable=True)
DEAD_LETTERS = Exchange("training.dead-letters", type="direct", durable=True)
RPC = Exchange("nameko-rpc", type="topic", durable=True)

# A message that takes its process down is dead-lettered by the broker after this many deliveries; all that such a
# process had in hand is counted too, so the number is far above what restarts alone reach.
DELIVERY_LIMIT = 100
UNLIMITED = 1_000_000_000  # looking at a dead letter is a delivery too, and RabbitMQ 4 would drop it after 20


@dataclass(frozen=True)
class Subscription:
    """One handler of one service, and the event type it hears."""

    service: str
    handler: str
    event_type: str

    @property
    def queue_name(self) -> str:
        return f"training.{self.service}.{self.handler}"

    def queue(self) -> Queue:
        return Queue(
            self.queue_name,
            exchange=EVENTS,
            routing_key=self.event_type,
            durable=True,
            queue_arguments=quorum(dead_letters_of=self.service),
        )


def quorum(dead_letters_of: str) -> dict[str, Any]:
    """Arguments of a replicated queue whose rejects reach the dead letters of a service without loss."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": DEAD_LETTERS.name,
        "x-dead-letter-routing-key": dead_letters_of,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": DELIVERY_LIMIT,
    }


def rpc_queue(service: str) -> Queue:
    """Requests. No dead-letter exchange: the broker would put calls there that their callers gave up, and replaying
    one would carry it out late. The RPC server parks by itself what cannot be served."""
    return Queue(
        f"rpc-{service}",
        exchange=RPC,
        routing_key=f"{service}.*",
        durable=True,
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED},
    )


def dead_letter_queue(service: str) -> Queue:
    return Queue(
        f"training.dead-letters.{service}",
        exchange=DEAD_LETTERS,
        routing_key=service,
        durable=True,
        queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED},
    )


def delay_exchange(seconds: float) -> Exchange:
    """Messages published here with a queue's name as routing key arrive in that queue after `seconds`."""
    return Exchange(f"training.delay.{_milliseconds(seconds)}", type="topic", durable=True)


def delay_queue(seconds: float) -> Queue:
    return Queue(
        delay_exchange(seconds).name,
        exchange=delay_exchange(seconds),
        routing_key="#",
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-message-ttl": _milliseconds(seconds),
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def all_queues(services: Iterable[str], subscriptions: Iterable[Subscription], delays: Sequence[float]) -> list[Queue]:
    """Everything that must exist for these services."""
    queues = [subscription.queue() for subscription in subscriptions]
    for service in services:
        queues += [rpc_queue(service), dead_letter_queue(service)]
    return queues + [delay_queue(seconds) for seconds in delays]


def declare(channel: Any, queues: Iterable[Queue]) -> None:
    """Declare queues with their exchanges and bindings; what exists alike already is left alone."""
    for exchange in (EVENTS, DEAD_LETTERS, RPC):
        exchange(channel).declare()
    for queue in queues:
        queue(channel).declare()
