"""RPC over AMQP, in nameko's wire protocol, hardened: no message from outside may kill, stall or misuse a service.

Differences from nameko's own entrypoint: the envelope is checked before anything is spawned; only
`<caller prefix><uuid>` is answered, never a `service.method` of ours; what cannot be answered goes to the dead
letters; on stop the connection is kept until all running work is acknowledged; publishing a reply has a deadline.
"""

import time
from functools import partial
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as Signal
from eventlet.semaphore import Semaphore
from kombu import Consumer
from nameko.extensions import Entrypoint, SharedExtension

from shared import metrics
from shared.config import Config
from shared.entrypoints.envelope import Request, Unanswerable, read_call, read_envelope, reply_body
from shared.errors import Internal, NotFound, TrainingError
from shared.messaging import broker, dead_letters
from shared.messaging.publisher import Outcome, Publisher
from shared.messaging.topology import RPC, dead_letter_queue, declare, rpc_queue

log = structlog.get_logger("rpc")

IDLE_SECONDS = 0.5
DRAIN_SECONDS = 30.0
REPLY_SECONDS = 5.0
GAUGE_SECONDS = 15.0


class Replies:
    """The connection that replies go out on: apart from the consuming one, so that a broker that blocks publishers
    in an alarm does not hold up acknowledgements."""

    def __init__(self, url: str, service: str) -> None:
        self._url = url
        self._service = service
        self._connection: Any = None
        self._channel: Any = None
        self._lock = Semaphore()

    def send(self, request: Request, body: bytes) -> None:
        """Send a reply, with one fresh connection if the old one is gone; a reply that cannot be sent is counted."""
        for _attempt in range(2):
            try:
                with eventlet.Timeout(REPLY_SECONDS), self._lock:
                    self._publish(request, body)
                    return
            except broker.LOST as error:
                lost = error
                self.close()
        metrics.REPLIES_DROPPED.labels(self._service).inc()
        log.warning("reply_dropped", method=request.method, error=type(lost).__name__)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        broker.discard(connection)

    def _publish(self, request: Request, body: bytes) -> None:
        if self._connection is None:
            self._connection = broker.connect(self._url)
            self._channel = self._connection.channel()
        message = self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            headers={},
            properties={"correlation_id": request.correlation_id or "", "delivery_mode": 1},
        )
        self._channel.basic_publish(message, RPC.name, request.reply_to)


class RpcServer(SharedExtension):
    """Consumes `rpc-<service>`; one for each container, shared by all methods."""

    def __init__(self) -> None:
        self._methods: dict[str, RpcMethod] = {}
        self._in_flight = 0
        self._stopping = False
        self._writing = Semaphore()
        self._parking = Semaphore()
        self._finished = Signal()
        self._gauged_at = -GAUGE_SECONDS
        self.connected = False

    def setup(self) -> None:
        self._service: str = self.container.service_name
        self._config: Config = self.container.config["training"]
        self._replies = Replies(self._config.amqp_url, self._service)
        self._publisher = Publisher(self._config.amqp_url, self._config.confirm_timeout)

    def register(self, method: "RpcMethod") -> None:
        self._methods[method.method_name] = method

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier="rpc server")

    def drain(self) -> None:
        """Take no more requests; return when all running ones are answered and acknowledged."""
        self._stopping = True
        self._finished.wait(timeout=2 * DRAIN_SECONDS)

    def _run(self) -> None:
        queue = rpc_queue(self._service).name
        broker.keep_serving(self._config.amqp_url, queue, self._serve, stopping=lambda: self._stopping)
        self._replies.close()
        self._publisher.close()
        self._finished.send(None)

    def _serve(self, connection: Any) -> None:
        try:
            self._consume(connection)
        finally:
            self.connected = False

    def _consume(self, connection: Any) -> None:
        channel = connection.channel()
        queue = rpc_queue(self._service)
        declare(channel, [queue, dead_letter_queue(self._service)])
        channel.basic_qos(0, self._config.rpc_concurrency, False)
        consumer = Consumer(channel, [queue], no_ack=False, on_message=self._receive, auto_declare=False)
        consumer.consume()
        self.connected = True
        while not self._stopping:
            with self._writing:
                connection.heartbeat_check()
            self._gauge(channel)
            try:
                connection.drain_events(timeout=IDLE_SECONDS)
            except TimeoutError:
                continue
        with self._writing:
            consumer.cancel()
        self._wait_for_workers()

    def _gauge(self, channel: Any) -> None:
        """Count the dead letters now and then, those that the broker parked by itself too."""
        if time.monotonic() - self._gauged_at < GAUGE_SECONDS:
            return
        self._gauged_at = time.monotonic()
        with self._writing:
            depth = dead_letters.depth(channel, self._service)
        metrics.DEAD_LETTERS_WAITING.labels(self._service).set(depth)

    def _wait_for_workers(self) -> None:
        with eventlet.Timeout(DRAIN_SECONDS, False):
            while self._in_flight:
                eventlet.sleep(0.01)

    def _receive(self, raw: Any) -> None:
        """Start the work that a message asks for. Never raises for what is in the message."""
        if self._stopping:
            raw.reject(requeue=True)
            return
        try:
            request = read_envelope(raw)
        except Unanswerable as reason:
            self._in_flight += 1
            eventlet.spawn_n(self._park, raw, str(reason))
            return
        try:
            call = read_call(raw, request.cause)
            method = self._methods.get(request.method)
            if method is None:
                raise NotFound("unknown_method", f"{self._service} has no method {request.method[:100]!r}.")
        except TrainingError as error:
            metrics.RPC_POISON.labels(self._service, error.code).inc()
            self._spawn_answer(raw, request, error)
            return
        self._in_flight += 1
        self.container.spawn_worker(method, (call,), {}, handle_result=partial(self._finish, raw, request))

    def _spawn_answer(self, raw: Any, request: Request, error: TrainingError) -> None:
        """Answer apart from the consuming greenthread, which must not wait for a blocked publisher."""
        self._in_flight += 1
        eventlet.spawn_n(self._finish, raw, request, None, None, (type(error), error, None))

    def _finish(self, raw: Any, request: Request, _context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """Reply, then acknowledge: a process that dies between the two repeats the call, it does not lose it."""
        try:
            error = None if exc_info is None else exc_info[1]
            if error is not None and not isinstance(error, TrainingError):
                log.error("worker_failed", method=request.method, exc_info=exc_info)
                error = Internal.with_reference(request.cause.correlation_id)
            self._replies.send(request, reply_body(result, error))
            with self._writing:
                raw.ack()
        except broker.LOST as lost:
            log.warning("ack_lost", method=request.method, error=type(lost).__name__)
        finally:
            self._in_flight -= 1
        return result, exc_info

    def _park(self, raw: Any, reason: str) -> None:
        """Set a request aside; while the broker does not take the copy, the request goes back to its queue."""
        try:
            metrics.RPC_POISON.labels(self._service, reason).inc()
            outgoing = dead_letters.parked(raw, self._service, f"rpc-{self._service}", reason)
            with self._parking:
                confirmed = self._publisher.publish([outgoing])[0] is Outcome.CONFIRMED
            if confirmed:
                metrics.DEAD_LETTERS.labels(self._service, "rpc").inc()
                log.error("request_parked", reason=reason)
            else:
                eventlet.sleep(1)
            with self._writing:
                raw.ack() if confirmed else raw.reject(requeue=True)
        except broker.LOST as lost:
            log.warning("park_lost", reason=reason, error=type(lost).__name__)
        finally:
            self._in_flight -= 1


class RpcMethod(Entrypoint):
    """Serves one command or query over AMQP."""

    server = RpcServer()

    def setup(self) -> None:
        self.server.register(self)

    def stop(self) -> None:
        self.server.drain()
