"""The numbers and choices that certification reads as data: its keys, and what each of them may hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.certification.models.policies import policies
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number


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
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
