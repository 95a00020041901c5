"""The embedded broker keeps the promises that the delivery chain relies on."""

from collections.abc import Iterator
from typing import Any

import eventlet
import pytest
from kombu import Consumer, Exchange, Queue

from shared.messaging import broker, embedded
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import delay_exchange, delay_queue

URL = "embedded://"
TOPIC = Exchange("sample", type="topic")
GRAVES = Exchange("graves", type="direct")


@pytest.fixture
def channel() -> Iterator[Any]:
    connection = broker.connect(URL)
    yield connection.channel()
    broker.discard(connection)
    embedded.forget_everything()


def queue(channel: Any, name: str = "first", key: str = "a.*", exchange: Exchange = TOPIC, **arguments: Any) -> Queue:
    made = Queue(name, exchange, key, queue_arguments=arguments)(channel)
    made.declare()
    return made


def send(channel: Any, *bodies: str, key: str = "a.b", exchange: str = "sample", **properties: Any) -> None:
    for body in bodies:
        message = channel.prepare_message(
            body.encode(), content_type="application/json", headers={"h": 1}, properties=dict(properties)
        )
        channel.basic_publish(message, exchange, key)


def text(message: Any) -> str:
    return message.body if isinstance(message.body, str) else bytes(message.body).decode()


def waiting(made: Queue) -> list[str]:
    """Everything in a queue, taken out."""
    found = []
    while (message := made.get(no_ack=True)) is not None:
        found.append(text(message))
    return found


def test_a_message_reaches_every_queue_bound_to_its_key(channel: Any) -> None:
    one, two, other = queue(channel), queue(channel, "second", "a.b"), queue(channel, "third", "c.#")
    send(channel, "x")
    assert (waiting(one), waiting(two), waiting(other)) == (["x"], ["x"], [])


def test_queues_of_one_topic_do_not_share_a_message(channel: Any) -> None:
    one, two = queue(channel), queue(channel, "second", "a.b")
    send(channel, "x")
    mine = one.get()
    mine.headers["h"] = "changed"
    mine.reject(requeue=True)
    assert two.get(no_ack=True).headers == {"h": 1}


def test_a_delivery_has_the_properties_that_nameko_expects(channel: Any) -> None:
    made = queue(channel)
    send(channel, "x", reply_to="someone", correlation_id="c")
    properties = made.get(no_ack=True).properties
    assert properties["content_type"] == "application/json"
    assert (properties["reply_to"], properties["correlation_id"]) == ("someone", "c")


def test_a_returned_message_is_the_next_one_again(channel: Any) -> None:
    made = queue(channel)
    send(channel, "x", "y", "z")
    made.get().reject(requeue=True)
    assert waiting(made) == ["x", "y", "z"]


def test_a_rejected_message_goes_to_the_dead_letters(channel: Any) -> None:
    grave = queue(channel, "grave", "of-sample", GRAVES)
    arguments = {"x-dead-letter-exchange": "graves", "x-dead-letter-routing-key": "of-sample"}
    made = queue(channel, **arguments)
    send(channel, "x", "y")
    made.get().reject(requeue=False)
    assert (waiting(grave), waiting(made)) == (["x"], ["y"])


def test_a_rejected_message_without_dead_letters_is_gone(channel: Any) -> None:
    made = queue(channel)
    send(channel, "x")
    made.get().reject(requeue=False)
    assert waiting(made) == []


def test_a_delayed_message_rests_and_returns_to_its_queue(channel: Any) -> None:
    made = queue(channel)
    resting = delay_queue(0.15)(channel)
    resting.declare()
    send(channel, "x", key="first", exchange=delay_exchange(0.15).name)
    assert waiting(made) == []
    eventlet.sleep(0.4)
    assert waiting(made) == ["x"]
    assert waiting(resting) == []


def test_an_expired_message_is_not_delivered(channel: Any) -> None:
    made = queue(channel)
    send(channel, "late", expiration="30")
    send(channel, "early", expiration="60000")
    eventlet.sleep(0.1)
    assert waiting(made) == ["early"]


def consume(channel: Any, made: Queue, number: int) -> list[Any]:
    received: list[Any] = []
    Consumer(channel, [made], on_message=received.append, auto_declare=False).consume()
    for _ in range(number):
        channel.connection.client.drain_events(timeout=1)
    return received


def test_one_acknowledgement_answers_all_before_it(channel: Any) -> None:
    made = queue(channel)
    send(channel, "w", "x", "y", "z")
    consume(channel, made, 4)[2].ack(multiple=True)
    channel.close()
    other = broker.connect(URL)
    assert waiting(made(other.channel())) == ["z"]
    broker.discard(other)


def test_what_was_not_acknowledged_returns_in_its_order(channel: Any) -> None:
    made = queue(channel)
    send(channel, "x", "y", "z")
    consume(channel, made, 2)
    channel.close()
    other = broker.connect(URL)
    assert waiting(made(other.channel())) == ["x", "y", "z"]
    broker.discard(other)


def test_waiting_ends_at_its_deadline_and_at_an_arrival(channel: Any) -> None:
    made = queue(channel)
    received: list[Any] = []
    Consumer(channel, [made], on_message=received.append, auto_declare=False).consume()
    with pytest.raises(TimeoutError):
        channel.connection.client.drain_events(timeout=0.05)
    other = broker.connect(URL)
    eventlet.spawn_after(0.05, send, other.channel(), "x")
    channel.connection.client.drain_events(timeout=5)
    assert [text(message) for message in received] == ["x"]
    broker.discard(other)


def test_a_message_for_nobody_is_unroutable(channel: Any) -> None:
    made = queue(channel)
    publisher = Publisher(URL, 1.0)
    messages = [Outgoing("sample", key, b"x", {}) for key in ("a.b", "c.d", "a.c")]
    assert publisher.publish(messages) == [Outcome.CONFIRMED, Outcome.UNROUTABLE, Outcome.CONFIRMED]
    assert publisher.publish([Outgoing("", "first", b"y", {}), Outgoing("", "no-such-queue", b"y", {})]) == [
        Outcome.CONFIRMED,
        Outcome.UNROUTABLE,
    ]
    publisher.close()
    assert waiting(made) == ["x", "x", "y"]
