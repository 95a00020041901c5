"""Agencies' own words: revisions that stay, of which the last one holds."""

from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.notification.domain.wordings import Wording
from services.notification.models.settings import settings_of
from services.notification.models.tables import agencies, agency_tree, wordings

if TYPE_CHECKING:
    from shared.database import Transaction

# For each agency and language, the wordings that hold there by template.
Holding = Mapping[tuple[str, str], Mapping[str, Wording]]

_own = wordings.c
_later = wordings.alias("later").c
_IS_LAST = ~sa.exists().where(
    _later.agency_code == _own.agency_code,
    _later.template == _own.template,
    _later.language == _own.language,
    _later.revision > _own.revision,
)
# One without words gives the shipped ones back.
_HAS_WORDS = sa.func.coalesce(_own.subject, _own.opening, _own.closing).is_not(None)


def record_wording(tx: "Transaction", row: Mapping[str, Any]) -> None:
    """Add a revision."""
    tx.execute(sa.insert(wordings).values(**row))


def wording_history(tx: "Transaction", agency_code: str, template: str, language: str) -> Sequence[sa.Row[Any]]:
    """Every revision of an agency's words, the newest first."""
    theirs = (_own.agency_code == agency_code, _own.template == template, _own.language == language)
    return tx.execute(sa.select(wordings).where(*theirs).order_by(_own.revision.desc())).all()


def wording_revision(tx: "Transaction", wording: Wording | None) -> sa.Row[Any] | None:
    """The revision that a wording is."""
    return tx.execute(sa.select(wordings).where(_own.wording_id == wording.wording_id)).first() if wording else None


def agency_as_sender(tx: "Transaction", agency_code: str) -> Any:
    """An agency with how it writes to its people, inherited or its own; None of one that was never heard of."""
    found = tx.execute(sa.select(agencies.c.code, agencies.c.name).where(agencies.c.code == agency_code)).first()
    if found is None:
        return None
    settings = {name: each.value for name, each in settings_of(tx, [agency_code])[agency_code].items()}
    return SimpleNamespace(**found._mapping, **settings)


def wordings_of_agency(
    tx: "Transaction", agency_code: str, after: tuple[str, str] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """The words that an agency has of its own now, by template and language."""
    found = sa.select(wordings).where(_own.agency_code == agency_code, _IS_LAST, _HAS_WORDS)
    if after is not None:
        found = found.where(sa.tuple_(_own.template, _own.language) > sa.tuple_(*after))
    return tx.execute(found.order_by(_own.template, _own.language).limit(limit)).all()


def wordings_for(tx: "Transaction", agency_codes: Collection[str], templates: Collection[str]) -> Holding:
    """Which words hold in these agencies: their own, else those of the nearest agency above that has some.

    One small query while nobody has words for these templates, which is nearly always.
    """
    found = tx.execute(sa.select(wordings).where(_own.template.in_(list(templates)), _IS_LAST, _HAS_WORDS)).all()
    if not found:
        return {}
    of_agency: dict[str, list[sa.Row[Any]]] = {}
    for row in found:
        of_agency.setdefault(row.agency_code, []).append(row)
    holding: dict[tuple[str, str], dict[str, Wording]] = {}
    for code, chain in agency_tree.chains(tx, agency_codes).items():
        for above in chain:
            for row in of_agency.get(above, ()):
                holding.setdefault((code, row.language), {}).setdefault(row.template, _wording(row))
    return holding


def _wording(row: sa.Row[Any]) -> Wording:
    return Wording(row.wording_id, row.template, row.language, row.subject, row.opening, row.closing)
