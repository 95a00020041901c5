"""Asking those who decide on a request, step by step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.enrollment.policies import value_on
from services.enrollment.service import facts, officers, seating
from services.enrollment.service.history import Step
from shared.database import Transaction
from shared.persian import end_of_day, tehran_date


def decide_by(tx: Transaction, offering: Any, rule: Any) -> datetime:
    """Until when the step at hand may be decided: days of the agency's rule or of the policy, the last one wholly
    inside; never longer than seats are given in the offering."""
    today = tehran_date(tx.now)
    days = rule.days if rule is not None and rule.days else value_on(tx, "approval_days", today)
    return min(end_of_day(today + timedelta(days=days)), max(seating.waiting_until(offering), end_of_day(today)))


def ask(
    tx: Transaction,
    offering: Any,
    employee: Any,
    step: Step,
    steps: Sequence[str],
    until: datetime,
    known: dict[tuple[Any, ...], list[Any]],
) -> None:
    """Say that a request waits for the first of `steps`, and who may decide.

    `known` keeps who decides for whom, so that a list of a thousand people asks once for each agency and supervisor.
    """
    key = (employee.agency_code, employee.supervisor_id, steps[0])
    if key not in known:
        known[key] = officers.deciders_of(tx, employee, steps[0], tehran_date(tx.now))
    deciders = [row.id for row in known[key] if row.id != employee.id]
    tx.publish(facts.requested(offering, employee, step, steps, until, deciders))
