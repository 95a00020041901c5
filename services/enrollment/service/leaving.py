"""Taking somebody out of what runs: because they left, or because their new agency may not take part."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import ACTIVE
from services.enrollment.models import enrollments, queries
from services.enrollment.service import facts, seating
from services.enrollment.service.history import Actor
from shared.database import Transaction
from shared.persian import tehran_date

LEFT = "پایان اشتغال در دستگاه"
MOVED = "انتقال به دستگاهی که دوره برای آن باز نیست"


def withdraw_running(
    tx: Transaction, actor: Actor, employee_id: UUID, reason: str, may_stay: Callable[[Any], bool]
) -> int:
    """Withdraw somebody from every offering in which they may not stay, and tell it; how many they were.

    A seat in a course that has begun is kept in any case: its result still counts. Offerings are locked in the order
    of their ids.
    """
    own = enrollments.c
    running = sa.select(own.offering_id, own.id).where(own.employee_id == employee_id, own.status.in_(ACTIVE))
    count = 0
    for offering_id, enrollment_id in tx.execute(running.order_by(own.offering_id)).all():
        offering = queries.lock_offering(tx, offering_id)
        row = queries.locked_enrollment(tx, enrollment_id)
        has_begun = row.status == "confirmed" and offering.starts_on <= tehran_date(tx.now)
        if row.status not in ACTIVE or has_begun or may_stay(offering):
            continue
        person = queries.enrollment_with_employee(tx, enrollment_id)
        step = seating.leave(tx, actor, "withdraw", offering, person, row.status, reason)
        tx.publish(facts.withdrawn(offering, person, step))
        count += 1
    return count
