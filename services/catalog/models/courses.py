"""Courses, their versions and what groups them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.models.base import Base
from shared.columns import JSON, UTCDateTime
from shared.events.catalog import CourseType

_DRAFTS = sa.text("status = 'draft'")


class CourseVersion(Base):
    """One version of a course. A published one never changes: certificates and offerings name it.

    What is said about it later (retired, stale) stands beside its content. `revision` counts the edits of a draft.
    """

    __tablename__ = "course_versions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", "version", name="pk_course_versions"),
        sa.Index(
            "uq_course_versions_draft", "course_code", unique=True, postgresql_where=_DRAFTS, sqlite_where=_DRAFTS
        ),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    revision: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    objectives: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    course_type: Mapped[CourseType] = mapped_column(sa.String(20))
    hours: Mapped[float] = mapped_column(sa.Double)
    practical_hours: Mapped[float] = mapped_column(sa.Double)
    hours_source: Mapped[str | None] = mapped_column(sa.String(200))
    delivery_mode: Mapped[str] = mapped_column(sa.String(20))
    group_sizes: Mapped[dict[str, dict[str, int | None]]] = mapped_column(JSON)
    audience: Mapped[dict[str, Any]] = mapped_column(JSON)
    completion_rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    prerequisites: Mapped[list[str]] = mapped_column(JSON)
    prerequisite_versions: Mapped[dict[str, int]] = mapped_column(JSON)
    topics: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    legal_references: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    competences: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    gains: Mapped[list[str]] = mapped_column(JSON)
    certificate_template: Mapped[str | None] = mapped_column(sa.String(50))
    leads_to_degree: Mapped[bool] = mapped_column(sa.Boolean)
    veterans_exception: Mapped[bool] = mapped_column(sa.Boolean)
    refresh_every_months: Mapped[int | None] = mapped_column(sa.Integer)
    external_code: Mapped[str | None] = mapped_column(sa.String(50))
    origin: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retire_reason: Mapped[str | None] = mapped_column(sa.String(500))
    stale_since: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Course(Base):
    """One row per course, for lists and search: which version is shown to whom, and what it can be found by.

    `search_title` and `search_text` hold the shown version's words in the form of `shared.persian.search_form`.
    """

    __tablename__ = "courses"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", name="pk_courses"),
        sa.Index(
            "ix_courses_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    newest_version: Mapped[int] = mapped_column(sa.Integer)
    published_version: Mapped[int | None] = mapped_column(sa.Integer)
    search_title: Mapped[str] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text)


class CourseTag(Base):
    """What the shown version of a course is filtered by, such as `gain:goals`, `type:job` or `law:CSML`."""

    __tablename__ = "course_tags"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", "tag", name="pk_course_tags"),
        sa.Index("ix_course_tags_tag", "tag", "course_code"),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    tag: Mapped[str] = mapped_column(sa.String(120))


class Competence(Base):
    """A competence of the framework: `levels` describes level 1 and up, in their order."""

    __tablename__ = "competences"
    __table_args__ = (sa.PrimaryKeyConstraint("code", name="pk_competences"),)

    code: Mapped[str] = mapped_column(sa.String(30))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    levels: Mapped[list[dict[str, str]]] = mapped_column(JSON)


class CourseGroup(Base):
    """Courses that stand for each other (`equivalent`) or of which only one counts (`counts_once`)."""

    __tablename__ = "course_groups"
    __table_args__ = (sa.PrimaryKeyConstraint("group_code", name="pk_course_groups"),)

    group_code: Mapped[str] = mapped_column(sa.String(30))
    revision: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(sa.String(20))
    course_codes: Mapped[list[str]] = mapped_column(JSON)


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
