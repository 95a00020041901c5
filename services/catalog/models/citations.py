"""Which law each version of a course cites, what makes it stale, and who compared it since."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.law import WHOLE
from services.catalog.models.base import Base
from services.catalog.models.courses import Course, CourseVersion
from shared.columns import JSON, UTCDateTime


class CourseCitation(Base):
    """What a version of a course cites, and on which day its text was compared. Older versions name laws in words."""

    __tablename__ = "course_citations"
    __table_args__ = (
        sa.PrimaryKeyConstraint("course_code", "version", "position", name="pk_course_citations"),
        sa.Index("ix_course_citations_law", "law", "article"),
    )

    course_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    position: Mapped[int] = mapped_column(sa.Integer)
    law: Mapped[str] = mapped_column(sa.String(300))
    article: Mapped[str] = mapped_column(sa.String(50))
    as_of: Mapped[date | None] = mapped_column(sa.Date)


class CourseReview(Base):
    """Somebody compared a stale version with the law of the day and found it right.

    `changes` are the ids of the changes it was stale for: only another one makes it stale again.
    """

    __tablename__ = "course_reviews"
    __table_args__ = (
        sa.PrimaryKeyConstraint("review_id", name="pk_course_reviews"),
        sa.Index("ix_course_reviews_course_code", "course_code", "version"),
    )

    review_id: Mapped[UUID] = mapped_column(sa.Uuid)
    course_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    note: Mapped[str] = mapped_column(sa.String(500))
    changes: Mapped[list[str]] = mapped_column(JSON)
    reviewed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_by: Mapped[str] = mapped_column(sa.String(100))


def write_citations(session: Session, course_code: str, version: int, references: Sequence[Mapping[str, Any]]) -> None:
    """Replace what a version cites."""
    own = (CourseCitation.course_code == course_code, CourseCitation.version == version)
    session.execute(sa.delete(CourseCitation).where(*own))
    session.add_all(
        CourseCitation(
            course_code=course_code,
            version=version,
            position=position,
            law=each["law"],
            article=each.get("article") or WHOLE,
            as_of=date.fromisoformat(each["as_of"]) if each.get("as_of") else None,
        )
        for position, each in enumerate(references)
    )
    session.flush()


def _cites_old_text(law: str, article: str, effective_on: date) -> Any:
    """Citations of the text as it was before a change (the rule is `domain.law.affects`)."""
    own = CourseCitation
    cited = (own.law == law) & (own.as_of.is_(None) | (own.as_of < effective_on))
    return cited if article == WHOLE else cited & own.article.in_((WHOLE, article))


def mark_stale(session: Session, law: str, article: str, effective_on: date, now: datetime) -> list[tuple[str, int]]:
    """Mark every version that cites the text as it was before a change; gives all of them, those marked before too.

    They are locked first: one that is being reviewed at this moment shows its old mark until that is committed.
    """
    own, cited = CourseCitation, _cites_old_text(law, article, effective_on)
    same = (own.course_code == CourseVersion.course_code) & (own.version == CourseVersion.version)
    touched = sa.exists().where(same, cited)
    keys = sa.select(CourseVersion.course_code, CourseVersion.version).where(touched)
    ordered = keys.order_by(CourseVersion.course_code, CourseVersion.version)
    found = [(row.course_code, row.version) for row in session.execute(ordered.with_for_update())]
    marked = sa.update(CourseVersion).where(CourseVersion.stale_since.is_(None), touched)
    session.execute(marked.values(stale_since=now).execution_options(synchronize_session=False))
    return found


def citations_of(session: Session, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """What each of these versions cites."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {key: [] for key in versions}
    table = CourseCitation.__table__
    statement = sa.select(table).where(table.c.course_code.in_({code for code, _ in found}))
    for row in session.execute(statement.order_by(table.c.course_code, table.c.version, table.c.position)):
        if (row.course_code, row.version) in found:
            found[row.course_code, row.version].append(dict(row._mapping))
    return found


def reviewed_changes(session: Session, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], set[str]]:
    """The ids of the changes that each of these versions was compared with."""
    found: dict[tuple[str, int], set[str]] = {key: set() for key in versions}
    statement = sa.select(CourseReview.course_code, CourseReview.version, CourseReview.changes)
    for row in session.execute(statement.where(CourseReview.course_code.in_({code for code, _ in found}))):
        if (row.course_code, row.version) in found:
            found[row.course_code, row.version] |= set(row.changes)
    return found


def forget(session: Session, course_code: str, version: int) -> None:
    """Remove what a draft cites, and its reviews: its number will be that of another draft."""
    for table in (CourseCitation, CourseReview):
        session.execute(sa.delete(table).where(table.course_code == course_code, table.version == version))


def to_revise(session: Session, after: tuple[str, int], limit: int) -> Sequence[CourseVersion]:
    """Stale versions that are offered or still drafts, by course and version."""
    code, version = after
    further = (CourseVersion.course_code > code) | (
        (CourseVersion.course_code == code) & (CourseVersion.version > version)
    )
    live = (CourseVersion.version == Course.published_version) | (CourseVersion.status == "draft")
    statement = sa.select(CourseVersion).join(Course, Course.course_code == CourseVersion.course_code)
    statement = statement.where(CourseVersion.stale_since.is_not(None), live, further)
    return session.scalars(statement.order_by(CourseVersion.course_code, CourseVersion.version).limit(limit)).all()


def cited_by(session: Session, law: str, article: str) -> list[str]:
    """Courses whose latest published version cites a law, or with an article that article or the law as a whole."""
    same = (Course.course_code == CourseCitation.course_code) & (Course.published_version == CourseCitation.version)
    statement = sa.select(Course.course_code).distinct().join(CourseCitation, same).where(CourseCitation.law == law)
    if article != WHOLE:
        statement = statement.where(CourseCitation.article.in_((WHOLE, article)))
    return list(session.scalars(statement.order_by(Course.course_code)))
