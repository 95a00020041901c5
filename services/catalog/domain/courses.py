"""The rules of courses and their versions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from shared.errors import Conflict, Invalid, NotFound, Problems, refuse

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"

# What an organisation gains from training, in the order of the founding text.
GAINS: dict[str, dict[str, str]] = {
    "goals": {"fa": "تسهیل در تحقق اهداف سازمانی", "en": "its goals come within reach"},
    "quality": {
        "fa": "بهبود کمی و کیفی محصولات یا خدمات ارائه‌شده توسط سازمان",
        "en": "products and services improve in quantity and quality",
    },
    "morale": {"fa": "تقویت روحیه پرسنل و ایجاد ثبات در سازمان", "en": "morale and stability grow"},
    "loyalty": {
        "fa": "تقویت حس وفاداری و همبستگی کارکنان نسبت به سازمان",
        "en": "loyalty and solidarity grow",
    },
    "clarity": {
        "fa": "جلوگیری از تداخل مسئولیت‌ها و وظایف و کاهش دوباره‌کاری‌ها در سازمان",
        "en": "fewer overlapping duties and less rework",
    },
    "talents": {"fa": "شکوفا کردن استعدادهای نهفته کارکنان", "en": "hidden talents flourish"},
    "growth": {"fa": "ایجاد زمینه رشد و موفقیت در امور شغلی", "en": "people grow and succeed in their jobs"},
}
# Rank promotion and type-2 certificates count hours of one side apart from the other (circular 200/55588; R-1380).
# Where induction belongs is not known: general-side is a policy default.
JOB_SIDE, GENERAL_SIDE = "job_side", "general_side"
GROUP_OF_TYPE = {
    "job": JOB_SIDE,
    "managerial": JOB_SIDE,
    "general_ability": GENERAL_SIDE,
    "cultural": GENERAL_SIDE,
    "induction": GENERAL_SIDE,
}

MAX_HOURS = 1000  # policy default: no course of the training system is longer than a type-2 programme
MAX_REFRESH_MONTHS = 600  # policy default: fifty years, longer than a career


class Defaults(NamedTuple):
    """What a definition leaves to the policies: least share of the hours, pass mark of 100, size of each format."""

    min_attendance: float
    pass_mark: float
    group_sizes: Mapping[str, Mapping[str, int | None]]


def with_defaults(content: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """The parts of a definition that the policies fill in, filled in."""
    rule = {"min_attendance": defaults.min_attendance, "pass_mark": defaults.pass_mark}
    anybody = {"min": 1, "max": None}
    return {
        "completion_rule": rule | content["completion_rule"],
        "group_sizes": {
            name: {**anybody, **defaults.group_sizes.get(name, {}), **size}
            for name, size in content["group_sizes"].items()
        },
    }


class Published(NamedTuple):
    """What is known of a course that others may need first: its latest published version, and what that needs."""

    version: int
    prerequisites: Sequence[str]


def check_definition(
    definition: Mapping[str, Any], published: Mapping[str, Published], levels: Mapping[str, int]
) -> None:
    """Raise Invalid with every wrong field of a course definition.

    `published` has the prerequisites, and theirs, that are published courses; `levels` the number of levels of each
    competence of the framework. Attendance is a share from 0 to 1, the pass mark is of 100; their defaults 0.8 and 60
    are policy defaults, no national figures being known.
    """
    refuse(
        _range_problems(definition)
        | _assessment_problems(definition["completion_rule"])
        | _group_size_problems(definition["group_sizes"])
        | prerequisite_problems(definition, published)
        | _competence_problems(definition["competences"], levels)
        | _repeated("gains", definition["gains"])
        | _repeated("languages", definition["languages"])
    )


def _range_problems(definition: Mapping[str, Any]) -> Problems:
    rule, months = definition["completion_rule"], definition.get("refresh_every_months")
    problems: Problems = {}
    if not 0 < definition["hours"] <= MAX_HOURS:
        problems["hours"] = [f"must be more than 0 and at most {MAX_HOURS}"]
    if not 0 <= definition["practical_hours"] <= definition["hours"]:
        problems["practical_hours"] = ["must be between 0 and the hours of the course"]
    if not 0 <= rule["min_attendance"] <= 1:
        problems["completion_rule.min_attendance"] = ["must be between 0 and 1"]
    if not 0 <= rule["pass_mark"] <= 100:
        problems["completion_rule.pass_mark"] = ["must be between 0 and 100"]
    if months is not None and not 1 <= months <= MAX_REFRESH_MONTHS:
        problems["refresh_every_months"] = [f"must be between 1 and {MAX_REFRESH_MONTHS}"]
    if definition["veterans_exception"] and not definition["leads_to_degree"]:
        problems["veterans_exception"] = ["is only for a course that leads to a degree"]
    return problems


def _assessment_problems(rule: Mapping[str, Any]) -> Problems:
    """Weights are shares of one score, so together they are 1; a thousandth is forgiven, as in 0.333 three times."""
    assessments = rule.get("assessments", [])
    path = "completion_rule.assessments"
    problems = _repeated(path, [each["code"] for each in assessments], ".code")
    for place, each in enumerate(assessments):
        if not 0 < each["weight"] <= 1:
            problems[f"{path}[{place}].weight"] = ["must be more than 0 and at most 1"]
    if assessments and abs(sum(each["weight"] for each in assessments) - 1) > 0.001 + 1e-9:
        problems[path] = ["must have weights that are 1 together"]
    return problems


def _group_size_problems(sizes: Mapping[str, Mapping[str, int | None]]) -> Problems:
    return {
        f"group_sizes.{name}.max": ["must not be less than min"]
        for name, size in sizes.items()
        if size["max"] is not None and size["max"] < (size["min"] or 1)
    }


def _competence_problems(taught: Sequence[Mapping[str, Any]], levels: Mapping[str, int]) -> Problems:
    problems = _repeated("competences", [each["code"] for each in taught], ".code")
    for place, each in enumerate(taught):
        known = levels.get(each["code"])
        if known is None:
            problems[f"competences[{place}].code"] = [f"{each['code']} is not in the framework"]
        elif not 1 <= each["level"] <= known:
            problems[f"competences[{place}].level"] = [f"must be between 1 and {known}"]
    return problems


def _repeated(path: str, values: Sequence[str], field: str = "") -> Problems:
    return {
        f"{path}[{place}]{field}": ["is named twice"] for place, value in enumerate(values) if value in values[:place]
    }


def prerequisite_problems(definition: Mapping[str, Any], published: Mapping[str, Published]) -> Problems:
    """What is wrong with the courses that a definition needs first: checked when it is defined, and when published."""
    named = definition["prerequisites"]
    problems = {
        f"prerequisites[{place}]": [reason]
        for place, reason in enumerate(_prerequisite_reasons(definition["code"], named, published))
        if reason
    }
    for code, version in definition["prerequisite_versions"].items():
        if code not in named:
            problems[f"prerequisite_versions.{code}"] = ["is not among the prerequisites"]
        elif code in published and version > published[code].version:
            problems[f"prerequisite_versions.{code}"] = [f"the latest published version is {published[code].version}"]
    return problems


def _prerequisite_reasons(course_code: str, named: Sequence[str], published: Mapping[str, Published]) -> Iterator[str]:
    """For each prerequisite, why it cannot be one; empty when it can."""
    for place, code in enumerate(named):
        if code == course_code:
            yield "must not be the course itself"
        elif code in named[:place]:
            yield "is named twice"
        elif code not in published:
            yield f"{code} is not a published course"
        elif _leads_to(code, course_code, published):
            yield f"{code} itself needs {course_code} first, so that nobody could begin"
        else:
            yield ""


def _leads_to(start: str, goal: str, published: Mapping[str, Published]) -> bool:
    """Whether `goal` is among the prerequisites of `start`, or theirs."""
    waiting, seen = [start], set[str]()
    while waiting:
        code = waiting.pop()
        if code == goal:
            return True
        if code not in seen:
            seen.add(code)
            waiting.extend(published[code].prerequisites if code in published else ())
    return False


def next_version(course_code: str, versions: Mapping[int, str], seen: int | None = None) -> int:
    """The number of a new draft; `versions` maps each version to its status. A course has one draft at a time.

    `seen` is the newest version that the author knows of (0: none), where the author says so.
    """
    for version, status in versions.items():
        if status == DRAFT:
            message = f"Version {version} of {course_code} is a draft: publish or discard it before defining another."
            raise Conflict("draft_exists", message, {"course_code": course_code, "version": version})
    newest = max(versions, default=0)
    check_newest(course_code, newest, seen)
    return newest + 1


def check_newest(code: str, newest: int, seen: int | None) -> None:
    """Raise Conflict when a version that the author has not seen was added meanwhile."""
    if seen is not None and newest != seen:
        message = f"The newest version of {code} is {newest}, not {seen}."
        raise Conflict("version_exists", message, {"version": newest})


def check_editable(status: str, revision: int, seen: int) -> None:
    """Raise Conflict unless this is a draft, in the revision that the editor has seen."""
    if status != DRAFT:
        raise Conflict("not_a_draft", "A version that was published never changes; define the next one.")
    if revision != seen:
        message = f"Somebody else changed the draft: it is at revision {revision}, not {seen}."
        raise Conflict("draft_changed", message, {"revision": revision})


def check_publishable(course_code: str, version: int, status: str, leads_to_degree: bool, veterans: bool) -> None:
    """Raise Conflict unless this version may become public."""
    if status == PUBLISHED:
        raise Conflict("already_published", f"Version {version} of {course_code} is published already.")
    if status == RETIRED:
        raise Conflict("course_retired", f"Version {version} of {course_code} was retired; define the next one.")
    if leads_to_degree and not veterans:
        # Civil Service Management Law, article 61; veterans follow rules of their own.
        message = "A course that leads to a degree cannot be held for state employees but veterans (CSML, article 61)."
        raise Conflict("leads_to_degree", message)


def versions_to_retire(course_code: str, versions: Mapping[int, str], asked: int | None) -> list[int]:
    """The published versions that retire: the one asked for, or all of them."""
    if not versions or (asked is not None and asked not in versions):
        raise NotFound("course_not_found", "There is no such course, or no such version of it.")
    found = sorted(version for version, status in versions.items() if status == PUBLISHED and asked in (None, version))
    if not found:
        retired = RETIRED in (versions.values() if asked is None else {versions[asked]})
        code = "already_retired" if retired else "course_not_published"
        raise Conflict(code, f"There is no published version of {course_code} to retire.")
    return found


def version_to_offer(course_code: str, versions: Mapping[int, str], asked: int | None) -> int:
    """The version that an offering teaches: the one asked for, or the latest published."""
    if not versions or (asked is not None and asked not in versions):
        raise NotFound("course_not_found", "There is no such course, or no such version of it.")
    offered = asked if asked is not None else latest(versions, PUBLISHED)
    status = versions[offered] if offered is not None else max(versions.values(), key=_LIFE.index)
    what = course_code if asked is None else f"Version {asked} of {course_code}"
    if status == RETIRED:
        raise Conflict("course_retired", f"{what} is not offered any more.")
    if offered is None or status != PUBLISHED:
        raise Conflict("course_not_published", f"{what} is not published yet.")
    return offered


_LIFE = (DRAFT, PUBLISHED, RETIRED)


def latest(versions: Mapping[int, str], status: str) -> int | None:
    """The highest version in a status; None when there is none."""
    return max((version for version, found in versions.items() if found == status), default=None)


def check_group(kind: str, course_codes: Sequence[str], known: Collection[str], elsewhere: Mapping[str, str]) -> None:
    """Raise Invalid unless these courses can be a group: all of them known, none in another group of this kind.

    `elsewhere` maps courses to the other group of this kind that they are in. No course at all dissolves the group.
    """
    problems = _repeated("course_codes", course_codes)
    for place, code in enumerate(course_codes):
        if code not in known:
            problems[f"course_codes[{place}]"] = [f"{code} is not a published course"]
        elif code in elsewhere:
            problems[f"course_codes[{place}]"] = [f"{code} is in the {kind} group {elsewhere[code]} already"]
    if len(course_codes) == 1:
        problems["course_codes"] = ["must name at least two courses, or none to dissolve the group"]
    refuse(problems)


def check_levels(before: int, after: int, most_used: int) -> None:
    """Raise Invalid when a competence would lose a level that courses teach."""
    if after < before and most_used > after:
        raise Invalid.field("levels", f"courses teach level {most_used}")


def tags(course_code: str, content: Mapping[str, Any]) -> set[str]:
    """What a course can be filtered by, each as `kind:value`; `content` is a version's."""
    many = {
        "type": [content["course_type"]],
        "group": [GROUP_OF_TYPE[content["course_type"]]],
        "mode": [content["delivery_mode"]],
        "area": [course_code.partition("-")[0]],
        "language": content["languages"],
        "gain": content["gains"],
        "competence": [taught["code"] for taught in content["competences"]],
        "law": [reference["law"] for reference in content["legal_references"]],
        "needs": content["prerequisites"],
        "managers": [content["audience"]["managers"]],
    }
    return {f"{kind}:{value}"[:120] for kind, values in many.items() for value in values}
