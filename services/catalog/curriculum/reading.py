"""Reads the files of the curriculum and makes of them the arguments of the catalog's calls.

The files are data that experts edit, so every mistake in them is named with its place.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from services.catalog.curriculum import shapes
from services.catalog.curriculum.checking import (
    Arguments,
    CurriculumError,
    citation_mistakes,
    course_mistakes,
    law_mistakes,
    load,
    programme_mistakes,
)
from shared import yaml_file

FOLDER = Path(__file__).parent
ORIGIN = "curriculum "  # and a digest of the definition: how a version says that it came from these files
_FILES = {
    "laws": shapes.LawsFile,
    "competences": shapes.CompetencesFile,
    "courses": shapes.CoursesFile,
    "programmes": shapes.ProgrammesFile,
}


@dataclass(frozen=True)
class Area:
    """A group of courses, with the arguments of `catalog.define_course` for each. The five areas are `required`."""

    code: str
    title: dict[str, str]
    required: bool
    definitions: list[Arguments]


@dataclass(frozen=True)
class Curriculum:
    """The arguments of the catalog's calls, in the order in which they can be made.

    `laws` for `record_legal_reference`, `competences` for `define_competence`, the definitions of `areas` for
    `define_course`, `programmes` for `define_programme`.
    """

    laws: list[Arguments]
    competences: list[Arguments]
    areas: tuple[Area, ...]
    programmes: list[Arguments]

    @property
    def definitions(self) -> list[Arguments]:
        return [definition for area in self.areas for definition in area.definitions]


@cache
def read(folder: Path = FOLDER) -> Curriculum:
    """The curriculum in a folder; raises CurriculumError."""
    files = {name: _file(folder / f"{name}.yaml") for name in _FILES}
    as_of = {law["code"]: law.get("as_of", law.get("issued_on")) for law in files["laws"]["laws"]}
    required = [_area(area, files["courses"], as_of, required=True) for area in files["courses"]["areas"]]
    extras = [_area(area, files["courses"], as_of, required=False) for area in files["courses"].get("extras", [])]
    programmes = [_with_origin(_coded(each, "programmes.yaml")) for each in files["programmes"]["programmes"]]
    competences = files["competences"]["competences"]
    found = Curriculum(list(_laws(files["laws"])), competences, (*required, *extras), programmes)
    _check(found)
    return found


def _file(path: Path) -> dict[str, Any]:
    """A file as it is written, once its shape is known to be right."""
    try:
        content = yaml_file.read(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CurriculumError(f"{path.name}: {error}") from error
    load(_FILES[path.stem], content, path.name)
    return dict(content)


def _check(found: Curriculum) -> None:
    levels = {each["code"]: len(each["levels"]) for each in found.competences}
    mistakes = [
        *law_mistakes(found.laws),
        *chain.from_iterable(citation_mistakes(course, found.laws) for course in found.definitions),
        *course_mistakes(found.definitions, levels),
    ]
    codes = [each["code"] for each in found.competences]
    mistakes += [f"competences.yaml: {code}: is there twice" for code in sorted(set(codes)) if codes.count(code) > 1]
    mistakes = mistakes or list(programme_mistakes(found.programmes, found.definitions))
    if mistakes:
        raise CurriculumError("\n".join(mistakes))


def _laws(file: Mapping[str, Any]) -> Iterator[Arguments]:
    """Each law, then its articles one by one."""
    for law in file["laws"]:
        record = {name: value for name, value in law.items() if name not in ("code", "as_of", "articles")}
        yield {"law": law["code"], **_sourced(record, file["sources"], law["code"])}
        for entry in law.get("articles", []):
            record = _sourced(entry, file["sources"], law["code"])
            numbers = record.pop("articles")
            for number in numbers:
                yield {"law": law["code"], "article": str(number), "kind": "article", **record}


def _sourced(record: Mapping[str, Any], sources: Mapping[str, str], code: str) -> Arguments:
    if record["source"] not in sources:
        raise CurriculumError(f"laws.yaml: {code}: {record['source']} is not among the sources")
    return {**record, "source": sources[record["source"]]}


def _area(area: Mapping[str, Any], file: Mapping[str, Any], as_of: Mapping[str, str | None], required: bool) -> Area:
    common = {"course_type": area["course_type"], "hours_source": file["hours_source"]}
    made = [_with_origin(common | _definition(course, area["code"], as_of)) for course in area["courses"]]
    return Area(area["code"], area["title"], required, made)


def _definition(course: Mapping[str, Any], area: str, as_of: Mapping[str, str | None]) -> Arguments:
    code = _coded(course, "courses.yaml")["code"]
    if not code.startswith(f"{area}-"):
        raise CurriculumError(f"courses.yaml: {code} does not belong to area {area}")
    cites = course.get("cites", [])
    load(shapes.Cited, {"cites": cites}, f"courses.yaml: {code}")
    references = list(chain.from_iterable(_references(cite, as_of.get(cite["law"])) for cite in cites))
    return {name: value for name, value in course.items() if name != "cites"} | {"legal_references": references}


def _references(cite: Mapping[str, Any], as_of: str | None) -> Iterator[Arguments]:
    """One reference for each article of a citation, or one for the whole law."""
    common = {"note": cite.get("note"), "as_of": cite.get("as_of", as_of)}
    for article in cite.get("articles", [None]):
        reference = {"law": cite["law"], "article": None if article is None else str(article), **common}
        yield {name: text for name, text in reference.items() if text is not None}


def _coded(entry: Mapping[str, Any], place: str) -> Arguments:
    if not isinstance(entry.get("code"), str):
        raise CurriculumError(f"{place}: an entry without a code: {sorted(map(str, entry))}")
    return dict(entry)


def _with_origin(definition: Arguments) -> Arguments:
    """The definition, with the mark that its versions bear: the same as long as the files say the same of it."""
    canonical = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    return definition | {"origin": ORIGIN + hashlib.sha256(canonical.encode()).hexdigest()[:32]}
