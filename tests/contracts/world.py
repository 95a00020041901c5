"""Two small services that speak through the real chain: one says that agencies register, one hears it."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
import sqlalchemy as sa
from marshmallow import fields
from nameko.containers import ServiceContainer

from shared.auth import Caller, Tokens
from shared.client import AMQPClient
from shared.columns import new_metadata
from shared.config import Config
from shared.database import Database, Transaction
from shared.entrypoints import command, query, subscribe
from shared.entrypoints.rpc import RpcServer
from shared.errors import Conflict, Unavailable
from shared.events import AgencyRegisteredV1, LocalizedText
from shared.ids import new_id
from shared.messages import Message
from shared.messaging import broker, dead_letters
from shared.messaging.topology import Subscription, dead_letter_queue, rpc_queue
from shared.schemas import Shape
from shared.service import BaseService

WAIT_SECONDS = 20.0


class Say(Shape):
    """Codes of agencies to register."""

    codes = fields.List(fields.String(), required=True)


class Said(Shape):
    """How many."""

    count = fields.Integer()


class Nothing(Shape):
    """No arguments."""


def tables() -> tuple[sa.MetaData, sa.Table]:
    metadata = new_metadata()
    heard = sa.Table(
        "heard",
        metadata,
        sa.Column("code", sa.String(50), primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("correlation_id", sa.String(100), nullable=False),
    )
    return metadata, heard


class World:
    """The two services with their containers; a name of their own for each world keeps their queues apart."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metadata, self.heard = tables()
        self.db = Database(config.database_url, self.metadata)
        suffix = new_id().hex[-12:]
        self.producer, self.consumer = _producer(self, f"producer{suffix}"), _consumer(self, f"consumer{suffix}")
        self.containers: list[ServiceContainer] = []
        self.broken: set[str] = set()
        self.unknown: set[str] = set()
        self.batches: list[int] = []
        self.slow = 0.0
        self.outage: Exception | None = None

    def start(self, *classes: type) -> list[ServiceContainer]:
        started = []
        for cls in classes or (self.producer, self.consumer):
            container = ServiceContainer(cls, {"training": self.config, "WEB_SERVER_ADDRESS": "127.0.0.1:0"})
            container.start()
            started.append(container)
        self.containers += started
        self.wait(lambda: all(c.shared_extensions and _link(c).connected for c in started), "links")
        return started

    def client(self, timeout: float = 10.0, roles: tuple[str, ...] = ("national",)) -> AMQPClient:
        token = Tokens(self.config.keys_dir).issue("test", "A", list(roles), timedelta(hours=1))
        return AMQPClient(self.config.amqp_url, token, timeout)

    def say(self, *codes: str, **more: Any) -> Any:
        client = self.client()
        try:
            return client.call(self.producer.name, "say", {"codes": list(codes), **more})
        finally:
            client.close()

    def heard_codes(self) -> dict[str, int]:
        with self.db.reading() as tx:
            rows = tx.execute(sa.select(self.heard.c.code, self.heard.c.times))
            return {row.code: row.times for row in rows}

    def letters(self) -> list[dict[str, Any]]:
        return dead_letters.list_letters(self.config.amqp_url, self.consumer.name, 100)

    def unpublished(self) -> int:
        table = self.metadata.tables["outbox"]
        with self.db.reading() as tx:
            return int(tx.scalar(sa.select(sa.func.count()).where(table.c.published_at.is_(None))) or 0)

    def wait(self, is_true: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_true():
            assert time.monotonic() < deadline, f"waited {WAIT_SECONDS:g} s for {what}"
            eventlet.sleep(0.02)

    def close(self) -> None:
        pile = eventlet.GreenPile()
        for container in self.containers:
            pile.spawn(container.stop)
        list(pile)
        self._delete_queues()
        self.db.engine.dispose()

    def _delete_queues(self) -> None:
        connection = broker.connect(self.config.amqp_url)
        channel = connection.channel()
        for cls in (self.producer, self.consumer):
            for queue in (rpc_queue(cls.name), dead_letter_queue(cls.name)):
                queue(channel).delete()
        Subscription(self.consumer.name, "on_agency", AgencyRegisteredV1.TYPE).queue()(channel).delete()
        broker.discard(connection)


def _link(container: ServiceContainer) -> Any:
    return next(extension for extension in container.shared_extensions.values() if isinstance(extension, RpcServer))


def _producer(world: World, service_name: str) -> type[BaseService]:
    class Producer(BaseService):
        name = service_name
        metadata = world.metadata

        @command(Say, reply=Said, roles=("national",))
        def say(self, tx: Transaction, caller: Caller, codes: list[str]) -> dict[str, int]:
            """Say that agencies registered; the code `twice` is refused, `bug` is a bug."""
            if "twice" in codes:
                raise Conflict("twice", "No.")
            if "bug" in codes:
                raise KeyError("a secret")
            for code in codes:
                tx.publish(AgencyRegisteredV1(code=code, name=LocalizedText("نام")))
            return {"count": len(codes)}

        @query(Nothing, reply=Said, public=True)
        def slow(self, tx: Transaction, caller: Caller) -> dict[str, int]:
            """Takes its time."""
            eventlet.sleep(world.slow)
            return {"count": 1}

    return Producer


def _consumer(world: World, service_name: str) -> type[BaseService]:
    class Consumer(BaseService):
        name = service_name
        metadata = world.metadata

        @subscribe(AgencyRegisteredV1, batch=50)
        def on_agency(self, tx: Transaction, messages: list[Message[AgencyRegisteredV1]]) -> None:
            """Write down who was heard; some are a poison, some are not known yet."""
            codes = {message.event.code for message in messages}
            if world.slow:
                eventlet.sleep(world.slow)
            if world.outage is not None:
                raise world.outage
            if codes & world.broken:
                raise ValueError("poison")
            if codes & world.unknown:
                raise Unavailable("not_known_yet")
            world.batches.append(len(messages))
            for message in messages:
                seen = tx.execute(
                    sa.update(world.heard)
                    .where(world.heard.c.code == message.event.code)
                    .values(times=world.heard.c.times + 1)
                ).rowcount
                if not seen:
                    row = {"code": message.event.code, "times": 1, "correlation_id": message.correlation_id}
                    tx.execute(sa.insert(world.heard).values(row))

    return Consumer
