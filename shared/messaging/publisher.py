"""Publishing with confirms, many messages at once.

All messages of a call are written, then all their confirms awaited together: one round trip instead of one each.
A message counts as published only when the broker confirmed it and could route it. After a time-out the outcome is
unknown ("timed out and delivered" happens under a memory alarm); the caller publishes again and inboxes make the
second copy harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import eventlet

from shared import crash
from shared.messaging import broker, sockets


class Outcome(Enum):
    """What became of a published message."""

    CONFIRMED = "confirmed"
    UNROUTABLE = "unroutable"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outgoing:
    """A message to publish; `properties` are AMQP basic properties."""

    exchange: str
    routing_key: str
    body: bytes | str
    headers: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    content_type: str = "application/json"


class Publisher:
    """A publishing connection of one owner (one greenthread at a time), opened when needed and dropped on trouble."""

    def __init__(self, url: str, confirm_timeout: float) -> None:
        self._url = url
        self._confirm_timeout = confirm_timeout
        self._connection: Any = None
        self._channel: Any = None
        self._reset()

    def publish(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Publish all and wait for all confirms, at most `confirm_timeout` seconds. Raises broker.LOST errors never:
        a lost connection makes the unanswered messages UNKNOWN."""
        if not messages:
            return []
        self._forget()
        try:
            with eventlet.Timeout(self._confirm_timeout):
                self._open()
                if broker.is_embedded(self._url):
                    return [self._put(message) for message in messages]
                return self._pipeline(messages)
        except broker.LOST:
            outcomes = [self._outcomes.get(self._tags.get(index, 0), Outcome.UNKNOWN) for index in range(len(messages))]
            self.close()
            return outcomes

    def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        broker.discard(connection)
        self._reset()

    def _reset(self) -> None:
        """A new channel counts its tags from one."""
        self._last_tag = 0
        self._waiting: set[int] = set()
        self._forget()

    def _forget(self) -> None:
        """What became of earlier messages says nothing about the next."""
        self._tags: dict[int, int] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._ids: dict[Any, int] = {}

    def _open(self) -> None:
        if self._connection is not None:
            return
        self._reset()
        self._connection = broker.connect(self._url, publishing=True)
        self._channel = self._connection.channel()
        if broker.is_embedded(self._url):
            return
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(lambda tag, multiple: self._answer(tag, multiple, Outcome.CONFIRMED))
        self._channel.events["basic_nack"].add(lambda tag, multiple: self._answer(tag, multiple, Outcome.REFUSED))
        self._channel.events["basic_return"].add(self._returned)

    def _prepare(self, message: Outgoing) -> Any:
        return self._channel.prepare_message(
            message.body,
            content_type=message.content_type,
            content_encoding="utf-8",
            headers=message.headers,
            properties=dict(message.properties),
        )

    def _put(self, message: Outgoing) -> Outcome:
        if not self._channel.routes(message.exchange, message.routing_key):
            return Outcome.UNROUTABLE
        self._channel.basic_publish(self._prepare(message), message.exchange, message.routing_key)
        return Outcome.CONFIRMED

    def _pipeline(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        with sockets.gathered_writes(self._connection):
            for index, message in enumerate(messages):
                self._write(index, message)
        crash.point("published_before_confirm")
        while self._waiting:
            try:
                self._connection.drain_events(timeout=self._confirm_timeout)
            except TimeoutError as late:
                raise eventlet.Timeout from late
        return [self._outcomes[self._tags[index]] for index in range(len(messages))]

    def _write(self, index: int, message: Outgoing) -> None:
        self._last_tag += 1
        self._tags[index] = self._last_tag
        self._waiting.add(self._last_tag)
        self._ids[message.properties.get("message_id")] = self._last_tag
        self._channel.basic_publish(self._prepare(message), message.exchange, message.routing_key, mandatory=True)

    def _answer(self, tag: int, multiple: bool, outcome: Outcome) -> None:
        for answered in [t for t in self._waiting if t <= tag] if multiple else [tag]:
            self._waiting.discard(answered)
            self._outcomes.setdefault(answered, outcome)

    def _returned(self, _error: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        """The broker returns an unroutable message before it confirms it; the return wins."""
        tag = self._ids.get(message.properties.get("message_id"))
        if tag is not None:
            self._outcomes[tag] = Outcome.UNROUTABLE
