"""The numbers and choices that notification reads as data: its keys, and what each of them may hold."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.notification.domain.templates import Template
from services.notification.models.tables import policies
from shared.policies import Policies
from shared.policies.rules import Check, Problems, fields, number

_TEMPLATES = frozenset(Template)


def _templates(path: str, value: Any) -> Problems:
    fits = isinstance(value, list) and all(isinstance(each, str) and each in _TEMPLATES for each in value)
    return {} if fits else {path: ["must be a list of templates"]}


_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MONTH_DAY = re.compile(r"(0[1-6]-(0[1-9]|[12][0-9]|3[01])|(0[7-9]|1[0-2])-(0[1-9]|[12][0-9]|30))")


def _clock(path: str, value: Any) -> Problems:
    fits = isinstance(value, str) and _CLOCK.fullmatch(value)
    return {} if fits else {path: ["must be a time of day such as 08:00"]}


def _quiet(path: str, value: Any) -> Problems:
    return {} if value is None else fields(**{"from": _clock, "to": _clock})(path, value)


def _weekend(path: str, value: Any) -> Problems:
    fits = isinstance(value, list) and len(value) < 7 and all(type(each) is int and 0 <= each <= 6 for each in value)
    return {} if fits else {path: ["must be a list of at most six days of the week, 0 for Monday to 6 for Sunday"]}


def _title(path: str, value: Any) -> Problems:
    fits = isinstance(value, Mapping) and isinstance(value.get("fa"), str) and value.keys() <= {"fa", "en"}
    return {} if fits else {path: ['must be an object such as {"fa": "…", "en": "…"}']}


def _month_day(path: str, value: Any) -> Problems:
    fits = isinstance(value, str) and _MONTH_DAY.fullmatch(value)
    return {} if fits else {path: ["must be a month and day of the Jalali year such as 01-13"]}


def _days_of_the_year(path: str, value: Any) -> Problems:
    if not isinstance(value, list) or len(value) > 60:
        return {path: ["must be a list of at most 60 days"]}
    day = fields(day=_month_day, title=_title)
    return {at: said for place, each in enumerate(value) for at, said in day(f"{path}[{place}]", each).items()}


def _yes_or_no(path: str, value: Any) -> Problems:
    return {} if isinstance(value, bool) else {path: ["must be true or false"]}


def _domain_rates(path: str, value: Any) -> Problems:
    """`default` and those of `domains`, mails a minute; null is no limit."""
    if not isinstance(value, dict) or set(value) != {"default", "domains"} or not isinstance(value["domains"], dict):
        return {path: ["must be an object with default and domains"]}
    rates = {f"{path}.default": value["default"]}
    problems: Problems = {}
    for domain, rate in value["domains"].items():
        rates[f"{path}.domains.{domain}"] = rate
        if domain != domain.lower() or "@" in domain:
            problems[f"{path}.domains"] = ["must be named by domains in small letters"]
    for where, rate in rates.items():
        problems |= {} if rate is None else _PER_MINUTE(where, rate)
    return problems


_PER_MINUTE = number(1, 1_000_000, whole=True)
_PER_HOUR = number(1, 10_000_000, whole=True)
_CAPS = fields(recipient=_PER_HOUR, agency=_PER_HOUR, template=_PER_HOUR)


def _caps(path: str, value: Any) -> Problems:
    """The three caps, and in `agencies` by their codes those that have one of their own."""
    if not isinstance(value, dict) or "agencies" not in value:
        return _CAPS(path, value)
    own = value["agencies"]
    problems = _CAPS(path, {name: cap for name, cap in value.items() if name != "agencies"})
    if not isinstance(own, dict):
        return problems | {f"{path}.agencies": ["must be an object of caps by the codes of agencies"]}
    for code, cap in own.items():
        problems |= _PER_HOUR(f"{path}.agencies.{code}", cap)
    return problems


KEYS: dict[str, Check] = {
    "attach_certificates": _yes_or_no,
    "attachment_wait_minutes": number(0, 1440, whole=True),
    "digest": fields(at=_clock, weekday=number(0, 6, whole=True)),
    "domain_rates": _domain_rates,
    "fixed_holidays": _days_of_the_year,
    "legal_notices": _templates,
    "message_caps": _caps,
    "quiet_hours": fields(email=_quiet, sms=_quiet),
    "session_reminder": fields(days_before=number(1, 30, whole=True), at=_clock),
    "soft_bounces": fields(mails=number(2, 1000, whole=True), days=number(1, 365, whole=True)),
    "stale_news_days": number(1, 365, whole=True),
    "weekend": _weekend,
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
