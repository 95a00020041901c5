"""What the policies about compulsory courses, their days and their reminders may hold."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.enrollment.domain.foreseen import POST_LEVELS
from shared.policies.rules import Check, Problems, number, one_of

_MONTHS = number(0, 600, whole=True)


def _day(path: str, value: Any) -> Problems:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return {path: ["must be a day such as 2024-03-20"]}
    return {}


def _text(path: str, value: Any) -> Problems:
    return {} if isinstance(value, str) and 1 <= len(value) <= 300 else {path: ["must be a text of 1 to 300 letters"]}


def _list_of(check: Check, most: int) -> Check:
    def every(path: str, value: Any) -> Problems:
        if not isinstance(value, list) or len(value) > most:
            return {path: [f"must be a list of at most {most}"]}
        return {at: said for place, each in enumerate(value) for at, said in check(f"{path}[{place}]", each).items()}

    return every


def _object(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    def check(path: str, value: Any) -> Problems:
        if not isinstance(value, Mapping):
            return {path: [f"must be an object with {', '.join(required)}"]}
        known = {**required, **optional}
        problems: Problems = {f"{path}.{name}": ["is not a known field"] for name in value if name not in known}
        for name, inner in known.items():
            if name in value:
                problems |= inner(f"{path}.{name}", value[name])
            elif name in required:
                problems[f"{path}.{name}"] = ["is required"]
        return problems

    return check


_FIELDS = _object(
    {"for": one_of("all", "managers", "staff"), "since": _day, "source": _text},
    {"course_code": _text, "programme_code": _text, "within_months": _MONTHS, "due_by": _day},
)


def _compulsory(path: str, value: Any) -> Problems:
    problems = _FIELDS(path, value)
    if not problems and ("course_code" in value) == ("programme_code" in value):
        return {path: ["must name either a course_code or a programme_code"]}
    return problems


KEYS: dict[str, Check] = {
    "compulsory_courses": _list_of(_compulsory, 200),
    "compulsory_within_months": _MONTHS,
    "probation_years": number(0, 10, whole=True),
    "induction_since": _day,
    "renewal_warn_months": _MONTHS,
    "due_warn_days": _list_of(number(1, 730, whole=True), 10),
    "due_makeup_days": number(0, 365, whole=True),
    "pre_appointment_programmes": _list_of(
        _object({"post_level": one_of(*POST_LEVELS), "programme_codes": _list_of(_text, 20)}, {}), len(POST_LEVELS)
    ),
    "pre_appointment_valid_months": _MONTHS,
}
