"""Tables of the catalog and the questions asked of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.columns import JSON, UTCDateTime, new_metadata
from shared.events.catalog import CourseType

_DRAFTS = sa.text("status = 'draft'")


class Base(DeclarativeBase):
    metadata = new_metadata()


class CourseVersion(Base):
    """One version of a course. A published one never changes: certificates and offerings name it."""

    __tablename__ = "course_versions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", "version", name="pk_course_versions"),
        sa.Index(
            "uq_course_versions_draft", "course_code", unique=True, postgresql_where=_DRAFTS, sqlite_where=_DRAFTS
        ),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    course_type: Mapped[CourseType] = mapped_column(sa.String(20))
    hours: Mapped[float] = mapped_column(sa.Double)
    hours_source: Mapped[str | None] = mapped_column(sa.String(200))
    delivery_mode: Mapped[str] = mapped_column(sa.String(20))
    completion_rule: Mapped[dict[str, float]] = mapped_column(JSON)
    prerequisites: Mapped[list[str]] = mapped_column(JSON)
    topics: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    legal_references: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    leads_to_degree: Mapped[bool] = mapped_column(sa.Boolean)
    refresh_every_months: Mapped[int | None] = mapped_column(sa.Integer)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Offering(Base):
    """A course held once, by an agency. `open_to` is `agency`, `all` or `listed` (see OfferingAgency)."""

    __tablename__ = "offerings"
    __table_args__ = (
        sa.PrimaryKeyConstraint("offering_id", name="pk_offerings"),
        sa.ForeignKeyConstraint(
            ["course_code", "course_version"],
            ["course_versions.course_code", "course_versions.version"],
            name="fk_offerings_course_versions",
        ),
        sa.Index("ix_offerings_agency_code", "agency_code"),
    )

    offering_id: Mapped[UUID] = mapped_column(sa.Uuid)
    course_code: Mapped[str] = mapped_column(sa.String(30))
    course_version: Mapped[int] = mapped_column(sa.Integer)
    course_title: Mapped[dict[str, str]] = mapped_column(JSON)  # as published, so that lists need no second table
    agency_code: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[str] = mapped_column(sa.String(20))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    enrollment_closes_on: Mapped[date] = mapped_column(sa.Date)
    capacity: Mapped[int] = mapped_column(sa.Integer)
    min_seats: Mapped[int] = mapped_column(sa.Integer)
    waitlist_limit: Mapped[int] = mapped_column(sa.Integer)
    open_to: Mapped[str] = mapped_column(sa.String(10))
    approval: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancel_reason: Mapped[str | None] = mapped_column(sa.String(500))


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


metadata = Base.metadata

LISTED = "listed"

_DRAFT_EXISTS = ("draft_exists", "A draft of this course was defined at the same moment.")
CONFLICTS = {"pk_course_versions": _DRAFT_EXISTS, "uq_course_versions_draft": _DRAFT_EXISTS}


def versions_of(session: Session, course_code: str) -> dict[int, str]:
    """Version to status of one course; empty when there is no such course."""
    rows = session.execute(
        sa.select(CourseVersion.version, CourseVersion.status).where(CourseVersion.course_code == course_code)
    )
    return {row.version: row.status for row in rows}


def published_prerequisites(session: Session) -> dict[str, Sequence[str]]:
    """The prerequisites of the latest published version of every course."""
    rows = session.execute(
        sa.select(CourseVersion.course_code, CourseVersion.prerequisites)
        .where(CourseVersion.status == "published")
        .order_by(CourseVersion.course_code, CourseVersion.version)
    )
    return {row.course_code: row.prerequisites for row in rows}


def latest_versions(
    session: Session, with_drafts: bool, after: str | None, limit: int
) -> Sequence[tuple[CourseVersion, int | None]]:
    """The newest version of each course by code, with the number of its latest published version.

    Without drafts, that is the published one, and courses never published are left out.
    """
    published = sa.func.max(sa.case((CourseVersion.status == "published", CourseVersion.version)))
    newest = (
        sa.select(
            CourseVersion.course_code,
            (sa.func.max(CourseVersion.version) if with_drafts else published).label("shown"),
            published.label("published"),
        )
        .where(CourseVersion.course_code > (after or ""))
        .group_by(CourseVersion.course_code)
        .subquery()
    )
    rows = session.execute(
        sa.select(CourseVersion, newest.c.published)
        .join(newest, (CourseVersion.course_code == newest.c.course_code) & (CourseVersion.version == newest.c.shown))
        .order_by(CourseVersion.course_code)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def offerings_for(session: Session, agency_code: str | None, after: UUID | None, limit: int) -> Sequence[Offering]:
    """Offerings in the order they were opened; with an agency, only its own and those open to it."""
    statement = sa.select(Offering).order_by(Offering.offering_id).limit(limit)
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
