"""The embedded broker: kombu's in-memory transport with what the delivery chain relies on.

It lives in one process and forgets everything at its end, so correctness rests on outbox and inbox: at the next
start `training up` publishes again whatever an inbox does not know. Over the stock transport it adds: delivery at
once instead of polling, message TTL and dead-lettering, `ack(multiple)`, unacknowledged messages returned to the
head of their own queue, `properties["content_type"]` as nameko expects it, and per-message expiration.
"""

import itertools
import threading
import time
from collections import deque
from queue import Empty
from typing import Any
from weakref import WeakSet

from kombu.transport import TRANSPORT_ALIASES, memory, virtual

SCHEME = "embedded"


class _Broker:
    """Queues with their arguments; shared by all connections of the process."""

    def __init__(self) -> None:
        self.queues: dict[str, deque[dict[str, Any]]] = {}
        self.arguments: dict[str, dict[str, Any]] = {}
        self.listeners: WeakSet[Any] = WeakSet()
        self.tags = itertools.count(1)

    def put(self, queue: str, message: dict[str, Any], *, first: bool = False) -> None:
        waiting = self.queues.get(queue)
        if waiting is None:
            return  # as RabbitMQ does for a default exchange without such a queue
        message = _copy(message, queue, next(self.tags))
        (waiting.appendleft if first else waiting.append)(message)
        ttl = self.arguments[queue].get("x-message-ttl")
        if ttl is not None and not first:
            timer = threading.Timer(ttl / 1000, self.expire, (queue, message))
            timer.daemon = True
            timer.start()
        for listener in list(self.listeners):
            listener.set()

    def expire(self, queue: str, message: dict[str, Any]) -> None:
        try:
            self.queues[queue].remove(message)
        except (KeyError, ValueError):
            return  # taken, purged or deleted meanwhile
        self.dead_letter(queue, message)

    def dead_letter(self, queue: str, message: dict[str, Any]) -> None:
        arguments = self.arguments.get(queue, {})
        exchange = arguments.get("x-dead-letter-exchange")
        if exchange is None:
            return
        info = message["properties"]["delivery_info"]
        key = arguments.get("x-dead-letter-routing-key", info["routing_key"])
        if exchange == "":
            self.put(key, message)
            return
        exchanges: dict[str, Any] = Transport.global_state.exchanges or {}
        for binding_key, _, bound in exchanges.get(exchange, {}).get("table", ()):
            if binding_key == key:
                self.put(bound, message)


def _copy(message: dict[str, Any], queue: str, tag: int) -> dict[str, Any]:
    """A queue's own copy: the stock transport shares one dict among all queues of a topic."""
    properties = dict(message["properties"])
    properties["delivery_info"] = {**properties.get("delivery_info", {}), "queue": queue}
    properties["delivery_tag"] = tag
    if message.get("content-type"):
        properties["content_type"] = message["content-type"]
    properties.setdefault("received_at", time.monotonic())
    return {**message, "headers": dict(message.get("headers") or {}), "properties": properties}


def _expired(message: dict[str, Any]) -> bool:
    properties = message["properties"]
    expiration = properties.get("expiration")
    return expiration is not None and time.monotonic() - properties["received_at"] > int(expiration) / 1000


class Channel(memory.Channel):
    """A channel on the process's broker."""

    body_encoding: Any = None  # bytes stay bytes in memory
    do_restore = True

    @property
    def broker(self) -> _Broker:
        return Transport.broker

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return queue in self.broker.queues

    def _new_queue(self, queue: str, arguments: dict[str, Any] | None = None, **_: Any) -> None:
        self.broker.queues.setdefault(queue, deque())
        self.broker.arguments.setdefault(queue, dict(arguments or {}))

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        self.broker.put(queue, message)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        waiting = self.broker.queues.get(queue)
        while waiting:
            message = waiting.popleft()
            if not _expired(message):
                return message
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self.broker.queues.get(queue, ()))

    def _purge(self, queue: str) -> int:
        size = self._size(queue)
        self.broker.queues[queue].clear()
        return size

    def _delete(self, queue: str, *_: Any, **__: Any) -> None:
        self.broker.queues.pop(queue, None)
        self.broker.arguments.pop(queue, None)

    def _restore(self, message: Any) -> None:
        raw = message.serializable()
        raw["redelivered"] = True
        self.broker.put(message.delivery_info["queue"], raw, first=True)

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        if not multiple:
            self.qos.ack(delivery_tag)
            return
        for tag in [tag for tag in self.qos._delivered if tag <= delivery_tag]:
            self.qos.ack(tag)

    def basic_reject(self, delivery_tag: int, requeue: bool = False) -> None:
        if not requeue:
            message = self.qos.get(delivery_tag)
            self.broker.dead_letter(message.delivery_info["queue"], message.serializable())
        self.qos.reject(delivery_tag, requeue=requeue)

    def close(self) -> None:
        virtual.Channel.close(self)

    def routes(self, exchange: str, routing_key: str) -> bool:
        """Whether a message published so would reach a queue (what `mandatory` asks of RabbitMQ)."""
        return any(self._has_queue(queue) for queue in self._lookup(exchange, routing_key))


class Transport(memory.Transport):
    """Connections to the process's broker."""

    Channel = Channel
    cycle: Any
    broker = _Broker()
    global_state = virtual.BrokerState()

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self._arrival = threading.Event()
        self.broker.listeners.add(self._arrival)

    def drain_events(self, connection: Any, timeout: float | None = None, **_: Any) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._arrival.clear()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError from None
                self._arrival.wait(left)
            else:
                return


def register() -> None:
    """Make `embedded://` a kombu URL."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def forget_everything() -> None:
    """Empty the broker, as the end of its process would (for tests)."""
    Transport.broker.queues.clear()
    Transport.broker.arguments.clear()
    Transport.global_state.clear()
