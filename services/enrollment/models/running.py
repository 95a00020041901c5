"""What was recorded while a course ran: hours of sessions, and scores of assessments."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models.tables import enrollments, history, metadata, offerings
from shared.bulk import insert_rows
from shared.columns import UTCDateTime
from shared.database import Transaction

attendance = sa.Table(
    "attendance",
    metadata,
    sa.Column("enrollment_id", sa.ForeignKey("enrollments.id"), primary_key=True),
    sa.Column("session", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hours", sa.Double, nullable=False),
    sa.Column("excuse", sa.String(30)),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
)

# `sitting` 0 is the first one, later ones are resits.
assessment_scores = sa.Table(
    "assessment_scores",
    metadata,
    sa.Column("enrollment_id", sa.ForeignKey("enrollments.id"), primary_key=True),
    sa.Column("assessment", sa.String(50), primary_key=True),
    sa.Column("sitting", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
    sa.Column("recorded_by", sa.String(100), nullable=False),
)


def attendance_of(tx: Transaction, ids: Collection[UUID]) -> Sequence[Any]:
    return tx.execute(sa.select(attendance).where(attendance.c.enrollment_id.in_(ids))).all()


def scores_of(tx: Transaction, ids: Collection[UUID]) -> Sequence[Any]:
    """Scores by sitting, the first one first."""
    own = assessment_scores.c
    return tx.execute(sa.select(assessment_scores).where(own.enrollment_id.in_(ids)).order_by(own.sitting)).all()


def put_attendance(tx: Transaction, session: int, rows: list[dict[str, Any]]) -> None:
    """Write hours of one session, in place of those recorded before."""
    own = attendance.c
    ids = [row["enrollment_id"] for row in rows]
    tx.execute(sa.delete(attendance).where(own.session == session, own.enrollment_id.in_(ids)))
    insert_rows(tx, attendance, rows)


def put_scores(tx: Transaction, assessment: str, rows: list[dict[str, Any]]) -> None:
    """Write scores of one assessment, each in place of that of the same sitting."""
    own = assessment_scores.c
    by_sitting: dict[int, list[UUID]] = {}
    for row in rows:
        by_sitting.setdefault(row["sitting"], []).append(row["enrollment_id"])
    for sitting, ids in by_sitting.items():
        same = (own.assessment == assessment, own.sitting == sitting, own.enrollment_id.in_(ids))
        tx.execute(sa.delete(assessment_scores).where(*same))
    insert_rows(tx, assessment_scores, rows)


def once_completed(tx: Transaction, enrollment_id: UUID) -> bool:
    """Whether this enrollment was ever completed, whatever it is now. What it was before a step counts too: the first
    releases wrote no history."""
    own = history.c
    ever = sa.or_(own.before == "completed", own.after == "completed")
    return tx.execute(sa.select(own.id).where(own.enrollment_id == enrollment_id, ever).limit(1)).first() is not None


def first_completion_day(tx: Transaction, enrollment_id: UUID) -> date | None:
    """The day that an enrollment had counted from before a correction took its completion away."""
    own = history.c
    taken = sa.select(own.details).where(
        own.enrollment_id == enrollment_id, own.action == "correct", own.before == "completed", own.after == "failed"
    )
    details = tx.scalar(taken.order_by(own.id.desc()).limit(1))
    said = details and details["before"].get("completed_on")
    return date.fromisoformat(said) if said else None


def decided_by_closing(tx: Transaction, offering_id: UUID) -> dict[str, int]:
    """What became of those whom the closing of an offering decided: how many by state."""
    own = history.c
    counted = (
        sa.select(own.after, sa.func.count().label("people"))
        .join(enrollments, enrollments.c.id == own.enrollment_id)
        .where(enrollments.c.offering_id == offering_id, own.action == "close")
        .group_by(own.after)
    )
    return {row.after: row.people for row in tx.execute(counted)}


def unclosed(agency_code: str | None, today: date, after: UUID | None) -> sa.Select[Any]:
    """Offerings that are over and in which somebody has a seat and no result yet, in the order of their ids."""
    own = offerings.c
    undecided = sa.exists().where(enrollments.c.offering_id == own.id, enrollments.c.status.in_(("confirmed", "resit")))
    over = (own.ends_on < today, own.closed_at.is_(None), own.status == "open", undecided)
    statement = sa.select(own.id, own.agency_code, own.course_code, own.course_title, own.ends_on).where(*over)
    if agency_code is not None:
        statement = statement.where(own.agency_code == agency_code)
    if after is not None:
        statement = statement.where(own.id > after)
    return statement.order_by(own.id)
