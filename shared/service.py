"""What the four services have in common: their injected parts, and the calls and pages that each of them serves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
import structlog
from marshmallow import fields, validate
from nameko.extensions import DependencyProvider
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.wrappers import Request, Response

from shared import idempotency, inbox, metrics, openapi, outbox
from shared.auth import Caller, Tokens
from shared.config import Config
from shared.database import Database, Transaction
from shared.entrypoints import command, http, operations_of, query, timer
from shared.entrypoints.http import json_response, problem, read_call, read_cause, too_many
from shared.entrypoints.rpc import RpcServer
from shared.errors import NotFound, TrainingError
from shared.limits import client_address, limiter_of
from shared.messaging import dead_letters
from shared.messaging.publisher import Publisher
from shared.messaging.relay import Relay
from shared.schemas import Integer, Moment, Shape

OPERATORS = ("operator",)
MAX_SUBJECTS = 1000  # of one repair
POOL_SIZE = 5  # and as many again twice in a rush; four services with replicas share the server's 100


class ConfigProvider(DependencyProvider):
    """`self.config`: the settings of the process."""

    def get_dependency(self, worker_ctx: Any) -> Config:
        config: Config = self.container.config["training"]
        return config


class TokensProvider(DependencyProvider):
    """`self.tokens`: checks access tokens."""

    def setup(self) -> None:
        self._tokens = Tokens(self.container.config["training"].keys_dir)

    def get_dependency(self, worker_ctx: Any) -> Tokens:
        return self._tokens


class DatabaseProvider(DependencyProvider):
    """`self.db`: the service's database, with the relay that empties its outbox."""

    def setup(self) -> None:
        config: Config = self.container.config["training"]
        service = self.container.service_cls
        self._database = Database(config.database_url_of(service.name), service.metadata, POOL_SIZE)
        publisher = Publisher(config.amqp_url, config.confirm_timeout)
        self._relay = Relay(service.name, self._database, publisher, config.relay_batch)
        self._database.on_publish = self._relay.wake

    def start(self) -> None:
        self.container.spawn_managed_thread(self._relay.run, identifier="relay")

    def stop(self) -> None:
        self._relay.stop()
        self._database.engine.dispose()

    def get_dependency(self, worker_ctx: Any) -> Database:
        return self._database


class WakeProvider(DependencyProvider):
    """`self.wake(name)`: run a timer of this service now."""

    def get_dependency(self, worker_ctx: Any) -> Callable[[str], None]:
        container = self.container
        return lambda name: container.timers[name].wake()


class EndingProvider(DependencyProvider):
    """`self.ending()`: whether the service is about to end, so that long work hands over what is left of it."""

    def get_dependency(self, worker_ctx: Any) -> Callable[[], bool]:
        container = self.container
        return lambda: any(timer.stopping for timer in container.timers.values())


class Kept(DependencyProvider):
    """A part of a service's own that it keeps open as long as it runs: made of its configuration, closed at its stop,
    when no worker uses it any more."""

    def __init__(self, make: Callable[[Config], Any]) -> None:
        self._make = make

    def setup(self) -> None:
        self._kept = self._make(self.container.config["training"])

    def stop(self) -> None:
        self._kept.close()

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self._kept


class LinkProvider(DependencyProvider):
    """`self.link`: the RPC server, to ask whether it is connected."""

    server = RpcServer()

    def get_dependency(self, worker_ctx: Any) -> RpcServer:
        return self.server


class ListeningProvider(DependencyProvider):
    """`self.listening()`: whether every queue of events is there and consumed: what is published now is heard."""

    def get_dependency(self, worker_ctx: Any) -> Callable[[], bool]:
        container = self.container
        return lambda: all(subscriber.consuming for subscriber in getattr(container, "subscribers", {}).values())


class NoArguments(Shape):
    """Nothing."""


class ListLetters(Shape):
    """How many parked messages to show."""

    limit = Integer(min=1, max=1000, load_default=100)


class Letters(Shape):
    """Parked messages with their reasons."""

    items = fields.List(fields.Dict())


class LetterIds(Shape):
    """Which parked messages; all of them without ids."""

    letter_ids = fields.List(fields.String(), load_default=None, allow_none=True)


class Count(Shape):
    """How many it were."""

    count = fields.Integer()


class ReplayEvents(Shape):
    """Which published events to publish again."""

    since = Moment(required=True)
    until = Moment(load_default=None, allow_none=True)
    event_type = fields.String(load_default=None, allow_none=True)


class RepeatEvents(Shape):
    """The latest event of this type about each of up to 1 000 subjects; `since` bounds the search, if it is known."""

    event_type = fields.String(required=True, validate=validate.Length(1, 100))
    subjects = fields.List(
        fields.String(validate=validate.Length(1, 100)), required=True, validate=validate.Length(1, MAX_SUBJECTS)
    )
    since = Moment(load_default=None, allow_none=True)


class Repeated(Shape):
    """How many events go out again, and about which subjects none is kept any more."""

    count = fields.Integer(required=True)
    missing = fields.List(fields.String(), required=True)


class BaseService:
    """Base of the four nameko services. A subclass names itself, its tables and what its unique constraints mean."""

    name: ClassVar[str]
    metadata: ClassVar[sa.MetaData]
    conflicts: ClassVar[dict[str, tuple[str, str]]] = {}

    config: Any = ConfigProvider()
    tokens: Any = TokensProvider()
    db: Any = DatabaseProvider()
    wake: Any = WakeProvider()
    ending: Any = EndingProvider()
    link: Any = LinkProvider()
    listening: Any = ListeningProvider()

    @property
    def log(self) -> Any:
        return structlog.get_logger(self.name)

    @query(ListLetters, reply=Letters, roles=OPERATORS)
    def list_dead_letters(self, tx: Transaction, caller: Caller, limit: int) -> dict[str, Any]:
        """Parked messages of this service, oldest first, with the reason of each."""
        return {"items": dead_letters.list_letters(self.config.amqp_url, self.name, limit)}

    @command(LetterIds, reply=Count, roles=OPERATORS)
    def replay_dead_letters(self, tx: Transaction, caller: Caller, letter_ids: list[str] | None) -> dict[str, Any]:
        """Send parked messages back to the queues they came from; all of them without ids."""
        ids = None if letter_ids is None else set(letter_ids)
        count = dead_letters.replay(self.config.amqp_url, self.name, ids, self.config.confirm_timeout)
        self.log.info("dead_letters_replayed", count=count, system=caller.system)
        return {"count": count}

    @command(LetterIds, reply=Count, roles=OPERATORS)
    def drop_dead_letters(self, tx: Transaction, caller: Caller, letter_ids: list[str] | None) -> dict[str, Any]:
        """Delete parked messages for good; all of them without ids."""
        ids = None if letter_ids is None else set(letter_ids)
        count = dead_letters.drop(self.config.amqp_url, self.name, ids)
        self.log.info("dead_letters_dropped", count=count, system=caller.system)
        return {"count": count}

    @command(ReplayEvents, reply=Count, roles=OPERATORS)
    def replay_events(
        self, tx: Transaction, caller: Caller, since: Any, until: Any, event_type: str | None
    ) -> dict[str, Any]:
        """Publish again what the outbox published since a moment. Inboxes make it harmless; nothing is mailed twice."""
        count = outbox.publish_again(tx, self.metadata.tables["outbox"], since, until, event_type)
        self.log.info("events_replayed", count=count, system=caller.system)
        tx.after_commit(self.db.on_publish)
        return {"count": count}

    @command(RepeatEvents, reply=Repeated, roles=OPERATORS)
    def repeat_events(
        self, tx: Transaction, caller: Caller, event_type: str, subjects: list[str], since: Any
    ) -> dict[str, Any]:
        """Say past events again under new ids, for consumers that lost an effect which their inbox remembers.

        Where the effect is there its own unique constraint makes the repetition harmless; nothing is mailed twice.
        """
        count, missing = outbox.repeat(tx, self.metadata.tables["outbox"], subjects, event_type, since)
        self.log.info("events_repeated", count=count, missing=len(missing), type=event_type, system=caller.system)
        tx.after_commit(self.db.on_publish)
        return {"count": count, "missing": missing}

    @timer(interval=3600)
    def prune_history(self) -> None:
        """Forget what is past its retention, a bounded number of rows each hour."""
        tables = self.metadata.tables
        with self.db.transaction() as tx:
            outbox.prune(tx, tables["outbox"], tx.now - timedelta(days=outbox.RETENTION_DAYS))
            inbox.prune(tx, tables["inbox"], tx.now - timedelta(days=inbox.RETENTION_DAYS))
            idempotency.prune(tx, tables["idempotency"], tx.now - timedelta(days=idempotency.RETENTION_DAYS))

    @http("POST", "/rpc/<method>")
    def rpc_over_http(self, request: Request, method: str) -> Response:
        """The same commands and queries as over AMQP; those that need no token, so often from one address."""
        cause = read_cause(request)
        try:
            call = read_call(request, cause)
            operations = operations_of(type(self))
            if method not in operations:
                raise NotFound("unknown_method", f"{self.name} has no method {method[:100]!r}.")
            if operations[method].public and call.token is None and (seconds := self.too_often(request)):
                return too_many(seconds)
            response = json_response(getattr(self, method)(call))
        except TrainingError as error:
            response = problem(error)
        response.headers["X-Correlation-ID"] = cause.correlation_id
        return response

    def too_often(self, request: Request) -> int:
        """Count a look-up without a token: 0, or the seconds after which its address may ask again."""
        address = client_address(request, self.config.trusted_proxies)
        seconds = limiter_of(self.config).wait(address)
        if seconds:
            metrics.LOOKUPS_REFUSED.labels(self.name).inc()
        return seconds

    @http("GET", "/metrics")
    def metrics_page(self, request: Request) -> Response:
        """Prometheus metrics of this process."""
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    @http("GET", "/healthz")
    def health(self, request: Request) -> Response:
        """Alive: the hub turns and requests are served."""
        return json_response({"status": "alive"})

    @http("GET", "/readyz")
    def readiness(self, request: Request) -> Response:
        """Ready: the database answers, calls are taken and every event that this service hears would reach it."""
        parts = {"database": self.db.is_reachable(), "broker": self.link.connected and self.listening()}
        return json_response(parts, 200 if all(parts.values()) else 503)

    @http("GET", "/openapi.json")
    def openapi_document(self, request: Request) -> Response:
        """What this service can be asked over HTTP, as OpenAPI 3.1."""
        return json_response(openapi.document(self.name, operations_of(type(self))))
