"""The numbers and choices that certification reads as data: its keys, and what each of them may hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.certification.domain.requests import RESULT_ANNULLED
from services.certification.domain.validity import BASES, FIXED, day_of_year
from services.certification.models.policies import policies
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number, one_of

_PER_HOUR = number(0, 1_000_000, whole=True)


def _times_usual(path: str, value: Any) -> Problems:
    return {} if value is None else fields(times=number(1, 1000), floor=_PER_HOUR)(path, value)


_LIMIT = fields(per_hour=_PER_HOUR, times_usual=_times_usual)


def _limits_of_agencies(path: str, value: Any) -> Problems:
    if not isinstance(value, Mapping):
        return {path: ["must be an object of limits by agency code"]}
    return {at: said for code, limit in value.items() for at, said in _LIMIT(f"{path}.{code}", limit).items()}


def _title(path: str, value: Any) -> Problems:
    fits = isinstance(value, Mapping) and isinstance(value.get("fa"), str) and value.keys() <= {"fa", "en"}
    return {} if fits else {path: ['must be an object such as {"fa": "…", "en": "…"}']}


def _list_of(kind: Check, most: int) -> Check:
    def check(path: str, value: Any) -> Problems:
        if not isinstance(value, list) or len(value) > most:
            return {path: [f"must be a list of at most {most}"]}
        return {at: said for place, each in enumerate(value) for at, said in kind(f"{path}[{place}]", each).items()}

    return check


def _term(path: str, value: Any) -> Problems:
    """How a course is renewed; `fixed_day` with the base `fixed` only."""
    problems = fields(window_months=number(0, 60, whole=True), base=one_of(*BASES), fixed_day=_fixed_day)(path, value)
    if not problems and (value["base"] == FIXED) != (value["fixed_day"] is not None):
        problems[f"{path}.fixed_day"] = ["must be given with the base fixed, and be null with the others"]
    return problems


def _fixed_day(path: str, value: Any) -> Problems:
    try:
        if value is not None:
            day_of_year(value if isinstance(value, str) else "")
    except ValueError as error:
        return {path: [str(error)]}
    return {}


def _terms_of_courses(path: str, value: Any) -> Problems:
    if not isinstance(value, Mapping):
        return {path: ["must be an object of terms by course code"]}
    return {at: said for code, term in value.items() for at, said in _term(f"{path}.{code}", term).items()}


def _reminders(path: str, value: Any) -> Problems:
    fits = (
        isinstance(value, list) and len(value) <= 10 and all(not number(1, 1000, whole=True)("", day) for day in value)
    )
    return {} if fits else {path: ["must be a list of at most 10 whole numbers of days from 1 to 1000"]}


def _reasons(path: str, value: Any) -> Problems:
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        return {path: ["must be a list of 1 to 50 reasons"]}
    kind = fields(code=_code, title=_title)
    problems = {at: said for place, each in enumerate(value) for at, said in kind(f"{path}[{place}]", each).items()}
    if not problems and RESULT_ANNULLED not in {each["code"] for each in value}:
        problems[path] = [f"must have the code {RESULT_ANNULLED}, which corrected results use"]
    return problems


def _code(path: str, value: Any) -> Problems:
    fits = isinstance(value, str) and 1 <= len(value) <= 40 and value.isascii() and value.replace("_", "a").isalnum()
    return {} if fits else {path: ["must have 1 to 40 letters, digits and _"]}


KEYS: dict[str, Check] = {
    "default_signatories": _list_of(fields(title=_title), 4),
    "grade_words": _list_of(fields(minimum=number(0, 100), word=_title), 10),
    "issuance_brake": fields(default=_LIMIT, agencies=_limits_of_agencies, usual_days=number(1, 365, whole=True)),
    "renewal": fields(default=_term, courses=_terms_of_courses),
    "expiry_reminder_days": _reminders,
    "revocation_reasons": _reasons,
    "certificate_request_days": number(1, 365, whole=True),
    "type2_organisation": _title,
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
