"""The ready-made curriculum: reads curriculum.yaml, checks it, and puts it into a catalog once.

The file is data that experts edit, so every mistake in it is named with the course it is in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from services.catalog.domain import courses as domain
from services.catalog.schemas import courses as schemas
from shared.errors import Conflict, Invalid
from shared.schemas import LocalizedTextField

FILE = Path(__file__).with_name("curriculum.yaml")
Definition = dict[str, Any]


class CurriculumError(ValueError):
    """The curriculum file is wrong; the text says where and why."""


@dataclass(frozen=True)
class Area:
    """A group of courses, with the arguments of `catalog.define_course` for each. The five areas are `required`."""

    code: str
    title: dict[str, str]
    required: bool
    definitions: list[Definition]


@cache
def areas(path: Path = FILE) -> tuple[Area, ...]:
    """The five areas in their order, then the extras; raises CurriculumError."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = [_area(area, content, required=True) for area in content["areas"]]
        found += [_area(area, content, required=False) for area in content.get("extras", [])]
    except (yaml.YAMLError, ValidationError, KeyError, TypeError, AttributeError) as error:
        raise CurriculumError(f"{path.name}: {type(error).__name__}: {error}") from error
    _check_together(found)
    return tuple(found)


def definitions(path: Path = FILE) -> list[Definition]:
    """The arguments of `catalog.define_course` for every course, in order."""
    return [definition for area in areas(path) for definition in area.definitions]


def missing(existing: Mapping[str, Mapping[str, Any]], path: Path = FILE) -> list[Definition]:
    """Definitions of courses that are not published yet; `existing` has items of `list_courses` under their codes.

    A published course is left alone even if the file says otherwise: from then on it belongs to its administrators.
    """
    return [
        definition
        for definition in definitions(path)
        if existing.get(definition["code"], {}).get("published_version") is None
    ]


def seed(call: Callable[..., Mapping[str, Any]]) -> list[str]:
    """Define and publish what is missing; gives the codes published now. Run twice, the second run does nothing.

    `call("catalog.define_course", **arguments)` is any way to call a service as a catalog administrator.
    """
    done: list[str] = []
    for definition in missing(_existing(call)):
        try:
            version = call("catalog.define_course", **definition)["version"]
        except Conflict as conflict:
            # An earlier run stopped between the two calls; its draft is published now.
            if conflict.code != "draft_exists":
                raise
            version = conflict.details["version"]
        call("catalog.publish_course", course_code=definition["code"], version=version)
        done.append(definition["code"])
    return done


def _existing(call: Callable[..., Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    cursor = None
    while True:
        page = call("catalog.list_courses", limit=200, cursor=cursor)
        found.update({item["course_code"]: item for item in page["items"]})
        cursor = page["next"]
        if cursor is None:
            return found


def _area(area: Mapping[str, Any], content: Mapping[str, Any], required: bool) -> Area:
    title = LocalizedTextField().deserialize(area["title"])
    made = [_definition(course, area, content) for course in area["courses"]]
    return Area(area["code"], title, required, made)


def _definition(course: Mapping[str, Any], area: Mapping[str, Any], content: Mapping[str, Any]) -> Definition:
    definition = {
        "course_type": area["course_type"],
        "hours_source": content["hours_source"],
        **{name: value for name, value in course.items() if name != "cites"},
        "legal_references": [
            reference for cite in course.get("cites", []) for reference in _references(course, cite, content["laws"])
        ],
    }
    if not str(definition["code"]).startswith(f"{area['code']}-"):
        raise CurriculumError(f"{definition['code']} does not belong to area {area['code']}")
    return definition


def _references(course: Mapping[str, Any], cite: Mapping[str, Any], laws: Mapping[str, Any]) -> list[dict[str, str]]:
    """One reference for each article of a citation, or one for the whole law."""
    unknown = set(cite) - {"law", "articles", "note", "as_of"}
    if unknown or cite.get("law") not in laws:
        raise CurriculumError(
            f"{course['code']}: a citation has {sorted(unknown)} or an unknown law {cite.get('law')!r}"
        )
    law = laws[cite["law"]]
    common = {"law": law["name"], "note": cite.get("note"), "as_of": cite.get("as_of", law.get("as_of"))}
    articles = cite.get("articles", [None])
    references = [{**common, "article": None if article is None else str(article)} for article in articles]
    return [{name: text for name, text in reference.items() if text is not None} for reference in references]


def _check_together(found: list[Area]) -> None:
    """Every definition must be one that the catalog would accept, after those before it."""
    earlier: dict[str, domain.Published] = {}
    for definition in (definition for area in found for definition in area.definitions):
        code = definition["code"]
        if code in earlier:
            raise CurriculumError(f"{code} is there twice")
        try:
            loaded = schemas.DefineCourse().load(definition)
            domain.check_definition(loaded, earlier, {})
        except (ValidationError, Invalid) as error:
            raise CurriculumError(f"{code}: {error}") from error
        earlier[code] = domain.Published(1, loaded["prerequisites"])
