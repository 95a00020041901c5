"""Connections to the broker, RabbitMQ or the embedded one, and what counts as having lost it."""

import socket
import time
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import KombuError, OperationalError

from shared.messaging import embedded, sockets

embedded.register()

log = structlog.get_logger("broker")

HEARTBEAT_SECONDS = 30
CONNECT_SECONDS = 5
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# What a call meets when the broker went away, refuses or answers nonsense (py-amqp raises AttributeError when its
# connection vanishes under it). After any of these the connection is dropped.
LOST = (OSError, socket.timeout, AMQPError, KombuError, OperationalError, eventlet.Timeout, AttributeError)


def connect(url: str, *, publishing: bool = False) -> Connection:
    """An open connection. Raises one of LOST when there is none to be had in a few seconds.

    A publishing connection has no heartbeat, as nobody attends to it between publishes, and does not look for alarms:
    py-amqp would read the socket before every publish to find out, and confirms have a deadline anyway.
    """
    heartbeat = 0 if publishing else HEARTBEAT_SECONDS
    connection = Connection(url, heartbeat=heartbeat, connect_timeout=CONNECT_SECONDS)
    with eventlet.Timeout(CONNECT_SECONDS * 2):
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
    sockets.read_ahead(connection)
    if publishing:
        ignore_alarms(connection)
    return connection


def ignore_alarms(connection: Connection) -> None:
    """Publish without a look at the socket for alarms of the broker before; whoever publishes so has a deadline."""
    properties = getattr(connection.connection, "client_properties", {})  # the embedded one has none
    properties.get("capabilities", {}).pop("connection.blocked", None)


def is_embedded(url: str) -> bool:
    return url.startswith(f"{embedded.SCHEME}:")


def discard(connection: Connection | None) -> None:
    """Close without caring how: the peer may be gone, blocked, or half-way through a frame."""
    if connection is None:
        return
    try:
        with eventlet.Timeout(2):
            connection.release()
    except LOST:
        connection.collect(socket_timeout=0.1)


def keep_serving(url: str, queue: str, serve: Callable[[Any], None], stopping: Callable[[], bool]) -> None:
    """Call `serve(connection)`, and again on a new connection whenever it ends, until `stopping()`.

    The pauses between grow, and are short again once a connection was of use for longer than the longest pause.
    """
    pause = SHORTEST_PAUSE
    while not stopping():
        connection, since = None, time.monotonic()
        try:
            connection = connect(url)
            serve(connection)
        except LOST as error:
            log.warning("broker_lost", queue=queue, error=f"{type(error).__name__}: {error}"[:200])
        except Exception:  # a defect of ours must not end the only consumer of a queue
            log.exception("consumer_failed", queue=queue)
        finally:
            discard(connection)
        if stopping():
            return
        if time.monotonic() - since > LONGEST_PAUSE:
            pause = SHORTEST_PAUSE
        eventlet.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


def is_reachable(url: str) -> bool:
    """Whether a connection can be opened now."""
    try:
        discard(connect(url))
    except LOST:
        return False
    return True
