"""Offerings: when, where, by whom and for whom a course is held."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.models.base import Base
from shared.columns import JSON, UTCDateTime

LISTED = "listed"


class Offering(Base):
    """A course held once, by an agency. `open_to` is `agency`, `all` or `listed` (see OfferingAgency).

    `pricing` and `refund_table` are kept as they were at the opening: a later policy changes no promise made.
    `provider_accreditation` is the one that was said last; empty where none is needed, or none holds on all days.
    """

    __tablename__ = "offerings"
    __table_args__ = (
        sa.PrimaryKeyConstraint("offering_id", name="pk_offerings"),
        sa.ForeignKeyConstraint(
            ["course_code", "course_version"],
            ["course_versions.course_code", "course_versions.version"],
            name="fk_offerings_course_versions",
        ),
        sa.Index("ix_offerings_agency_code", "agency_code"),
        sa.Index("ix_offerings_provider_code", "provider_code", "ends_on"),
    )

    offering_id: Mapped[UUID] = mapped_column(sa.Uuid)
    revision: Mapped[int] = mapped_column(sa.Integer)
    course_code: Mapped[str] = mapped_column(sa.String(30))
    course_version: Mapped[int] = mapped_column(sa.Integer)
    course_title: Mapped[dict[str, str]] = mapped_column(JSON)  # as published, so that lists need no second table
    agency_code: Mapped[str] = mapped_column(sa.String(20))
    provider_code: Mapped[str | None] = mapped_column(sa.String(30))
    status: Mapped[str] = mapped_column(sa.String(20))
    format: Mapped[str | None] = mapped_column(sa.String(20))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    enrollment_opens_on: Mapped[date | None] = mapped_column(sa.Date)
    enrollment_closes_on: Mapped[date] = mapped_column(sa.Date)
    decides_on: Mapped[date | None] = mapped_column(sa.Date)
    capacity: Mapped[int] = mapped_column(sa.Integer)
    min_seats: Mapped[int] = mapped_column(sa.Integer)
    waitlist_limit: Mapped[int] = mapped_column(sa.Integer)
    open_to: Mapped[str] = mapped_column(sa.String(10))
    approval: Mapped[str] = mapped_column(sa.String(20))
    reserved_seats: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    pricing: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    refund_table: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    formed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancel_cause: Mapped[str | None] = mapped_column(sa.String(20))
    cancel_reason: Mapped[str | None] = mapped_column(sa.String(500))
    form_before_certificate: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    permit: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    provider_accreditation: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class OfferingSession(Base):
    """One meeting of an offering. Room and instructor are free again when the offering is cancelled."""

    __tablename__ = "offering_sessions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("offering_id", "number", name="pk_offering_sessions"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.offering_id"], name="fk_offering_sessions_offerings"),
        sa.Index("ix_offering_sessions_room_code", "room_code", "starts_at"),
        sa.Index("ix_offering_sessions_instructor_code", "instructor_code", "starts_at"),
    )

    offering_id: Mapped[UUID] = mapped_column(sa.Uuid)
    number: Mapped[int] = mapped_column(sa.Integer)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    room_code: Mapped[str | None] = mapped_column(sa.String(30))
    instructor_code: Mapped[str | None] = mapped_column(sa.String(30))


class OfferingAgency(Base):
    """An agency that an offering with `open_to = listed` is open to."""

    __tablename__ = "offering_agencies"
    __table_args__ = (
        sa.PrimaryKeyConstraint("offering_id", "agency_code", name="pk_offering_agencies"),
        sa.ForeignKeyConstraint(["offering_id"], ["offerings.offering_id"], name="fk_offering_agencies_offerings"),
        sa.Index("ix_offering_agencies_agency_code", "agency_code"),
    )

    offering_id: Mapped[UUID] = mapped_column(sa.Uuid)
    agency_code: Mapped[str] = mapped_column(sa.String(20))


class Agency(Base):
    """Read model: an agency that enrollment has registered."""

    __tablename__ = "agencies"
    __table_args__ = (sa.PrimaryKeyConstraint("code", name="pk_agencies"),)

    code: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[dict[str, str]] = mapped_column(JSON)


def for_change(offering_id: UUID) -> Any:
    """Statement of an offering, locked until the end of the transaction."""
    return sa.select(Offering).where(Offering.offering_id == offering_id).with_for_update()


def provider_names(session: Session, codes: Iterable[str]) -> dict[str, dict[str, str]]:
    """The titles of providers by code."""
    providers = Base.metadata.tables["providers"]
    rows = session.execute(
        sa.select(providers.c.provider_code, providers.c.title).where(providers.c.provider_code.in_(list(codes)))
    )
    return {row.provider_code: row.title for row in rows}


def offerings_for(
    session: Session, agency_code: str | None, asked: Mapping[str, Any], after: UUID | None, limit: int
) -> Sequence[Offering]:
    """Offerings in the order they were opened; with an agency, only its own and those open to it."""
    statement = sa.select(Offering).order_by(Offering.offering_id).limit(limit)
    if asked["course_code"] is not None:
        statement = statement.where(Offering.course_code == asked["course_code"])
    if asked["status"] is not None:
        statement = statement.where(Offering.status == asked["status"])
    if asked["starts_from"] is not None:
        statement = statement.where(Offering.starts_on >= asked["starts_from"])
    if asked["starts_to"] is not None:
        statement = statement.where(Offering.starts_on <= asked["starts_to"])
    if after is not None:
        statement = statement.where(Offering.offering_id > after)
    if agency_code is not None:
        listed = sa.select(OfferingAgency.offering_id).where(OfferingAgency.agency_code == agency_code)
        statement = statement.where(
            (Offering.agency_code == agency_code) | (Offering.open_to == "all") | Offering.offering_id.in_(listed)
        )
    return session.scalars(statement).all()


def listed_agencies(session: Session, offerings: Iterable[Offering]) -> dict[UUID, list[str]]:
    """The agencies that each listed offering is open to, by code."""
    ids = [offering.offering_id for offering in offerings if offering.open_to == LISTED]
    found: dict[UUID, list[str]] = {offering_id: [] for offering_id in ids}
    rows = session.execute(
        sa.select(OfferingAgency.offering_id, OfferingAgency.agency_code)
        .where(OfferingAgency.offering_id.in_(ids))
        .order_by(OfferingAgency.agency_code)
    )
    for row in rows:
        found[row.offering_id].append(row.agency_code)
    return found


def known_agencies(session: Session, codes: Iterable[str]) -> set[str]:
    return set(session.scalars(sa.select(Agency.code).where(Agency.code.in_(list(codes)))))


def add_agencies(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember agencies; one that is known already stays as it is."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Agency.__table__).on_conflict_do_nothing(), rows)


def set_agency_names(session: Session, names: Mapping[str, Any]) -> None:
    """Set the names of agencies, whether they were heard of before or not."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Agency.__table__)
    later = statement.on_conflict_do_update(index_elements=["code"], set_={"name": statement.excluded.name})
    session.execute(later, [{"code": code, "name": name} for code, name in sorted(names.items())])


def sessions_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[OfferingSession]]:
    """The sessions of each of these offerings, in their order."""
    found: dict[UUID, list[OfferingSession]] = {offering_id: [] for offering_id in ids}
    rows = session.scalars(
        sa.select(OfferingSession)
        .where(OfferingSession.offering_id.in_(ids))
        .order_by(OfferingSession.offering_id, OfferingSession.number)
    )
    for row in rows:
        found[row.offering_id].append(row)
    return found
