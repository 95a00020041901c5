"""Laws, articles and circulars, and what changed in them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.catalog.domain.law import WHOLE, number_key, turned_around
from services.catalog.models.base import Base
from shared.columns import JSON, UTCDateTime
from shared.persian import digits_ascii, search_form

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


def found_by(reference: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a reference is found by."""
    number = reference["number"]
    numbers = [number, turned_around(number)] if number is not None else []
    texts = [reference["law"], reference["article"], *reference["title"].values(), *numbers]
    return {
        "number_key": number_key(number) if number is not None else None,
        "search_title": search_form(reference["title"]["fa"]),
        "search_text": "\n".join(form for text in texts if (form := search_form(text))),
    }


def coded(session: Session, law: str | None, article: str) -> LegalReference | None:
    return session.scalar(sa.select(LegalReference).where(LegalReference.law == law, LegalReference.article == article))


def numbered(session: Session, number: str) -> LegalReference | None:
    """The reference with this number, in whatever order and script it is printed."""
    return session.scalar(sa.select(LegalReference).where(LegalReference.number_key == number_key(number)))


def for_change(session: Session, law: str, article: str) -> LegalReference | None:
    """A reference, locked until the end of the transaction."""
    statement = sa.select(LegalReference).where(LegalReference.law == law, LegalReference.article == article)
    return session.scalar(statement.with_for_update())


def successors_from(session: Session, law: str | None) -> dict[str, str | None]:
    """The chain of laws that succeed each other, from this one on; empty when there is no such law.

    They stay as they are until the commit, so that two laws never come to succeed each other at the same moment.
    """
    found: dict[str, str | None] = {}
    while law is not None and law not in found:
        row = session.execute(
            sa.select(LegalReference.successor)
            .where(LegalReference.law == law, LegalReference.article == WHOLE)
            .with_for_update(read=True)
        ).first()
        if row is None:
            return found
        found[law], law = row.successor, row.successor
    return found


def laws_named(session: Session, names: Iterable[str]) -> dict[str, list[LegalReference]]:
    """The law that each name means: by its code, else its number in any order, else its title.

    Several where a title is that of several; none where nothing fits. They stay as they are until the commit.
    """
    wanted = {name: (digits_ascii(name).upper(), number_key(name), search_form(name)) for name in names}
    codes, keys, titles = (sorted({parts[place] for parts in wanted.values()}) for place in range(3))
    own = LegalReference
    named = own.law.in_(codes) | own.number_key.in_(keys) | own.search_title.in_(titles)
    statement = sa.select(own).where(own.article == WHOLE, named).order_by(own.law)
    rows = session.scalars(statement.with_for_update(read=True)).all()
    return {name: _meant(rows, *parts) for name, parts in wanted.items()}


def _meant(rows: Iterable[LegalReference], code: str, key: str, title: str) -> list[LegalReference]:
    for same in (
        [row for row in rows if row.law == code],
        [row for row in rows if row.number_key == key],
        [row for row in rows if row.search_title == title and title],
    ):
        if same:
            return same
    return []


def changes_of(session: Session, laws: Iterable[str]) -> list[dict[str, Any]]:
    """Everything that happened to these laws and their articles, oldest first."""
    table = LegalChange.__table__
    statement = sa.select(table).where(table.c.law.in_(list(laws)))
    return [dict(row._mapping) for row in session.execute(statement.order_by(table.c.recorded_at, table.c.change_id))]
