"""The rules of courses and their versions."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.catalog.domain.problems import Problems, refuse
from shared.errors import Conflict, NotFound

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


def check_definition(definition: Mapping[str, Any], published: Mapping[str, Sequence[str]]) -> None:
    """Raise Invalid with every wrong field of a course definition.

    `published` has the prerequisites of every published course under its code. Attendance is a share from 0 to 1,
    the pass mark is of 100; their defaults 0.8 and 60 are policy defaults, no national figure being known.
    """
    refuse(_range_problems(definition) | _prerequisite_problems(definition, published))


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
