"""The numbers and choices that enrollment reads as data: its keys, and what each of them may hold."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from services.enrollment import due_policies
from services.enrollment.domain.hours_ranks import RANKS
from services.enrollment.domain.recognitions import UNITS
from services.enrollment.models.policies import policies
from services.enrollment.schemas.type2_policies import TYPE2_KEYS
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number, one_of

_DAYS = number(0, 3650, whole=True)
_SHARE = number(0, 1)
_KEEPS = one_of("keep", "withdraw")


def _excuses(path: str, value: Any) -> Problems:
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        return {path: ["must be a list of 1 to 50 kinds"]}
    kind = fields(code=_code, title=_title, counts=one_of("attended", "excused", "absent"))
    problems = {at: said for place, each in enumerate(value) for at, said in kind(f"{path}[{place}]", each).items()}
    codes = [each.get("code") for each in value if isinstance(each, Mapping)]
    return problems or ({path: ["has a code twice"]} if len(set(codes)) < len(codes) else {})


def _code(path: str, value: Any) -> Problems:
    fits = isinstance(value, str) and 1 <= len(value) <= 30 and value.isascii() and value.replace("_", "a").isalnum()
    return {} if fits else {path: ["must have 1 to 30 letters, digits and _"]}


def _title(path: str, value: Any) -> Problems:
    fits = isinstance(value, Mapping) and isinstance(value.get("fa"), str) and value.keys() <= {"fa", "en"}
    return {} if fits else {path: ['must be an object such as {"fa": "…", "en": "…"}']}


def _kinds(path: str, value: Any) -> Problems:
    fits = isinstance(value, list) and set(map(str, value)) <= set(UNITS) and len(set(value)) == len(value)
    return {} if fits else {path: [f"must be a list of some of {', '.join(UNITS)}"]}


def _ranks(path: str, value: Any) -> Problems:
    if not isinstance(value, Mapping) or not value or not value.keys() <= set(RANKS[1:]):
        return {path: [f"must be an object of some of {', '.join(RANKS[1:])}"]}
    rank = fields(years=number(0, 50), hours=number(0, 10000), appraisal=number(0, 100), experience=_yes_or_no)
    return {at: said for name, each in value.items() for at, said in rank(f"{path}.{name}", each).items()}


def _yes_or_no(path: str, value: Any) -> Problems:
    return {} if isinstance(value, bool) else {path: ["must be true or false"]}


_HOURS = number(0, 10000)
_OCCASION = fields(month=number(1, 12, whole=True), day=number(1, 31, whole=True), share=_SHARE)

KEYS: dict[str, Check] = {
    "seat_offer_hours": number(0, 24 * 60),
    "approval_days": number(1, 60, whole=True),
    "invitation_days": number(1, 365, whole=True),
    "repeat_completed_course": one_of("refuse", "allow"),
    "no_show_rule": fields(
        count=number(1, 100, whole=True),
        within_months=number(1, 120, whole=True),
        effect=one_of("none", "approval", "refuse"),
    ),
    "excuse_kinds": _excuses,
    "max_excused_share": _SHARE,
    "resits_when_unsaid": number(0, 10, whole=True),
    "resit_counts": one_of("last", "best"),
    "transfer_running_enrollments": fields(open=_KEEPS, not_open=_KEEPS),
    "form_due_days": _DAYS,
    "behaviour_form_after_days": _DAYS,
    "form_makeup_days": _DAYS,
    "min_answers_shown": number(1, 1000, whole=True),
    "repeat_counts": one_of("once", "refresh", "yearly"),
    "hours_per_cme_point": number(0.1, 100),
    "hours_per_university_unit": number(0.1, 1000),
    "recognition_needs_permit": _kinds,
    "recognition_four_eyes": one_of("yes", "no"),
    "revoked_certificate_counts": one_of("yes", "no"),
    "annual_minimum_hours": fields(manager=_HOURS, staff=_HOURS),
    "contract_minimum_hours": _HOURS,
    "minimum_binds": one_of("person", "agency", "both"),
    "part_year_rule": one_of("months", "days"),
    "minimum_change_rule": one_of("weighed", "next_year"),
    "pay_points_per_hour": number(0, 100),
    "pay_hours_per_year": _HOURS,
    "pay_hours_in_career": number(0, 100000),
    "induction_side": one_of("general", "job"),
    "shortfall_days": fields(half=_OCCASION, three_quarters=_OCCASION, last_call=_OCCASION),
    "shortfall_makeup_days": _DAYS,
    "recompute_preview_days": number(1, 3650, whole=True),
    "rank_requirements": _ranks,
    "rank_requirements_associate": _ranks,
    "rank_requirements_teacher": _ranks,
    **TYPE2_KEYS,
    **due_policies.KEYS,
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
FIRST_DAY = date(2001, 3, 21)  # of the file: every key has a value from then on
