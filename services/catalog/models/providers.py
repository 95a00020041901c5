"""Who teaches and where: providers, their accreditation, instructors, rooms."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.calendar import Meeting
from services.catalog.models.base import Base
from services.catalog.models.courses import CourseVersion
from services.catalog.models.offerings import Offering, OfferingSession
from shared.columns import JSON, UTCDateTime

CONFLICTS: dict[str, tuple[str, str]] = {
    "pk_providers": ("provider_exists", "The provider was registered at the same moment."),
    "pk_instructors": ("instructor_exists", "The instructor was registered at the same moment."),
    "pk_rooms": ("room_exists", "The room was registered at the same moment."),
    "uq_accreditations_number": ("accreditation_exists", "The provider has an accreditation of this number already."),
}


class Provider(Base):
    """Who gives courses. A training unit belongs to an agency; centres belong to none."""

    __tablename__ = "providers"
    __table_args__ = (sa.PrimaryKeyConstraint("provider_code", name="pk_providers"),)

    provider_code: Mapped[str] = mapped_column(sa.String(30))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(sa.String(20))
    agency_code: Mapped[str | None] = mapped_column(sa.String(20))
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Accreditation(Base):
    """The right of a provider to give courses of some types (none named: of all), from a day to a day, both inside."""

    __tablename__ = "accreditations"
    __table_args__ = (
        sa.PrimaryKeyConstraint("accreditation_id", name="pk_accreditations"),
        sa.ForeignKeyConstraint(["provider_code"], ["providers.provider_code"], name="fk_accreditations_providers"),
        sa.UniqueConstraint("provider_code", "number", name="uq_accreditations_number"),
    )

    accreditation_id: Mapped[UUID] = mapped_column(sa.Uuid)
    provider_code: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[str] = mapped_column(sa.String(50))
    course_types: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    withdrawn_on: Mapped[date | None] = mapped_column(sa.Date)
    withdraw_reason: Mapped[str | None] = mapped_column(sa.String(500))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Instructor(Base):
    """Somebody who teaches; booked by code, in one place at a time. `agency_code` is whose officers keep the entry."""

    __tablename__ = "instructors"
    __table_args__ = (
        sa.PrimaryKeyConstraint("instructor_code", name="pk_instructors"),
        sa.ForeignKeyConstraint(["provider_code"], ["providers.provider_code"], name="fk_instructors_providers"),
    )

    instructor_code: Mapped[str] = mapped_column(sa.String(30))
    full_name: Mapped[str] = mapped_column(sa.String(200))
    agency_code: Mapped[str | None] = mapped_column(sa.String(20))
    provider_code: Mapped[str | None] = mapped_column(sa.String(30))
    education: Mapped[str | None] = mapped_column(sa.String(200))
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Qualification(Base):
    """What an instructor may teach from a day to a day, both inside: one course, or a type of course."""

    __tablename__ = "qualifications"
    __table_args__ = (
        sa.PrimaryKeyConstraint("qualification_id", name="pk_qualifications"),
        sa.ForeignKeyConstraint(
            ["instructor_code"], ["instructors.instructor_code"], name="fk_qualifications_instructors"
        ),
        sa.Index("ix_qualifications_instructor_code", "instructor_code"),
    )

    qualification_id: Mapped[UUID] = mapped_column(sa.Uuid)
    instructor_code: Mapped[str] = mapped_column(sa.String(30))
    course_code: Mapped[str | None] = mapped_column(sa.String(30))
    course_type: Mapped[str | None] = mapped_column(sa.String(20))
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    evidence: Mapped[str | None] = mapped_column(sa.String(300))
    withdrawn_on: Mapped[date | None] = mapped_column(sa.Date)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Room(Base):
    """Where sessions are held. Other agencies may book it only where it is `shared`."""

    __tablename__ = "rooms"
    __table_args__ = (sa.PrimaryKeyConstraint("room_code", name="pk_rooms"),)

    room_code: Mapped[str] = mapped_column(sa.String(30))
    agency_code: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    address: Mapped[str | None] = mapped_column(sa.String(500))
    capacity: Mapped[int] = mapped_column(sa.Integer)
    shared: Mapped[bool] = mapped_column(sa.Boolean)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def kinds_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The kind of each of these providers."""
    statement = sa.select(Provider.provider_code, Provider.kind).where(Provider.provider_code.in_(list(codes)))
    return {row.provider_code: row.kind for row in session.execute(statement)}


def accreditations_of(session: Session, codes: Iterable[str], *, keep: bool = False) -> dict[str, list[dict[str, Any]]]:
    """What the rules of accreditation ask about each of these providers, by its first day.

    With `keep` none of them is withdrawn until the end of the transaction.
    """
    found: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
    table = Accreditation.__table__
    statement = sa.select(table).where(table.c.provider_code.in_(list(found)))
    statement = statement.order_by(table.c.valid_from, table.c.accreditation_id)
    for row in session.execute(statement.with_for_update(read=True) if keep else statement):
        found[row.provider_code].append(dict(row._mapping))
    return found


def qualifications_of(session: Session, codes: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What the rules of qualification ask about each of these instructors."""
    found: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
    table = Qualification.__table__
    statement = sa.select(table).where(table.c.instructor_code.in_(list(found)))
    for row in session.execute(statement.order_by(table.c.valid_from, table.c.qualification_id)):
        found[row.instructor_code].append(dict(row._mapping))
    return found


def lock_rooms(session: Session, codes: Iterable[str]) -> dict[str, Room]:
    """Rooms that nobody else books until the end of the transaction; by code, so that no two wait for each other."""
    statement = sa.select(Room).where(Room.room_code.in_(list(codes))).order_by(Room.room_code)
    return {row.room_code: row for row in session.scalars(statement.with_for_update())}


def lock_instructors(session: Session, codes: Iterable[str]) -> dict[str, Instructor]:
    """Instructors whom nobody else books until the end of the transaction; after the rooms, by code."""
    statement = sa.select(Instructor).where(Instructor.instructor_code.in_(list(codes)))
    rows = session.scalars(statement.order_by(Instructor.instructor_code).with_for_update())
    return {row.instructor_code: row for row in rows}


def booked_beside(session: Session, offering_id: UUID, wanted: Sequence[Meeting]) -> dict[Meeting, OfferingSession]:
    """Sessions of other offerings, not cancelled, in the rooms or with the instructors wanted, around those times."""
    rooms = {each.room_code for each in wanted if each.room_code is not None}
    people = {each.instructor_code for each in wanted if each.instructor_code is not None}
    if not rooms and not people:
        return {}
    held = OfferingSession
    rows = session.scalars(
        sa.select(held)
        .join(Offering, Offering.offering_id == held.offering_id)
        .where(
            held.offering_id != offering_id,
            Offering.status != "cancelled",
            held.starts_at < max(each.ends_at for each in wanted),
            held.ends_at > min(each.starts_at for each in wanted),
            held.room_code.in_(rooms) | held.instructor_code.in_(people),
        )
        .order_by(held.starts_at, held.offering_id)
    )
    return {Meeting(row.number, row.starts_at, row.ends_at, row.room_code, row.instructor_code): row for row in rows}


def offerings_ahead(provider_code: str | None, today: date, agency_code: str | None) -> Any:
    """Statement of open offerings not over yet that a provider gives (None: any), with their course's type."""
    same = (CourseVersion.course_code == Offering.course_code) & (CourseVersion.version == Offering.course_version)
    statement = sa.select(Offering, CourseVersion.course_type).join(CourseVersion, same)
    statement = statement.where(Offering.status == "open", Offering.ends_on >= today)
    if provider_code is not None:
        statement = statement.where(Offering.provider_code == provider_code)
    else:
        statement = statement.where(Offering.provider_code.is_not(None))
    if agency_code is not None:
        statement = statement.where(Offering.agency_code == agency_code)
    return statement.order_by(Offering.offering_id)


def lock_given_by(session: Session, provider_code: str, since: date, *, accredited: bool) -> Sequence[Any]:
    """Offerings not cancelled that a provider gives on this day or later, with their course's type, locked by id.

    `accredited`: those that were said to have an accreditation, or those that were said to have none.
    """
    same = (CourseVersion.course_code == Offering.course_code) & (CourseVersion.version == Offering.course_version)
    said = Offering.provider_accreditation
    statement = sa.select(Offering, CourseVersion.course_type).join(CourseVersion, same)
    statement = statement.where(
        Offering.provider_code == provider_code,
        Offering.ends_on >= since,
        Offering.status != "cancelled",
        said.is_not(None) if accredited else said.is_(None),
    )
    return session.execute(statement.order_by(Offering.offering_id).with_for_update(of=Offering)).all()


def accredited_on(day: date) -> Any:
    """Providers with an accreditation that holds on a day, as a subquery."""
    own = Accreditation
    return sa.select(own.provider_code).where(
        own.valid_from <= day,
        own.valid_to.is_(None) | (own.valid_to >= day),
        own.withdrawn_on.is_(None) | (own.withdrawn_on > day),
    )


def sessions_ahead(session: Session, room_code: str, now: datetime) -> int:
    """How many sessions of offerings that are held are still to come in a room."""
    held = OfferingSession
    statement = sa.select(sa.func.count()).select_from(held)
    statement = statement.join(Offering, Offering.offering_id == held.offering_id)
    found = statement.where(held.room_code == room_code, held.ends_at > now, Offering.status != "cancelled")
    return session.scalar(found) or 0


def rooms_named(session: Session, codes: Iterable[str]) -> dict[str, Room]:
    rows = session.scalars(sa.select(Room).where(Room.room_code.in_(list(codes))))
    return {row.room_code: row for row in rows}


def instructors_named(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Full names by code."""
    statement = sa.select(Instructor.instructor_code, Instructor.full_name)
    rows = session.execute(statement.where(Instructor.instructor_code.in_(list(codes))))
    return {row.instructor_code: row.full_name for row in rows}
