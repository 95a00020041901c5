"""Numbers that are data: recorded and looked up, in every service that has some."""

from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar

from shared.auth import ROLES, Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import NotFound, refuse
from shared.persian import tehran_date
from shared.policies import rules, schemas
from shared.policies.rules import Period, Policy
from shared.policies.store import Policies


class PolicyCalls:
    policies: ClassVar[Policies]

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
        refuse(rules.value_problems(self.policies.keys, key, value))
        same_day = [each for each in self.policies.recorded(tx, [key])[key] if each.effective_from == effective_from]
        policy = Policy(
            key=key,
            value=value,
            effective_from=effective_from,
            edition=rules.next_edition([each.edition for each in same_day], effective_from, corrects),
            unit=self.policies.shipped()[key][-1].unit,
            recorded_at=tx.now,
            recorded_by=caller.system,
            **said,
        )
        self.policies.record(tx, policy)
        return _shown(policy)

    @query(schemas.ListPolicies, reply=schemas.Policies, roles=ROLES)
    def list_policies(self, tx: Transaction, caller: Caller, on: date | None) -> dict[str, Any]:
        """The numbers in force on a day (today in Tehran unless given), by key, each with source and confidence.

        `basis` says whether a number is the regulation; a key that had no value yet on that day is left out.
        """
        day = on or tehran_date(tx.now)
        shipped = self.policies.shipped()
        recorded = self.policies.recorded(tx, shipped)
        found = [rules.in_force(rules.timeline(shipped[key], recorded[key]), day) for key in sorted(shipped)]
        return {"on": day, "items": [_period(period) for period in found if period is not None]}

    @query(schemas.GetPolicy, reply=schemas.PolicyHistory, roles=ROLES)
    def get_policy(self, tx: Transaction, caller: Caller, key: str) -> dict[str, Any]:
        """Everything known of one number: each value with its source, corrections with their reasons, and what held
        or will hold when. NotFound `policy_not_found`."""
        if key not in self.policies.shipped():
            raise NotFound("policy_not_found", "There is no such policy.")
        values = [*self.policies.shipped()[key], *self.policies.recorded(tx, [key])[key]]
        values.sort(key=lambda policy: (policy.effective_from, policy.edition))
        periods = [_period(period) for period in self.policies.periods_of(tx, key)]
        return {"key": key, "values": [_shown(policy) for policy in values], "in_force": periods}


def _shown(policy: Policy) -> dict[str, Any]:
    return asdict(policy) | {"basis": policy.basis}


def _period(period: Period) -> dict[str, Any]:
    return _shown(period.policy) | {"effective_to": period.effective_to}
