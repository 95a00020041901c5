"""Offerings that somebody could enter on a day, and what decides on it: read for many offerings at once."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import ACTIVE
from services.enrollment.models.queries import HELD, SEAT_AGENCY
from services.enrollment.models.record import standing_entries, training_entries
from services.enrollment.models.tables import employees, enrollments, offerings
from shared.database import Transaction


def open_to(
    tx: Transaction,
    agency_code: str,
    today: date,
    limit: int,
    *,
    after: tuple[date, UUID] | None = None,
    codes: Collection[str] | None = None,
) -> Sequence[Any]:
    """Offerings that take people of this agency now, of these courses or of all: the soonest first."""
    own = offerings.c
    whom = sa.cast(own.open_to, sa.Text)  # a word, or a list of codes, as JSON writes them
    meant = sa.or_(
        whom == '"all"',
        sa.and_(whom == '"agency"', own.agency_code == agency_code),
        whom.contains(f'"{agency_code}"', autoescape=True),
    )
    statement = sa.select(offerings).where(
        own.enrollment_closes_on >= today,
        sa.or_(own.enrollment_opens_on.is_(None), own.enrollment_opens_on <= today),
        own.status == "open",
        own.closed_at.is_(None),
        sa.or_(own.formed.is_(None), own.formed),
        meant,
    )
    if codes is not None:
        statement = statement.where(own.course_code.in_(codes))
    if after is not None:
        place = sa.tuple_(sa.literal(after[0], own.starts_on.type), sa.literal(after[1], own.id.type))
        statement = statement.where(sa.tuple_(own.starts_on, own.id) > place)
    return tx.execute(statement.order_by(own.starts_on, own.id).limit(limit)).all()


def enrollments_in(tx: Transaction, employee_id: UUID, offering_ids: Collection[UUID]) -> dict[UUID, Any]:
    """Somebody's enrollments in these offerings, by offering."""
    own = enrollments.c
    statement = sa.select(own.offering_id, own.id, own.status)
    statement = statement.where(own.employee_id == employee_id, own.offering_id.in_(offering_ids))
    return {row.offering_id: row for row in tx.execute(statement)}


def booked(tx: Transaction, employee_id: UUID, today: date) -> Sequence[Any]:
    """Seats that somebody has or is offered in offerings that are not over: `id`, `course_code`, `sessions`."""
    other = offerings.c
    statement = (
        sa.select(other.id, other.course_code, other.sessions)
        .join(enrollments, enrollments.c.offering_id == other.id)
        .where(enrollments.c.employee_id == employee_id, enrollments.c.status.in_(("confirmed", "offered")))
        .where(other.status == "open", other.ends_on >= today)
    )
    return [row for row in tx.execute(statement) if row.sessions]


def seated_by_agency(tx: Transaction, offering_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """By offering: how many seats each agency's people have or are offered."""
    found: dict[UUID, dict[str, int]] = {}
    if not offering_ids:
        return found
    own = enrollments.c
    statement = (
        sa.select(own.offering_id, SEAT_AGENCY.label("agency"), sa.func.count().label("seats"))
        .join(employees, own.employee_id == employees.c.id)
        .where(own.offering_id.in_(offering_ids), own.status.in_(HELD))
        .group_by(own.offering_id, SEAT_AGENCY)
    )
    for row in tx.execute(statement):
        found.setdefault(row.offering_id, {})[row.agency] = row.seats
    return found


def courses_on_record(tx: Transaction, employee_id: UUID) -> set[str]:
    """The courses of somebody's training record."""
    entry = training_entries.c
    statement = standing_entries(entry.employee_id == employee_id, entry.course_code.is_not(None)).order_by(None)
    return set(tx.scalars(statement.with_only_columns(entry.course_code).distinct()))


def courses_running(tx: Transaction, employee_id: UUID) -> set[str]:
    """The courses that somebody has asked for or takes, without a result so far."""
    own = enrollments.c
    statement = sa.select(offerings.c.course_code).join(enrollments, own.offering_id == offerings.c.id)
    running = own.employee_id == employee_id, own.status.in_((*ACTIVE, "resit", "awaiting_form"))
    return set(tx.scalars(statement.where(*running)))
