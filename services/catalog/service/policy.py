"""Numbers that are data: recorded and looked up."""

from copy import deepcopy
from dataclasses import asdict
from datetime import date
from typing import Any

from services.catalog import policies
from services.catalog.domain import policy as domain
from services.catalog.domain.policy import Period, Policy
from services.catalog.models import policy as models
from services.catalog.models.policy import RecordedPolicy
from services.catalog.schemas import policy as schemas
from services.catalog.service.roles import EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import NotFound
from shared.persian import tehran_date


class PolicyCalls:
    @command(schemas.RecordPolicy, reply=schemas.Policy, roles=("national",))
    def record_policy(
        self,
        tx: Transaction,
        caller: Caller,
        *,
        key: str,
        value: Any,
        effective_from: date,
        corrects: int | None,
        **said: Any,
    ) -> dict[str, Any]:
        """Record a number from a day on; what was recorded stays, and nothing is edited.

        From the first recorded day of a key on, recorded values take the place of those that came with the product. A
        second value of the same day must name the edition it `corrects`, else Conflict `policy_recorded` (details:
        `edition`). Invalid names an unknown `key` and every wrong part of `value`. `confidence`: F found in the
        source, I inferred, G general knowledge, X looked for and not found, or policy_default.
        """
        domain.check_value(key, value)
        same_day = [each for each in models.recorded(tx, [key])[key] if each.effective_from == effective_from]
        policy = Policy(
            key=key,
            value=value,
            effective_from=effective_from,
            edition=domain.next_edition([each.edition for each in same_day], effective_from, corrects),
            unit=policies.shipped()[key][-1].unit,
            recorded_at=tx.now,
            recorded_by=caller.system,
            **said,
        )
        tx.add(RecordedPolicy(**asdict(policy)))
        return _shown(policy)

    @query(schemas.ListPolicies, reply=schemas.Policies, roles=EVERYONE)
    def list_policies(self, tx: Transaction, caller: Caller, on: date | None) -> dict[str, Any]:
        """The numbers in force on a day (today in Tehran unless given), by key, each with source and confidence.

        `basis` says whether a number is the regulation; a key that had no value yet on that day is left out.
        """
        day = on or tehran_date(tx.now)
        shipped = policies.shipped()
        recorded = models.recorded(tx, shipped)
        found = [domain.in_force(domain.timeline(shipped[key], recorded[key]), day) for key in sorted(shipped)]
        return {"on": day, "items": [_period(period) for period in found if period is not None]}

    @query(schemas.GetPolicy, reply=schemas.PolicyHistory, roles=EVERYONE)
    def get_policy(self, tx: Transaction, caller: Caller, key: str) -> dict[str, Any]:
        """Everything known of one number: each value with its source, corrections with their reasons, and what held
        or will hold when. NotFound `policy_not_found`."""
        if key not in policies.shipped():
            raise NotFound("policy_not_found", "There is no such policy.")
        values = [*policies.shipped()[key], *models.recorded(tx, [key])[key]]
        values.sort(key=lambda policy: (policy.effective_from, policy.edition))
        periods = [_period(period) for period in periods_of(tx, key)]
        return {"key": key, "values": [_shown(policy) for policy in values], "in_force": periods}


def periods_of(tx: Transaction, key: str) -> list[Period]:
    """Which values of a key hold when, in order."""
    return domain.timeline(policies.shipped()[key], models.recorded(tx, [key])[key])


def policy_on(tx: Transaction, key: str, day: date) -> Policy | None:
    """The policy in force on a day, with its source; None before its first value. An unknown key is a KeyError."""
    period = domain.in_force(periods_of(tx, key), day)
    return period.policy if period else None


def value_on(tx: Transaction, key: str, day: date) -> Any:
    """The JSON value in force on a day; None before its first value. An unknown key is a KeyError."""
    policy = policy_on(tx, key, day)
    return deepcopy(policy.value) if policy else None  # shipped values are read once and belong to everybody


def _shown(policy: Policy) -> dict[str, Any]:
    return asdict(policy) | {"basis": policy.basis}


def _period(period: Period) -> dict[str, Any]:
    return _shown(period.policy) | {"effective_to": period.effective_to}
