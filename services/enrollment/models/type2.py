"""Applications for type-2 certificates: what became of each, the sittings of its exam, and every move."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.type2_moves import RUNNING, STATES
from services.enrollment.models.record import free_uses, hour_uses
from services.enrollment.models.tables import employees, metadata
from shared.columns import JSON, UTCDateTime
from shared.database import Transaction

_RUNNING = f"state IN {RUNNING}"

# `agency_code` follows the person as long as the application runs. `applied_on` is the day whose regulation decides.
# `committee` and `organisation` are the decisions of the two who sign, each with the system that said it. What was
# awarded stands there from `award_id` on: the hours that were taken, and the numbers that the award rests on.
applications = sa.Table(
    "type2_applications",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("employee_id", sa.ForeignKey("employees.id"), nullable=False),
    sa.Column("agency_code", sa.String(20), nullable=False),
    sa.Column("level", sa.String(30), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("applied_on", sa.Date, nullable=False),
    sa.Column("changed_at", UTCDateTime, nullable=False),
    sa.Column("minutes_number", sa.String(100)),
    sa.Column("minutes_on", sa.Date),
    sa.Column("exam_score", sa.Double),
    sa.Column("exam_on", sa.Date),
    sa.Column("research_title", sa.String(300)),
    sa.Column("research_hours", sa.Double),
    sa.Column("research_on", sa.Date),
    sa.Column("committee", JSON),
    sa.Column("committee_system", sa.String(100)),
    sa.Column("organisation", JSON),
    sa.Column("organisation_system", sa.String(100)),
    sa.Column("award_id", sa.Uuid),
    sa.Column("awarded_on", sa.Date),
    sa.Column("counted_hours", sa.Double),
    sa.Column("job_side_hours", sa.Double),
    sa.Column("policies", JSON),
    sa.UniqueConstraint("award_id", name="uq_type2_applications_award_id"),
    sa.CheckConstraint(f"state IN {STATES}", name="state"),
    sa.CheckConstraint("(state IN ('awarded', 'revoked')) = (award_id IS NOT NULL)", name="award"),
    sa.Index("ix_type2_applications_agency_code", "agency_code", "id"),
    sa.Index("ix_type2_applications_employee_id", "employee_id", "id"),
    sa.Index(
        "uq_type2_applications_running",
        "employee_id",
        unique=True,
        postgresql_where=sa.text(_RUNNING),
        sqlite_where=sa.text(_RUNNING),
    ),
)

sittings = sa.Table(
    "type2_sittings",
    metadata,
    sa.Column("application_id", sa.ForeignKey("type2_applications.id"), primary_key=True),
    sa.Column("sat_on", sa.Date, primary_key=True),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("pass_mark", sa.Double, nullable=False),
    sa.Column("recorded_at", UTCDateTime, nullable=False),
)

# `before` is empty for the application itself. A first signature and a project leave the state as it is.
moves = sa.Table(
    "type2_moves",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("application_id", sa.ForeignKey("type2_applications.id"), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("before", sa.String(20)),
    sa.Column("after", sa.String(20), nullable=False),
    sa.Column("system", sa.String(100), nullable=False),
    sa.Column("officer_id", sa.Uuid),
    sa.Column("reason", sa.Text),
    sa.Column("details", JSON),
    sa.Index("ix_type2_moves_application_id", "application_id", "id"),
)


def with_person() -> sa.Select[Any]:
    """Applications with who they are about."""
    person = employees.c
    return sa.select(
        applications,
        person.full_name,
        person.agency_code.label("person_agency"),
    ).join(employees, person.id == applications.c.employee_id)


def find(tx: Transaction, application_id: UUID, *, lock: bool = False) -> Any:
    """An application with its person; None for nobody's. The person is locked before."""
    statement = with_person().where(applications.c.id == application_id)
    return tx.execute(statement.with_for_update(of=applications) if lock else statement).first()


def of_person(tx: Transaction, employee_id: UUID, states: Collection[str]) -> Sequence[Any]:
    """Somebody's applications in these states, by id."""
    own = applications.c
    theirs = sa.select(applications).where(own.employee_id == employee_id, own.state.in_(states))
    return tx.execute(theirs.order_by(own.id)).all()


def application_ids(tx: Transaction, employee_id: UUID) -> set[UUID]:
    own = applications.c
    return set(tx.scalars(sa.select(own.id).where(own.employee_id == employee_id)))


def of_people(tx: Transaction, employee_ids: Collection[UUID], states: Collection[str]) -> Sequence[Any]:
    """Their applications in these states, locked, by id."""
    own = applications.c
    theirs = sa.select(applications).where(own.employee_id.in_(employee_ids), own.state.in_(states))
    return tx.execute(theirs.order_by(own.id).with_for_update()).all()


def of_awards(tx: Transaction, award_ids: Collection[UUID]) -> Sequence[Any]:
    """Applications by what was awarded, locked, by id."""
    own = applications.c
    statement = with_person().where(own.award_id.in_(award_ids)).order_by(own.id)
    return tx.execute(statement.with_for_update(of=applications)).all()


def awards(tx: Transaction, employee_id: UUID) -> Sequence[Any]:
    """Somebody's awards that stand."""
    return of_person(tx, employee_id, ("awarded",))


def change(tx: Transaction, application_ids: Collection[UUID], columns: Mapping[str, Any]) -> None:
    own = sa.update(applications).where(applications.c.id.in_(application_ids))
    tx.execute(own.values(**columns, changed_at=tx.now))


def sittings_of(tx: Transaction, application_id: UUID) -> Sequence[Any]:
    own = sittings.c
    return tx.execute(sa.select(sittings).where(own.application_id == application_id).order_by(own.sat_on)).all()


def moves_of(tx: Transaction, application_id: UUID) -> Sequence[Any]:
    own = moves.c
    return tx.execute(sa.select(moves).where(own.application_id == application_id).order_by(own.id)).all()


def taken_hours(tx: Transaction, application_id: UUID) -> Sequence[Any]:
    """The uses that an award made of hours."""
    own = hour_uses.c
    theirs = sa.select(hour_uses).where(own.reference_id == application_id, own.purpose == "type2")
    return tx.execute(theirs.order_by(own.id)).all()


def free_hours(tx: Transaction, application_ids: Collection[UUID], reason: str) -> None:
    own = hour_uses.c
    free_uses(tx, own.reference_id.in_(application_ids), own.purpose == "type2", reason=reason)


def give_to(tx: Transaction, duplicate_id: UUID, employee_id: UUID) -> None:
    """A duplicate's applications are the kept person's."""
    own = sa.update(applications).where(applications.c.employee_id == duplicate_id)
    tx.execute(own.values(employee_id=employee_id))


def follow(tx: Transaction, employee_id: UUID, agency_code: str) -> None:
    """What runs goes on in another agency, whose committee has to sign itself."""
    own = applications.c
    running = sa.and_(own.employee_id == employee_id, sa.text(_RUNNING))
    unsigned = {"committee": None, "committee_system": None}
    tx.execute(sa.update(applications).where(running).values(agency_code=agency_code, **unsigned))


def forget_words(tx: Transaction, employee_ids: Collection[UUID]) -> None:
    """Titles and reasons may tell who somebody is; states, days, figures and who decided stay."""
    own = applications.c
    theirs = sa.select(own.id).where(own.employee_id.in_(employee_ids))
    tx.execute(sa.update(moves).where(moves.c.application_id.in_(theirs)).values(reason=None, details=None))
    tx.execute(sa.update(applications).where(own.employee_id.in_(employee_ids)).values(research_title=None))
    tx.execute(sa.update(hour_uses).where(hour_uses.c.employee_id.in_(employee_ids)).values(reason=None))


def set_sitting(tx: Transaction, row: Mapping[str, Any]) -> None:
    """A sitting, or another score of one that is known."""
    same = sa.and_(*(sittings.c[name] == row[name] for name in ("application_id", "sat_on")))
    if not tx.execute(sa.update(sittings).where(same).values(**row)).rowcount:  # type: ignore[attr-defined]
        tx.execute(sa.insert(sittings).values(**row))


def has_early_step(tx: Transaction, employee_id: UUID, decision_number: str) -> bool:
    """Whether hours are, or were, recorded as used for this early step."""
    return (
        tx.execute(sa.select(hour_uses.c.id).where(_early_step(employee_id, decision_number)).limit(1)).first()
        is not None
    )


def withdraw_early_step(tx: Transaction, employee_id: UUID, decision_number: str, reason: str) -> None:
    free_uses(tx, _early_step(employee_id, decision_number), reason=reason)


def _early_step(employee_id: UUID, decision_number: str) -> sa.ColumnElement[bool]:
    own = hour_uses.c
    return sa.and_(own.employee_id == employee_id, own.purpose == "early_step", own.detail == decision_number)
