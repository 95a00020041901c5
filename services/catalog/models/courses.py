"""Courses, their versions and what groups them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.courses import Published
from services.catalog.models.base import Base
from shared.columns import JSON, UTCDateTime
from shared.events.catalog import CourseType

_DRAFTS = sa.text("status = 'draft'")


def _trigrams(name: str, column: str) -> Any:
    """An index for words anywhere in a text; SQLite reads every row instead."""
    index = sa.Index(name, column, postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"})
    return index.ddl_if(dialect="postgresql")


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

    Its status is the best of its versions: published, else retired, else draft. Readers are shown the latest published
    version, or the last retired one; administrators the newest. `search_title` and `search_text` hold the shown
    version's words in the form of `shared.persian.search_form`.
    """

    __tablename__ = "courses"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", name="pk_courses"),
        _trigrams("ix_courses_search_title", "search_title"),
        _trigrams("ix_courses_search_text", "search_text"),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    status: Mapped[str] = mapped_column(sa.String(20))
    newest_version: Mapped[int] = mapped_column(sa.Integer)
    published_version: Mapped[int | None] = mapped_column(sa.Integer)
    shown_version: Mapped[int] = mapped_column(sa.Integer)
    hours: Mapped[float] = mapped_column(sa.Double)
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


class CourseGroupMember(Base):
    """A course in a group; it is in one of each kind at most."""

    __tablename__ = "course_group_members"
    __table_args__ = (
        sa.PrimaryKeyConstraint("kind", "course_code", name="pk_course_group_members"),
        sa.ForeignKeyConstraint(
            ["group_code"], ["course_groups.group_code"], name="fk_course_group_members_course_groups"
        ),
        sa.Index("ix_course_group_members_group_code", "group_code"),
    )

    kind: Mapped[str] = mapped_column(sa.String(20))
    course_code: Mapped[str] = mapped_column(sa.String(30))
    group_code: Mapped[str] = mapped_column(sa.String(30))


def versions_of(session: Session, course_code: str) -> dict[int, str]:
    """Version to status of one course; empty when there is no such course."""
    rows = session.execute(
        sa.select(CourseVersion.version, CourseVersion.status).where(CourseVersion.course_code == course_code)
    )
    return {row.version: row.status for row in rows}


def version_for_change(session: Session, course_code: str, version: int) -> CourseVersion | None:
    """A version, locked until the end of the transaction."""
    return session.scalar(
        sa.select(CourseVersion)
        .where(CourseVersion.course_code == course_code, CourseVersion.version == version)
        .with_for_update()
    )


def lock_courses(session: Session, codes: Iterable[str]) -> None:
    """Let nobody else publish these courses until the end of the transaction; by code, so that none deadlock."""
    statement = sa.select(Course.course_code).where(Course.course_code.in_(list(codes)))
    session.execute(statement.order_by(Course.course_code).with_for_update()).all()


def prerequisites_behind(session: Session, codes: Iterable[str]) -> dict[str, Published]:
    """Published courses among `codes`, what they need first, what that needs, and so on."""
    found: dict[str, Published] = {}
    asked, wanted = set[str](), set(codes)
    while wanted:
        rows = session.execute(
            sa.select(CourseVersion.course_code, CourseVersion.version, CourseVersion.prerequisites)
            .join(Course, CourseVersion.course_code == Course.course_code)
            .where(CourseVersion.version == Course.published_version, CourseVersion.course_code.in_(wanted))
        ).all()
        found |= {row.course_code: Published(row.version, row.prerequisites) for row in rows}
        asked |= wanted
        wanted = {code for row in rows for code in row.prerequisites} - asked
    return found


def published_among(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """Which of these courses are published, with their latest published version."""
    statement = sa.select(Course.course_code, Course.published_version)
    statement = statement.where(Course.course_code.in_(list(codes)), Course.published_version.is_not(None))
    return {row.course_code: row.published_version for row in session.execute(statement)}


def needed_by(session: Session, course_code: str) -> list[str]:
    """Published courses whose latest version needs this one first, by code."""
    statement = sa.select(CourseTag.course_code).where(CourseTag.tag == f"needs:{course_code}")
    return list(session.scalars(statement.order_by(CourseTag.course_code)))


def competence_levels(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """How many levels each of these competences has."""
    rows = session.execute(sa.select(Competence.code, Competence.levels).where(Competence.code.in_(list(codes))))
    return {row.code: len(row.levels) for row in rows}


def groups_of(session: Session, kind: str, codes: Iterable[str]) -> dict[str, str]:
    """The group of a kind that each of these courses is in."""
    member = CourseGroupMember
    statement = sa.select(member.course_code, member.group_code)
    rows = session.execute(statement.where(member.kind == kind, member.course_code.in_(list(codes))))
    return {row.course_code: row.group_code for row in rows}


def members_of(session: Session, group_codes: Iterable[str]) -> dict[str, list[str]]:
    """The courses of each of these groups, by code."""
    member = CourseGroupMember
    found: dict[str, list[str]] = {code: [] for code in group_codes}
    statement = sa.select(member.group_code, member.course_code).where(member.group_code.in_(list(found)))
    for row in session.execute(statement.order_by(member.course_code)):
        found[row.group_code].append(row.course_code)
    return found
