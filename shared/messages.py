"""The envelope of an event: what travels beside its body.

CloudEvents 1.0 attributes as AMQP headers `cloudEvents_<name>` (binary mode), and the same id, type and
correlation id in the AMQP properties made for them.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.events import ContractViolation, Event, decode

PREFIX = "cloudEvents_"
MAX_CORRELATION = 100

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Cause:
    """What something follows from: the correlation id of the first call, and the W3C trace it belongs to."""

    correlation_id: str
    traceparent: str | None = None

    @classmethod
    def new(cls, correlation_id: object = None, traceparent: object = None) -> "Cause":
        """A cause from what a caller sent; anything unusable is replaced by a fresh id."""
        usable = isinstance(correlation_id, str) and 0 < len(correlation_id) <= MAX_CORRELATION
        if not (usable and correlation_id.isascii() and correlation_id.isprintable()):  # type: ignore[attr-defined]
            correlation_id = str(uuid.uuid4())
        if not (isinstance(traceparent, str) and len(traceparent) == 55 and traceparent.isascii()):
            traceparent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        return cls(str(correlation_id), traceparent)


@dataclass(frozen=True, slots=True)
class Message(Generic[E_co]):
    """An event as it was received."""

    id: UUID
    event: E_co
    time: datetime
    correlation_id: str
    traceparent: str | None = None

    @property
    def cause(self) -> Cause:
        return Cause(self.correlation_id, self.traceparent)


def to_amqp(row: Any, source: str) -> tuple[dict[str, str], dict[str, Any]]:
    """(headers, properties) for an outbox row published by service `source`."""
    event_id = str(row.event_id)
    headers = {
        f"{PREFIX}specversion": "1.0",
        f"{PREFIX}id": event_id,
        f"{PREFIX}source": f"/training/{source}",
        f"{PREFIX}type": row.type,
        f"{PREFIX}time": row.occurred_at.isoformat().replace("+00:00", "Z"),
        f"{PREFIX}subject": row.subject,
        f"{PREFIX}dataschema": f"urn:{row.type.replace('.', ':')}",
        f"{PREFIX}correlationid": row.correlation_id,
    }
    if row.traceparent:
        headers[f"{PREFIX}traceparent"] = row.traceparent
    properties = {
        "delivery_mode": 2,
        "message_id": event_id,
        "type": row.type,
        "app_id": source,
        "correlation_id": row.correlation_id,
    }
    return headers, properties


def from_amqp(headers: Any, body: Any, expected: type[Event]) -> Message[Event]:
    """The message in a delivery, checked against the contract; raises ContractViolation saying what is wrong."""
    if not isinstance(headers, dict):
        raise ContractViolation("no headers")
    event_type = headers.get(f"{PREFIX}type")
    if event_type != expected.TYPE:
        raise ContractViolation(f"expected {expected.TYPE}, got {str(event_type)[:200]!r}")
    try:
        event_id = UUID(headers[f"{PREFIX}id"])
        time = datetime.fromisoformat(headers[f"{PREFIX}time"])
        correlation_id = str(headers[f"{PREFIX}correlationid"])[:MAX_CORRELATION]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ContractViolation(f"bad envelope: {type(error).__name__} {error}") from error
    if time.tzinfo is None:
        raise ContractViolation("bad envelope: time has no zone")
    raw = body.encode() if isinstance(body, str) else bytes(body)
    traceparent = headers.get(f"{PREFIX}traceparent")
    return Message(event_id, decode(event_type, raw), time, correlation_id, traceparent)
