"""What was released stays readable, by readers of any release and from writers of any release.

A new event type comes with two golden files: `<type>.json`, a body with every field filled, and `<type>.schema.json`,
its JSON Schema without descriptions. An added optional field is added to both; nothing else in them is ever edited.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.events import REGISTRY, ContractViolation, Event, decode, encode
from shared.events.contract import LocalizedText

GOLDENS = Path(__file__).resolve().parents[2] / "contracts" / "goldens"
TYPES = sorted(REGISTRY)


def golden(event_type: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((GOLDENS / f"{event_type}.json").read_text())
    return body


def schemas_of(cls: type) -> dict[str, Any]:
    """The schemas of a class and of what it holds, without the words of its docstrings."""
    _, components = msgspec.json.schema_components([cls], ref_template="{name}")
    return {
        name: {key: value for key, value in components[name].items() if key != "description"} for name in components
    }


def incompatibilities(released: dict[str, Any], today: dict[str, Any]) -> list[str]:
    """How a class broke what was released: readers and writers of both must understand each other."""
    broken = []
    for name, old in released.items():
        new = today.get(name, {"properties": {}})
        broken += [
            f"{name}.{field} was {schema}, is {new['properties'].get(field)}"
            for field, schema in old["properties"].items()
            if new["properties"].get(field) != schema
        ]
        before, after = set(old.get("required", ())), set(new.get("required", ()))
        broken += [f"{name}.{field} changed whether it is required" for field in sorted(before ^ after)]
    return broken


def as_released(part: Any, whole: Any) -> Any:
    """`whole` with only those fields that `part` has, at every depth."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return {name: as_released(part[name], whole[name]) for name in part if name in whole}
    return whole


def test_every_released_event_has_its_goldens() -> None:
    files = {path.name for path in GOLDENS.glob("*.json")}
    assert files == {f"{name}{ending}" for name in TYPES for ending in (".json", ".schema.json")}


@pytest.mark.parametrize("event_type", TYPES)
def test_a_golden_body_means_the_same_today(event_type: str) -> None:
    body = golden(event_type)
    event = decode(event_type, json.dumps(body).encode())
    assert type(event) is REGISTRY[event_type]
    assert as_released(body, json.loads(encode(event))) == body
    assert event.subject == body[REGISTRY[event_type].SUBJECT]


@pytest.mark.parametrize("event_type", TYPES)
def test_a_golden_body_fills_every_released_field(event_type: str) -> None:
    released = json.loads((GOLDENS / f"{event_type}.schema.json").read_text())
    assert set(golden(event_type)) == set(released[REGISTRY[event_type].__name__]["properties"])


@pytest.mark.parametrize("event_type", TYPES)
def test_a_released_event_is_as_it_was_released(event_type: str) -> None:
    released = json.loads((GOLDENS / f"{event_type}.schema.json").read_text())
    assert incompatibilities(released, schemas_of(REGISTRY[event_type])) == []


@pytest.mark.parametrize("event_type", TYPES)
def test_fields_that_a_reader_does_not_know_are_ignored(event_type: str) -> None:
    body = golden(event_type)
    added = body | {"added_by_a_later_release": {"any": ["thing"]}}
    assert decode(event_type, json.dumps(added).encode()) == decode(event_type, json.dumps(body).encode())


@pytest.mark.parametrize("event_type", TYPES)
def test_a_body_without_a_required_field_is_refused_by_its_name(event_type: str) -> None:
    body = golden(event_type)
    for field in msgspec.structs.fields(REGISTRY[event_type]):
        left = {name: value for name, value in body.items() if name != field.encode_name}
        if field.required:
            with pytest.raises(ContractViolation, match=field.encode_name):
                decode(event_type, json.dumps(left).encode())
        else:
            assert decode(event_type, json.dumps(left).encode())


class Released(Event, frozen=True, kw_only=True):
    code: str
    hours: float
    name: LocalizedText
    note: str | None = None


class WithAnotherOptionalField(Released, frozen=True, kw_only=True):
    colour: str = "green"


class WithoutAField(Event, frozen=True, kw_only=True):
    code: str
    name: LocalizedText
    note: str | None = None


class WithARenamedField(Event, frozen=True, kw_only=True):
    code: str
    duration: float
    name: LocalizedText
    note: str | None = None


class WithAnotherType(Event, frozen=True, kw_only=True):
    code: str
    hours: int
    name: LocalizedText
    note: str | None = None


class WithAnotherRequiredField(Released, frozen=True, kw_only=True):
    colour: str


class WithAFieldMadeOptional(Event, frozen=True, kw_only=True):
    code: str = ""
    hours: float
    name: LocalizedText
    note: str | None = None


def _changes(cls: type) -> list[str]:
    today = schemas_of(cls)
    return incompatibilities(schemas_of(Released), {**today, "Released": today[cls.__name__]})


def test_the_comparison_allows_an_added_optional_field() -> None:
    assert _changes(WithAnotherOptionalField) == []


@pytest.mark.parametrize(
    "cls",
    [WithoutAField, WithARenamedField, WithAnotherType, WithAnotherRequiredField, WithAFieldMadeOptional],
)
def test_the_comparison_refuses_what_would_break_a_reader_or_a_writer(cls: type) -> None:
    assert _changes(cls)


def test_the_comparison_looks_into_nested_objects() -> None:
    today = schemas_of(Released)
    changed = {**today, "LocalizedText": {"properties": {"fa": {"type": "string"}}, "required": ["fa"]}}
    assert any("LocalizedText.en" in line for line in incompatibilities(today, changed))


def test_a_body_nested_without_end_breaks_the_contract_and_nothing_else() -> None:
    depth = 100_000
    body = b'{"code": "A", "name": {"fa": "x"}, "more": ' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises(ContractViolation):
        decode("training.enrollment.agency_registered.v1", body)
