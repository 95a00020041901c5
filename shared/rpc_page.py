"""The sections of `docs/rpc.md`, generated from the operations of the services."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, missing, validate

from shared.entrypoints.operations import Operation
from shared.schemas import MAX_INTEGER, LocalizedTextField

_PLAIN = {
    "String": "text",
    "UUID": "UUID",
    "Boolean": "true or false",
    "Integer": "whole number",
    "Number": "number",
    "Float": "number",
    "Date": "date",
    "IsoDate": "date",
    "Moment": "moment",
    "Dict": "object",
    "PersianText": "text",
    "Raw": "anything",
}
# Where the class's own description speaks to programmers of the services, and not to callers.
_SAID = {
    "LocalizedTextField": '`{"fa": "…", "en": "…"}`, each up to 300 characters; `en` may be left out.',
    "OpenTo": '`"agency"` (its own staff), `"all"`, or a list of up to 500 agency codes.',
    "PersianText": "Text that people read, normalised; its limits count characters after that.",
}
_OWN = ("shared.", "services.")


def section(service: str, about: str, operations: Mapping[str, Operation]) -> str:
    """The calls of one service in the order of their names; `about` is Markdown that introduces them."""
    told: dict[type[Schema], str] = {}  # where a shape was described, so that its next mention is a link
    parts = [f"## {service}", about]
    parts += [_call(f"{service}.{name}", operation, told) for name, operation in sorted(operations.items())]
    return "\n\n".join(parts)


def glossary(operations: Iterable[Operation]) -> str:
    """The types of our own that the arguments and replies are made of, one table row each."""
    used: dict[str, str] = {}
    for operation in operations:
        for shape in (operation.shape(), operation.reply()):
            for field in _all_fields(shape):
                if type(field).__module__.startswith(_OWN):
                    used[_word(field)] = meaning(field)
    return _table(("type", "what it is"), sorted(used.items()))


def meaning(field: fields.Field) -> str:
    """What a field of our own makes of its value, in words for callers."""
    return _SAID.get(type(field).__name__) or _one_line(inspect.getdoc(type(field)) or "")


def _call(name: str, operation: Operation, told: dict[type[Schema], str]) -> str:
    who = ", ".join(f"`{role}`" for role in sorted(operation.roles))
    who = "anybody, without a token" if operation.public else who
    parts = [f"### `{name}`", f"*{operation.kind.capitalize()}*, for {who}.", operation.doc]
    parts.append(_arguments(operation.shape))
    parts.append(_reply(operation.reply, name, told))
    return "\n\n".join(part for part in parts if part)


def _arguments(shape: type[Schema]) -> str:
    rows = [
        (f"`{name}`", _type(field), "yes" if field.required else "", _default(field), _limits(field))
        for name, field in _rows(shape())
    ]
    if not rows:
        return "No arguments."
    table = _table(("argument", "type", "required", "default", "limits"), rows)
    return f"**Arguments.** {_about(shape)}".rstrip() + f"\n\n{table}"


def _reply(shape: type[Schema], call: str, told: dict[type[Schema], str]) -> str:
    """The reply's fields, or a link to the call that described them before; a page is told by its items."""
    item = _item_of(shape) or shape
    lead = "**Reply.**" if item is shape else "**Reply.** `{items, next}`. Each item:"
    if item in told:
        anchor = told[item].replace(".", "").lower()
        return f"{lead} the same as in the reply of [`{told[item]}`](#{anchor})."
    told[item] = call
    rows = [(f"`{name}`", _type(field), _notes(field)) for name, field in _rows(item())]
    return f"{lead} {_about(item)}".rstrip() + "\n\n" + _table(("field", "type", "notes"), rows)


def _item_of(shape: type[Schema]) -> type[Schema] | None:
    """The shape of a page's items, or None for what is no page."""
    declared = shape().fields
    items = declared.get("items")
    if "next" in declared and isinstance(items, fields.List) and isinstance(items.inner, fields.Nested):
        return type(items.inner.schema)
    return None


def _about(shape: type[Schema]) -> str:
    """What the shape's own class says of it."""
    return _one_line(shape.__dict__.get("__doc__") or "")


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table without the columns that are empty in every row."""
    kept = list(rows)
    wanted = [place for place in range(len(titles)) if place < 2 or any(row[place] for row in kept)]
    lines = [[titles[place] for place in wanted], ["---"] * len(wanted)]
    lines += [[row[place].replace("|", "\\|") for place in wanted] for row in kept]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rows(shape: Schema, prefix: str = "") -> Iterator[tuple[str, fields.Field]]:
    """Every field with its path; an object's own fields follow it, a list's entries are written `name[]`."""
    for name, field in shape.fields.items():
        path = f"{prefix}{field.data_key or name}"
        yield path, field
        inner, path = _entry(field, path)
        if isinstance(inner, fields.Nested) and not isinstance(inner, LocalizedTextField):
            yield from _rows(inner.schema, f"{path}.")


def _entry(field: fields.Field, path: str) -> tuple[fields.Field, str]:
    """What a list or an object of many names has in it, with its path; any other field is itself."""
    if isinstance(field, fields.List):
        return field.inner, f"{path}[]"
    if isinstance(field, fields.Dict) and field.value_field is not None:
        return field.value_field, f"{path}.*"
    return field, path


def _all_fields(shape: Schema) -> Iterator[fields.Field]:
    for _, field in _rows(shape):
        yield _entry(field, "")[0]


def _type(field: fields.Field) -> str:
    if isinstance(field, fields.List):
        return f"list of {_type(field.inner)}"
    if isinstance(field, fields.Nested) and not isinstance(field, LocalizedTextField):
        return "object"
    if isinstance(field, fields.Dict) and field.value_field is not None:
        return f"object with a {_type(field.value_field)} for each name"
    word = _word(field)
    return f"[{word}](#types)" if type(field).__module__.startswith(_OWN) else word


def _word(field: fields.Field) -> str:
    name = type(field).__name__
    return _PLAIN.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Field")).lower()


def _default(field: fields.Field) -> str:
    if field.load_default is missing:
        return ""
    value = field.load_default() if callable(field.load_default) else field.load_default
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _limits(field: fields.Field) -> str:
    found = [_limit(validator, isinstance(field, fields.List | fields.Dict)) for validator in field.validators]
    found.append(_range(field.metadata.get("minimum"), field.metadata.get("maximum"), ""))
    found.append(_range(field.metadata.get("minLength"), field.metadata.get("maxLength"), " characters"))
    inner = _limits(field.inner) if isinstance(field, fields.List) else ""
    found.append(f"each {inner}" if inner else "")
    return "; ".join(limit for limit in found if limit)


def _limit(validator: Any, of_list: bool) -> str:
    if isinstance(validator, validate.OneOf):
        return f"one of {', '.join(f'`{choice}`' for choice in validator.choices)}"
    if isinstance(validator, validate.Length):
        return _range(validator.min, validator.max, " entries" if of_list else " characters")
    if isinstance(validator, validate.Range):
        return _range(validator.min, validator.max, "")
    return ""


def _range(low: Any, high: Any, unit: str) -> str:
    low = None if low in (None, -MAX_INTEGER) else f"{low}"
    high = None if high in (None, MAX_INTEGER) else f"{high}"
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"at least {low}{unit}" if high is None else f"at most {high}{unit}"
    return f"{low} to {high}{unit}"


def _notes(field: fields.Field) -> str:
    words = [_limit(validator, isinstance(field, fields.List | fields.Dict)) for validator in field.validators]
    words += ["may be null"] if field.allow_none else []
    return "; ".join(word for word in words if word)


def _one_line(text: str) -> str:
    return " ".join(text.split())
