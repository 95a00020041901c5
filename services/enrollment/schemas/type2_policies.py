"""Shapes of the policies about type-2 certificates."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from services.enrollment.domain.type2 import LEVELS, REMOVED
from services.enrollment.domain.type2_degrees import DEGREES
from shared.policies.rules import Check, Problems, fields, number, one_of

_FRACTION = re.compile(r"[0-9]{1,4}/[1-9][0-9]{0,3}")


def _title(path: str, value: Any) -> Problems:
    fits = isinstance(value, Mapping) and isinstance(value.get("fa"), str) and value.keys() <= {"fa", "en"}
    return {} if fits else {path: ['must be an object such as {"fa": "…", "en": "…"}']}


def _share(path: str, value: Any) -> Problems:
    fits = isinstance(value, str) and _FRACTION.fullmatch(value) and Fraction(value) <= 1
    return {} if fits else {path: ['must be a fraction up to 1 as text, such as "2/3"']}


def _yes_or_no(path: str, value: Any) -> Problems:
    return {} if isinstance(value, bool) else {path: ["must be true or false"]}


def _never(path: str, value: Any) -> Problems:
    return {} if value is False else {path: ["must be false: the level was removed from the system"]}


def _cap(path: str, value: Any) -> Problems:
    return {} if value is None else number(0, 10_000)(path, value)


def list_of(*words: str) -> Check:
    def check(path: str, value: Any) -> Problems:
        fits = isinstance(value, list) and all(each in words for each in value) and len(set(value)) == len(value)
        return {} if fits else {path: [f"must be a list of {', '.join(words)}, each once at most"]}

    return check


def _codes(path: str, value: Any) -> Problems:
    fits = isinstance(value, list) and len(value) <= 200 and all(isinstance(each, str) and each for each in value)
    return {} if fits else {path: ["must be a list of up to 200 codes of courses"]}


def _level(enabled: Check) -> Check:
    return fields(enabled=enabled, base_degree=one_of(*DEGREES), title=_title, benefit=_title)


_HOURS = number(0, 100_000)
_THRESHOLDS = fields(
    hours=_HOURS, job_share=_share, min_years=number(0, 60, whole=True), hours_per_year=_cap, research_hours=_HOURS
)

TYPE2_KEYS: dict[str, Check] = {
    "type2_levels": fields(**dict.fromkeys(LEVELS, _level(_yes_or_no)), **{REMOVED: _level(_never)}),
    "type2_thresholds": fields(**dict.fromkeys(LEVELS, _THRESHOLDS)),
    "type2_exam_pass_mark": number(0, 100),
    "type2_exam_attempts": number(1, 100, whole=True),
    "type2_exam_waiting_days": number(0, 3650, whole=True),
    "type2_max_awards": number(0, 10, whole=True),
    "type2_excludes_uses": list_of("early_step", "rank", "type2"),
    "type2_ict_floor_hours": fields(**dict.fromkeys(LEVELS, _HOURS), course_codes=_codes),
    "type2_cap_order": one_of("job_side_first", "oldest_first"),
    "type2_signatories": fields(committee=_title, organisation=_title),
}
