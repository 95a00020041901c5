"""A caller from outside: nameko's RPC over AMQP by hand, with nothing of the project imported.

What is written here is what a system in another language has to do, so these tests hold the wire and not our code.
"""

import contextlib
import json
import time
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from amqp import Message
from kombu import Connection

EXCHANGE = "nameko-rpc"


class RemoteError(Exception):
    """The service answered with an error: its kind, its stable code, a sentence and details."""

    def __init__(self, kind: str, code: str, message: str, details: dict[str, Any]) -> None:
        super().__init__(f"{kind} {code}: {message}")
        self.kind, self.code, self.message, self.details = kind, code, message, details

    @classmethod
    def parse(cls, error: Mapping[str, Any]) -> "RemoteError":
        """Read nameko's `{exc_type, exc_path, exc_args, value}`, whose arguments are `[code, message, details]`."""
        code, message, details = [*(error.get("exc_args") or ()), "", "", None][:3]
        return cls(str(error["exc_type"]), str(code), str(message or error.get("value")), dict(details or {}))


class NoReply(TimeoutError):
    """Nobody answered in time."""


class Unroutable(RuntimeError):
    """No queue takes this routing key: the service has never run on this broker."""


class RpcClient:
    """One connection and one reply queue; not for use by several threads at once. Connects again when it was cut."""

    def __init__(self, url: str, name: str = "test", token: str | None = None) -> None:
        self.url, self.name, self.token = url, name, token
        self._connection: Connection | None = None
        self._channel: Any = None
        self._reply_to = ""
        self._replies: dict[str, dict[str, Any]] = {}
        self._returned: set[str] = set()

    def __enter__(self) -> "RpcClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        token: str | None = None,
        timeout: float = 10.0,
    ) -> Any:
        """Call `service.method` with keyword arguments; the result, or RemoteError, NoReply, Unroutable or OSError."""
        correlation_id = self.send(service, method, arguments, token, timeout)
        return self.wait(correlation_id, timeout)

    def send(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        token: str | None = None,
        timeout: float = 10.0,
    ) -> str:
        """Publish a request without waiting; returns the correlation id that `wait` takes."""
        correlation_id = str(uuid.uuid4())
        headers: dict[str, Any] = {"nameko.call_id_stack": [f"{self.name}.{correlation_id}"]}
        if token or self.token:
            headers["nameko.auth_token"] = token or self.token
        body = json.dumps({"args": [], "kwargs": dict(arguments or {})}, ensure_ascii=False).encode()
        self._connect()
        self.publish_raw(
            body,
            f"{service}.{method}",
            headers=headers,
            reply_to=self._reply_to,
            correlation_id=correlation_id,
            content_type="application/json",
            content_encoding="utf-8",
            expiration=str(int(timeout * 1000)),
        )
        return correlation_id

    def wait(self, correlation_id: str, timeout: float = 10.0) -> Any:
        """The reply to one request."""
        deadline = time.monotonic() + timeout
        while correlation_id not in self._replies and correlation_id not in self._returned:
            self._drain(deadline, correlation_id)
        if correlation_id in self._returned:
            self._returned.discard(correlation_id)
            raise Unroutable("no queue takes this call")
        reply = self._replies.pop(correlation_id)
        if reply.get("error"):
            raise RemoteError.parse(reply["error"])
        return reply["result"]

    def publish_raw(
        self,
        body: bytes | str,
        routing_key: str,
        exchange: str = EXCHANGE,
        headers: Mapping[str, Any] | None = None,
        mandatory: bool = True,
        **properties: Any,
    ) -> None:
        """Publish any bytes with any properties: what a broken or hostile sender can do."""
        self._connect()
        message = Message(body, application_headers=dict(headers or {}), **properties)
        self._channel.basic_publish(message, exchange=exchange, routing_key=routing_key, mandatory=mandatory)

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError, *self._connection.connection_errors):
                self._connection.close()
        self._connection = None

    @property
    def reply_to(self) -> str:
        self._connect()
        return self._reply_to

    @property
    def channel(self) -> Any:
        """The open py-amqp channel, for queues and exchanges that a test looks into."""
        self._connect()
        return self._channel

    def _connect(self) -> None:
        if self._connection is not None and self._connection.connected:
            return
        self._connection = Connection(self.url, connect_timeout=5, transport_options={"read_timeout": 60})
        self._channel = self._connection.connect() and self._connection.channel()
        self._reply_to = str(uuid.uuid4())
        queue = f"rpc.reply-{self.name}-{self._reply_to}"
        self._channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
        self._channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True)
        self._channel.queue_bind(queue, EXCHANGE, self._reply_to)
        self._channel.basic_consume(queue, no_ack=True, callback=self._receive)
        self._channel.events["basic_return"].add(self._on_return)

    def _receive(self, raw: Any) -> None:
        correlation_id = str(raw.properties.get("correlation_id"))
        body = raw.body if isinstance(raw.body, str) else bytes(raw.body).decode()
        self._replies[correlation_id] = json.loads(body)

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: Message) -> None:
        self._returned.add(str(message.properties.get("correlation_id")))

    def _drain(self, deadline: float, correlation_id: str) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or self._connection is None:
            raise NoReply(f"no reply to {correlation_id}")
        try:
            self._connection.drain_events(timeout=left)
        except TimeoutError as error:
            raise NoReply(f"no reply to {correlation_id}") from error
        except (OSError, *self._connection.connection_errors) as error:
            self.close()
            raise ConnectionError(f"the broker went away: {error}") from error
