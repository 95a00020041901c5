"""What the brake counts, and the completions that it holds until somebody decides.

Whoever changes these rows holds the counter of the agency, so that two replicas cannot both pass; only what erasure and
merging do to people comes without it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.certification.models.tables import metadata
from shared.bulk import insert_rows
from shared.columns import UTCDateTime

issuance_hours = sa.Table(
    "issuance_hours",
    metadata,
    sa.Column("agency_code", sa.String(20), primary_key=True),
    sa.Column("hour", UTCDateTime, primary_key=True),
    sa.Column("issued", sa.Integer, nullable=False),
)

held_completions = sa.Table(
    "held_completions",
    metadata,
    sa.Column("enrollment_id", sa.Uuid, primary_key=True),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("employee_id", sa.Uuid, nullable=False),
    sa.Column("offering_id", sa.Uuid, nullable=False),
    sa.Column("course_code", sa.String(30), nullable=False),
    sa.Column("completed_at", UTCDateTime, nullable=False),
    sa.Column("held_at", UTCDateTime, nullable=False),
    # held: nobody decided. released: somebody did, and it is on its way. issued and dropped are the ends.
    sa.Column("status", sa.String(10), nullable=False),
    # The completion as it was heard; empty at the end, for it says who the person is.
    sa.Column("body", sa.Text),
    sa.Column("correlation_id", sa.String(100), nullable=False),
    sa.Column("traceparent", sa.String(60)),
    sa.Column("corrected_at", UTCDateTime),
    sa.Column("mail", sa.Boolean, nullable=False),
    sa.Column("decided_at", UTCDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint("status IN ('held', 'released', 'issued', 'dropped')", name="status"),
    sa.Index("ix_held_completions_agency_code", "agency_code", "status", "completed_at", "enrollment_id"),
    sa.Index("ix_held_completions_status", "status", "completed_at", "enrollment_id"),
    sa.Index("ix_held_completions_employee_id", "employee_id"),
)

_own = held_completions.c
_IN_ORDER = (_own.completed_at, _own.enrollment_id)
_KNOWN = sa.select(_own.enrollment_id, _own.status).where(
    _own.enrollment_id.in_(sa.bindparam("enrollment_ids", expanding=True))
)
_CODES: Any = sa.bindparam("codes", expanding=True)
_BRAKED = (
    sa.select(issuance_hours.c.agency_code, issuance_hours.c.issued)
    .where(issuance_hours.c.agency_code.in_(_CODES), issuance_hours.c.hour == sa.bindparam("hour"))
    .union_all(sa.select(sa.null(), sa.literal(1)).where(sa.exists().where(held_completions.c.agency_code.in_(_CODES))))
)


def braked(tx: Session, agency_codes: Collection[str], hour: datetime) -> tuple[dict[str, int], bool]:
    """How many certificates of each agency the brake let through in an hour, and whether it ever held any of theirs:
    one statement, since every batch asks."""
    found = {row.agency_code: row.issued for row in tx.execute(_BRAKED, {"codes": list(agency_codes), "hour": hour})}
    return found, bool(found.pop(None, False))


def held_status(tx: Session, enrollment_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Which of these enrollments the brake ever held, and what came of each."""
    found = tx.execute(_KNOWN, {"enrollment_ids": list(enrollment_ids)})
    return {row.enrollment_id: row.status for row in found}


def usual_in(tx: Session, agency_codes: Collection[str], since: datetime, before: datetime) -> dict[str, float]:
    """The mean of the hours in which agencies were issued any."""
    own = issuance_hours.c
    statement = sa.select(own.agency_code, sa.func.avg(own.issued).label("usual")).group_by(own.agency_code)
    statement = statement.where(own.agency_code.in_(agency_codes), own.hour >= since, own.hour < before)
    return {row.agency_code: float(row.usual) for row in tx.execute(statement)}


def count_issued(tx: Session, counts: dict[str, int], hour: datetime) -> None:
    rows = [{"agency_code": code, "hour": hour, "issued": count} for code, count in sorted(counts.items())]
    insert_rows(tx, issuance_hours, rows, adding=("issued",))


def hours_issued(tx: Session, since: datetime) -> Sequence[Any]:
    """What each agency was issued in each hour."""
    return tx.execute(sa.select(issuance_hours).where(issuance_hours.c.hour >= since)).all()


def forget_hours(tx: Session, before: datetime) -> None:
    tx.execute(sa.delete(issuance_hours).where(issuance_hours.c.hour < before))


def hold_completions(tx: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(tx, held_completions, rows)


def held_completion(tx: Session, enrollment_id: UUID) -> Any | None:
    return tx.execute(sa.select(held_completions).where(_own.enrollment_id == enrollment_id)).one_or_none()


def set_held(tx: Session, enrollment_ids: Collection[UUID], **columns: Any) -> None:
    tx.execute(sa.update(held_completions).where(_own.enrollment_id.in_(enrollment_ids)).values(**columns))


def held_times(tx: Session) -> Sequence[Any]:
    """Of what waits for a decision: whose it is, and when it was held."""
    return tx.execute(sa.select(_own.agency_code, _own.held_at).where(_own.status == "held")).all()


def held_count(tx: Session) -> int:
    return tx.scalar(sa.select(sa.func.count()).where(_own.status == "held")) or 0


def list_held(
    tx: Session,
    where: dict[str, Any],
    agency_codes: Collection[str] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Any]:
    """Held completions of these agencies, or of all, the oldest first; `where` are columns and their values."""
    statement = sa.select(held_completions).filter_by(**where)
    if agency_codes is not None:
        statement = statement.where(_own.agency_code.in_(agency_codes))
    if after is not None:
        # As one comparison of pairs, which an index answers from its middle on.
        pair = sa.tuple_(sa.literal(after[0], UTCDateTime()), sa.literal(after[1], sa.Uuid()))
        statement = statement.where(sa.tuple_(*_IN_ORDER) > pair)
    return tx.execute(statement.order_by(*_IN_ORDER).limit(limit)).all()


def next_released(tx: Session) -> str | None:
    """The agency whose released completion is the oldest."""
    return tx.scalar(sa.select(_own.agency_code).where(_own.status == "released").order_by(*_IN_ORDER).limit(1))


def waiting(tx: Session, where: dict[str, Any], count: int | None) -> Any:
    """`count`, `oldest` and `newest` of the first so many that wait for a decision."""
    chosen = _first(where, count).subquery()
    times = sa.func.min(chosen.c.completed_at), sa.func.max(chosen.c.completed_at)
    return tx.execute(
        sa.select(sa.func.count().label("count"), times[0].label("oldest"), times[1].label("newest"))
    ).one()


def decide(tx: Session, where: dict[str, Any], count: int | None, **columns: Any) -> None:
    """Decide on the first so many that wait."""
    chosen = sa.select(_first(where, count).subquery().c.enrollment_id)
    tx.execute(sa.update(held_completions).where(_own.enrollment_id.in_(chosen)).values(**columns))


def _first(where: dict[str, Any], count: int | None) -> sa.Select[Any]:
    chosen = sa.select(_own.enrollment_id, _own.completed_at).filter_by(status="held", **where)
    return chosen.order_by(*_IN_ORDER).limit(count)


def give_held(tx: Session, duplicate_id: UUID, employee_id: UUID) -> None:
    """What is held of a duplicate is the kept person's."""
    tx.execute(sa.update(held_completions).where(_own.employee_id == duplicate_id).values(employee_id=employee_id))


def drop_held_of(tx: Session, employee_id: UUID, at: datetime, by: str, reason: str) -> None:
    """Nothing that waits is issued to this person, and what it said of them is gone."""
    open_ones = sa.and_(_own.employee_id == employee_id, _own.status.in_(("held", "released")))
    ended = {"status": "dropped", "body": None, "decided_at": at, "decided_by": by, "reason": reason}
    tx.execute(sa.update(held_completions).where(open_ones).values(**ended))
