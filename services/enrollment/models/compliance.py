"""Figures of agencies by Jalali year, and the plans that they are held against.

Figures are counted again after something that they are made of changed. Triggers of the database leave a mark for that,
in the transaction of the change and whichever statement, call or release made it: on `person_years`,
`training_entries`, `form_requests` and `test_scores`, and on `enrollments` that move to another agency (migration
0019; whoever makes one of these tables anew makes its triggers anew).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain import compliance as domain
from services.enrollment.domain.record import TYPES
from services.enrollment.models.people import employment_periods
from services.enrollment.models.ranks import rank_decisions
from services.enrollment.models.record import person_years
from services.enrollment.models.tables import agencies, employees, metadata
from services.enrollment.models.type2 import applications
from shared.columns import JSON, BigSerial, UTCDateTime
from shared.database import Transaction

GROUPS = (*domain.GROUPS, domain.UNKNOWN)
_AWARDED, _STANDS = sa.text("state = 'awarded'"), sa.text("withdrawn_at IS NULL")
SUMS = ("people", "trained", "lines", *(f"{kind}_hours" for kind in TYPES))
ASKED = ("required_hours", "people_short", "missing_hours")

# What the catalog said of a plan: the highest approved revision. `by_type`: [{course_type, people, hours}].
agency_plans = sa.Table(
    "agency_plans",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("headcount", sa.Integer, nullable=False),
    sa.Column("offerings", sa.Integer, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("by_type", JSON, nullable=False),
    sa.Column("budget", sa.BigInteger, nullable=False),
    sa.Column("minutes_number", sa.String(50)),
    sa.Column("approved_on", sa.Date, nullable=False),
    sa.Column("approved_at", UTCDateTime, nullable=False),
)

# Sums over the rows of `person_years`, by group of staff; `unknown` are people of whose employment in that agency and
# year nothing is known. `trained` have a line that counts, `people_short` miss `missing_hours` altogether.
agency_years = sa.Table(
    "agency_years",
    metadata,
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("staff_group", sa.String(20), primary_key=True),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("trained", sa.Integer, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    *(sa.Column(f"{kind}_hours", sa.Double, nullable=False) for kind in TYPES),
    sa.Column("required_hours", sa.Double, nullable=False),
    sa.Column("people_short", sa.Integer, nullable=False),
    sa.Column("missing_hours", sa.Double, nullable=False),
    sa.CheckConstraint(f"staff_group IN {GROUPS}", name="staff_group"),
)

# Lines that count, by type of course: what the marks of entries add up to.
agency_lines = sa.Table(
    "agency_lines",
    metadata,
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("course_type", sa.String(20), primary_key=True),
    sa.Column("lines", sa.Integer, nullable=False),
)

# What an agency's own people answered and scored, counted, by the year of the offerings' last days: {forms, answers,
# pairs} with rows as `models.effectiveness` gives them.
agency_answers = sa.Table(
    "agency_answers",
    metadata,
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("counted", JSON, nullable=False),
)

# Sums of an agency and year that do not hold any more, with lines to be added to those of a type of course.
count_marks = sa.Table(
    "count_marks",
    metadata,
    sa.Column("id", BigSerial, primary_key=True, autoincrement=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("jalali_year", sa.Integer, nullable=False),
    sa.Column("course_type", sa.String(20)),
    sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
    sa.Column("marked_at", UTCDateTime, nullable=False, server_default=sa.func.current_timestamp()),
    sa.Index("ix_count_marks_agency_code", "agency_code", "jalali_year"),
)

# An agency's answers or scores after an offering that are not counted yet.
answer_marks = sa.Table(
    "answer_marks",
    metadata,
    sa.Column("id", BigSerial, primary_key=True, autoincrement=True),
    sa.Column("offering_id", sa.Uuid, nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
)

# Certificates and ranks of a year are few, and counted when they are asked for.
sa.Index(
    "ix_type2_applications_awarded",
    applications.c.agency_code,
    applications.c.awarded_on,
    postgresql_where=_AWARDED,
    sqlite_where=_AWARDED,
)
sa.Index(
    "ix_rank_decisions_agency_code",
    rank_decisions.c.agency_code,
    rank_decisions.c.effective_on,
    postgresql_where=_STANDS,
    sqlite_where=_STANDS,
)


def plans_of(tx: Transaction, codes: Sequence[str] | None, jalali_year: int) -> Sequence[Any]:
    """The plans of these agencies, or of all."""
    statement = sa.select(agency_plans).where(_of(agency_plans, codes, jalali_year))
    return tx.execute(statement.order_by(agency_plans.c.agency_code)).all()


def sums_of(tx: Transaction, codes: Sequence[str] | None, jalali_year: int) -> Sequence[Any]:
    """Sums over these agencies, or all, by group of staff; nothing where nothing was ever counted."""
    own = agency_years.c
    sums = [sa.func.sum(own[name]).label(name) for name in (*SUMS, *ASKED)]
    statement = sa.select(own.staff_group, *sums)
    return tx.execute(statement.where(_of(agency_years, codes, jalali_year)).group_by(own.staff_group)).all()


def sums_by_agency(tx: Transaction, codes: Sequence[str], jalali_year: int) -> Sequence[Any]:
    """The sums of each of these agencies by group of staff."""
    return tx.execute(sa.select(agency_years).where(_of(agency_years, codes, jalali_year))).all()


def lines_by_type(tx: Transaction, codes: Sequence[str] | None, jalali_year: int) -> dict[str, int]:
    own = agency_lines.c
    statement = sa.select(own.course_type, sa.func.sum(own.lines)).where(_of(agency_lines, codes, jalali_year))
    return {row[0]: row[1] for row in tx.execute(statement.group_by(own.course_type))}


def answers_of(tx: Transaction, codes: Sequence[str] | None, jalali_year: int) -> Sequence[dict[str, Any]]:
    """What was counted of the answers of each of these agencies."""
    return tx.scalars(sa.select(agency_answers.c.counted).where(_of(agency_answers, codes, jalali_year))).all()


def advanced(tx: Transaction, codes: Sequence[str], first: date, last: date) -> tuple[int, int]:
    """Type-2 certificates awarded to people of these agencies between two days, and ranks that they reached."""
    awarded, ranks = applications.c, rank_decisions.c
    certificates = sa.select(sa.func.count()).where(
        awarded.agency_code.in_(codes), awarded.awarded_on.between(first, last), _AWARDED
    )
    reached = sa.select(sa.func.count()).where(
        ranks.agency_code.in_(codes), ranks.effective_on.between(first, last), _STANDS
    )
    row = tx.execute(
        sa.select(
            certificates.select_from(applications).scalar_subquery(),
            reached.select_from(rank_decisions).scalar_subquery(),
        )
    ).one()
    return row[0], row[1]


def marked_since(
    tx: Transaction, codes: Sequence[str] | None = None, jalali_year: int | None = None
) -> datetime | None:
    """Since when sums of one of these agencies (or any) in a year (or any) wait to be counted; None where they hold."""
    statement = sa.select(sa.func.min(count_marks.c.marked_at, type_=UTCDateTime))
    return tx.scalar(statement if jalali_year is None else statement.where(_of(count_marks, codes, jalali_year)))


def agencies_after(tx: Transaction, codes: Sequence[str] | None, after: str | None, limit: int) -> Sequence[Any]:
    """These agencies, or all, by code."""
    statement = sa.select(agencies).order_by(agencies.c.code).limit(limit)
    if codes is not None:
        statement = statement.where(agencies.c.code.in_(codes))
    if after is not None:
        statement = statement.where(agencies.c.code > after)
    return tx.execute(statement).all()


def count_agencies(tx: Transaction, codes: Sequence[str] | None) -> int:
    statement = sa.select(sa.func.count()).select_from(agencies)
    return tx.scalar(statement if codes is None else statement.where(agencies.c.code.in_(codes))) or 0


def count_complete(tx: Transaction, codes: Sequence[str] | None, until: datetime) -> int:
    """How many of these agencies, or all, were registered before a moment."""
    own = agencies.c
    statement = sa.select(sa.func.count()).select_from(agencies).where(own.registered_at < until)
    return tx.scalar(statement if codes is None else statement.where(own.code.in_(codes))) or 0


def has_answer_marks(tx: Transaction) -> bool:
    return bool(tx.scalar(sa.select(sa.exists().select_from(answer_marks))))


def people_after(tx: Transaction, agency_code: str, jalali_year: int, after: UUID | None, limit: int) -> Sequence[Any]:
    """The people of an agency in a year by id, with what they are called and the number that they had there last."""
    own, period = person_years.c, employment_periods.c
    there = sa.and_(period.employee_id == own.employee_id, period.agency_code == own.agency_code)
    had = sa.select(period.personnel_number).where(there).order_by(period.from_day.desc()).limit(1).scalar_subquery()
    has = sa.case((employees.c.agency_code == own.agency_code, employees.c.personnel_number))
    statement = (
        sa.select(person_years, employees.c.full_name, sa.func.coalesce(has, had).label("personnel_number"))
        .join(employees, employees.c.id == own.employee_id)
        .where(own.agency_code == agency_code, own.jalali_year == jalali_year, sa.or_(own.days > 0, own.lines > 0))
        .order_by(own.employee_id)
        .limit(limit)
    )
    return tx.execute(statement if after is None else statement.where(own.employee_id > after)).all()


def _of(table: sa.Table, codes: Sequence[str] | None, jalali_year: int) -> sa.ColumnElement[bool]:
    same = table.c.jalali_year == jalali_year
    return same if codes is None else sa.and_(same, table.c.agency_code.in_(codes))
