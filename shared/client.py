"""Calling a service from outside: over AMQP in nameko's wire protocol, or over HTTP where the broker is embedded."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

from kombu import Consumer, Queue

from shared.errors import Unavailable
from shared.messaging import broker, calls
from shared.messaging.topology import RPC

PORTS = {"certification": 8000, "catalog": 8001, "enrollment": 8002, "notification": 8003}


class AMQPClient:
    """Calls services through the broker. One call at a time; every call has a deadline."""

    def __init__(self, url: str, token: str | None = None, timeout: float = 30.0) -> None:
        self._token = token
        self._timeout = timeout
        self._replies: dict[str, Any] = {}
        self._returned: set[str] = set()
        try:
            self._connection = broker.connect(url)
        except broker.LOST as error:
            raise Unavailable("broker_unavailable", f"The broker cannot be reached: {error}") from error
        self._key = str(uuid.uuid4())
        self._channel = self._connection.channel()
        queue = Queue(
            f"rpc.reply-training-{self._key}", RPC, self._key, exclusive=True, auto_delete=True, durable=False
        )
        self._channel.events["basic_return"].add(self._refuse)
        Consumer(self._channel, [queue], no_ack=True, on_message=self._receive).consume()

    def call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        """The reply; raises the typed error that the service answered, or Unavailable when it did not in time."""
        correlation_id = str(uuid.uuid4())
        headers = {"nameko.auth_token": self._token} if self._token else {}
        message = calls.request(self._channel, arguments, self._key, correlation_id, self._timeout, headers)
        self._channel.basic_publish(message, RPC.name, f"{service}.{method}", mandatory=True)
        deadline = time.monotonic() + self._timeout
        while correlation_id not in self._replies:
            if correlation_id in self._returned:
                raise Unavailable("no_such_service", f"No service {service!r} has ever started on this broker.")
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable("no_answer", f"{service} did not answer within {self._timeout:g} s.")
            try:
                self._connection.drain_events(timeout=min(left, 1.0))
                self._connection.heartbeat_check()
            except TimeoutError:
                continue
            except broker.LOST as error:
                raise Unavailable("broker_unavailable", "The broker connection was lost.") from error
        return calls.unwrapped(self._replies.pop(correlation_id))

    def close(self) -> None:
        broker.discard(self._connection)

    def _refuse(self, _error: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        self._returned.add(str(message.properties.get("correlation_id")))

    def _receive(self, raw: Any) -> None:
        correlation_id, body = calls.read_reply(raw)
        self._replies[correlation_id] = body


class HTTPClient:
    """Calls services on this host through `POST /rpc/<method>`."""

    def __init__(self, token: str | None = None, timeout: float = 30.0, ports: dict[str, int] | None = None) -> None:
        self._token = token
        self._timeout = timeout
        self._ports = ports or PORTS

    def call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        """The reply; raises the typed error that the service answered, or Unavailable when nobody listens."""
        if service not in self._ports:
            raise Unavailable("unknown_service", f"There is no service {service!r}.")
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._ports[service]}/rpc/{method}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self._token}"} if self._token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:  # noqa: S310
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise calls.typed(json.loads(error.read())) from None
        except OSError as error:
            raise Unavailable("no_answer", f"{service} cannot be reached on this host: {error}") from error

    def close(self) -> None:
        """Nothing is kept open."""


Client = AMQPClient | HTTPClient


def by_name(client: Client) -> Callable[..., Any]:
    """`call("catalog.list_courses", limit=10)` through a client."""

    def call(method: str, **arguments: Any) -> Any:
        service, _, name = method.partition(".")
        return client.call(service, name, arguments)

    return call


def connect(amqp_url: str, token: str | None, timeout: float = 30.0) -> Client:
    """A client for the configured broker."""
    if broker.is_embedded(amqp_url):
        return HTTPClient(token, timeout)
    return AMQPClient(amqp_url, token, timeout)
