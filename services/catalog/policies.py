"""The numbers that come with the product: reads policy.yaml and checks it. What was recorded overrides them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.catalog.domain.policy import CONFIDENCES, KEYS, SCOPES, Policy, value_problems

FILE = Path(__file__).with_name("policy.yaml")


class PolicyFileError(ValueError):
    """The policy file is wrong; the text says where and why."""


@cache
def shipped(path: Path = FILE) -> Mapping[str, tuple[Policy, ...]]:
    """The shipped values of every key, by day; raises PolicyFileError."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["policies"]
        policies = [Policy(edition=0, **entry) for entry in entries]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise PolicyFileError(f"{path.name}: {type(error).__name__}: {error}") from error
    found: dict[str, list[Policy]] = {key: [] for key in KEYS}
    for policy in policies:
        _check(policy, path)
        found[policy.key].append(policy)
    return {key: _in_order(key, values, path) for key, values in found.items()}


def _check(policy: Policy, path: Path) -> None:
    problems: dict[str, Any] = dict(value_problems(policy.key, policy.value))
    if policy.confidence not in CONFIDENCES:
        problems["confidence"] = policy.confidence
    if policy.scope not in SCOPES:
        problems["scope"] = policy.scope
    if problems:
        raise PolicyFileError(f"{path.name}: {policy.key}: {problems}")


def _in_order(key: str, values: list[Policy], path: Path) -> tuple[Policy, ...]:
    days = [policy.effective_from for policy in values]
    if not values or len(set(days)) < len(days):
        raise PolicyFileError(f"{path.name}: {key}: needs a value, and one for each day")
    return tuple(sorted(values, key=lambda policy: policy.effective_from))
