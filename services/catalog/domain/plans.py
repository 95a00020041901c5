"""The rules of annual plans: what may stand in one, and how it comes to be approved.

draft → submitted → approved, or returned with the committee's reasons and edited again. An approved plan never changes;
its next revision runs the same way while the approved one stays in force.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from shared.errors import Conflict, Forbidden, NotFound, Problems, refuse

DRAFT, SUBMITTED, RETURNED, APPROVED = "draft", "submitted", "returned", "approved"
STATUSES = (DRAFT, SUBMITTED, RETURNED, APPROVED)
BEGUN = "begun"  # the first step of a revision; the others are called like the status they lead to
NEED_SOURCES = ("job_analysis", "appraisal", "strategy", "law", "request", "effectiveness")
MANAGERS, STAFF, BOTH = "managers", "staff", "both"
AUDIENCES = (MANAGERS, STAFF, BOTH)

FIRST_YEAR = 1380  # of the first training system, circular 105/22554
YEARS_AHEAD = 5  # policy default


def check_year(jalali_year: int, this_year: int) -> None:
    """Raise Invalid for a year that nobody plans for."""
    last = this_year + YEARS_AHEAD
    if not FIRST_YEAR <= jalali_year <= last:
        refuse({"jalali_year": [f"must be a Jalali year from {FIRST_YEAR} to {last}"]})


def check_content(
    content: Mapping[str, Any],
    *,
    courses: Collection[str],
    published: Collection[str],
    competences: Collection[str],
) -> None:
    """Raise Invalid with every wrong field of a plan. A need may name a course that is still a draft."""
    problems = _need_problems(content["needs"], courses, competences)
    refuse(problems | _line_problems(content["planned_offerings"]) | _unpublished(content, published))


def _need_problems(
    needs: Sequence[Mapping[str, Any]], courses: Collection[str], competences: Collection[str]
) -> Problems:
    problems: Problems = {}
    seen = set[int]()
    for place, need in enumerate(needs):
        path = f"needs[{place}]"
        if need["number"] in seen:
            problems[f"{path}.number"] = ["is given twice"]
        if need["course_code"] is not None and need["course_code"] not in courses:
            problems[f"{path}.course_code"] = [f"{need['course_code']} is not a course"]
        if need["competence"] is not None and need["competence"] not in competences:
            problems[f"{path}.competence"] = [f"{need['competence']} is not in the competence framework"]
        if need["hours"] <= 0:
            problems[f"{path}.hours"] = ["must be more than 0"]
        seen.add(need["number"])
    return problems


def _line_problems(lines: Sequence[Mapping[str, Any]]) -> Problems:
    problems: Problems = {}
    for place, line in enumerate(lines):
        path = f"planned_offerings[{place}]"
        if (line["quarter"] is None) == (line["month"] is None):
            problems[f"{path}.quarter"] = ["must be given, or else the month; and not both"]
        if line["hours"] is not None and line["hours"] <= 0:
            problems[f"{path}.hours"] = ["must be more than 0"]
    return problems


def _unpublished(content: Mapping[str, Any], published: Collection[str]) -> Problems:
    return {
        f"planned_offerings[{place}].course_code": [f"{line['course_code']} is not a published course"]
        for place, line in enumerate(content["planned_offerings"])
        if line["course_code"] not in published
    }


def check_submittable(content: Mapping[str, Any], published: Collection[str]) -> None:
    """Raise Invalid with every field for which the committee could not decide on a plan."""
    headcount, lines = content["headcount"], content["planned_offerings"]
    people = headcount[MANAGERS] + headcount[STAFF]
    problems: Problems = {} if people else {"headcount": ["must not be zero"]}
    problems |= {name: ["must not be empty"] for name in ("needs", "planned_offerings") if not content[name]}
    for place, need in enumerate(content["needs"]):
        if need["people"] > people:
            problems[f"needs[{place}].people"] = [f"must not be more than the headcount of {people}"]
    for place, line in enumerate(lines):
        if people and line["audience"] != BOTH and not headcount[line["audience"]]:
            problems[f"planned_offerings[{place}].audience"] = [f"the headcount has no {line['audience']}"]
    refuse(problems | _unpublished(content, published))


def check_edit(current: int, given: int) -> None:
    """Raise Conflict when somebody else saved the plan since it was read."""
    if current != given:
        message = f"The plan is at edit {current}, not {given}: read it again before changing it."
        raise Conflict("plan_changed", message, {"edit": current})


def starts_a_revision(status: str) -> bool:
    """Whether saving begins a new revision; Conflict while the committee has the plan before it."""
    if status == SUBMITTED:
        raise Conflict("plan_submitted", "The plan is before the committee, which may return it for editing.")
    return status == APPROVED


def check_can_submit(status: str) -> None:
    if status == SUBMITTED:
        raise Conflict("plan_submitted", "The plan is submitted already.")
    if status == APPROVED:
        raise Conflict("plan_approved", "The plan is approved already; save a new revision to change it.")


def check_can_decide(status: str) -> None:
    if status == APPROVED:
        raise Conflict("plan_approved", "This revision is approved already.")
    if status != SUBMITTED:
        raise Conflict("plan_not_submitted", "This revision is not before the committee.")


def check_decision(approve: bool, reason: str | None, minutes_on: date, today: date) -> None:
    problems: Problems = {}
    if not approve and reason is None:
        problems["reason"] = ["is required to return a plan"]
    if minutes_on > today:
        problems["minutes_on"] = ["must not be in the future"]
    refuse(problems)


def check_four_eyes(submitted_by: str, decided_by: str, is_national: bool) -> None:
    """Raise Forbidden when a system decides on what it submitted itself (policy default)."""
    if submitted_by == decided_by and not is_national:
        message = "The system that submitted a plan does not decide on it; another one does, or the national body."
        raise Forbidden("four_eyes", message)


def months_of(line: Mapping[str, Any]) -> tuple[int, int]:
    """The first and the last Jalali month in which a planned offering is held."""
    if line["month"] is not None:
        return line["month"], line["month"]
    return 3 * line["quarter"] - 2, 3 * line["quarter"]


def course_codes(content: Mapping[str, Any]) -> set[str]:
    """Every course that a plan names."""
    named: Iterable[str | None] = (each["course_code"] for part in _PARTS for each in content[part])
    return {code for code in named if code is not None}


_PARTS = ("needs", "planned_offerings")


def no_plan() -> NotFound:
    return NotFound("plan_not_found", "There is no such plan, or no such revision of it.")
