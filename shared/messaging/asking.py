"""Asking another service over the broker, for what a service can do without: many questions at once on one connection.

Every question has a deadline, and no answer is `Unavailable`; what was given up is not carried out later. After one
that got no answer the other side is left alone for a while, and then asked one question before all others: whoever
asks meanwhile is refused at once instead of waiting for somebody who is not there.

A service must never ask one that asks it: all workers of both would wait for one another (a test holds who asks whom).
"""

import threading
import time
import uuid
from concurrent.futures import Future
from typing import Any

import eventlet
from eventlet.semaphore import Semaphore
from kombu import Consumer, Queue

from shared.errors import TrainingError, Unavailable
from shared.messaging import broker, calls
from shared.messaging.topology import RPC

IDLE_SECONDS = 0.5


class Asker:
    """Asks one service; shared by all who ask it in this process. `run` is the body of the greenthread that reads the
    answers: it connects when somebody asks first, and again whenever the connection was lost."""

    def __init__(self, url: str, service: str, at_once: int = 3, timeout: float = 8.0, rest: float = 5.0) -> None:
        """`at_once` questions are on their way at most. `timeout` is that of an answer, and of the wait for one's turn;
        both it and `rest` are seconds."""
        self._url, self._service, self._timeout, self._rest = url, service, timeout, rest
        self._slots = threading.BoundedSemaphore(at_once)
        self._probing = threading.Lock()
        self._writing = Semaphore()
        self._wanted, self._connected = threading.Event(), threading.Event()
        self._waiting: dict[str, Future[Any]] = {}
        self._resting_until: float | None = None
        self._stopping = False
        self._channel: Any = None
        self._key = ""

    def ask(self, method: str, arguments: dict[str, Any], correlation_id: str | None = None) -> Any:
        """The reply; raises the typed error that was answered, and Unavailable when nothing was in time."""
        self._refuse_while_resting()
        if not self._slots.acquire(timeout=self._timeout):
            raise Unavailable("no_answer", f"{self._service} has too much to do.")
        try:
            return self._asked(method, arguments, correlation_id)
        finally:
            self._slots.release()

    def run(self) -> None:
        while not self._wanted.wait(timeout=60.0):
            continue
        name = f"answers of {self._service}"
        broker.keep_serving(self._url, name, self._serve, stopping=lambda: self._stopping)

    def stop(self) -> None:
        """Whoever waits is refused at once."""
        self._stopping = True
        self._wanted.set()
        self._refuse_all()

    def _refuse_while_resting(self) -> None:
        until = self._resting_until
        if until is not None and time.monotonic() < until:
            raise Unavailable("no_answer", f"{self._service} did not answer a moment ago.")

    def _asked(self, method: str, arguments: dict[str, Any], correlation_id: str | None) -> Any:
        """One question in its slot; the only one while it is not known whether anybody is there again."""
        self._refuse_while_resting()  # others may have found out while this one waited for its slot
        probes = self._resting_until is not None
        if probes and not self._probing.acquire(blocking=False):
            raise Unavailable("no_answer", f"{self._service} has not answered yet.")
        try:
            reply = self._answer(method, arguments, correlation_id)
        except Unavailable:
            self._resting_until = time.monotonic() + self._rest
            raise
        else:
            self._resting_until = None
        finally:
            if probes:
                self._probing.release()
        return calls.unwrapped(reply)

    def _answer(self, method: str, arguments: dict[str, Any], correlation_id: str | None) -> Any:
        """The reply as it came; Unavailable when none did."""
        ends = time.monotonic() + self._timeout
        self._wanted.set()
        if not self._connected.wait(timeout=self._timeout):
            raise Unavailable("broker_unavailable", "The broker cannot be reached.")
        question, answer = str(uuid.uuid4()), Future[Any]()
        self._waiting[question] = answer
        headers = {"nameko.correlation_id": correlation_id} if correlation_id else {}
        try:
            with eventlet.Timeout(self._timeout):
                self._send(f"{self._service}.{method}", arguments, question, headers)
            return answer.result(timeout=max(0.0, ends - time.monotonic()))
        except TimeoutError:
            raise Unavailable("no_answer", f"{self._service} did not answer within {self._timeout:g} s.") from None
        finally:
            self._waiting.pop(question, None)

    def _send(self, key: str, arguments: dict[str, Any], question: str, headers: dict[str, Any]) -> None:
        channel = self._channel
        try:
            with self._writing:
                if broker.is_embedded(self._url) and not channel.routes(RPC.name, key):
                    self._unroutable(question)
                    return
                message = calls.request(channel, arguments, self._key, question, self._timeout, headers)
                channel.basic_publish(message, RPC.name, key, mandatory=True)
        except broker.LOST as error:
            # Half a frame may have been written: nothing more can be said on this connection.
            self._drop(channel)
            raise Unavailable("broker_unavailable", "The broker connection was lost.") from error

    def _serve(self, connection: Any) -> None:
        """Read answers until the connection is lost or it is time to stop."""
        try:
            self._open(connection)
            channel = self._channel
            while self._channel is channel and not self._stopping:
                with self._writing:
                    connection.heartbeat_check()
                try:
                    connection.drain_events(timeout=IDLE_SECONDS)
                except TimeoutError:
                    continue
        finally:
            self._drop(self._channel)
            self._refuse_all()

    def _open(self, connection: Any) -> None:
        channel, self._key = connection.channel(), str(uuid.uuid4())
        name = f"rpc.reply-{self._service}-{self._key}"
        queue = Queue(name, RPC, self._key, exclusive=True, auto_delete=True, durable=False)
        if not broker.is_embedded(self._url):
            broker.ignore_alarms(connection)
            channel.events["basic_return"].add(self._returned)
        Consumer(channel, [queue], no_ack=True, on_message=self._receive).consume()
        self._channel = channel
        self._connected.set()

    def _drop(self, channel: Any) -> None:
        """Nothing more goes out on this channel; if it still is the one in use, until there is another."""
        if channel is self._channel:
            self._connected.clear()
            self._channel = None

    def _receive(self, raw: Any) -> None:
        question, reply = calls.read_reply(raw)
        answer = self._waiting.pop(question, None)
        if answer is not None:  # it may be late
            answer.set_result(reply)

    def _returned(self, _error: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        self._unroutable(str(message.properties.get("correlation_id")))

    def _unroutable(self, question: str) -> None:
        self._refuse(question, Unavailable("no_such_service", f"No {self._service} has ever started on this broker."))

    def _refuse_all(self) -> None:
        for question in list(self._waiting):
            self._refuse(question, Unavailable("broker_unavailable", "The broker connection was lost."))

    def _refuse(self, question: str, error: TrainingError) -> None:
        answer = self._waiting.pop(question, None)
        if answer is not None:
            answer.set_exception(error)
