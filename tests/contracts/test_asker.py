"""One service asks another: many questions at once, each with an end, on both brokers."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import eventlet
import pytest

from shared.errors import NotFound, Unavailable
from shared.messaging import asking, broker
from shared.messaging.asking import Asker
from shared.messaging.topology import rpc_queue
from tests.contracts.world import World

PAIRS = [("embedded", "sqlite"), ("rabbitmq", "sqlite")]


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The broker decides; the database has no part in it."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def asker(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Asker]]:
    """Makes askers of a service that read their answers until the end of the test."""
    monkeypatch.setattr(asking, "IDLE_SECONDS", 0.05)
    made = []

    def make(service: str = world.producer.name, **settings: Any) -> Asker:
        one = Asker(world.config.amqp_url, service, **settings)
        made.append((one, eventlet.spawn(one.run)))
        return one

    yield make
    for one, reader in made:
        one.stop()
        reader.wait()


def refused(asker: Asker, method: str = "slow") -> str:
    with pytest.raises(Unavailable) as caught:
        asker.ask(method, {})
    return caught.value.code


def test_questions_are_on_their_way_together_and_each_gets_its_answer(
    world: World, asker: Callable[..., Asker]
) -> None:
    world.start(world.producer)
    one, world.slow = asker(at_once=3), 0.2
    with ThreadPoolExecutor(9) as pool:
        started = time.monotonic()
        methods = ["slow"] * 9 + ["nobody_has_this"]
        answers = [pool.submit(one.ask, method, {}, "sample") for method in methods]
        assert [answer.result() for answer in answers[:9]] == [{"count": 1}] * 9
        took = time.monotonic() - started
    assert 3 * world.slow <= took, "three at once at most"
    with pytest.raises(NotFound, match="unknown_method"):
        answers[9].result()


def test_what_was_never_there_is_said_at_once(asker: Callable[..., Asker]) -> None:
    started = time.monotonic()
    assert refused(asker("nobody", timeout=20.0)) == "no_such_service"
    assert time.monotonic() - started < 10.0


def test_one_that_does_not_answer_is_left_alone_and_then_asked_once(world: World, asker: Callable[..., Asker]) -> None:
    (container,) = world.start(world.producer)
    one = asker(timeout=0.4, rest=0.3)
    assert one.ask("slow", {}) == {"count": 1}
    container.stop()
    assert refused(one) == "no_answer"
    started = time.monotonic()
    assert refused(one) == "no_answer"
    assert time.monotonic() - started < 0.3, "nobody waits while it is known to be away"
    eventlet.sleep(0.35)
    with ThreadPoolExecutor(2) as pool:
        probe, other = pool.submit(refused, one), pool.submit(refused, one)
        assert (probe.result(), other.result()) == ("no_answer", "no_answer")
    world.start(world.producer)
    eventlet.sleep(0.35)
    world.wait(lambda: _answers(one), "an answer")
    assert one.ask("slow", {}) == {"count": 1}


def _answers(one: Asker) -> bool:
    try:
        return bool(one.ask("slow", {}))
    except Unavailable:
        return False


def test_what_was_given_up_is_not_carried_out_later(world: World, asker: Callable[..., Asker]) -> None:
    connection = broker.connect(world.config.amqp_url)
    queue = rpc_queue(world.producer.name)(connection.channel())
    queue.declare()
    assert refused(asker(timeout=0.2)) == "no_answer"
    eventlet.sleep(0.1)
    assert queue.get() is None
    broker.discard(connection)


@pytest.mark.parametrize("pair", PAIRS[1:], ids="-".join, indirect=True)  # inside a process there is none to lose
def test_a_lost_connection_refuses_who_waits_and_is_made_again(world: World, asker: Callable[..., Asker]) -> None:
    world.start(world.producer)
    one, world.slow = asker(timeout=20.0, rest=0.1), 2.0
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(refused, one)
        world.wait(lambda: one._waiting, "a question on its way")
        one._channel.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        assert waiting.result() == "broker_unavailable"
    world.slow = 0.0
    eventlet.sleep(0.15)
    world.wait(lambda: _answers(one), "an answer")


def test_who_stops_waits_for_nobody(world: World, asker: Callable[..., Asker]) -> None:
    world.start(world.producer)
    one, world.slow = asker(timeout=20.0), 1.0
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(refused, one)
        world.wait(lambda: one._waiting, "a question on its way")
        one.stop()
        assert waiting.result() == "broker_unavailable"
