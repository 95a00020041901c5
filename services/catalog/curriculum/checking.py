"""What is wrong in the files of the curriculum beyond their shape, found with the rules of the catalog itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError

from services.catalog.domain import courses as course_rules
from services.catalog.domain import programmes as programme_rules
from services.catalog.schemas.courses import DefineCourse
from services.catalog.schemas.programmes import DefineProgramme
from shared.errors import Invalid

Arguments = dict[str, Any]


class CurriculumError(ValueError):
    """The curriculum is wrong; the text has a line for every mistake, with its place."""


def load(shape: type[Schema], content: Any, place: str) -> Any:
    """The content as the shape reads it; raises CurriculumError."""
    try:
        return shape().load(content)
    except ValidationError as error:
        lines = [f"{place}: {path} {reason}" for path, reason in _flat(error.normalized_messages())]
        raise CurriculumError("\n".join(lines)) from error


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(messages, Mapping):
        yield path, ", ".join(map(str, messages))
        return
    for key, inner in messages.items():
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if path else str(key)
        yield from _flat(inner, path if key == "_schema" else path + step)


def law_mistakes(laws: Sequence[Arguments]) -> Iterator[str]:
    """`laws` as they are recorded, in that order: a successor must be known when it is named."""
    counts: dict[str, int | None] = {}
    seen = set[tuple[str, str | None]]()
    for law in laws:
        code, article = law["law"], law.get("article")
        place = f"laws.yaml: {code}" + (f" article {article}" if article else "")
        if (code, article) in seen:
            yield f"{place}: is there twice"
        if law.get("successor", code) not in {code, *counts} or (article is None and law.get("successor") == code):
            yield f"{place}: successor {law['successor']} is not above it"
        if (law.get("status", "in_force") == "in_force") != ("changed_on" not in law):
            yield f"{place}: changed_on is for what is amended or repealed, and needed there"
        if article is None:
            counts.setdefault(code, law.get("article_count"))
        elif int(article) > (counts.get(code) or int(article)):
            yield f"{place}: the law has {counts[code]} articles"
        seen.add((code, article))


def citation_mistakes(course: Arguments, laws: Sequence[Arguments]) -> Iterator[str]:
    """Every citation names a law and an article that are recorded, in a text not older than its last change."""
    recorded = {(law["law"], law.get("article")): law for law in laws}
    for reference in course["legal_references"]:
        law, article = reference["law"], reference.get("article")
        place = f"courses.yaml: {course['code']}: the citation of {law}" + (f" article {article}" if article else "")
        if (law, None) not in recorded:
            yield f"{place} names an unknown law"
        elif (law, article) not in recorded:
            yield f"{place} names an article that laws.yaml does not have"
        elif reference.get("as_of", "") < recorded[law, article].get("changed_on", ""):
            yield f"{place} must be as_of {recorded[law, article]['changed_on']} or later, when it changed"


# Whatever the policies say when the file is loaded, it must be right with numbers in their ranges.
_ANY_DEFAULTS = course_rules.Defaults(0.8, 60.0, {})


def course_mistakes(courses: Sequence[Arguments], levels: Mapping[str, int]) -> Iterator[str]:
    """Every definition must be one that the catalog would accept, after those before it."""
    earlier: dict[str, course_rules.Published] = {}
    for definition in courses:
        code = definition["code"]
        place = f"courses.yaml: {code}"
        if code in earlier:
            yield f"{place}: is there twice"
        try:
            loaded = load(DefineCourse, definition, place)
            filled = loaded | course_rules.with_defaults(loaded, _ANY_DEFAULTS)
            course_rules.check_definition(filled, earlier, levels)
        except CurriculumError as error:
            yield str(error)
        except Invalid as error:
            yield f"{place}: {error.message}"
        earlier[code] = course_rules.Published(1, definition.get("prerequisites", []))


def programme_mistakes(programmes: Sequence[Arguments], courses: Sequence[Arguments]) -> Iterator[str]:
    published = {course["code"]: 1 for course in courses}
    hours = {course["code"]: course["hours"] for course in courses}
    seen = set[str]()
    for programme in programmes:
        place = f"programmes.yaml: {programme['code']}"
        if programme["code"] in seen:
            yield f"{place}: is there twice"
        seen.add(programme["code"])
        try:
            programme_rules.check_programme(load(DefineProgramme, programme, place), published, hours)
        except CurriculumError as error:
            yield str(error)
        except Invalid as error:
            yield f"{place}: {error.message}"
