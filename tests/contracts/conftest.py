"""The delivery chain's two brokers and two databases: the same behaviour is asked of all four pairs."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.config import Config
from shared.database import Database
from shared.entrypoints import rpc
from shared.messaging import embedded, subscriber
from tests.contracts.world import World, tables
from tests.harness import Databases

PAIRS = [(broker, database) for broker in ("embedded", "rabbitmq") for database in ("sqlite", "postgresql")]


@pytest.fixture(autouse=True)
def quick_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer looks up from its socket this often to see whether it shall stop; nothing else depends on it."""
    monkeypatch.setattr(rpc, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(subscriber, "IDLE_SECONDS", 0.05)


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A broker and a kind of database."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def amqp_url(pair: tuple[str, str]) -> Iterator[str]:
    if pair[0] == "rabbitmq":
        yield os.environ["TRAINING_TEST_AMQP_URL"]
    else:
        yield "embedded://"
        embedded.forget_everything()


@pytest.fixture
def database_url(pair: tuple[str, str], databases: Databases) -> Iterator[str]:
    with databases.lend(pair[1], "chain", tables()[0], _create_tables) as url:
        yield url


@pytest.fixture
def world(amqp_url: str, database_url: str, tmp_path: Path) -> Iterator[World]:
    """A producer and a consumer of their own names, on one database, started on demand."""
    config = replace(
        Config.from_environment(),
        amqp_url=amqp_url,
        database_url=database_url,
        keys_dir=tmp_path / "keys",
        retry_delays=(0.1, 0.2),
        confirm_timeout=5.0,
    )
    made = World(config)
    try:
        yield made
    finally:
        made.close()


def _create_tables(url: str) -> None:
    database = Database(url, tables()[0])
    database.metadata.create_all(database.engine)
    database.engine.dispose()
