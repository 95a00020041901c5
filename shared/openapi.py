"""OpenAPI 3.1, generated from the operations of a service."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from shared import rpc_page
from shared.entrypoints.operations import Operation
from shared.errors import KINDS

VERSION = "1"
_ABOUT = "The same commands and queries as over AMQP. What they mean is said in docs/rpc.md."
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "kind", "code", "message", "details"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "kind": {"type": "string", "enum": [*KINDS, "Internal"]},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "details": {"type": "object"},
    },
}


def document(service: str, operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of one service."""
    return _document(service, tuple(sorted(operations.items())))


@cache
def _document(service: str, operations: tuple[tuple[str, Operation], ...]) -> dict[str, Any]:
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title=f"training: {service}",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": _ABOUT},
    )
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_described)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", _PROBLEM)
    for name, operation in operations:
        spec.path(path=f"/rpc/{name}", operations={"post": _operation(operation)})
    described: dict[str, Any] = spec.to_dict()
    return described


def _operation(operation: Operation) -> dict[str, Any]:
    summary, _, rest = operation.doc.partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "description": rest.strip(),
        "requestBody": {"required": True, "content": {"application/json": {"schema": operation.shape}}},
        "responses": {
            "200": {"description": "The reply", "content": {"application/json": {"schema": operation.reply}}},
            "default": {
                "description": "Any error, as RFC 9457 problem details",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
        "security": [] if operation.public else [{"token": []}],
        "x-roles": sorted(operation.roles),
    }
    if operation.kind == "command":
        described["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 100},
                "description": "A repeated call with the same key gets the first reply.",
            }
        ]
    return described


def _name(schema: Any) -> str:
    cls = schema if isinstance(schema, type) else type(schema)
    return cls.__name__


def _described(_converter: Any, field: fields.Field, **_kwargs: Any) -> dict[str, str]:
    """What a field of our own makes of its value, from the class's docstring; a reference is described elsewhere."""
    if isinstance(field, fields.Nested) or not type(field).__module__.startswith(("shared.", "services.")):
        return {}
    return {"description": rpc_page.meaning(field)}
