"""Requests that are broken or hostile: answered with a typed error or parked with a reason; the process lives on."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.client import NoReply, RemoteError, RpcClient
from tests.support.cluster import PATIENCE_SECONDS, Cluster, Servers
from tests.support.leash import wait_for, wait_until

JSON = "application/json"
EMPTY_CALL = json.dumps({"args": [], "kwargs": {}}).encode()
STRANGER = str(uuid.uuid4())


@dataclass(frozen=True)
class Poison:
    """A request as it is sent, and what must become of it: an error code, "served", or a reason to be parked."""

    name: str
    becomes: str
    body: bytes = EMPTY_CALL
    properties: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)
    routing_key: str = "enrollment.list_agencies"
    without: str = ""


ANSWERED = [
    Poison("no content type", "unsupported_content_type", without="content_type"),
    Poison("unknown content type", "unsupported_content_type", properties={"content_type": "application/xjson"}),
    Poison("pickle", "unsupported_content_type", b"\x80\x04N.", {"content_type": "application/x-python-serialize"}),
    Poison("undecodable body", "not_json", b"\xff\xfe\x00"),
    Poison("body that is not JSON", "not_json", b"{'args': []}"),
    Poison("empty body", "not_json", b""),
    Poison("deeply nested body", "not_json", b"[" * 100_000),
    Poison("NUL character", "not_json", b'{"args": [], "kwargs": {"code": "\\u0000"}}'),
    Poison("list as body", "malformed_request", b"[]"),
    Poison("number as body", "malformed_request", b"17"),
    Poison("kwargs missing", "malformed_request", b'{"args": []}'),
    Poison("kwargs of another type", "malformed_request", b'{"args": [], "kwargs": [1]}'),
    Poison("positional arguments", "malformed_request", b'{"args": ["TEST-A"], "kwargs": {}}'),
    Poison("5 MB body", "too_large", b'{"args": [], "kwargs": {"limit": "' + b"9" * 5_000_000 + b'"}}'),
    Poison("unknown method", "unknown_method", routing_key="enrollment.no_such_method"),
    Poison("method of nameko's own", "unknown_method", routing_key="enrollment.__init__"),
    Poison("unknown argument", "invalid_arguments", b'{"args": [], "kwargs": {"surprise": 1}}'),
    Poison("argument of another type", "invalid_arguments", b'{"args": [], "kwargs": {"limit": {"a": 1}}}'),
    Poison("no token", "token_missing", headers={"nameko.auth_token": None}),
    Poison("token that is a number", "token_invalid", headers={"nameko.auth_token": 17}),
    Poison("token that is a list", "token_invalid", headers={"nameko.auth_token": ["a", "b"]}),
    Poison("token that is noise", "token_invalid", headers={"nameko.auth_token": "a.b.c"}),
    Poison("call stack that is text", "served", headers={"nameko.call_id_stack": "not-a-list"}),
    Poison("call stack that is a table", "served", headers={"nameko.call_id_stack": {"a": 1}}),
    Poison("correlation id that is long", "served", headers={"nameko.correlation_id": "x" * 5_000}),
    Poison("correlation id that is a number", "served", headers={"nameko.correlation_id": 17}),
    Poison("unknown nameko header", "served", headers={"nameko.surprise": {"deep": ["er"]}}),
]
PARKED = [
    Poison("no reply_to", "no_reply_to", without="reply_to"),
    Poison("empty reply_to", "no_reply_to", properties={"reply_to": ""}),
    Poison("reply into another service", "foreign_reply_to", properties={"reply_to": "catalog.get_course"}),
    Poison("reply into the service itself", "foreign_reply_to", properties={"reply_to": "enrollment.list_agencies"}),
    Poison("service as a prefix", "foreign_reply_to", properties={"reply_to": f"catalog.{STRANGER}"}),
    Poison("pattern as reply_to", "foreign_reply_to", properties={"reply_to": "#"}),
    Poison("queue as reply_to", "foreign_reply_to", properties={"reply_to": "rpc-catalog"}),
]


@pytest.fixture(scope="module")
def running(servers: Servers, token: str, migrated: str) -> Iterator[Cluster]:
    with Cluster(servers, token, clone_of=migrated) as cluster:
        yield cluster.start("enrollment", "catalog")


@pytest.fixture
def client(running: Cluster) -> Iterator[RpcClient]:
    with running.client() as client:
        yield client


def send(client: RpcClient, poison: Poison) -> str:
    """Publish a request; returns the correlation id of its reply."""
    correlation_id = str(uuid.uuid4())
    usual = {"content_type": JSON, "reply_to": client.reply_to, "correlation_id": correlation_id}
    properties = {name: value for name, value in (usual | poison.properties).items() if name != poison.without}
    headers = {"nameko.auth_token": client.token} | poison.headers
    present = {name: value for name, value in headers.items() if value is not None}
    client.publish_raw(poison.body, poison.routing_key, headers=present, **properties)
    return correlation_id


def check_next_call(running: Cluster, client: RpcClient) -> None:
    """Both services serve the next call, in the processes they were started in."""
    assert client.call("enrollment", "list_agencies")["items"] == []
    assert client.call("catalog", "list_courses")["items"] == []
    assert not running.supervisor.restarts


@pytest.mark.parametrize("poison", ANSWERED, ids=lambda poison: poison.name)
def test_a_broken_call_is_answered_with_a_typed_error(running: Cluster, client: RpcClient, poison: Poison) -> None:
    assert outcome(client, send(client, poison)) == poison.becomes
    check_next_call(running, client)


def outcome(client: RpcClient, correlation_id: str) -> str:
    try:
        client.wait(correlation_id)
    except RemoteError as error:
        return error.code
    return "served"


@pytest.mark.parametrize("poison", PARKED, ids=lambda poison: poison.name)
def test_a_call_that_cannot_be_answered_is_parked_and_counted(
    running: Cluster, client: RpcClient, poison: Poison
) -> None:
    def counted() -> float:
        return running.metric("enrollment", "training_rpc_poison_total", reason=poison.becomes)

    before = counted()
    send(client, poison)
    wait_until(lambda: counted() == before + 1, PATIENCE_SECONDS, "the poison to be counted")
    letters = running.letters("enrollment")
    dropped = running.call("enrollment.drop_dead_letters")
    assert [letter["reason"] for letter in letters] == [poison.becomes]
    assert letters[0]["queue"] == "rpc-enrollment"
    assert dropped == {"count": 1}
    check_next_call(running, client)


def test_no_queue_keeps_a_broken_call(running: Cluster, client: RpcClient) -> None:
    for poison in PARKED:
        send(client, poison)
    wait_until(lambda: len(running.letters("enrollment")) == len(PARKED), PATIENCE_SECONDS, "the poison to be parked")
    assert running.call("enrollment.drop_dead_letters") == {"count": len(PARKED)}
    wait_for(running.depths, {}, PATIENCE_SECONDS)


def test_a_parked_call_does_not_show_its_token(running: Cluster, client: RpcClient) -> None:
    send(client, PARKED[0])
    letters = wait_until(lambda: running.letters("enrollment"), PATIENCE_SECONDS, "the parked call")
    running.call("enrollment.drop_dead_letters")
    assert running.token not in str(letters)


def test_a_call_that_was_given_up_is_neither_carried_out_nor_parked(running: Cluster, client: RpcClient) -> None:
    running.stop("enrollment")
    with pytest.raises(NoReply):
        client.call("enrollment", "register_agency", {"code": "LATE", "name": {"fa": "سازمان آزمایشی"}}, timeout=0.5)
    running.resume("enrollment")
    check_next_call(running, client)
    assert running.letters("enrollment") == []
