"""The numbers and choices that certification reads as data: its keys, and what each of them may hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.certification.models.policies import policies
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number

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


KEYS: dict[str, Check] = {
    "default_signatories": _list_of(fields(title=_title), 4),
    "grade_words": _list_of(fields(minimum=number(0, 100), word=_title), 10),
    "issuance_brake": fields(default=_LIMIT, agencies=_limits_of_agencies, usual_days=number(1, 365, whole=True)),
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
