"""Numbers that are data: what holds on a day."""

from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.database import Transaction

FILE = Path(__file__).parent.parent / "policy.yaml"


@cache
def _shipped() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["policies"]
    return found


def value_on(tx: Transaction, key: str, day: date) -> Any:
    """The JSON value in force on a day; None before its first value. An unknown key is a KeyError."""
    begun = [each for each in _shipped() if each["key"] == key and each["effective_from"] <= day]
    if not any(each["key"] == key for each in _shipped()):
        raise KeyError(key)
    return deepcopy(max(begun, key=lambda each: each["effective_from"])["value"]) if begun else None
