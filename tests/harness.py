"""A service on a real database, called as its doors call it, without a broker.

`call` goes through the decorators (token, roles, shape, transaction, idempotency), `deliver` through the inbox.
"""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import sqlalchemy as sa
from nameko.extensions import DependencyProvider

from services.cli.composition import service_class
from shared import migrate
from shared.auth import Tokens
from shared.config import Config
from shared.database import Database
from shared.entrypoints import Call
from shared.events import Event, decode
from shared.ids import new_id
from shared.messages import Cause, Message
from tests.support.postgres import connected

_ENGINES: dict[str, sa.Engine] = {}


def lent(url: str, metadata: sa.MetaData) -> Database:
    """A lent database, which finds the statements compiled that earlier tests ran on it: compiling takes a fifth of
    the tests' time. Listeners on its engine end with the test."""
    made = Database(url, metadata)
    made.engine = _ENGINES.setdefault(url, made.engine).execution_options()
    return made


@dataclass
class Container:
    """What a service's own parts read of the container that they are bound to."""

    config: dict[str, Any]
    service_name: str
    service_cls: type


class Harness:
    """One service with its migrated database; `wakes` lists the timers it asked to run."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name = name
        self.config = replace(Config.from_environment(), keys_dir=folder / "keys", smtp_url=f"maildir://{folder}/mail")
        cls = service_class(name)
        self.db = lent(url, cls.metadata)
        self.service: Any = cls()
        self.wakes: list[str] = []
        parts = {
            "config": self.config,
            "tokens": Tokens(self.config.keys_dir),
            "db": self.db,
            "wake": self.wakes.append,
            "ending": lambda: False,
            "link": SimpleNamespace(connected=True),
            "listening": lambda: True,
        }
        self._container = Container({"training": self.config}, name, cls)  # held here: who is bound holds it weakly
        for attribute, provider in vars_of(cls).items():
            if attribute in parts:
                setattr(self.service, attribute, parts[attribute])
            else:  # a part of the service's own: of a container it has only the configuration
                bound = provider.bind(self._container, attribute)
                bound.setup()
                setattr(self.service, attribute, bound.get_dependency(None))

    def token(self, roles: tuple[str, ...], agency: str = "AG-A", system: str = "test") -> str:
        return self.service.tokens.issue(system, agency, list(roles), timedelta(hours=1))

    def call(
        self,
        method: str,
        token_roles: tuple[str, ...] | None = ("national",),
        agency: str = "AG-A",
        *,
        idempotency_key: str | None = None,
        system: str = "test",
        **arguments: Any,
    ) -> Any:
        """The reply, as JSON gives it; raises the typed error. `token_roles=None` calls without a token."""
        token = None if token_roles is None else self.token(token_roles, agency, system)
        plain = msgspec.json.decode(msgspec.json.encode(arguments))
        reply = getattr(self.service, method)(Call(plain, token, Cause.new("test-correlation"), idempotency_key))
        return msgspec.json.decode(msgspec.json.encode(reply))

    def message(self, event: Event, event_id: Any = None, time: datetime | None = None) -> Message[Any]:
        return Message(event_id or new_id(), event, time or datetime.now(UTC), "test-correlation")

    def deliver(self, *events: Event | Message[Any]) -> None:
        """Hand events of one type to their handler, as one batch."""
        messages = [event if isinstance(event, Message) else self.message(event) for event in events]
        for handler in vars_with_subscription(type(self.service), messages[0].event.TYPE):
            getattr(self.service, handler)(messages)

    def outbox(self, event_type: type[Event] | None = None) -> list[Event]:
        """The events written so far, in order."""
        table = self.service.metadata.tables["outbox"]
        with self.db.reading() as tx:
            rows = tx.execute(sa.select(table.c.type, table.c.body).order_by(table.c.position)).all()
        events = [decode(row.type, row.body.encode()) for row in rows]
        return [event for event in events if event_type is None or isinstance(event, event_type)]


def vars_of(cls: type) -> dict[str, Any]:
    return {name: getattr(cls, name) for name in dir(cls) if isinstance(getattr(cls, name), DependencyProvider)}


def vars_with_subscription(cls: type, event_type: str) -> list[str]:
    found = [
        name
        for name in dir(cls)
        if getattr(getattr(cls, name), "subscription", (None, None))[1] is not None
        and event_type == getattr(cls, name).subscription[1].TYPE
    ]
    assert found, f"{cls.__name__} does not hear {event_type}"
    return found


class Databases:
    """Prepared databases, lent to one test at a time and handed on empty.

    Migrating is the slow part, and dropping a PostgreSQL database costs the server a checkpoint: so one is emptied and
    lent again. `close` removes what is on the server.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: dict[tuple[str, str], list[str]] = {}
        self._names: list[str] = []
        server = sa.make_url(os.environ["TRAINING_TEST_POSTGRES_URL"]).set(drivername="postgresql+psycopg2")
        self._server = server
        self._admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")

    @contextmanager
    def of_service(self, kind: str, service: str) -> Iterator[str]:
        """The URL of a migrated database of this service, with no rows."""
        metadata = service_class(service).metadata
        with self.lend(kind, service, metadata, lambda url: migrate.upgrade(service, url)) as url:
            yield url

    @contextmanager
    def lend(self, kind: str, name: str, metadata: sa.MetaData, prepare: Callable[[str], object]) -> Iterator[str]:
        """The URL of a database that `prepare` brought to the tables of `metadata`, with no rows."""
        idle = self._idle.setdefault((kind, name), [])
        if idle:
            url = idle.pop()
        else:
            url = self._file(name) if kind == "sqlite" else self._create()
            prepare(url)
        _empty(url, metadata)
        try:
            yield url
        finally:
            idle.append(url)

    def close(self) -> None:
        with self._admin.connect() as connection:
            for name in self._names:
                connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        self._admin.dispose()

    def _file(self, name: str) -> str:
        return f"sqlite:///{self._folder}/{name}-{secrets.token_hex(4)}.db"

    def _create(self) -> str:
        name = f"{os.environ['TRAINING_TEST_DATABASE_PREFIX']}_{secrets.token_hex(4)}"
        self._names.append(name)
        with self._admin.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        return self._server.set(database=name).render_as_string(hide_password=False)


def _empty(url: str, metadata: sa.MetaData) -> None:
    """Delete all rows, in one exchange: there are some fifty tables, and most of them are empty."""
    statements = _deletes(metadata)
    if not statements:
        return
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(sa.make_url(url).database or "")) as connection:
            connection.executescript(f"PRAGMA foreign_keys=ON; PRAGMA synchronous=OFF; BEGIN; {statements} COMMIT;")
        return
    with connected(url) as cursor:
        cursor.execute(statements)


@cache
def _deletes(metadata: sa.MetaData) -> str:
    return "".join(f'DELETE FROM "{table.name}";' for table in reversed(metadata.sorted_tables))
