"""The rules of courses and offerings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from shared.errors import Conflict, Invalid, NotFound, Unavailable

DRAFT, PUBLISHED = "draft", "published"
OPEN, CANCELLED = "open", "cancelled"
OPEN_TO_AGENCY, OPEN_TO_ALL = "agency", "all"

MAX_HOURS = 1000  # policy default: no course of the training system is longer than a type-2 programme
MAX_REFRESH_MONTHS = 600  # policy default: fifty years, longer than a career
MAX_CAPACITY = 100_000  # policy default

Problems = dict[str, list[str]]


def check_definition(definition: Mapping[str, Any], published: Mapping[str, Sequence[str]]) -> None:
    """Raise Invalid with every wrong field of a course definition.

    `published` has the prerequisites of every published course under its code. Attendance is a share from 0 to 1,
    the pass mark is of 100; their defaults 0.8 and 60 are policy defaults, no national figure being known.
    """
    problems = _range_problems(definition) | _prerequisite_problems(definition, published)
    if problems:
        raise _invalid(problems)


def _range_problems(definition: Mapping[str, Any]) -> Problems:
    rule, months = definition["completion_rule"], definition.get("refresh_every_months")
    problems: Problems = {}
    if not 0 < definition["hours"] <= MAX_HOURS:
        problems["hours"] = [f"must be more than 0 and at most {MAX_HOURS}"]
    if not 0 <= rule["min_attendance"] <= 1:
        problems["completion_rule.min_attendance"] = ["must be between 0 and 1"]
    if not 0 <= rule["pass_mark"] <= 100:
        problems["completion_rule.pass_mark"] = ["must be between 0 and 100"]
    if months is not None and not 1 <= months <= MAX_REFRESH_MONTHS:
        problems["refresh_every_months"] = [f"must be between 1 and {MAX_REFRESH_MONTHS}"]
    return problems


def _prerequisite_problems(definition: Mapping[str, Any], published: Mapping[str, Sequence[str]]) -> Problems:
    course_code, seen = definition["code"], set[str]()
    problems: Problems = {}
    for place, code in enumerate(definition["prerequisites"]):
        if code == course_code:
            reason = "must not be the course itself"
        elif code in seen:
            reason = "is named twice"
        elif code not in published:
            reason = f"{code} is not a published course"
        elif _leads_to(code, course_code, published):
            reason = f"{code} itself needs {course_code} first, so that nobody could begin"
        else:
            reason = ""
        if reason:
            problems[f"prerequisites[{place}]"] = [reason]
        seen.add(code)
    return problems


def _leads_to(start: str, goal: str, published: Mapping[str, Sequence[str]]) -> bool:
    """Whether `goal` is among the prerequisites of `start`, or theirs."""
    waiting, seen = [start], set[str]()
    while waiting:
        code = waiting.pop()
        if code == goal:
            return True
        if code not in seen:
            seen.add(code)
            waiting.extend(published.get(code, ()))
    return False


def next_version(course_code: str, versions: Mapping[int, str]) -> int:
    """The number of a new draft; `versions` maps each version to its status. A course has one draft at a time."""
    for version, status in versions.items():
        if status == DRAFT:
            message = f"Version {version} of {course_code} is a draft: publish it before defining another."
            raise Conflict("draft_exists", message, {"course_code": course_code, "version": version})
    return max(versions, default=0) + 1


def check_publishable(course_code: str, version: int, status: str, leads_to_degree: bool) -> None:
    """Raise Conflict unless this version may become public."""
    if status == PUBLISHED:
        raise Conflict("already_published", f"Version {version} of {course_code} is published already.")
    if leads_to_degree:
        # Civil Service Management Law, article 61.
        message = "A course that leads to a degree cannot be held for state employees (CSML, article 61)."
        raise Conflict("leads_to_degree", message)


def version_to_offer(course_code: str, versions: Mapping[int, str], asked: int | None) -> int:
    """The version that an offering teaches: the one asked for, or the latest published."""
    if not versions or (asked is not None and asked not in versions):
        raise NotFound("course_not_found", "There is no such course, or no such version of it.")
    offered = asked if asked is not None else latest_published(versions)
    if offered is None or versions[offered] != PUBLISHED:
        what = course_code if asked is None else f"Version {asked} of {course_code}"
        raise Conflict("course_not_published", f"{what} is not published yet.")
    return offered


def latest_published(versions: Mapping[int, str]) -> int | None:
    return max((version for version, status in versions.items() if status == PUBLISHED), default=None)


def check_offering(
    *, starts_on: date, ends_on: date, enrollment_closes_on: date, capacity: int, min_seats: int, waitlist_limit: int
) -> None:
    """Raise Invalid with every wrong field of an offering. All three days are wholly inside."""
    problems: Problems = {}
    if ends_on < starts_on:
        problems["ends_on"] = ["must not be before starts_on"]
    if enrollment_closes_on > ends_on:
        problems["enrollment_closes_on"] = ["must not be after ends_on"]
    if not 1 <= capacity <= MAX_CAPACITY:
        problems["capacity"] = [f"must be between 1 and {MAX_CAPACITY}"]
    if not 1 <= min_seats <= capacity:
        problems["min_seats"] = ["must be between 1 and the capacity"]
    if waitlist_limit < 0:
        problems["waitlist_limit"] = ["must not be negative"]
    if problems:
        raise _invalid(problems)


def check_agencies_known(wanted: Collection[str], known: Collection[str]) -> None:
    """Raise Unavailable while an agency has not been heard of: its registration may still be on the way."""
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        message = f"The catalog has not heard of {', '.join(unknown)} yet; try again in a moment."
        raise Unavailable("agency_not_known_yet", message, {"agencies": unknown})


def check_cancellable(status: str) -> None:
    if status == CANCELLED:
        raise Conflict("already_cancelled", "The offering is cancelled already.")


def _invalid(problems: Problems) -> Invalid:
    message = "; ".join(f"{path}: {reasons[0]}" for path, reasons in problems.items())
    return Invalid("invalid_arguments", message, {"fields": problems})
