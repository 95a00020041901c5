"""Dead letters: messages set aside with their reason, and the ways to look at them, send them again or drop them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from shared.messaging import broker
from shared.messaging.publisher import Outcome, Outgoing, Publisher
from shared.messaging.topology import DEAD_LETTERS, dead_letter_queue, declare

ID, QUEUE, REASON, AT = "training-letter-id", "training-queue", "training-reason", "training-parked-at"
_TOKEN = "nameko.auth_token"  # noqa: S105 - the name of a header; nobody who reads letters may call as the sender
_OURS = (_TOKEN, ID, QUEUE, REASON, AT, "training-attempt", "x-death")
_KEPT = ("message_id", "type", "app_id", "correlation_id", "reply_to")
SHOWN_BODY = 4_000


def kept_properties(raw: Any) -> dict[str, Any]:
    """The AMQP properties that a copy of a message keeps."""
    kept = {name: value for name in _KEPT if isinstance(value := raw.properties.get(name), str)}
    return {**kept, "delivery_mode": 2}


def parked(raw: Any, service: str, queue: str, reason: str) -> Outgoing:
    """A copy of a message for the dead letters of `service`, saying where it came from and why."""
    headers = {name: value for name, value in (raw.headers or {}).items() if _plain(value) and name not in _OURS}
    headers |= {ID: str(new_id()), QUEUE: queue, REASON: reason[:1000], AT: datetime.now(UTC).isoformat()}
    content_type = raw.content_type if isinstance(raw.content_type, str) else "application/octet-stream"
    return Outgoing(DEAD_LETTERS.name, service, raw.body, headers, kept_properties(raw), content_type)


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def depth(channel: Any, service: str) -> int:
    """How many messages of a service are parked now."""
    return int(channel.queue_declare(queue=dead_letter_queue(service).name, passive=True).message_count)


def list_letters(url: str, service: str, limit: int) -> list[dict[str, Any]]:
    """The first `limit` parked messages; they stay where they are."""
    found: list[dict[str, Any]] = []

    def look(raw: Any) -> bool:
        found.append(_described(raw))
        return False

    _walk(url, service, look, limit)
    return found


def replay(url: str, service: str, letter_ids: set[str] | None, confirm_timeout: float) -> int:
    """Send parked messages back to the queues they came from (all of them when `letter_ids` is None)."""
    publisher = Publisher(url, confirm_timeout)

    def back(raw: Any) -> bool:
        headers = {name: value for name, value in raw.headers.items() if name not in _OURS}
        queue = raw.headers.get(QUEUE) or _queue_of_death(raw)
        outgoing = Outgoing("", queue, raw.body, headers, kept_properties(raw), raw.content_type or "")
        if publisher.publish([outgoing])[0] is not Outcome.CONFIRMED:
            raise Unavailable("not_replayed", f"queue {queue} did not take the message; the rest stays parked")
        return True

    try:
        return _remove(url, service, letter_ids, back)
    finally:
        publisher.close()


def drop(url: str, service: str, letter_ids: set[str] | None) -> int:
    """Delete parked messages for good."""
    return _remove(url, service, letter_ids, lambda _raw: True)


def _remove(url: str, service: str, letter_ids: set[str] | None, action: Callable[[Any], bool]) -> int:
    done = _walk(url, service, lambda raw: _wanted(raw, letter_ids) and action(raw))
    if letter_ids is not None and done < len(letter_ids):
        raise NotFound("letter_not_found", f"{done} of {len(letter_ids)} letters were there and are done")
    return done


def _wanted(raw: Any, letter_ids: set[str] | None) -> bool:
    return letter_ids is None or _letter_id(raw) in letter_ids


def _walk(url: str, service: str, visit: Callable[[Any], bool], limit: int | None = None) -> int:
    """Show every letter once to `visit`; those it answers True for are removed, the others return to the queue."""
    connection = None
    removed = 0
    try:
        connection = broker.connect(url)
        channel = connection.channel()
        queue = dead_letter_queue(service)
        declare(channel, [queue])
        waiting = depth(channel, service)  # new ones that come meanwhile are not chased
        count = waiting if limit is None else min(limit, waiting)
        for _ in range(count):
            raw = queue(channel).get(no_ack=False, accept=None)
            if raw is None:
                break
            if visit(raw):
                raw.ack()
                removed += 1
    except broker.LOST as error:
        raise Unavailable("broker_unavailable", f"the broker did not answer: {type(error).__name__}") from error
    finally:
        broker.discard(connection)
    return removed


def _letter_id(raw: Any) -> str:
    return str(raw.headers.get(ID) or raw.properties.get("message_id") or raw.delivery_tag)


def _queue_of_death(raw: Any) -> str:
    deaths = raw.headers.get("x-death") or [{}]
    return str(deaths[0].get("queue", ""))


def _described(raw: Any) -> dict[str, Any]:
    deaths = raw.headers.get("x-death") or [{}]
    return {
        "letter_id": _letter_id(raw),
        "queue": raw.headers.get(QUEUE) or _queue_of_death(raw),
        "type": str(raw.properties.get("type") or ""),
        "reason": str(raw.headers.get(REASON) or f"broker: {deaths[0].get('reason', 'unknown')}"),
        "parked_at": raw.headers.get(AT),
        "body": _text(raw.body),
        "headers": {name: str(value) for name, value in raw.headers.items() if _plain(value) and name not in _OURS},
    }


def _text(body: Any) -> str:
    text = body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")
    return text[:SHOWN_BODY]
