"""AsyncAPI 3.0 and the events page, generated from the event contracts and from who subscribes to them."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from shared.events import REGISTRY, Event
from shared.messages import PREFIX
from shared.messaging.topology import EVENTS, Subscription

_REFERENCE = "#/components/schemas/"
_TEXT = {"type": "string"}
_HEADERS: dict[str, Any] = {
    f"{PREFIX}specversion": {"type": "string", "const": "1.0"},
    f"{PREFIX}id": {"type": "string", "format": "uuid", "description": "The same whenever this event is sent again."},
    f"{PREFIX}source": {**_TEXT, "description": "`/training/<service>`"},
    f"{PREFIX}type": {**_TEXT, "description": "The event type, which is the routing key too."},
    f"{PREFIX}time": {"type": "string", "format": "date-time", "description": "When it came true."},
    f"{PREFIX}subject": {**_TEXT, "description": "The id that the fact is about."},
    f"{PREFIX}dataschema": {**_TEXT, "description": "`urn:` and the type with colons."},
    f"{PREFIX}correlationid": {**_TEXT, "description": "Carried from the first call to the e-mail."},
    f"{PREFIX}traceparent": {**_TEXT, "description": "W3C trace context; may be absent."},
}
_WORDS = {"uuid": "UUID", "date": "date", "date-time": "moment"}
_TYPES = {"null": "null", "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def said_by(event_type: str) -> str:
    """The service that says an event: the second word of its type."""
    return event_type.split(".")[1]


def document(subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all events: who says them, and who hears them."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "training: events",
            "version": "1",
            "description": "Facts in the past tense. A released version changes by added optional fields only.",
        },
        "defaultContentType": "application/json",
        "channels": {_key(name): _channel(name) for name in sorted(REGISTRY)},
        "operations": dict(_operations(subscriptions)),
        "components": {
            "messages": {_key(name): _message(REGISTRY[name]) for name in sorted(REGISTRY)},
            "schemas": {
                "CloudEventHeaders": {
                    "type": "object",
                    "required": [name for name in _HEADERS if not name.endswith("traceparent")],
                    "properties": _HEADERS,
                },
                **schemas(),
            },
        },
    }


def schemas() -> dict[str, Any]:
    """JSON Schemas of all events and of what they hold, by class name."""
    classes = [REGISTRY[name] for name in sorted(REGISTRY)]
    _, components = msgspec.json.schema_components(classes, ref_template=f"{_REFERENCE}{{name}}")
    return dict(sorted(components.items()))


def markdown(subscriptions: Sequence[Subscription], examples: Mapping[str, str]) -> str:
    """The sections of `docs/events.md`; `examples` are JSON bodies by event type."""
    known = schemas()
    overview = [
        f"| [`{name}`](#{name.replace('.', '')}) | {said_by(name)} | {_heard(name, subscriptions)} |"
        for name in sorted(REGISTRY)
    ]
    parts = ["\n".join(["| event | said by | heard by |", "|---|---|---|", *overview])]
    for name in sorted(REGISTRY):
        cls = REGISTRY[name]
        facts = f"Said by {said_by(name)}, heard by {_heard(name, subscriptions)}. Its subject is `{cls.SUBJECT}`."
        rows = ["| field | type | required | default |", "|---|---|---|---|", *_rows(known[cls.__name__], known)]
        parts += [f"## {name}", inspect.getdoc(cls) or "", facts, "\n".join(rows)]
        parts.append(f"```json\n{examples[name].strip()}\n```")
    return "\n\n".join(parts)


def _key(event_type: str) -> str:
    """`training.enrollment.completed.v1` → `enrollment_completed_v1`."""
    return "_".join(event_type.split(".")[1:])


def _channel(event_type: str) -> dict[str, Any]:
    key = _key(event_type)
    exchange = {"name": EVENTS.name, "type": EVENTS.type, "durable": True, "autoDelete": False}
    return {
        "address": event_type,
        "messages": {key: {"$ref": f"#/components/messages/{key}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _message(cls: type[Event]) -> dict[str, Any]:
    return {
        "name": cls.TYPE,
        "summary": inspect.getdoc(cls) or "",
        "contentType": "application/json",
        "headers": {"$ref": f"{_REFERENCE}CloudEventHeaders"},
        "payload": {"$ref": f"{_REFERENCE}{cls.__name__}"},
        "correlationId": {"location": f"$message.header#/{PREFIX}correlationid"},
        "bindings": {"amqp": {"messageType": cls.TYPE, "bindingVersion": "0.3.0"}},
    }


def _operations(subscriptions: Sequence[Subscription]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in sorted(REGISTRY):
        yield f"{said_by(name)}_says_{_key(name)}", _operation("send", name, said_by(name), "Through its outbox.")
    for heard in _sorted(subscriptions):
        summary = f"Queue {heard.queue_name}."
        yield f"{heard.service}_{heard.handler}", _operation("receive", heard.event_type, heard.service, summary)


def _operation(action: str, event_type: str, service: str, summary: str) -> dict[str, Any]:
    channel = f"#/channels/{_key(event_type)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary,
        "tags": [{"name": service}],
        "messages": [{"$ref": f"{channel}/messages/{_key(event_type)}"}],
    }


def _sorted(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    return sorted(subscriptions, key=lambda heard: (heard.service, heard.handler))


def _heard(event_type: str, subscriptions: Sequence[Subscription]) -> str:
    hearers = [heard.service for heard in _sorted(subscriptions) if heard.event_type == event_type]
    return ", ".join(hearers) or "nobody yet"


def _rows(schema: Mapping[str, Any], known: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """A row for each field, and after an object the rows of its own fields."""
    for name, field in schema["properties"].items():
        required = "yes" if name in schema.get("required", ()) else ""
        default = f"`{msgspec.json.encode(field['default']).decode()}`" if "default" in field else ""
        yield f"| `{prefix}{name}` | {_described(field)} | {required} | {default} |"
        reference, path = _held(field)
        if reference:
            yield from _rows(known[reference], known, f"{prefix}{name}{path}.")


def _held(field: Mapping[str, Any]) -> tuple[str, str]:
    """The class of the object in a field, in a list or beside null, and what its path adds to the field's."""
    if "$ref" in field:
        return re.sub(f"^{_REFERENCE}", "", field["$ref"]), ""
    if field.get("type") == "array":
        return _held(field["items"])[0], "[]"
    for part in field.get("anyOf", ()):
        if _held(part)[0]:
            return _held(part)
    return "", ""


def _described(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return "object"
    if "anyOf" in field:
        return " or ".join(_described(part) for part in field["anyOf"])
    if "enum" in field:
        return "one of " + ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("type") == "array":
        return f"list of {_described(field['items'])}"
    if field.get("type") == "object":
        return f"object with a {_described(field['additionalProperties'])} for each name"
    return _WORDS.get(field.get("format", "")) or _TYPES[field["type"]]
