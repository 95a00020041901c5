"""RPC on both brokers and both databases: typed errors, keys, drains, and requests nobody can serve."""

import eventlet
import pytest

from shared.client import AMQPClient
from shared.errors import Conflict, Forbidden, Internal, Invalid, NotFound, Unauthenticated, Unavailable
from tests.contracts.conftest import PAIRS
from tests.contracts.world import World

# How a call travels does not depend on the kind of database, so one pair fewer than the delivery chain has.
pytestmark = pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair != ("embedded", "postgresql")], ids="-".join, indirect=True
)


@pytest.fixture
def running(world: World) -> World:
    world.start()
    return world


def test_a_call_is_answered(running: World) -> None:
    assert running.say("A", "B") == {"count": 2}


def test_errors_come_back_as_their_kind_with_code_and_details(running: World) -> None:
    client = running.client()
    with pytest.raises(Conflict) as conflict:
        client.call(running.producer.name, "say", {"codes": ["twice"]})
    assert conflict.value.code == "twice"
    with pytest.raises(Invalid) as invalid:
        client.call(running.producer.name, "say", {"codes": ["A", 5], "more": 1})
    assert set(invalid.value.details["fields"]) == {"codes[1]", "more"}
    with pytest.raises(NotFound) as missing:
        client.call(running.producer.name, "no_such_method", {})
    assert missing.value.code == "unknown_method"
    client.close()


def test_a_bug_is_told_by_its_reference_number_alone(running: World) -> None:
    with pytest.raises(Internal) as bug:
        running.say("bug")
    assert "secret" not in str(bug.value)
    assert bug.value.details["reference"]
    assert running.say("A") == {"count": 1}


def test_a_call_needs_a_token_with_a_role(running: World) -> None:
    anonymous = AMQPClient(running.config.amqp_url, None)
    with pytest.raises(Unauthenticated):
        anonymous.call(running.producer.name, "say", {"codes": ["A"]})
    assert anonymous.call(running.producer.name, "slow", {}) == {"count": 1}
    anonymous.close()
    auditor = running.client(roles=("auditor",))
    with pytest.raises(Forbidden):
        auditor.call(running.producer.name, "say", {"codes": ["A"]})
    auditor.close()


def test_a_repeated_key_gets_the_first_reply_and_has_no_second_effect(running: World) -> None:
    assert running.say("A", idempotency_key="one") == {"count": 1}
    assert running.say("A", idempotency_key="one") == {"count": 1}
    with pytest.raises(Conflict) as reused:
        running.say("B", idempotency_key="one")
    assert reused.value.code == "idempotency_key_reused"
    running.wait(lambda: running.heard_codes() == {"A": 1}, "one event")


def test_a_failed_call_leaves_nothing_and_its_key_may_be_used_again(running: World) -> None:
    with pytest.raises(Conflict):
        running.say("A", "twice", idempotency_key="two")
    with pytest.raises(Conflict) as again:
        running.say("A", "twice", idempotency_key="two")
    assert again.value.code == "twice"
    eventlet.sleep(0.3)
    assert running.heard_codes() == {}


def test_running_calls_are_answered_before_a_stop_ends(running: World) -> None:
    running.slow = 0.6
    client = running.client()
    answer = eventlet.spawn(client.call, running.producer.name, "slow", {})
    eventlet.sleep(0.2)
    running.containers[0].stop()
    assert answer.wait() == {"count": 1}
    client.close()


def test_a_call_that_its_caller_gave_up_is_not_run_later(running: World) -> None:
    running.containers[0].stop()
    client = running.client(timeout=0.3)
    with pytest.raises(Unavailable):
        client.call(running.producer.name, "say", {"codes": ["late"]})
    client.close()
    running.start(running.producer)
    running.say("A")
    running.wait(lambda: "A" in running.heard_codes(), "the later event")
    assert running.heard_codes() == {"A": 1}
