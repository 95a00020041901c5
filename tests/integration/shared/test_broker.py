"""A consumer whose connections end: served again, after pauses that grow while they are of no use."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from shared.messaging import broker, embedded

URL = f"{embedded.SCHEME}://"
LONG = 0.3


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between connections, which are not waited for."""
    taken: list[float] = []
    monkeypatch.setattr(broker, "LONGEST_PAUSE", LONG)
    monkeypatch.setattr(broker.eventlet, "sleep", taken.append)
    return taken


def served(*lives: Callable[[], Any]) -> list[Any]:
    """Serve one connection after the other as `lives` say; gives the connections."""
    connections: list[Any] = []

    def serve(connection: Any) -> None:
        connections.append(connection)
        lives[len(connections) - 1]()

    broker.keep_serving(URL, "a-queue", serve, stopping=lambda: len(connections) == len(lives))
    return connections


def cut() -> None:
    raise ConnectionResetError("cut")


def stumble() -> None:
    raise RuntimeError("a defect")


def test_each_connection_is_a_new_one_and_the_last_pause_is_the_longest(pauses: list[float]) -> None:
    connections = served(cut, stumble, cut, cut, cut)
    assert len(set(map(id, connections))) == 5
    assert not any(connection.connected for connection in connections)
    assert pauses == [0.1, 0.2, LONG, LONG]


def test_pauses_are_short_again_after_a_connection_that_was_of_use(pauses: list[float]) -> None:
    def lasts() -> None:
        time.sleep(1.5 * LONG)
        cut()

    served(cut, cut, lasts, cut, cut)
    assert pauses == [0.1, 0.2, 0.1, 0.2]


def test_nobody_waits_when_it_is_time_to_stop(pauses: list[float]) -> None:
    served(lambda: None)
    assert pauses == []
