"""What is read from a request of RPC, and who is answered: the pure half of the hardened entrypoint."""

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from shared.entrypoints.call import MAX_BODY_BYTES, parse_json
from shared.entrypoints.envelope import MOST_DELIVERIES, Unanswerable, read_call, read_envelope, reply_body
from shared.errors import Conflict, Invalid
from shared.messages import Cause

UUID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
GOOD = json.dumps({"args": [], "kwargs": {"code": "A"}}).encode()
CAUSE = Cause.new("sample")


def request(body: Any = GOOD, content_type: Any = "application/json", headers: Any = None, **properties: Any) -> Any:
    properties = {"reply_to": UUID, "correlation_id": "c1"} | properties
    return SimpleNamespace(
        body=body,
        content_type=content_type,
        headers={} if headers is None else headers,
        properties={name: value for name, value in properties.items() if value is not ...},
        delivery_info={"routing_key": "catalog.get_course"},
    )


def test_a_good_request_is_read() -> None:
    raw = request(headers={"nameko.auth_token": "token", "nameko.correlation_id": "call-7"})
    envelope = read_envelope(raw)
    assert (envelope.method, envelope.reply_to, envelope.correlation_id) == ("get_course", UUID, "c1")
    call = read_call(raw, envelope.cause)
    assert (call.arguments, call.token) == ({"code": "A"}, "token")
    assert call.cause is not None
    assert call.cause.correlation_id == "call-7"


def test_a_request_that_keeps_taking_its_process_down_is_set_aside() -> None:
    assert read_envelope(request(headers={"x-delivery-count": MOST_DELIVERIES - 1})).method == "get_course"
    with pytest.raises(Unanswerable, match="delivered_too_often"):
        read_envelope(request(headers={"x-delivery-count": MOST_DELIVERIES}))


@pytest.mark.parametrize("reply_to", [UUID, f"moh.{UUID}", f"hr-system_2.{UUID}"])
def test_a_caller_is_answered_at_its_own_address(reply_to: str) -> None:
    assert read_envelope(request(reply_to=reply_to)).reply_to == reply_to


@pytest.mark.parametrize("reply_to", [..., None, "", 5, [UUID], {"to": UUID}, b"bytes"], ids=str)
def test_without_an_address_there_is_nobody_to_answer(reply_to: Any) -> None:
    with pytest.raises(Unanswerable, match="no_reply_to"):
        read_envelope(request(reply_to=reply_to))


@pytest.mark.parametrize(
    "reply_to",
    [
        "catalog.publish_course",
        "enrollment.register_agency",
        *(f"{service}.{UUID}" for service in ("catalog", "enrollment", "certification", "notification")),
        f"a.b.{UUID}",
        f"MOH.{UUID}",
        f".{UUID}",
        f"{UUID}.{UUID}",
        f"{UUID} ",
        f"{UUID}\n",
        f"#.{UUID}",
        UUID.upper(),
        UUID.replace("-", ""),
        "#",
        "*",
        "x" * 300,
        f"{'x' * 100}.{UUID}",
    ],
)
def test_no_other_address_is_written_to(reply_to: str) -> None:
    with pytest.raises(Unanswerable, match="foreign_reply_to"):
        read_envelope(request(reply_to=reply_to))


@pytest.mark.parametrize("headers", [None, [], "text", 5, {"nameko.correlation_id": ["x"]}, {"nameko.traceparent": 5}])
def test_wrong_typed_headers_are_as_none(headers: Any) -> None:
    raw = request(headers=headers)
    raw.headers = headers
    envelope = read_envelope(raw)
    assert envelope.cause.correlation_id
    assert read_call(raw, envelope.cause).token is None


@pytest.mark.parametrize("correlation_id", [..., None, 5, ["x"]])
def test_a_wrong_correlation_id_is_none(correlation_id: Any) -> None:
    assert read_envelope(request(correlation_id=correlation_id)).correlation_id is None


def test_a_call_id_stack_may_be_a_text() -> None:
    assert read_envelope(request(headers={"nameko.call_id_stack": "not-a-list"})).reply_to == UUID


@pytest.mark.parametrize("key", ["catalog.get_course", "get_course", "a.b.get_course"])
def test_the_method_is_the_last_word_of_the_routing_key(key: str) -> None:
    raw = request()
    raw.delivery_info = {"routing_key": key}
    assert read_envelope(raw).method == "get_course"
    raw.delivery_info = {}
    assert read_envelope(raw).method == ""


@pytest.mark.parametrize(
    "content_type", [None, "", 5, "text/plain", "application/xjson", "application/x-python-serialize"]
)
def test_only_json_is_read(content_type: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_call(request(content_type=content_type), CAUSE)
    assert refused.value.code == "unsupported_content_type"


@pytest.mark.parametrize(
    "body", [GOOD, GOOD.decode(), bytearray(GOOD), memoryview(GOOD)], ids=lambda b: type(b).__name__
)
def test_a_body_may_come_as_the_transport_has_it(body: Any) -> None:
    assert read_call(request(body), CAUSE).arguments == {"code": "A"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (None, "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b'{"kwargs": {"a": "\xe9"}}', "not_json"),
        (b'{"kwargs": {"a": "\\ud800"}}', "not_json"),
        (b'{"kwargs": {"a": "\\u0000"}}', "not_json"),
        (b'{"kwargs": {"\\u0000": 1}}', "not_json"),
        (b'{"kwargs": {"a": "\x00"}}', "not_json"),
        (b'{"kwargs": {"a": NaN}}', "not_json"),
        (b'{"kwargs": {"a": 1e999}}', "not_json"),
        (b'{"kwargs": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "not_json"),
        (b'{"kwargs": ' * 50_000, "not_json"),
        (b'{"kwargs": {"a": "' + b"x" * 5_000_000 + b'"}}', "too_large"),
        (b"null", "malformed_request"),
        (b"[]", "malformed_request"),
        (b'"text"', "malformed_request"),
        (b"{}", "malformed_request"),
        (b'{"args": [], "kwargs": []}', "malformed_request"),
        (b'{"args": [], "kwargs": null}', "malformed_request"),
        (b'{"args": ["A"], "kwargs": {}}', "malformed_request"),
        (b'{"args": "A", "kwargs": {}}', "malformed_request"),
        (b'{"args": {}, "kwargs": {}}', "malformed_request"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_that_is_no_call_is_refused_with_its_reason(body: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_call(request(body), CAUSE)
    assert refused.value.code == code
    assert len(refused.value.message) < 500


def test_a_body_of_the_greatest_size_is_read() -> None:
    text = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'
    assert len(parse_json(text)) == MAX_BODY_BYTES - 2
    with pytest.raises(Invalid):
        parse_json(text + b" ")


def test_persian_passes_unchanged() -> None:
    name = "فرضیه آزمون‌پور"
    assert parse_json(json.dumps({"name": name}).encode()) == {"name": name}
    assert parse_json(json.dumps({"name": name}, ensure_ascii=False).encode()) == {"name": name}


def test_a_reply_has_the_form_that_namekos_own_client_reads() -> None:
    assert msgspec.json.decode(reply_body({"a": 1}, None)) == {"result": {"a": 1}, "error": None}
    reply = msgspec.json.decode(reply_body(None, Conflict("full", "No seat.", {"n": 1})))
    assert reply["result"] is None
    assert reply["error"]["exc_type"] == "Conflict"
    assert reply["error"]["exc_args"] == ["full", "No seat.", {"n": 1}]
    assert reply["error"]["exc_path"] == "shared.errors.Conflict"
    assert "full" in reply["error"]["value"]


@pytest.mark.parametrize("result", [object(), {"a": object()}, {1j: 2}], ids=str)
def test_a_result_that_is_no_json_becomes_an_internal_error(result: Any) -> None:
    reply = msgspec.json.decode(reply_body(result, None))
    assert reply["result"] is None
    assert reply["error"]["exc_args"][0] == "internal"
