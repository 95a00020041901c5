"""Closed years of agencies with everybody's figures, recomputations, and shortfalls that were told."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.people import employment_periods
from services.enrollment.models.record import person_years
from services.enrollment.models.tables import agencies, employees, metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


# A closing goes through the people of the agency by id (`cursor`), then through the parts of its event; it is there for
# others once it is done. Revisions after the first are recomputations. They begin as previews: without a revision until
# somebody who has looked at one makes it the next, and thrown away by and by if nobody does. `basis` is the revision
# that a preview was compared with, `compared` what came of it. A closing that raised rests until `try_after`.
year_closings = sa.Table(
    "year_closings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("jalali_year", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("closed_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("policies", JSON, nullable=False),
    sa.Column("people", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parts_said", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cursor", sa.Uuid),
    sa.Column("basis", sa.Integer),
    sa.Column("compared", JSON),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("try_after", UTCDateTime),
    sa.Column("done_at", UTCDateTime),
    sa.CheckConstraint(
        "state IN ('counting', 'saying', 'done') AND revision IS NOT NULL"
        " OR state IN ('previewing', 'preview', 'discarded') AND revision IS NULL",
        name="state",
    ),
    sa.UniqueConstraint("agency_code", "jalali_year", "revision", name="uq_year_closings_revision"),
    sa.Index(
        "uq_year_closings_preview",
        "agency_code",
        "jalali_year",
        unique=True,
        **_where("state IN ('previewing', 'preview')"),
    ),
    sa.Index("ix_year_closings_running", "agency_code", **_where("state NOT IN ('preview', 'done')")),
)

_own = year_closings.c
FIRST = 1  # revision
FIGURES = ("hours", "required_hours", "counted_hours", "points")

# The figures of each person; those of a closing were told to payroll and are never changed.
closed_hours = sa.Table(
    "closed_hours",
    metadata,
    sa.Column("closing_id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.Uuid, primary_key=True),
    sa.Column("personnel_number", sa.String(20)),
    sa.Column("staff_group", sa.String(20)),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("required_hours", sa.Double, nullable=False),
    sa.Column("counted_hours", sa.Double, nullable=False),
    sa.Column("points", sa.Double, nullable=False),
    sa.Index("ix_closed_hours_employee_id", "employee_id"),
)

# Told once for each person and occasion, for ever.
hours_shortfalls = sa.Table(
    "hours_shortfalls",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("jalali_year", sa.Integer, nullable=False),
    sa.Column("occasion", sa.String(20), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("required_hours", sa.Double, nullable=False),
    sa.Column("missing_hours", sa.Double, nullable=False),
    sa.Column("told_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("employee_id", "jalali_year", "occasion", name="uq_hours_shortfalls_employee_id"),
)

# How far everybody was looked at on an occasion of a year.
shortfall_rounds = sa.Table(
    "shortfall_rounds",
    metadata,
    sa.Column("jalali_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("occasion", sa.String(20), primary_key=True),
    sa.Column("cursor", sa.Uuid),
    sa.Column("done_at", UTCDateTime),
)

# Whose years are to be worked out anew, since policies are others now; `agency_code` empty: everybody's.
hours_recomputations = sa.Table(
    "hours_recomputations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20)),
    sa.Column("jalali_year", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_at", UTCDateTime, nullable=False),
    sa.Column("cursor", sa.Uuid),
    sa.Column("marked", sa.Integer, nullable=False, server_default="0"),
    sa.Column("done_at", UTCDateTime),
    sa.Index("ix_hours_recomputations_running", "id", **_where("done_at IS NULL")),
)


def agencies_to_close(tx: Transaction, year: int, until: datetime, limit: int) -> Sequence[str]:
    """Agencies that were registered until a moment and of which this year is not closed."""
    known = sa.select(_own.id).where(
        _own.agency_code == agencies.c.code, _own.jalali_year == year, _own.revision == FIRST
    )
    statement = sa.select(agencies.c.code).where(agencies.c.registered_at <= until, ~known.exists())
    return tx.scalars(statement.order_by(agencies.c.code).limit(limit)).all()


def next_running(tx: Transaction) -> Any:
    """A closing or preview that is to go on, locked: previews first, since somebody waits for them.

    One that somebody works on is left to them, and one that raised to its time.
    """
    rested = sa.or_(_own.try_after.is_(None), _own.try_after <= tx.now)
    statement = sa.select(year_closings).where(_own.state.not_in(("preview", "done")), rested)
    statement = statement.order_by(_own.revision.is_not(None), _own.agency_code).limit(1)
    return tx.execute(statement.with_for_update(skip_locked=True)).first()


def set_closing(tx: Transaction, closing: Any, **columns: Any) -> None:
    tx.execute(sa.update(year_closings).where(_own.id == closing.id).values(**columns))


def failing_count(tx: Transaction) -> int:
    failing = _own.state.not_in(("preview", "done")), _own.failures > 0
    return int(tx.scalar(sa.select(sa.func.count()).where(*failing)) or 0)


def closing_of(tx: Transaction, agency_code: str, year: int, revision: int | None = None) -> Any:
    """The last closing of a year, or that of a revision; also one that is not done yet."""
    statement = sa.select(year_closings).where(*_of(agency_code, year), _own.revision.is_not(None))
    if revision is not None:
        statement = statement.where(_own.revision == revision)
    return tx.execute(statement.order_by(_own.revision.desc()).limit(1)).first()


def last_done(tx: Transaction, agency_code: str, year: int) -> Any:
    statement = sa.select(year_closings).where(*_of(agency_code, year), _own.done_at.is_not(None))
    return tx.execute(statement.order_by(_own.revision.desc()).limit(1)).first()


def closed_agencies(tx: Transaction, agency_codes: Collection[str], year: int) -> set[str]:
    first = _own.agency_code.in_(agency_codes), _own.jalali_year == year, _own.revision == FIRST
    return set(tx.scalars(sa.select(_own.agency_code).where(*first)))


def closed_after(tx: Transaction, closing: Any, after: UUID | None, limit: int) -> Sequence[Any]:
    """Rows of people of a closing by id."""
    own = closed_hours.c
    statement = sa.select(closed_hours).where(own.closing_id == closing.id)
    if after is not None:
        statement = statement.where(own.employee_id > after)
    return tx.execute(statement.order_by(own.employee_id).limit(limit)).all()


def _of(agency_code: str, year: int) -> tuple[Any, ...]:
    return _own.agency_code == agency_code, _own.jalali_year == year


def people_of_year(
    tx: Transaction, agency_code: str, year: int, first: date, last: date, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Who was employed by an agency in a year, or has hours there; by id, duplicates that were merged left out."""
    period, done = employment_periods.c, person_years.c
    still = sa.or_(period.until_day.is_(None), period.until_day >= first)
    worked = period.agency_code == agency_code, period.from_day <= last, still
    trained = done.agency_code == agency_code, done.jalali_year == year, done.lines > 0
    # Each side is cut to the page by itself, so that a page costs the same at the end of a large agency.
    sides = [_some(period.employee_id, worked, after, limit), _some(done.employee_id, trained, after, limit)]
    both = sa.union(*(sa.select(side.c.employee_id) for side in sides)).subquery()
    return tx.scalars(sa.select(both.c.employee_id).order_by(both.c.employee_id).limit(limit)).all()


def _some(employee_id: Any, conditions: tuple[Any, ...], after: UUID | None, limit: int) -> Any:
    statement = sa.select(employee_id).join(employees, employees.c.id == employee_id).distinct()
    statement = statement.where(*conditions, employees.c.merged_into.is_(None))
    if after is not None:
        statement = statement.where(employee_id > after)
    return statement.order_by(employee_id).limit(limit).subquery()


def personnel_numbers(tx: Transaction, agency_code: str, last: date, employee_ids: Collection[UUID]) -> dict[UUID, str]:
    """What an agency called these people last, up to a day."""
    own = employment_periods.c
    there = own.employee_id.in_(employee_ids), own.agency_code == agency_code, own.from_day <= last
    rows = tx.execute(sa.select(own.employee_id, own.personnel_number).where(*there).order_by(own.from_day))
    return {row.employee_id: row.personnel_number for row in rows}


def round_of(tx: Transaction, year: int, occasion: str) -> Any:
    """A round that is not over, locked; None where it is, or where somebody else is at it."""
    own = shortfall_rounds.c
    same = own.jalali_year == year, own.occasion == occasion
    statement = sa.select(shortfall_rounds).where(*same, own.done_at.is_(None))
    return tx.execute(statement.with_for_update(skip_locked=True)).first()


def set_round(tx: Transaction, year: int, occasion: str, **columns: Any) -> None:
    own = shortfall_rounds.c
    same = own.jalali_year == year, own.occasion == occasion
    tx.execute(sa.update(shortfall_rounds).where(*same).values(**columns))


def employed_after(tx: Transaction, today: date, after: UUID | None, limit: int) -> Sequence[Any]:
    """People who are employed on a day, by id."""
    own = employees.c
    still = sa.or_(own.left_on.is_(None), own.left_on > today)
    statement = sa.select(own.id, own.agency_code, own.full_name).where(
        still, own.merged_into.is_(None), own.erased_at.is_(None)
    )
    if after is not None:
        statement = statement.where(own.id > after)
    return tx.execute(statement.order_by(own.id).limit(limit)).all()


def give_shortfalls(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """What was told to a duplicate was told to the kept person, who is not told it again."""
    own, kept = hours_shortfalls.c, hours_shortfalls.alias("kept").c
    same = kept.employee_id == employee_id, kept.jalali_year == own.jalali_year, kept.occasion == own.occasion
    theirs = own.employee_id == duplicate_id, ~sa.select(kept.id).where(*same).exists()
    tx.execute(sa.update(hours_shortfalls).where(*theirs).values(employee_id=employee_id))


def next_recomputation(tx: Transaction) -> Any:
    own = hours_recomputations.c
    statement = sa.select(hours_recomputations).where(own.done_at.is_(None)).order_by(own.id).limit(1)
    return tx.execute(statement.with_for_update(skip_locked=True)).first()


def waiting_recomputation(tx: Transaction, agency_code: str | None, year: int) -> UUID | None:
    """A recomputation of these years that nobody has begun."""
    own = hours_recomputations.c
    same = own.agency_code.is_not_distinct_from(agency_code), own.jalali_year == year
    waiting = sa.select(own.id).where(own.done_at.is_(None), own.cursor.is_(None), *same)
    return tx.scalar(waiting.order_by(own.id).limit(1))


def set_recomputation(tx: Transaction, one: UUID, *, cursor: UUID | None, more: int, done_at: datetime | None) -> None:
    own = hours_recomputations.c
    changed = {"cursor": cursor, "marked": own.marked + more, "done_at": done_at}
    tx.execute(sa.update(hours_recomputations).where(own.id == one).values(changed))


def years_after(tx: Transaction, year: int, agency_code: str | None, after: UUID | None, limit: int) -> Sequence[UUID]:
    """People with a row of this year, in an agency or in any, by id."""
    own = person_years.c
    statement = sa.select(own.employee_id).where(own.jalali_year == year).distinct()
    if agency_code is not None:
        statement = statement.where(own.agency_code == agency_code)
    if after is not None:
        statement = statement.where(own.employee_id > after)
    return tx.scalars(statement.order_by(own.employee_id).limit(limit)).all()
