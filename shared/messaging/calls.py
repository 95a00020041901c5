"""A call over the broker as its caller sees it: the request, and what its reply means, in nameko's wire protocol."""

from typing import Any

import msgspec

from shared.errors import KINDS, Internal, TrainingError


def request(
    channel: Any,
    arguments: dict[str, Any],
    reply_to: str,
    correlation_id: str,
    seconds: float,
    headers: dict[str, Any] | None = None,
) -> Any:
    """The message of a call that nobody carries out once `seconds` are over."""
    return channel.prepare_message(
        msgspec.json.encode({"args": [], "kwargs": arguments}),
        content_type="application/json",
        content_encoding="utf-8",
        headers=headers or {},
        properties={
            "reply_to": reply_to,
            "correlation_id": correlation_id,
            "expiration": str(max(1, int(seconds * 1000))),
            "delivery_mode": 2,
        },
    )


def read_reply(raw: Any) -> tuple[str, Any]:
    """The correlation id of a reply, and its body."""
    body = raw.body.encode() if isinstance(raw.body, str) else bytes(raw.body)
    return str(raw.properties.get("correlation_id", "")), msgspec.json.decode(body)


def unwrapped(reply: dict[str, Any]) -> Any:
    """The result; raises the typed error that was answered instead."""
    error = reply.get("error")
    if not error:
        return reply.get("result")
    code, message, details = (*error.get("exc_args", []), "", {}, {})[:3] if error.get("exc_args") else ("", "", {})
    raise typed({"kind": error.get("exc_type"), "code": code, "message": message, "details": details})


def typed(error: dict[str, Any]) -> TrainingError:
    """The error of its kind; one of an unknown kind is internal."""
    kind = KINDS.get(str(error.get("kind")), Internal)
    details = error.get("details")
    return kind(
        str(error.get("code") or "internal"),
        str(error.get("message") or error.get("detail") or ""),
        details if isinstance(details, dict) else {},
    )
