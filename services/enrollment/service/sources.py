"""What a reply rests on: the numbers that were used, each with its source and how sure it is."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import date
from typing import Any

import msgspec

from services.enrollment.policies import POLICIES
from shared.database import Transaction
from shared.policies.rules import Policy

Source = dict[str, Any]


def sources(tx: Transaction, keys: Iterable[str], day: date, until: date | None = None) -> list[Source]:
    """The `policies` of a reply (schemas.sources.PolicyUsed): the values of these keys that hold on a day, or on any
    day until another one. A key without a value there (no rule yet) is left out. By key and day."""
    found = []
    for key in sorted(set(keys)):
        for policy, last in POLICIES.periods_of(tx, key):
            if policy.effective_from <= (until or day) and (last is None or last >= day):
                found.append(source_of(policy))
    return found


def plain(used: Iterable[Source]) -> list[Source]:
    """The same as JSON keeps them, beside what was decided by them."""
    found: list[Source] = msgspec.to_builtins(list(used))
    return found


def source_of(policy: Policy) -> Source:
    """One of these, of a policy that is at hand."""
    return {
        "key": policy.key,
        "value": deepcopy(policy.value),  # shipped values are read once and belong to everybody
        "effective_from": policy.effective_from,
        "source": policy.source,
        "confidence": policy.confidence,
        "scope": policy.scope,
        "basis": policy.basis,
    }
