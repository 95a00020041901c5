"""The numbers and choices that notification reads as data: its keys, and what each of them may hold."""

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
    "domain_rates": _domain_rates,
    "legal_notices": _templates,
    "message_caps": _caps,
    "attach_certificates": _yes_or_no,
    "attachment_wait_minutes": number(0, 1440, whole=True),
    "stale_news_days": number(1, 365, whole=True),
}

POLICIES = Policies(KEYS, Path(__file__).with_name("policy.yaml"), policies)
value_on = POLICIES.value_on
