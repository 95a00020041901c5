"""Lists and search: the row of each course in `courses`, its tags, and the pages read from them.

Words are looked for in texts without spaces (see `shared.persian.search_form`), so that "گواهی نامه", "گواهی‌نامه" and
"گواهینامه" find each other; on PostgreSQL a trigram index narrows the rows first, SQLite reads them all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.catalog.domain.courses import DRAFT, PUBLISHED, RETIRED, latest, tags
from services.catalog.models.base import columns_of
from services.catalog.models.courses import Course, CourseTag, CourseVersion, versions_of
from shared.persian import search_form

IN_TITLE, IN_TEXT = 0, 1  # where the words were found: titles come first


class Filters(NamedTuple):
    """What a list is narrowed to; None and empty mean everything."""

    words: Sequence[str] = ()
    tags: Sequence[str] = ()
    status: str | None = None
    min_hours: float | None = None
    max_hours: float | None = None


class Found(NamedTuple):
    """A version on a page, its course's latest published version, and where the words were found."""

    course: CourseVersion
    published_version: int | None
    rank: int


def published_version(session: Session, course_code: str) -> int | None:
    """The version that offerings are opened for unless they name another."""
    return session.scalar(sa.select(Course.published_version).where(Course.course_code == course_code))


def list_course(session: Session, course_code: str) -> None:
    """Bring the row and the tags of a course up to date with its versions; without versions both go."""
    session.execute(sa.delete(CourseTag).where(CourseTag.course_code == course_code))
    versions = versions_of(session, course_code)
    row = session.get(Course, course_code)
    if not versions:
        session.execute(sa.delete(Course).where(Course.course_code == course_code))
        return
    published, retired = latest(versions, PUBLISHED), latest(versions, RETIRED)
    shown = published or retired or max(versions)
    content = session.get_one(CourseVersion, (course_code, shown))
    values = {
        "status": PUBLISHED if published else RETIRED if retired else DRAFT,
        "newest_version": max(versions),
        "published_version": published,
        "shown_version": shown,
        **found_by(content),
    }
    if row is None:
        session.add(Course(course_code=course_code, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    found = sorted(tags(course_code, columns_of(content)))
    session.add_all(CourseTag(course_code=course_code, tag=tag) for tag in found)
    session.flush()


def found_by(content: CourseVersion) -> dict[str, Any]:
    """The columns of `courses` that a shown version is found by."""
    titles = [content.course_code, content.external_code or "", *content.title.values()]
    return {"hours": content.hours, "search_title": _lines(titles), "search_text": _lines(_texts(content))}


def _texts(content: CourseVersion) -> Iterable[str]:
    yield from (content.course_code, content.external_code or "", *content.title.values())
    for text in (*content.objectives, *content.topics):
        yield from text.values()


def _lines(texts: Iterable[str]) -> str:
    """One line a text, so that no word is found across two of them."""
    return "\n".join(form for text in texts if (form := search_form(text)))


def search(
    session: Session, filters: Filters, with_drafts: bool, after: tuple[int, str] | None, limit: int
) -> list[Found]:
    """A page of courses by code; with words those that have all of them in the title first, then the others.

    With drafts each course is shown in its newest version, else in the one that readers see.
    """
    rank, code = after or (IN_TITLE, "")
    found: list[Found] = []
    while True:
        rows = session.execute(_statement(filters, with_drafts, rank).where(Course.course_code > code).limit(limit))
        found += [Found(row[0], row[1], rank) for row in rows]
        limit, code = limit - len(found), ""
        if limit <= 0 or rank == IN_TEXT or not filters.words:
            return found
        rank = IN_TEXT


def _statement(filters: Filters, with_drafts: bool, rank: int) -> Any:
    version = Course.newest_version if with_drafts else Course.shown_version
    same = (CourseVersion.course_code == Course.course_code) & (CourseVersion.version == version)
    statement: Any = sa.select(CourseVersion, Course.published_version).join(Course, same)
    statement = statement.order_by(Course.course_code)
    if filters.status is not None:
        statement = statement.where(Course.status == filters.status)
    if not with_drafts:
        statement = statement.where(Course.status != DRAFT)
    if filters.min_hours is not None:
        statement = statement.where(Course.hours >= filters.min_hours)
    if filters.max_hours is not None:
        statement = statement.where(Course.hours <= filters.max_hours)
    for tag in filters.tags:
        tagged = sa.select(CourseTag.course_code).where(CourseTag.tag == tag)
        statement = statement.where(Course.course_code.in_(tagged))
    if not filters.words:
        return statement
    in_title = sa.and_(*(Course.search_title.contains(word) for word in filters.words))
    in_text = sa.and_(*(Course.search_text.contains(word) for word in filters.words))
    return statement.where(in_title if rank == IN_TITLE else in_text & sa.not_(in_title))


def words_of(query: str) -> list[str]:
    """The words of a query in the form they are looked for; empty when it has no letter and no digit."""
    return [form for word in query.split() if (form := search_form(word))]


def tags_wanted(asked: Mapping[str, str | None]) -> list[str]:
    """`{"gain": "goals", "language": None}` as the tags that a course must have."""
    return [f"{kind}:{value}" for kind, value in asked.items() if value is not None]
