"""What surrounds a call over AMQP, in the wire protocol of nameko: read with suspicion, answered as clients expect."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.entrypoints.call import Call, parse_json
from shared.errors import Internal, Invalid, TrainingError
from shared.messages import Cause

SERVICES = frozenset({"catalog", "enrollment", "certification", "notification"})
MOST_DELIVERIES = 10  # a request that keeps taking its process down; requests beside it are counted with it
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REPLY_TO = re.compile(rf"(?:([a-z][a-z0-9_-]{{0,60}})\.)?{_UUID}")
_JSON_TYPES = ("application/json", "application/json; charset=utf-8")


@dataclass(frozen=True)
class Request:
    """A request whose sender can be answered."""

    method: str
    reply_to: str
    correlation_id: str | None
    cause: Cause


class Unanswerable(Exception):
    """Nobody can be told what is wrong with this message; its text is the reason for the dead letters."""


def read_envelope(raw: Any) -> Request:
    """The envelope of a delivery; raises Unanswerable when there is no one to reply to."""
    properties, headers = raw.properties, raw.headers if isinstance(raw.headers, dict) else {}
    reply_to = properties.get("reply_to")
    if not isinstance(reply_to, str) or not reply_to:
        raise Unanswerable("no_reply_to")
    match = _REPLY_TO.fullmatch(reply_to)
    if match is None or match[1] in SERVICES:
        raise Unanswerable("foreign_reply_to")
    if _deliveries(headers) >= MOST_DELIVERIES:
        raise Unanswerable("delivered_too_often")
    correlation_id = properties.get("correlation_id")
    if not isinstance(correlation_id, str | None):
        correlation_id = None
    cause = Cause.new(headers.get("nameko.correlation_id"), headers.get("nameko.traceparent"))
    routing_key = str(raw.delivery_info.get("routing_key", ""))
    return Request(routing_key.rpartition(".")[2], reply_to, correlation_id, cause)


def _deliveries(headers: dict[str, Any]) -> int:
    """How often a quorum queue has delivered this message before, to processes that did not live to acknowledge it."""
    count = headers.get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0


def read_call(raw: Any, cause: Cause) -> Call:
    """What is asked; raises Invalid when it is not a call in nameko's form with keyword arguments only."""
    content_type = raw.content_type
    if not isinstance(content_type, str) or content_type.lower() not in _JSON_TYPES:
        raise Invalid("unsupported_content_type", "The content type must be application/json.")
    body = raw.body.encode() if isinstance(raw.body, str) else bytes(raw.body or b"")
    payload = parse_json(body)
    if not isinstance(payload, dict) or not isinstance(payload.get("kwargs"), dict):
        raise Invalid("malformed_request", "The body must be an object with `args` and `kwargs`.")
    if payload.get("args") not in ([], None):
        raise Invalid("malformed_request", "Arguments are given by name only; `args` must be empty.")
    headers = raw.headers if isinstance(raw.headers, dict) else {}
    return Call(payload["kwargs"], headers.get("nameko.auth_token"), cause)


def reply_body(result: Any, error: TrainingError | None) -> bytes:
    """A reply in nameko's form; a result that cannot be JSON becomes an internal error."""
    try:
        return msgspec.json.encode({"result": result, "error": None if error is None else _serialised(error)})
    except (TypeError, ValueError):
        return reply_body(None, Internal.with_reference("unserialisable-reply"))


def _serialised(error: TrainingError) -> dict[str, Any]:
    return {
        "exc_type": error.kind,
        "exc_path": f"shared.errors.{error.kind}",
        "exc_args": [error.code, error.message, error.details],
        "value": str(error),
    }
