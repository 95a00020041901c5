"""Numbers that are data: recorded and looked up."""

from datetime import date
from typing import Any

from shared.database import Transaction


class PolicyCalls:
    """Calls of this subject."""


def value_on(tx: Transaction, key: str, day: date) -> Any:
    return None
