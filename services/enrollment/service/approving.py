"""Asking those who decide on a request, step by step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.enrollment.service import facts, seating
from services.enrollment.service.history import Step
from services.enrollment.service.policy import value_on
from shared.database import Transaction
from shared.persian import end_of_day, tehran_date


def decide_by(tx: Transaction, offering: Any, rule: Any) -> datetime:
    """Until when the step at hand may be decided: days of the agency's rule or of the policy, the last one wholly
    inside; never longer than seats are given in the offering."""
    today = tehran_date(tx.now)
    days = rule.days if rule is not None and rule.days else value_on(tx, "approval_days", today)
    return min(end_of_day(today + timedelta(days=days)), max(seating.waiting_until(offering), end_of_day(today)))


def ask(tx: Transaction, offering: Any, employee: Any, step: Step, steps: Sequence[str], until: datetime) -> None:
    """Say that a request waits for the first of `steps`, to the person and to those who decide."""
    tx.publish(facts.requested(offering, employee, step, steps, until))
