"""Named statements on the tables of enrollment. They decide nothing and commit nothing.

Lock order everywhere: the offering's row first, then people, then its enrollments, each by id; so callers wait and do
not deadlock. What starts from a person (a transfer, a leaving) has the person first, and is run again where it must be.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.states import ACTIVE, SEATED
from services.enrollment.models.tables import agencies, employees, enrollments, offerings
from shared.bulk import EachRow
from shared.database import Transaction

_EMPLOYEE = (employees.c.id, employees.c.agency_code, employees.c.full_name)
# Whose seat it is: the agency at the time of entering; rows of the first releases have only the employee's.
SEAT_AGENCY = sa.func.coalesce(enrollments.c.agency_code, employees.c.agency_code)
HELD = (*SEATED, "offered")
# What certificates say of an employee.
HOLDER = ("agency_code", "national_code", "personnel_number", "full_name", "father_name", "job_title", "unit")


def page(tx: Transaction, statement: sa.Select[Any], limit: int) -> tuple[Sequence[Any], Any]:
    """The rows of one page, and its last row if there are more."""
    rows = tx.execute(statement.limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None


def lock_offering(tx: Transaction, offering_id: UUID) -> Any:
    """The offering's row, locked until the end of the transaction; None if it was never heard of."""
    return tx.execute(sa.select(offerings).where(offerings.c.id == offering_id).with_for_update()).first()


def lock_offering_of(tx: Transaction, enrollment_id: UUID) -> Any:
    """The row of an enrollment's offering, locked until the end of the transaction; None without the enrollment."""
    theirs = sa.select(enrollments.c.offering_id).where(enrollments.c.id == enrollment_id).scalar_subquery()
    return tx.execute(sa.select(offerings).where(offerings.c.id == theirs).with_for_update()).first()


def waiting(tx: Transaction, offering_id: UUID, limit: int | None = None) -> Sequence[Any]:
    """Those who wait, the one who waits longest first: `enrollment_id`, `seat_agency` and the employee."""
    statement = (
        sa.select(enrollments.c.id.label("enrollment_id"), SEAT_AGENCY.label("seat_agency"), *_EMPLOYEE)
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.offering_id == offering_id, enrollments.c.waiting_number.is_not(None))
        .order_by(enrollments.c.waiting_number)
    )
    return tx.execute(statement if limit is None else statement.limit(limit)).all()


def seated_by_agency(tx: Transaction, offering_id: UUID, agency_codes: Collection[str]) -> dict[str, int]:
    """How many seats the people of these agencies have or are offered."""
    statement = (
        sa.select(SEAT_AGENCY.label("agency"), sa.func.count().label("seats"))
        .join(enrollments, enrollments.c.employee_id == employees.c.id)
        .where(
            enrollments.c.offering_id == offering_id,
            enrollments.c.status.in_(HELD),
            SEAT_AGENCY.in_(agency_codes),
        )
        .group_by(SEAT_AGENCY)
    )
    return {row.agency: row.seats for row in tx.execute(statement)}


def people_in(tx: Transaction, offering_id: UUID) -> Sequence[Any]:
    """Everybody with a request, waiting place or seat, locked: `enrollment_id`, `status` and the employee."""
    return people_in_states(tx, offering_id, ACTIVE)


def people_in_states(tx: Transaction, offering_id: UUID, states: Collection[str]) -> Sequence[Any]:
    """Everybody in one of these states, locked: `enrollment_id`, `status` and the employee."""
    statement = (
        sa.select(enrollments.c.id.label("enrollment_id"), enrollments.c.status, *_EMPLOYEE)
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.offering_id == offering_id, enrollments.c.status.in_(states))
        .order_by(enrollments.c.id)
        .with_for_update(of=enrollments)
    )
    return tx.execute(statement).all()


def to_decide(tx: Transaction, today: date, limit: int) -> Sequence[Any]:
    """Offerings whose day of decision has come, locked; those that another replica is deciding are left to it."""
    own = offerings.c
    due = sa.and_(own.decided_at.is_(None), own.decides_on.is_not(None), own.decides_on <= today)
    statement = sa.select(offerings).where(due, own.status == "open").order_by(own.decides_on, own.id)
    return tx.execute(statement.limit(limit).with_for_update(skip_locked=True)).all()


def to_release(tx: Transaction, today: date, limit: int) -> Sequence[Any]:
    """Offerings in which reserved seats have become everybody's, locked; those another replica has are left to it."""
    own = offerings.c
    statement = sa.select(offerings).where(own.releases_on <= today).order_by(own.releases_on, own.id)
    return tx.execute(statement.limit(limit).with_for_update(skip_locked=True)).all()


def offerings_with_lapsed(tx: Transaction, now: datetime, limit: int) -> Sequence[Any]:
    """Offerings with an enrollment whose time is over, locked; those that another replica has are left to it."""
    lapsed = sa.select(enrollments.c.offering_id).where(enrollments.c.expires_at < now).distinct()
    statement = sa.select(offerings).where(offerings.c.id.in_(lapsed)).order_by(offerings.c.id)
    return tx.execute(statement.limit(limit).with_for_update(skip_locked=True)).all()


def lapsed_in(tx: Transaction, offering_id: UUID, now: datetime) -> Sequence[Any]:
    """Enrollments of a locked offering whose time is over: `enrollment_id`, `status`, `seat_agency`, the employee."""
    statement = (
        sa.select(
            enrollments.c.id.label("enrollment_id"), enrollments.c.status, SEAT_AGENCY.label("seat_agency"), *_EMPLOYEE
        )
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.offering_id == offering_id, enrollments.c.expires_at < now)
        .order_by(enrollments.c.id)
        .with_for_update(of=enrollments)
    )
    return tx.execute(statement).all()


def to_end_waiting(tx: Transaction, today: date, limit: int) -> Sequence[Any]:
    """Offerings that began before today with people who still wait, locked."""
    own = offerings.c
    waiting_still = sa.and_(own.waiting > 0, own.starts_on < today, own.enrollment_closes_on < today)
    statement = sa.select(offerings).where(waiting_still).order_by(own.starts_on, own.id)
    return tx.execute(statement.limit(limit).with_for_update(skip_locked=True)).all()


def lock_offerings_of(tx: Transaction, enrollment_ids: Collection[UUID]) -> None:
    """Lock the offerings of these enrollments, in one order."""
    own = enrollments.c
    theirs = sa.select(own.offering_id).where(own.id.in_(enrollment_ids))
    statement = sa.select(offerings.c.id).where(offerings.c.id.in_(theirs)).order_by(offerings.c.id)
    tx.execute(statement.with_for_update()).all()


def employees_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Any]:
    rows = tx.execute(sa.select(employees).where(employees.c.id.in_(ids)))
    return {row.id: row for row in rows}


def enrollments_of(tx: Transaction, offering_id: UUID, employee_ids: Collection[UUID]) -> dict[UUID, Any]:
    """Id and status of the enrollments these employees have in an offering, by employee."""
    statement = sa.select(enrollments.c.id, enrollments.c.employee_id, enrollments.c.status).where(
        enrollments.c.offering_id == offering_id, enrollments.c.employee_id.in_(employee_ids)
    )
    return {row.employee_id: row for row in tx.execute(statement)}


def completed_versions(
    tx: Transaction, employee_ids: Collection[UUID], codes: Collection[str]
) -> dict[UUID, dict[str, int]]:
    """The highest version of each of these courses that each of these employees has completed."""
    if not codes:
        return {}
    statement = (
        sa.select(enrollments.c.employee_id, offerings.c.course_code, sa.func.max(offerings.c.course_version))
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .where(
            enrollments.c.employee_id.in_(employee_ids),
            enrollments.c.status == "completed",
            offerings.c.course_code.in_(codes),
        )
        .group_by(enrollments.c.employee_id, offerings.c.course_code)
    )
    found: dict[UUID, dict[str, int]] = {}
    for employee_id, code, version in tx.execute(statement):
        found.setdefault(employee_id, {})[code] = version
    return found


def enrollment_with_employee(tx: Transaction, enrollment_id: UUID) -> Any:
    """The employee of an enrollment, with its `offering_id` and the agency of the seat."""
    statement = (
        sa.select(
            employees,
            SEAT_AGENCY.label("seat_agency"),
            enrollments.c.id.label("enrollment_id"),
            enrollments.c.offering_id,
        )
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.id == enrollment_id)
    )
    return tx.execute(statement).first()


def locked_enrollment(tx: Transaction, enrollment_id: UUID) -> Any:
    """The enrollment as it is once the offering's row is locked."""
    return tx.execute(sa.select(enrollments).where(enrollments.c.id == enrollment_id).with_for_update()).one()


def booked(tx: Transaction, employee_ids: Collection[UUID], offering: Any) -> Sequence[Any]:
    """Seats that these people have or are offered in other offerings at the time of this one: `employee_id`, `id`,
    `course_code` and `sessions` of the offering. Only offerings whose hours are known."""
    other = offerings.c
    statement = (
        sa.select(enrollments.c.employee_id, other.id, other.course_code, other.sessions)
        .join(offerings, other.id == enrollments.c.offering_id)
        .where(
            enrollments.c.employee_id.in_(employee_ids),
            enrollments.c.status.in_(("confirmed", "offered")),
            other.id != offering.id,
            other.status == "open",
            other.starts_on <= offering.ends_on,
            other.ends_on >= offering.starts_on,
        )
    )
    return [row for row in tx.execute(statement) if row.sessions]


def no_shows_since(tx: Transaction, employee_ids: Collection[UUID], since: date) -> dict[UUID, int]:
    """How often each of these people stayed away from a course that ended on that day or later."""
    statement = (
        sa.select(enrollments.c.employee_id, sa.func.count().label("times"))
        .join(offerings, offerings.c.id == enrollments.c.offering_id)
        .where(
            enrollments.c.employee_id.in_(employee_ids),
            enrollments.c.status == "no_show",
            offerings.c.ends_on >= since,
        )
        .group_by(enrollments.c.employee_id)
    )
    return {row.employee_id: row.times for row in tx.execute(statement)}


def lock_for_results(tx: Transaction, offering_id: UUID, ids: Collection[UUID] | None) -> dict[UUID, Any]:
    """What results and their events need of these enrollments, locked in the order of their ids; None: of all that
    have a seat and no result yet. `agency_code` is whose seat it is: a past result stays that of the agency then."""
    chosen = enrollments.c.status.in_(("confirmed", "resit")) if ids is None else enrollments.c.id.in_(ids)
    statement = (
        sa.select(
            *(
                enrollments.c[name]
                for name in ("id", "employee_id", "status", "attended_hours", "score", "resits_used")
            ),
            enrollments.c.completed_on,
            enrollments.c.completed_at,
            SEAT_AGENCY.label("agency_code"),
            *(employees.c[name] for name in HOLDER if name != "agency_code"),
        )
        .join(employees, employees.c.id == enrollments.c.employee_id)
        .where(enrollments.c.offering_id == offering_id, chosen)
        .order_by(enrollments.c.id)
        .with_for_update(of=enrollments)
    )
    return {row.id: row for row in tx.execute(statement)}


def agency_names(tx: Transaction, codes: Collection[str]) -> dict[str, dict[str, str]]:
    rows = tx.execute(sa.select(agencies.c.code, agencies.c.name).where(agencies.c.code.in_(codes)))
    return {row.code: row.name for row in rows}


def update_each(tx: Transaction, rows: Sequence[dict[str, Any]], **same: Any) -> None:
    """Set columns of many enrollments at once: `rows` hold `id` and what differs, `same` what is equal for all."""
    if rows:
        told = [{f"new_{name}": value for name, value in (row | same).items()} for row in rows]
        _updating(tuple(rows[0] | same)).run(tx, told)


@cache
def _updating(names: tuple[str, ...]) -> EachRow:
    """Sets these columns of enrollments, of which one is `id`."""
    own = enrollments.c

    def write(told: Mapping[str, Any]) -> Any:
        changes = {name: told[f"new_{name}"] for name in names if name != "id"}
        return sa.update(enrollments).where(own.id == told["new_id"]).values(changes)

    return EachRow({f"new_{name}": own[name].type for name in names}, write)


def set_offering(tx: Transaction, offering_id: UUID, **columns: Any) -> None:
    tx.execute(sa.update(offerings).where(offerings.c.id == offering_id).values(**columns))
