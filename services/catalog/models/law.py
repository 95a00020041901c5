"""Laws, articles and circulars, what changed in them, and who cites them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.law import WHOLE, number_key
from services.catalog.models.base import Base
from services.catalog.models.courses import Course, CourseVersion
from shared.columns import JSON, UTCDateTime
from shared.persian import search_form

CONFLICTS: dict[str, tuple[str, str]] = {
    "pk_legal_references": ("legal_reference_exists", "The reference was recorded at the same moment."),
    "uq_legal_references_number_key": ("number_taken", "Another reference has this number."),
}


class LegalReference(Base):
    """A law, a circular, or an article of one (`article` is empty for the whole). A code names it, a number prints it.

    `number_key` is the number in no order and no script; `search_text` what it is found by.
    """

    __tablename__ = "legal_references"
    __table_args__ = (
        sa.PrimaryKeyConstraint("law", "article", name="pk_legal_references"),
        sa.UniqueConstraint("number_key", name="uq_legal_references_number_key"),
    )

    law: Mapped[str] = mapped_column(sa.String(30))
    article: Mapped[str] = mapped_column(sa.String(50))
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    number: Mapped[str | None] = mapped_column(sa.String(100))
    number_key: Mapped[str | None] = mapped_column(sa.String(100))
    issued_on: Mapped[date | None] = mapped_column(sa.Date)
    issuer: Mapped[str | None] = mapped_column(sa.String(300))
    article_count: Mapped[int | None] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.String(20))
    changed_on: Mapped[date | None] = mapped_column(sa.Date)
    successor: Mapped[str | None] = mapped_column(sa.String(30))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    source: Mapped[str | None] = mapped_column(sa.String(300))
    confidence: Mapped[str | None] = mapped_column(sa.String(1))
    search_title: Mapped[str] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text)


class LegalChange(Base):
    """Something that happened to a law or an article; never edited."""

    __tablename__ = "legal_changes"
    __table_args__ = (
        sa.PrimaryKeyConstraint("change_id", name="pk_legal_changes"),
        sa.Index("ix_legal_changes_law", "law", "article"),
    )

    change_id: Mapped[UUID] = mapped_column(sa.Uuid)
    law: Mapped[str] = mapped_column(sa.String(30))
    article: Mapped[str] = mapped_column(sa.String(50))
    status: Mapped[str] = mapped_column(sa.String(20))
    effective_on: Mapped[date] = mapped_column(sa.Date)
    successor: Mapped[str | None] = mapped_column(sa.String(30))
    note: Mapped[str | None] = mapped_column(sa.String(500))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(sa.String(100))


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
    """Somebody compared a stale version with the law of the day and found it right."""

    __tablename__ = "course_reviews"
    __table_args__ = (
        sa.PrimaryKeyConstraint("review_id", name="pk_course_reviews"),
        sa.Index("ix_course_reviews_course_code", "course_code", "version"),
    )

    review_id: Mapped[UUID] = mapped_column(sa.Uuid)
    course_code: Mapped[str] = mapped_column(sa.String(30))
    version: Mapped[int] = mapped_column(sa.Integer)
    note: Mapped[str] = mapped_column(sa.String(500))
    reviewed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_by: Mapped[str] = mapped_column(sa.String(100))


def found_by(reference: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a reference is found by."""
    number = reference["number"]
    texts = [reference["law"], reference["article"], *reference["title"].values(), number or ""]
    return {
        "number_key": number_key(number) if number is not None else None,
        "search_title": search_form(reference["title"]["fa"]),
        "search_text": "\n".join(form for text in texts if (form := search_form(text))),
    }


def for_change(session: Session, law: str, article: str) -> LegalReference | None:
    """A reference, locked until the end of the transaction."""
    statement = sa.select(LegalReference).where(LegalReference.law == law, LegalReference.article == article)
    return session.scalar(statement.with_for_update())


def successors_from(session: Session, law: str | None) -> dict[str, str | None]:
    """The chain of laws that succeed each other, from this one on; empty when there is no such law."""
    found: dict[str, str | None] = {}
    while law is not None and law not in found:
        row = session.execute(
            sa.select(LegalReference.successor).where(LegalReference.law == law, LegalReference.article == WHOLE)
        ).first()
        if row is None:
            return found
        found[law], law = row.successor, row.successor
    return found


def laws_named(session: Session, names: Iterable[str]) -> dict[str, LegalReference]:
    """The law that each name means: its code, its number in any order, or its title; unchanged until the commit."""
    wanted = {name: (name.upper(), number_key(name), search_form(name)) for name in names}
    codes, keys, titles = ({parts[place] for parts in wanted.values()} for place in range(3))
    rows = session.scalars(
        sa.select(LegalReference)
        .where(
            LegalReference.article == WHOLE,
            LegalReference.law.in_(codes)
            | LegalReference.number_key.in_(keys)
            | LegalReference.search_title.in_(titles),
        )
        .order_by(LegalReference.law)
        .with_for_update(read=True)
    ).all()
    found: dict[str, LegalReference] = {}
    for name, (code, key, title) in wanted.items():
        for row in rows:
            if row.law == code or (key and row.number_key == key) or row.search_title == title:
                found.setdefault(name, row)
    return found


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


def changes_of(session: Session, laws: Iterable[str]) -> list[dict[str, Any]]:
    """Everything that happened to these laws and their articles, oldest first."""
    table = LegalChange.__table__
    statement = sa.select(table).where(table.c.law.in_(list(laws)))
    return [dict(row._mapping) for row in session.execute(statement.order_by(table.c.recorded_at, table.c.change_id))]


def _cites_old_text(law: str, article: str, effective_on: date) -> Any:
    """Citations of the text as it was before a change (the rule is `domain.law.affects`)."""
    own = CourseCitation
    cited = (own.law == law) & (own.as_of.is_(None) | (own.as_of < effective_on))
    return cited if article == WHOLE else cited & own.article.in_((WHOLE, article))


def mark_stale(session: Session, law: str, article: str, effective_on: date, now: datetime) -> list[tuple[str, int]]:
    """Mark every version that cites the text as it was before a change; gives all of them, those marked before too."""
    cited = _cites_old_text(law, article, effective_on)
    own = CourseCitation
    same = (own.course_code == CourseVersion.course_code) & (own.version == CourseVersion.version)
    marked = sa.update(CourseVersion).where(CourseVersion.stale_since.is_(None), sa.exists().where(same, cited))
    session.execute(marked.values(stale_since=now).execution_options(synchronize_session=False))
    rows = session.execute(sa.select(own.course_code, own.version).distinct().where(cited))
    return sorted((row.course_code, row.version) for row in rows)


def citations_of(session: Session, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """What each of these versions cites."""
    found: dict[tuple[str, int], list[dict[str, Any]]] = {key: [] for key in versions}
    table = CourseCitation.__table__
    statement = sa.select(table).where(table.c.course_code.in_({code for code, _ in found}))
    for row in session.execute(statement.order_by(table.c.course_code, table.c.version, table.c.position)):
        if (row.course_code, row.version) in found:
            found[row.course_code, row.version].append(dict(row._mapping))
    return found


def last_reviews(session: Session, versions: Iterable[tuple[str, int]]) -> dict[tuple[str, int], datetime]:
    """When each of these versions was last compared, if ever."""
    wanted = set(versions)
    statement = sa.select(CourseReview.course_code, CourseReview.version, sa.func.max(CourseReview.reviewed_at))
    statement = statement.where(CourseReview.course_code.in_({code for code, _ in wanted}))
    rows = session.execute(statement.group_by(CourseReview.course_code, CourseReview.version))
    return {(row[0], row[1]): row[2] for row in rows if (row[0], row[1]) in wanted}


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
