"""Annual plans of agencies, and what was done for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.plan_figures import Done, Held
from services.catalog.models.base import Base
from services.catalog.models.courses import Course, CourseVersion
from services.catalog.models.offerings import Offering
from shared.bulk import insert_rows
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

CONFLICTS: dict[str, tuple[str, str]] = {}
_UNTOLD = "approved_revision IS NOT NULL AND (told_revision IS NULL OR told_revision < approved_revision)"


class AnnualPlan(Base):
    """The plan of an agency for a Jalali year: its newest revision, and the approved one that is in force.

    `edit` counts every save, so that two people who edit at once notice. Whoever changes a plan locks this row first.
    `told_revision` is the approved one that an event told of.
    """

    __tablename__ = "annual_plans"
    __table_args__ = (
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", name="pk_annual_plans"),
        sa.Index("ix_annual_plans_jalali_year", "jalali_year", "agency_code"),
        sa.Index(
            "ix_annual_plans_untold",
            "agency_code",
            "jalali_year",
            postgresql_where=sa.text(_UNTOLD),
            sqlite_where=sa.text(_UNTOLD),
        ),
    )

    agency_code: Mapped[str] = mapped_column(sa.String(20))
    jalali_year: Mapped[int] = mapped_column(sa.Integer)
    edit: Mapped[int] = mapped_column(sa.Integer)
    revision: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    approved_revision: Mapped[int | None] = mapped_column(sa.Integer)
    told_revision: Mapped[int | None] = mapped_column(sa.Integer)


class PlanRevision(Base):
    """What a plan says in one revision. Once approved it never changes; courses are kept as they were when saved."""

    __tablename__ = "annual_plan_revisions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "revision", name="pk_annual_plan_revisions"),
        sa.ForeignKeyConstraint(
            ["agency_code", "jalali_year"],
            ["annual_plans.agency_code", "annual_plans.jalali_year"],
            name="fk_annual_plan_revisions_annual_plans",
        ),
    )

    agency_code: Mapped[str] = mapped_column(sa.String(20))
    jalali_year: Mapped[int] = mapped_column(sa.Integer)
    revision: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    headcount: Mapped[dict[str, int]] = mapped_column(JSON)
    needs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    planned_offerings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    budget: Mapped[int] = mapped_column(sa.BigInteger)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by: Mapped[str] = mapped_column(sa.String(100))


class PlanStep(Base):
    """What was done with a revision, when, by which system and why. Rows are added and never changed."""

    __tablename__ = "annual_plan_steps"
    __table_args__ = (
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "number", name="pk_annual_plan_steps"),
        sa.ForeignKeyConstraint(
            ["agency_code", "jalali_year", "revision"],
            [
                "annual_plan_revisions.agency_code",
                "annual_plan_revisions.jalali_year",
                "annual_plan_revisions.revision",
            ],
            name="fk_annual_plan_steps_annual_plan_revisions",
        ),
    )

    agency_code: Mapped[str] = mapped_column(sa.String(20))
    jalali_year: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[int] = mapped_column(sa.Integer)
    revision: Mapped[int] = mapped_column(sa.Integer)
    edit: Mapped[int] = mapped_column(sa.Integer)
    action: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    system: Mapped[str] = mapped_column(sa.String(100))
    reason: Mapped[str | None] = mapped_column(sa.String(1000))
    minutes_number: Mapped[str | None] = mapped_column(sa.String(50))
    minutes_on: Mapped[date | None] = mapped_column(sa.Date)


class TrainingDone(Base):
    """Read model: completions of an agency's people by Jalali year and course, as enrollment said them."""

    __tablename__ = "training_done"
    __table_args__ = (
        sa.PrimaryKeyConstraint("agency_code", "jalali_year", "course_code", "course_type", name="pk_training_done"),
    )

    agency_code: Mapped[str] = mapped_column(sa.String(20))
    jalali_year: Mapped[int] = mapped_column(sa.Integer)
    course_code: Mapped[str] = mapped_column(sa.String(30))
    course_type: Mapped[str] = mapped_column(sa.String(20))
    people: Mapped[int] = mapped_column(sa.Integer)
    hours: Mapped[float] = mapped_column(sa.Double)


def lock_plan(tx: Transaction, agency_code: str, jalali_year: int) -> AnnualPlan | None:
    """The plan, locked until the end of the transaction."""
    return tx.scalar(_plan(agency_code, jalali_year).with_for_update())


def lock_or_begin_plan(tx: Transaction, agency_code: str, jalali_year: int, status: str) -> AnnualPlan:
    """The plan, locked; a new one is at edit 0. Of two that begin it at once the second waits and sees the first's."""
    row = {"agency_code": agency_code, "jalali_year": jalali_year, "edit": 0, "revision": 0, "status": status}
    insert_rows(tx, _table(AnnualPlan), [row], skip_known=True)
    return tx.scalars(_plan(agency_code, jalali_year).with_for_update()).one()


def lock_untold(tx: Transaction, limit: int) -> Sequence[AnnualPlan]:
    """Plans whose approved revision nobody was told of, locked; what another has locked is left to it."""
    statement = sa.select(AnnualPlan).where(sa.text(_UNTOLD)).order_by(AnnualPlan.agency_code, AnnualPlan.jalali_year)
    return tx.scalars(statement.limit(limit).with_for_update(skip_locked=True)).all()


def approvals_of(
    session: Session, plans: Collection[AnnualPlan]
) -> dict[tuple[str, int], tuple[PlanRevision, PlanStep]]:
    """The approved revision of each of these plans, and the step that approved it."""
    own, step = PlanRevision, PlanStep
    keys = [(plan.agency_code, plan.jalali_year, plan.approved_revision) for plan in plans]
    same = (
        (step.agency_code == own.agency_code) & (step.jalali_year == own.jalali_year) & (step.revision == own.revision)
    )
    statement = sa.select(own, step).join(step, same).where(step.action == "approved")
    rows = session.execute(statement.where(sa.tuple_(own.agency_code, own.jalali_year, own.revision).in_(keys)))
    return {(row[0].agency_code, row[0].jalali_year): (row[0], row[1]) for row in rows}


def types_of(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The type of each of these versions of courses."""
    own = CourseVersion
    statement = sa.select(own.course_code, own.version, own.course_type)
    rows = session.execute(statement.where(sa.tuple_(own.course_code, own.version).in_(list(versions))))
    return {(row.course_code, row.version): row.course_type for row in rows}


def _plan(agency_code: str, jalali_year: int) -> sa.Select[AnnualPlan]:
    return sa.select(AnnualPlan).where(AnnualPlan.agency_code == agency_code, AnnualPlan.jalali_year == jalali_year)


def _table(model: type[Base]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def next_step(session: Session, agency_code: str, jalali_year: int) -> int:
    """The number of the next step; the plan is locked."""
    steps = (PlanStep.agency_code == agency_code, PlanStep.jalali_year == jalali_year)
    return (session.scalar(sa.select(sa.func.max(PlanStep.number)).where(*steps)) or 0) + 1


def steps_of(session: Session, agency_code: str, jalali_year: int) -> Sequence[PlanStep]:
    """Every step of a plan, in order."""
    statement = sa.select(PlanStep).where(PlanStep.agency_code == agency_code, PlanStep.jalali_year == jalali_year)
    return session.scalars(statement.order_by(PlanStep.number)).all()


def page(
    session: Session,
    agency_code: str | None,
    jalali_year: int | None,
    status: str | None,
    after: tuple[str, int] | None,
    limit: int,
) -> Sequence[tuple[AnnualPlan, PlanRevision]]:
    """Plans by agency and year, each with its newest revision; with an agency, only its own."""
    same = (
        (PlanRevision.agency_code == AnnualPlan.agency_code)
        & (PlanRevision.jalali_year == AnnualPlan.jalali_year)
        & (PlanRevision.revision == AnnualPlan.revision)
    )
    statement = sa.select(AnnualPlan, PlanRevision).join(PlanRevision, same)
    if agency_code is not None:
        statement = statement.where(AnnualPlan.agency_code == agency_code)
    if jalali_year is not None:
        statement = statement.where(AnnualPlan.jalali_year == jalali_year)
    if status is not None:
        statement = statement.where(AnnualPlan.status == status)
    key = sa.tuple_(AnnualPlan.agency_code, AnnualPlan.jalali_year)
    if after is not None:
        statement = statement.where(key > sa.tuple_(*(sa.literal(each) for each in after)))
    rows = session.execute(statement.order_by(AnnualPlan.agency_code, AnnualPlan.jalali_year).limit(limit))
    return [(row[0], row[1]) for row in rows]


def known_courses(session: Session, codes: Collection[str]) -> set[str]:
    """Which of these courses there are, in whatever status."""
    return set(session.scalars(sa.select(Course.course_code).where(Course.course_code.in_(codes))))


def published_versions(session: Session, codes: Collection[str]) -> dict[str, CourseVersion]:
    """The latest published version of each published course among these."""
    same = (CourseVersion.course_code == Course.course_code) & (CourseVersion.version == Course.published_version)
    rows = session.scalars(sa.select(CourseVersion).join(Course, same).where(Course.course_code.in_(codes)))
    return {row.course_code: row for row in rows}


def titles(session: Session, codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """What each of these courses is called now."""
    same = (CourseVersion.course_code == Course.course_code) & (CourseVersion.version == Course.shown_version)
    statement = sa.select(CourseVersion.course_code, CourseVersion.title).join(Course, same)
    rows = session.execute(statement.where(Course.course_code.in_(list(codes))))
    return {row.course_code: row.title for row in rows}


def held(session: Session, agency_code: str, first: date, last: date, today: date) -> dict[str, Held]:
    """What became of an agency's offerings that begin between two days, by course."""
    kept = Offering.status != "cancelled"

    def count(condition: Any, what: Any = 1) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, what), else_=0)), 0)

    statement = sa.select(
        Offering.course_code,
        sa.func.count(),
        count(kept & (Offering.ends_on < today)),
        count(~kept),
        count(kept, Offering.capacity),
    ).where(Offering.agency_code == agency_code, Offering.starts_on.between(first, last))
    rows = session.execute(statement.group_by(Offering.course_code))
    return {row[0]: Held(*row[1:]) for row in rows}


def done(session: Session, agency_code: str, jalali_year: int) -> dict[str, Done]:
    """What an agency's people completed in a Jalali year, by course."""
    statement = sa.select(
        TrainingDone.course_code, sa.func.sum(TrainingDone.people), sa.func.sum(TrainingDone.hours)
    ).where(TrainingDone.agency_code == agency_code, TrainingDone.jalali_year == jalali_year)
    rows = session.execute(statement.group_by(TrainingDone.course_code))
    return {row[0]: Done(*row[1:]) for row in rows}


def add_done(tx: Transaction, completions: Mapping[tuple[str, int, str, str], Done]) -> None:
    """Add completions, given by the key of their row: one statement, in the order of the keys (see `insert_rows`)."""
    names = ("agency_code", "jalali_year", "course_code", "course_type")
    rows = [dict(zip(names, key, strict=True)) | completions[key]._asdict() for key in sorted(completions)]
    insert_rows(tx, _table(TrainingDone), rows, adding=("people", "hours"))
