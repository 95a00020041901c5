"""What the delivery chain promises, on both brokers and both databases."""

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from shared import metrics, outbox
from shared.events import AgencyRegisteredV1
from shared.messages import Cause
from shared.messaging import dead_letters, relay
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import EVENTS
from tests.contracts.world import World


def codes(count: int) -> list[str]:
    return [f"C{number}" for number in range(count)]


def test_an_event_reaches_its_handler_once_with_the_correlation_id_of_the_call(world: World) -> None:
    world.start()
    world.say("A")
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the event")
    with world.db.reading() as tx:
        sent = tx.scalar(sa.select(world.metadata.tables["outbox"].c.correlation_id))
        assert tx.scalar(sa.select(world.heard.c.correlation_id)) == sent
    world.wait(lambda: world.unpublished() == 0, "an empty outbox")


def test_many_events_are_handled_in_batches_and_each_once(world: World) -> None:
    world.start()
    world.say(*codes(300))
    world.wait(lambda: len(world.heard_codes()) == 300, "300 events")
    assert set(world.heard_codes().values()) == {1}
    assert len(world.batches) < 30


def test_what_was_said_before_the_consumer_started_is_not_lost(world: World) -> None:
    containers = world.start()
    containers[1].stop()
    world.say("A")
    world.wait(lambda: world.unpublished() == 0, "publishing")
    world.start(world.consumer)
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the event")


def test_events_published_again_have_no_second_effect(world: World) -> None:
    world.start()
    world.say(*codes(20))
    world.wait(lambda: len(world.heard_codes()) == 20, "20 events")
    before = _handled(world)
    with world.db.transaction() as tx:
        table = world.metadata.tables["outbox"]
        oldest = tx.scalar(sa.select(sa.func.min(table.c.occurred_at)))
        assert outbox.publish_again(tx, table, oldest) == 20
    world.wait(lambda: _handled(world) == before + 20, "20 more deliveries")
    assert set(world.heard_codes().values()) == {1}


def test_one_poison_message_is_parked_with_its_reason_and_the_others_are_unharmed(world: World) -> None:
    world.start()
    world.broken = {"C7"}
    world.say(*codes(60))
    world.wait(lambda: len(world.letters()) == 1, "a parked message")
    assert len(world.heard_codes()) == 59
    letter = world.letters()[0]
    assert "ValueError" in letter["reason"]
    assert '"C7"' in letter["body"]
    assert letter["parked_at"]


def test_a_parked_message_that_is_replayed_has_its_effect(world: World) -> None:
    world.start()
    world.broken = {"A"}
    world.say("A")
    world.wait(lambda: len(world.letters()) == 1, "a parked message")
    world.broken = set()
    letter_id = world.letters()[0]["letter_id"]
    assert dead_letters.replay(world.config.amqp_url, world.consumer.name, {letter_id}, 5.0) == 1
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the event")
    assert world.letters() == []


def test_only_the_chosen_parked_message_is_dropped(world: World) -> None:
    world.start()
    world.broken = {"A", "B"}
    world.say("A", "B")
    world.wait(lambda: len(world.letters()) == 2, "two parked messages")
    kept, dropped = world.letters()
    assert dead_letters.drop(world.config.amqp_url, world.consumer.name, {dropped["letter_id"]}) == 1
    assert [letter["letter_id"] for letter in world.letters()] == [kept["letter_id"]]


def test_an_event_that_comes_too_early_waits_and_then_has_its_effect(world: World) -> None:
    world.start()
    world.unknown = {"A"}
    world.say("A", "B")
    world.wait(lambda: world.heard_codes() == {"B": 1}, "the other event")
    world.unknown = set()
    world.wait(lambda: world.heard_codes() == {"A": 1, "B": 1}, "the early event")
    assert world.letters() == []


def test_a_body_that_breaks_its_contract_is_parked_at_once(world: World) -> None:
    world.start()
    publisher = Publisher(world.config.amqp_url, 5.0)
    headers = _headers()
    bodies = [b'{"code": 5, "name": {"fa": "x"}}', b"\xff\xfe", b"", b"[]", b'{"code": "A"}']
    outgoing = [Outgoing(EVENTS.name, AgencyRegisteredV1.TYPE, body, headers) for body in bodies]
    outgoing.append(Outgoing(EVENTS.name, AgencyRegisteredV1.TYPE, b'{"code": "A", "name": {"fa": "x"}}', {}))
    for message in outgoing:
        assert publisher.publish([message]) == [Outcome.CONFIRMED]
    publisher.close()
    world.wait(lambda: len(world.letters()) == len(outgoing), "parked messages")
    assert any("`$.code`" in letter["reason"] for letter in world.letters())
    world.say("A")
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the next event")


def test_an_event_without_a_queue_stays_in_the_outbox_and_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "UNROUTABLE_REST_SECONDS", 0.5)
    world.start(world.producer)
    world.say("A")
    counter = metrics.OUTBOX_UNROUTABLE.labels(world.producer.name)
    world.wait(lambda: counter._value.get() >= 1, "the metric")
    assert world.unpublished() == 1
    world.start(world.consumer)
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the event, once there is a queue")
    world.wait(lambda: world.unpublished() == 0, "an empty outbox")


def test_a_stop_finishes_the_batch_in_hand(world: World) -> None:
    _, consumer = world.start()
    world.slow = 0.5
    world.say("A")
    world.wait(lambda: world.unpublished() == 0, "publishing")
    eventlet.sleep(0.3)
    consumer.stop()
    assert world.heard_codes() == {"A": 1}
    world.slow = 0.0
    before = _handled(world)
    world.start(world.consumer)
    eventlet.sleep(0.7)
    assert _handled(world) == before, "the message was acknowledged before the consumer left"


def test_while_the_database_is_away_messages_stay_in_hand_and_count_no_attempt(world: World) -> None:
    world.start()
    world.outage = OperationalError("SELECT 1", {}, _Away("database is locked"))
    world.say("A")
    eventlet.sleep(1.5)
    assert world.letters() == []
    world.outage = None
    world.wait(lambda: world.heard_codes() == {"A": 1}, "the event")


def _handled(world: World) -> float:
    return float(metrics.EVENTS_HANDLED.labels(world.consumer.name, AgencyRegisteredV1.TYPE, "handled")._value.get())


def _headers() -> dict[str, str]:
    cause = Cause.new()
    return {
        "cloudEvents_id": "01890000-0000-7000-8000-000000000001",
        "cloudEvents_type": AgencyRegisteredV1.TYPE,
        "cloudEvents_time": "2026-01-01T00:00:00Z",
        "cloudEvents_correlationid": cause.correlation_id,
    }


class _Away(Exception):
    """What a driver raises when its server is gone: no state code, no answer."""
