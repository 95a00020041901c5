"""Programmes: what the catalog says of them, and who has completed them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.courses import course_group_members, course_groups
from services.enrollment.models.record import standing_entries, training_entries
from services.enrollment.models.tables import employees, enrollments, metadata, offerings
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

# The version heard last. `sweep_from` is when the completions from before its news may be looked through (None once
# that is done), `swept_to` the last employee looked at.
programmes = sa.Table(
    "programmes",
    metadata,
    sa.Column("programme_code", sa.String(50), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", JSON, nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("ordered", sa.Boolean, nullable=False),
    sa.Column("courses", JSON, nullable=False),
    sa.Column("min_electives", sa.Integer, nullable=False),
    sa.Column("min_hours", sa.Double, nullable=False),
    sa.Column("audience", JSON, nullable=False),
    sa.Column("within_months", sa.Integer),
    sa.Column("published_at", UTCDateTime, nullable=False),
    sa.Column("retired_at", UTCDateTime),
    sa.Column("sweep_from", UTCDateTime),
    sa.Column("swept_to", sa.Uuid),
)

# The courses of a programme once more, to find the programmes of a course.
programme_courses = sa.Table(
    "programme_courses",
    metadata,
    sa.Column("programme_code", sa.ForeignKey("programmes.programme_code"), primary_key=True),
    sa.Column("course_code", sa.String(50), primary_key=True),
    sa.Index("ix_programme_courses_course_code", "course_code"),
)

programme_completions = sa.Table(
    "programme_completions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("programme_code", sa.ForeignKey("programmes.programme_code"), nullable=False),
    sa.Column("programme_version", sa.Integer, nullable=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("course_codes", JSON, nullable=False),
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("completed_at", UTCDateTime, nullable=False),
    # A programme is completed once, whatever version of it, and told once.
    sa.UniqueConstraint("employee_id", "programme_code", name="uq_programme_completions_employee"),
)


def programmes_with(tx: Transaction, course_code: str) -> Sequence[Any]:
    """The programmes of today in which this course counts, itself or for one that it stands for."""
    one, other = course_group_members.alias("one"), course_group_members.alias("other")
    stands_for = (
        sa.select(other.c.course_code)
        .join(one, one.c.group_code == other.c.group_code)
        .join(course_groups, course_groups.c.group_code == one.c.group_code)
        .where(one.c.course_code == course_code, course_groups.c.kind == "equivalent")
    )
    own = programme_courses.c
    codes = sa.select(own.programme_code).where(sa.or_(own.course_code == course_code, own.course_code.in_(stands_for)))
    statement = sa.select(programmes).where(programmes.c.programme_code.in_(codes), programmes.c.retired_at.is_(None))
    return tx.execute(statement.order_by(programmes.c.programme_code)).all()


def lock_programme(tx: Transaction, programme_code: str) -> Any:
    statement = sa.select(programmes).where(programmes.c.programme_code == programme_code)
    return tx.execute(statement.with_for_update(key_share=True)).first()


def set_programme(tx: Transaction, known: bool, programme: dict[str, Any]) -> None:
    """Write a version of a programme with its courses, in place of what was known of it."""
    code = programme["programme_code"]
    if known:
        tx.execute(sa.update(programmes).where(programmes.c.programme_code == code).values(programme))
        tx.execute(sa.delete(programme_courses).where(programme_courses.c.programme_code == code))
    else:
        tx.execute(sa.insert(programmes).values(programme))
    codes = dict.fromkeys(course["course_code"] for course in programme["courses"])
    if codes:
        tx.execute(sa.insert(programme_courses), [{"programme_code": code, "course_code": each} for each in codes])


def sweep_again(tx: Transaction, course_codes: Collection[str], sweep_from: datetime) -> None:
    """Programmes with one of these courses are looked through once more, from their first person on."""
    own = programme_courses.c
    touched = sa.select(own.programme_code).where(own.course_code.in_(course_codes))
    statement = sa.update(programmes).where(programmes.c.programme_code.in_(touched), programmes.c.retired_at.is_(None))
    tx.execute(statement.values(sweep_from=sweep_from, swept_to=None))


def to_sweep(tx: Transaction) -> Any:
    """A programme whose earlier completions are still to be looked through, locked; None when there is none.

    Its key stays free: whoever writes a completion refers to it, and may hold the people that the sweep waits for.
    """
    statement = sa.select(programmes).where(programmes.c.sweep_from <= tx.now, programmes.c.retired_at.is_(None))
    return tx.execute(
        statement.order_by(programmes.c.sweep_from, programmes.c.programme_code)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    ).first()


def who_completed(tx: Transaction, codes: Collection[str], after: UUID | None, limit: int) -> Sequence[Any]:
    """A page of the people who completed one of these courses, in the order of their ids: id, agency and name."""
    completed = (
        sa.select(enrollments.c.id)
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .where(
            enrollments.c.employee_id == employees.c.id,
            enrollments.c.status == "completed",
            offerings.c.course_code.in_(codes),
        )
    )
    statement = sa.select(employees.c.id, employees.c.agency_code, employees.c.full_name).where(completed.exists())
    if after is not None:
        statement = statement.where(employees.c.id > after)
    return tx.execute(statement.order_by(employees.c.id).limit(limit)).all()


def lock_employees(tx: Transaction, ids: Collection[UUID]) -> None:
    """Lock people in the order of their ids, so that two completions of one person are looked at one by one."""
    statement = sa.select(employees.c.id).where(employees.c.id.in_(ids)).order_by(employees.c.id)
    tx.execute(statement.with_for_update(key_share=True)).all()


def completions_of(tx: Transaction, employee_ids: Collection[UUID], codes: Collection[str]) -> Sequence[Any]:
    """What these people completed of these courses, here, or elsewhere as far as it is recognised: `employee_id`,
    course, version (of training elsewhere the first, where none is known), hours and day."""
    here = (
        sa.select(
            enrollments.c.employee_id,
            offerings.c.course_code,
            offerings.c.course_version,
            offerings.c.hours,
            enrollments.c.completed_on,
        )
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .where(
            enrollments.c.employee_id.in_(employee_ids),
            enrollments.c.status == "completed",
            offerings.c.course_code.in_(codes),
        )
    )
    own = training_entries.c
    version = sa.func.coalesce(own.course_version, 1)
    elsewhere = (
        standing_entries(own.employee_id.in_(employee_ids), own.source != "own", own.course_code.in_(codes))
        .order_by(None)
        .with_only_columns(own.employee_id, own.course_code, version, own.hours, own.completed_on)
    )
    return tx.execute(sa.union_all(here, elsewhere)).all()
