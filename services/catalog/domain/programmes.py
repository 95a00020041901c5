"""The rules of programmes: sets of courses that are completed together."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.domain.courses import check_newest
from shared.errors import Conflict, NotFound, Problems, refuse

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
REPLACED = "replaced by a later version"


def check_programme(content: Mapping[str, Any], published: Mapping[str, int], hours: Mapping[str, float]) -> None:
    """Raise Invalid with every wrong field of a programme that nobody could complete, or everybody has.

    `published` maps each published course among its own to the latest version, `hours` to the hours of that version.
    """
    courses = content["courses"]
    problems = _course_problems(courses, published)
    electives = sum(not course["compulsory"] for course in courses)
    if content["min_electives"] > electives:
        problems["min_electives"] = [f"must not be more than the {electives} electives"]
    elif electives == len(courses) and not content["min_electives"] and not content["min_hours"]:
        problems["courses"] = ["must have a compulsory course, or ask for electives or hours"]
    offered = sum(hours.get(course["course_code"], 0.0) for course in courses)
    if content["min_hours"] > offered:
        problems["min_hours"] = [f"must not be more than the {offered:g} hours of all its courses"]
    refuse(problems)


def _course_problems(courses: Sequence[Mapping[str, Any]], published: Mapping[str, int]) -> Problems:
    problems: Problems = {}
    seen = set[str]()
    for place, course in enumerate(courses):
        code, version = course["course_code"], course["min_version"]
        if code in seen:
            problems[f"courses[{place}].course_code"] = ["is named twice"]
        elif code not in published:
            problems[f"courses[{place}].course_code"] = [f"{code} is not a published course"]
        elif version is not None and version > published[code]:
            problems[f"courses[{place}].min_version"] = [f"the latest published version is {published[code]}"]
        seen.add(code)
    return problems


def next_version(programme_code: str, versions: Mapping[int, str], seen: int | None = None) -> int:
    """The number of a new draft; a programme has one draft at a time. `seen`: see `courses.next_version`."""
    for version, status in versions.items():
        if status == DRAFT:
            message = f"Version {version} of {programme_code} is a draft: publish it before defining another."
            raise Conflict("draft_exists", message, {"programme_code": programme_code, "version": version})
    newest = max(versions, default=0)
    check_newest(programme_code, newest, seen)
    return newest + 1


def check_publishable(programme_code: str, version: int, status: str) -> None:
    """Raise Conflict unless this version may become public."""
    if status == PUBLISHED:
        raise Conflict("already_published", f"Version {version} of {programme_code} is published already.")
    if status == RETIRED:
        raise Conflict("programme_retired", f"Version {version} of {programme_code} was retired.")


def version_to_retire(programme_code: str, versions: Mapping[int, str]) -> int:
    """The published version; NotFound or Conflict when there is none."""
    if not versions:
        raise no_programme()
    for version, status in versions.items():
        if status == PUBLISHED:
            return version
    code = "already_retired" if RETIRED in versions.values() else "programme_not_published"
    raise Conflict(code, f"There is no published version of {programme_code} to retire.")


def no_programme() -> NotFound:
    return NotFound("programme_not_found", "There is no such programme, or no such version of it.")
