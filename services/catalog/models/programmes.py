"""Programmes: sets of courses that are completed together."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.models.base import Base
from services.catalog.models.courses import Course, CourseVersion
from shared.columns import JSON, UTCDateTime

_DRAFTS = sa.text("status = 'draft'")
_PUBLISHED = sa.text("status = 'published'")

_DRAFT_EXISTS = ("draft_exists", "A draft of this programme was defined at the same moment.")
CONFLICTS: dict[str, tuple[str, str]] = {
    "pk_programmes": _DRAFT_EXISTS,
    "uq_programmes_draft": _DRAFT_EXISTS,
    "uq_programmes_published": ("already_published", "Another version was published at the same moment."),
}


class Programme(Base):
    """One version of a programme. A published one never changes; at most one is published at a time."""

    __tablename__ = "programmes"
    __table_args__ = (
        sa.PrimaryKeyConstraint("programme_code", "version", name="pk_programmes"),
        sa.Index("uq_programmes_draft", "programme_code", unique=True, postgresql_where=_DRAFTS, sqlite_where=_DRAFTS),
        sa.Index(
            "uq_programmes_published",
            "programme_code",
            unique=True,
            postgresql_where=_PUBLISHED,
            sqlite_where=_PUBLISHED,
        ),
    )

    programme_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    revision: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    ordered: Mapped[bool] = mapped_column(sa.Boolean)
    courses: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    min_electives: Mapped[int] = mapped_column(sa.Integer)
    min_hours: Mapped[float] = mapped_column(sa.Double)
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    within_months: Mapped[int | None] = mapped_column(sa.Integer)
    origin: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retire_reason: Mapped[str | None] = mapped_column(sa.String(500))


def lock_versions(session: Session, programme_code: str) -> dict[int, Programme]:
    """All versions of a programme, locked until the end of the transaction."""
    statement = sa.select(Programme).where(Programme.programme_code == programme_code)
    rows = session.scalars(statement.order_by(Programme.version).with_for_update())
    return {row.version: row for row in rows}


def published_hours(session: Session, codes: Iterable[str]) -> dict[str, float]:
    """The hours of the latest published version of each of these courses."""
    same = (CourseVersion.course_code == Course.course_code) & (CourseVersion.version == Course.published_version)
    statement = sa.select(CourseVersion.course_code, CourseVersion.hours).join(Course, same)
    rows = session.execute(statement.where(CourseVersion.course_code.in_(list(codes))))
    return {row.course_code: row.hours for row in rows}


def page(
    session: Session, status: str | None, purpose: str | None, with_drafts: bool, after: str, limit: int
) -> list[Programme]:
    """Programmes by code, each in its newest version; without drafts in its newest public one."""
    seen = sa.true() if with_drafts else Programme.status != "draft"
    newest = (
        sa.select(Programme.programme_code, sa.func.max(Programme.version).label("version"))
        .where(Programme.programme_code > after, seen)
        .group_by(Programme.programme_code)
        .subquery()
    )
    same = (Programme.programme_code == newest.c.programme_code) & (Programme.version == newest.c.version)
    statement = sa.select(Programme).join(newest, same).order_by(Programme.programme_code).limit(limit)
    if status is not None:
        statement = statement.where(Programme.status == status)
    if purpose is not None:
        statement = statement.where(Programme.purpose == purpose)
    return list(session.scalars(statement))
