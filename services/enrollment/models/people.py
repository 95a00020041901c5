"""People in their agencies: periods of employment, officers, transfers, corrected names."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.officer_marks import mark_officers
from services.enrollment.models.tables import agencies, employees, enrollments, metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction
from shared.tree import MAX_DEPTH, Tree

# One open period a person at most; the row of the employee says what holds now. An end may be recorded long after its
# day: `end_recorded_at` is empty where it was before this was kept.
employment_periods = sa.Table(
    "employment_periods",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("unit", sa.String(200)),
    sa.Column("job_title", sa.String(200)),
    sa.Column("job_family", sa.String(100)),
    sa.Column("job_class", sa.Integer),
    sa.Column("rank", sa.String(20)),
    sa.Column("is_manager", sa.Boolean, nullable=False),
    sa.Column("employment", sa.String(20), nullable=False),
    sa.Column("personnel_number", sa.String(20)),
    sa.Column("from_day", sa.Date, nullable=False),
    sa.Column("until_day", sa.Date),
    sa.Column("end_reason", sa.String(20)),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("end_recorded_at", UTCDateTime),
    sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name="days"),
    sa.Index("ix_employment_periods_employee_id", "employee_id", "from_day"),
    sa.Index("ix_employment_periods_agency_code", "agency_code", "employee_id"),
    sa.Index(
        "uq_employment_periods_open",
        "employee_id",
        unique=True,
        postgresql_where=sa.text("until_day IS NULL"),
        sqlite_where=sa.text("until_day IS NULL"),
    ),
)

# Who holds a role in an agency, and to whom it is delegated for a time (`delegated_by` names the row of the role).
officers = sa.Table(
    "officers",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.ForeignKey("agencies.code"), nullable=False),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("from_day", sa.Date, nullable=False),
    sa.Column("until_day", sa.Date),
    sa.Column("delegated_by", sa.ForeignKey("officers.id")),
    sa.Column("reason", sa.Text),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name="days"),
    sa.Index("ix_officers_agency_code", "agency_code", "role"),
    sa.Index("ix_officers_employee_id", "employee_id"),
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("from_agency", sa.ForeignKey("agencies.code"), nullable=False),
    sa.Column("to_agency", sa.ForeignKey("agencies.code"), nullable=False),
    sa.Column("personnel_number", sa.String(20), nullable=False),
    sa.Column("effective_on", sa.Date, nullable=False),
    sa.Column("job", JSON, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_at", UTCDateTime, nullable=False),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_at", UTCDateTime),
    sa.Column("decision_reason", sa.Text),
    sa.Column("problem", sa.String(50)),
    sa.Column("done_at", UTCDateTime),
    sa.CheckConstraint("status IN ('requested', 'confirmed', 'refused', 'withdrawn', 'done')", name="status"),
    sa.Index("ix_transfers_from_agency", "from_agency", "id"),
    sa.Index("ix_transfers_to_agency", "to_agency", "id"),
    sa.Index(
        "uq_transfers_running",
        "employee_id",
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'confirmed')"),
        sqlite_where=sa.text("status IN ('requested', 'confirmed')"),
    ),
)

name_corrections = sa.Table(
    "name_corrections",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("before", sa.String(200)),
    sa.Column("after", sa.String(200)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("system", sa.String(100), nullable=False),
    sa.Column("corrected_at", UTCDateTime, nullable=False),
    sa.Index("ix_name_corrections_employee_id", "employee_id", "id"),
)

JOB = ("agency_code", "unit", "job_title", "job_family", "job_class", "rank", "is_manager", "employment")
agency_tree = Tree(agencies)
RUNNING = ("requested", "confirmed")  # states of a transfer that is not decided or not carried out


def height(tx: Transaction, code: str) -> int:
    """How many levels an agency and those below it make: 1 for one with none below."""
    own, level = agencies.c, sa.literal(1).label("level")
    below = sa.select(own.code, level).where(own.code == code).cte(recursive=True)
    child = agencies.alias("child").c
    downwards = sa.select(child.code, below.c.level + 1).join(
        below, sa.and_(child.parent_code == below.c.code, below.c.level <= MAX_DEPTH)
    )
    below = below.union_all(downwards)
    return tx.scalar(sa.select(sa.func.max(below.c.level))) or 0


def open_period(tx: Transaction, employee_id: UUID) -> Any:
    own = employment_periods.c
    return tx.execute(
        sa.select(employment_periods).where(own.employee_id == employee_id, own.until_day.is_(None)).with_for_update()
    ).first()


def end_known(as_of: datetime, day: date) -> Any:
    """Whether the end of a period was known at a moment of a day; of old rows, whether its last day had come."""
    own = employment_periods.c
    return sa.or_(own.end_recorded_at <= as_of, sa.and_(own.end_recorded_at.is_(None), own.until_day <= day))


def lock_person(tx: Transaction, employee_id: UUID) -> Any:
    return tx.execute(sa.select(employees).where(employees.c.id == employee_id).with_for_update()).first()


def hold(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Any]:
    """These people, none of whom leaves, moves, is merged or gets another seat before the transaction ends.

    People are locked before any offering, by everybody and in the order of their ids: so those who leave are taken out
    of what runs, and two offerings cannot both find somebody free for the same hours.
    """
    statement = sa.select(employees).where(employees.c.id.in_(ids)).order_by(employees.c.id)
    return {row.id: row for row in tx.execute(statement.with_for_update(key_share=True))}


def hold_those_of(tx: Transaction, enrollment_ids: Collection[UUID]) -> None:
    """`hold` for the people of these enrollments.

    Whoever records results or corrects them holds people too, as whoever recognises something or hears of records of
    the past: of two lines of a course that come at once, only one counts.
    """
    own = enrollments.c
    tx.execute(_held(employees.c.id.in_(sa.select(own.employee_id).where(own.id.in_(enrollment_ids)))))


def hold_undecided(tx: Transaction, offering_id: UUID) -> None:
    """`hold` for the people who have a seat in an offering and no result yet."""
    own = enrollments.c
    seated = sa.select(own.employee_id).where(own.offering_id == offering_id, own.status.in_(("confirmed", "resit")))
    tx.execute(_held(employees.c.id.in_(seated)))


def _held(condition: Any) -> sa.Select[Any]:
    statement = sa.select(employees.c.id).where(condition).order_by(employees.c.id)
    return statement.with_for_update(key_share=True)


def relieve(tx: Transaction, employee_id: UUID, last_day: date) -> None:
    """Somebody who is not of their agency any more holds no role in it, not even for others, and supervises nobody."""
    own = officers.c
    held = sa.select(own.id).where(own.employee_id == employee_id)
    theirs = sa.or_(own.employee_id == employee_id, own.delegated_by.in_(held.scalar_subquery()))
    mark_roles(tx, theirs)
    tx.execute(sa.delete(officers).where(theirs, own.from_day > last_day))
    still = sa.or_(own.until_day.is_(None), own.until_day > last_day)
    tx.execute(sa.update(officers).where(theirs, still).values(until_day=last_day))
    supervised = sa.update(employees).where(employees.c.supervisor_id == employee_id)
    tx.execute(supervised.values(supervisor_id=None))


def mark_roles(tx: Transaction, condition: Any) -> None:
    """Let the officers of those agencies be told anew in which these roles are held."""
    mark_officers(tx, tx.scalars(sa.select(officers.c.agency_code).where(condition).distinct()))


def end_transfers(tx: Transaction, employee_id: UUID, problem: str) -> None:
    """A transfer that was asked for and cannot be carried out any more is over."""
    own = transfers.c
    running = sa.and_(own.employee_id == employee_id, own.status.in_(RUNNING))
    tx.execute(sa.update(transfers).where(running).values(status="withdrawn", problem=problem))


def period_on(tx: Transaction, employee_id: UUID, agency_code: str, day: date) -> Any:
    """What somebody was in an agency on a day, or last before it; None where no period is known."""
    own = employment_periods.c
    there = sa.and_(own.employee_id == employee_id, own.agency_code == agency_code, own.from_day <= day)
    return tx.execute(sa.select(employment_periods).where(there).order_by(own.from_day.desc()).limit(1)).first()


def holders(tx: Transaction, agency_codes: Collection[str], role: str, today: date) -> Sequence[Any]:
    """Who holds a role in one of these agencies today, themselves or by delegation: rows of employees."""
    own = officers.c
    in_force = sa.and_(own.from_day <= today, sa.or_(own.until_day.is_(None), own.until_day >= today))
    statement = (
        sa.select(employees)
        .join(officers, own.employee_id == employees.c.id)
        .where(own.agency_code.in_(agency_codes), own.role == role, in_force, employees.c.left_on.is_(None))
        .order_by(employees.c.id)
        .distinct()
    )
    return tx.execute(statement).all()


def days_of_role(tx: Transaction, agency_codes: Collection[str], role: str) -> Sequence[Any]:
    """Who holds a role in these agencies, or did or will, themselves or by delegation, and on which days."""
    own = officers.c
    held = sa.select(own.agency_code, own.employee_id, own.from_day, own.until_day)
    held = held.where(own.agency_code.in_(agency_codes), own.role == role)
    return tx.execute(held.order_by(own.agency_code, own.from_day, own.id)).all()


def delegates_of(tx: Transaction, employee_id: UUID, role: str, today: date) -> Sequence[Any]:
    """To whom somebody's role is delegated today."""
    given, held = officers.alias("given"), officers.alias("held")
    in_force = sa.and_(given.c.from_day <= today, sa.or_(given.c.until_day.is_(None), given.c.until_day >= today))
    statement = (
        sa.select(employees)
        .join(given, given.c.employee_id == employees.c.id)
        .join(held, held.c.id == given.c.delegated_by)
        .where(held.c.employee_id == employee_id, given.c.role == role, in_force, employees.c.left_on.is_(None))
        .order_by(employees.c.id)
    )
    return tx.execute(statement).all()
