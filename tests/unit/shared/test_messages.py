"""The envelope of events: what goes out comes back, and anything else is named."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from shared.events import AgencyRegisteredV1, ContractViolation, LocalizedText, encode
from shared.messages import Cause, from_amqp, to_amqp

EVENT = AgencyRegisteredV1(code="MOH", name=LocalizedText("وزارت نمونه‌ای", "Sample"))
CAUSE = Cause.new("call-17")


def row(**changes: Any) -> SimpleNamespace:
    fields = {
        "event_id": UUID("01890000-0000-7000-8000-000000000001"),
        "type": EVENT.TYPE,
        "subject": "MOH",
        "body": encode(EVENT).decode(),
        "correlation_id": CAUSE.correlation_id,
        "traceparent": CAUSE.traceparent,
        "occurred_at": datetime(2026, 11, 23, 12, 30, 0, 123456, tzinfo=UTC),
    }
    return SimpleNamespace(**fields | changes)


def test_what_goes_out_comes_back() -> None:
    sent = row()
    headers, properties = to_amqp(sent, "enrollment")
    received = from_amqp(headers, sent.body.encode(), AgencyRegisteredV1)
    assert received.event == EVENT
    assert (received.id, received.time, received.cause) == (sent.event_id, sent.occurred_at, CAUSE)
    assert properties["message_id"] == str(sent.event_id)
    assert properties["type"] == "training.enrollment.agency_registered.v1" == headers["cloudEvents_type"]
    assert properties["delivery_mode"] == 2
    assert properties["correlation_id"] == "call-17"
    assert headers["cloudEvents_time"] == "2026-11-23T12:30:00.123456Z"


def test_every_attribute_that_cloudevents_requires_is_there() -> None:
    headers, _ = to_amqp(row(), "enrollment")
    assert {f"cloudEvents_{name}" for name in ("specversion", "id", "source", "type", "time", "subject")} <= set(
        headers
    )
    assert headers["cloudEvents_specversion"] == "1.0"
    assert all(isinstance(value, str) for value in headers.values())


@pytest.mark.parametrize("body", ["text", b"bytes", memoryview(b"view")], ids=lambda value: type(value).__name__)
def test_a_body_may_come_as_the_transport_has_it(body: Any) -> None:
    text = encode(EVENT)
    made = {"str": text.decode(), "bytes": text, "memoryview": memoryview(text)}[type(body).__name__]
    assert from_amqp(to_amqp(row(), "enrollment")[0], made, AgencyRegisteredV1).event == EVENT


@pytest.mark.parametrize(
    "changes",
    [
        {"cloudEvents_type": "training.enrollment.completed.v1"},
        {"cloudEvents_type": None},
        {"cloudEvents_type": ["x"]},
        {"cloudEvents_id": "not-a-uuid"},
        {"cloudEvents_id": 5},
        {"cloudEvents_id": None},
        {"cloudEvents_time": "yesterday"},
        {"cloudEvents_time": "2026-11-23T12:00:00"},
        {"cloudEvents_time": 17},
        {"cloudEvents_time": None},
    ],
    ids=str,
)
def test_a_bad_envelope_is_named(changes: dict[str, Any]) -> None:
    headers = {**to_amqp(row(), "enrollment")[0], **changes}
    with pytest.raises(ContractViolation):
        from_amqp(headers, encode(EVENT), AgencyRegisteredV1)


@pytest.mark.parametrize("name", ["type", "id", "time", "correlationid"])
def test_a_missing_header_is_named(name: str) -> None:
    headers = to_amqp(row(), "enrollment")[0]
    del headers[f"cloudEvents_{name}"]
    with pytest.raises(ContractViolation):
        from_amqp(headers, encode(EVENT), AgencyRegisteredV1)


@pytest.mark.parametrize("headers", [None, [], "text", 5])
def test_headers_that_are_no_table_are_named(headers: Any) -> None:
    with pytest.raises(ContractViolation):
        from_amqp(headers, encode(EVENT), AgencyRegisteredV1)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"code": 5}', b"\xff\xfe", b"{", b"[" * 50_000])
def test_a_body_that_breaks_the_contract_is_named(body: bytes) -> None:
    with pytest.raises(ContractViolation):
        from_amqp(to_amqp(row(), "enrollment")[0], body, AgencyRegisteredV1)


@pytest.mark.parametrize("sent", [None, "", 5, b"bytes", ["x"], "x" * 101, "two\nlines", "شناسه", "a\x00b"])
def test_an_unusable_correlation_id_is_replaced(sent: Any) -> None:
    made = Cause.new(sent)
    assert made.correlation_id != sent
    assert UUID(made.correlation_id)
    assert made.correlation_id != Cause.new(sent).correlation_id


def test_a_usable_correlation_id_and_trace_are_kept() -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert Cause.new("HR 2026/17", trace) == Cause("HR 2026/17", trace)
    assert Cause.new("x" * 100).correlation_id == "x" * 100


@pytest.mark.parametrize("sent", [None, "", "00-short", 55, "ب" * 55])
def test_an_unusable_trace_is_replaced(sent: Any) -> None:
    made = Cause.new("x", sent).traceparent
    assert made is not None
    assert made != sent
    assert len(made) == 55
