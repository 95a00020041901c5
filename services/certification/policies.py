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


KEYS: dict[str, Check] = {
    "issuance_brake": fields(default=_LIMIT, agencies=_limits_of_agencies, usual_days=number(1, 365, whole=True)),
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
