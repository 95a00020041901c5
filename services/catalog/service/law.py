"""Laws, articles and circulars: recorded, changed, looked up."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from services.catalog.domain import law as domain
from services.catalog.models import citations
from services.catalog.models import law as models
from services.catalog.models.base import columns_of
from services.catalog.models.law import LegalChange, LegalReference
from services.catalog.models.listing import words_of
from services.catalog.schemas import law as schemas
from services.catalog.service import facts
from services.catalog.service.roles import COURSE_ROLES, EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound, refuse
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

_UNDATED = date(1, 1, 1)  # listed last
_DECIDED_ONCE = ("status", "changed_on", "successor")


class LawCalls:
    @command(schemas.RecordLegalReference, reply=schemas.LegalReference, roles=COURSE_ROLES)
    def record_legal_reference(self, tx: Transaction, caller: Caller, **reference: Any) -> dict[str, Any]:
        """Record a law, a circular, or an article of one; again to correct what is said of it.

        `status`, `changed_on` and `successor` count when the reference is new; from then on `change_legal_reference`
        says what happens to it. Articles belong to a law that is recorded. A new one that was changed already makes
        those courses stale that cite its old text. Numbers are one in either printed order: Conflict `number_taken`
        (details: `law`) when another reference has it.
        """
        issued_on = _check_surroundings(tx, reference)
        domain.check_record(reference, issued_on, tehran_date(tx.now))
        known = models.for_change(tx, reference["law"], reference["article"])
        if known is not None:
            described = {name: value for name, value in reference.items() if name not in _DECIDED_ONCE}
            for name, value in (described | models.found_by(reference)).items():
                setattr(known, name, value)
            tx.flush()
            return _shown(known)
        known = LegalReference(**reference, **models.found_by(reference))
        tx.add(known)
        if reference["changed_on"] is not None:
            happened = {"effective_on": reference["changed_on"], **reference}
            _make_stale(tx, caller, known, {name: happened[name] for name in _CHANGE})
        tx.flush()
        return _shown(known)

    @command(schemas.ChangeLegalReference, reply=schemas.ChangedLegalReference, roles=COURSE_ROLES)
    def change_legal_reference(self, tx: Transaction, caller: Caller, **change: Any) -> dict[str, Any]:
        """Record that a law or an article was amended, repealed, or came into force again.

        Every version of a course that cites the old text is marked stale and named in the reply and in the event: of a
        law all citations, of an article those of it and of the law as a whole; not those whose text was compared
        (`as_of`) on the day of the change or later. `list_stale_courses` shows what to revise. Changes may be recorded
        in any order: the status is that of the one that took effect last. `effective_on` is at most a year ahead
        (policy default). NotFound `legal_reference_not_found`; Conflict `already_repealed`.
        """
        change["article"] = change["article"] or domain.WHOLE
        # The law is locked with its article: who defines a course holds the law, whichever article is cited.
        whole = models.for_change(tx, change["law"], domain.WHOLE)
        known = models.for_change(tx, change["law"], change["article"])
        if known is None or whole is None:
            raise no_reference()
        successors = models.successors_from(tx, change["successor"])
        issued_on = known.issued_on or whole.issued_on
        domain.check_change(columns_of(known), issued_on, change, tehran_date(tx.now), successors)
        for name, value in domain.state_after(columns_of(known), change).items():
            setattr(known, name, value)
        stale = _make_stale(tx, caller, known, change, always_said=True)
        named = [{"course_code": code, "version": version} for code, version in stale]
        return _shown(known) | {"stale_courses": named}

    @query(schemas.GetLegalReference, reply=schemas.LegalReferenceDetails, roles=EVERYONE)
    def get_legal_reference(
        self, tx: Transaction, caller: Caller, law: str | None, article: str | None, number: str | None
    ) -> dict[str, Any]:
        """A law, circular or article, with its recorded articles, its history and the published courses that cite it.

        By its code, or by its number in either printed order; with `article` that article of it.
        """
        domain.check_found({"law": law, "number": number})
        reference = models.numbered(tx, number) if number is not None else models.coded(tx, law, domain.WHOLE)
        if reference is not None and article is not None:
            reference = models.coded(tx, reference.law, article)
        if reference is None:
            raise no_reference()
        changes = models.changes_of(tx, [reference.law])
        if reference.article != domain.WHOLE:
            changes = [each for each in changes if each["article"] in (domain.WHOLE, reference.article)]
        return _shown(reference) | {
            "articles": _articles(tx, reference),
            "changes": [_change_shown(each) for each in changes],
            "cited_by": citations.cited_by(tx, reference.law, reference.article),
        }

    @query(schemas.ListLegalReferences, reply=page_of(schemas.LegalReference), roles=EVERYONE)
    def list_legal_references(
        self, tx: Transaction, caller: Caller, *, limit: int, cursor: str | None, **asked: Any
    ) -> dict[str, Any]:
        """The laws and circulars that hold now, newest first: what an employee asks for as current circulars.

        `status`: one of them, or `any`; everything that is not repealed yet unless given. Single articles are listed
        with their `law`, or by `kind`. `number` in either printed order; each word of `query` is looked for in code,
        title and number, however it is written.
        """
        issued = sa.func.coalesce(LegalReference.issued_on, sa.literal(_UNDATED, sa.Date))
        statement = _narrowed(sa.select(LegalReference), asked, tehran_date(tx.now))
        if cursor is not None:
            after = decode_cursor(cursor, {"issued_on": date.fromisoformat, "law": str, "article": str})
            place = sa.tuple_(LegalReference.law, LegalReference.article) > (after["law"], after["article"])
            statement = statement.where((issued < after["issued_on"]) | ((issued == after["issued_on"]) & place))
        ordered = statement.order_by(issued.desc(), LegalReference.law, LegalReference.article)
        rows = tx.scalars(ordered.limit(limit + 1)).all()
        following = _position(rows[limit - 1]) if len(rows) > limit else None
        return {"items": [_shown(row) for row in rows[:limit]], "next": following}


def no_reference() -> NotFound:
    return NotFound("legal_reference_not_found", "There is no such law, circular or article.")


_CHANGE = ("law", "article", "status", "effective_on", "successor", "note")


def _check_surroundings(tx: Transaction, reference: dict[str, Any]) -> date | None:
    """Raise unless the law of an article, the successor and the number are what they must be.

    Gives the day of issue, for an article without one that of its law.
    """
    law, issued_on = reference["law"], reference["issued_on"]
    if reference["article"] != domain.WHOLE:
        whole = models.for_change(tx, law, domain.WHOLE)
        if whole is None:
            raise Invalid.field("law", f"{law} is not recorded yet; record the law before its articles")
        refuse(domain.check_article("article", columns_of(whole), reference["article"]))
        issued_on = issued_on or whole.issued_on
    if reference["successor"] is not None and not models.successors_from(tx, reference["successor"]):
        raise Invalid.field("successor", f"{reference['successor']} is not known")
    other = models.numbered(tx, reference["number"]) if reference["number"] is not None else None
    if other is not None and (other.law, other.article) != (law, reference["article"]):
        raise Conflict("number_taken", f"The number belongs to {other.law}.", {"law": other.law})
    return issued_on


def _make_stale(
    tx: Transaction, caller: Caller, reference: LegalReference, change: dict[str, Any], always_said: bool = False
) -> list[tuple[str, int]]:
    """Keep a change, mark who cites the text before it, and say so; gives those versions."""
    tx.add(LegalChange(change_id=new_id(), recorded_at=tx.now, recorded_by=caller.system[:100], **change))
    tx.flush()
    stale = citations.mark_stale(tx, reference.law, reference.article, change["effective_on"], tx.now)
    if stale or always_said:
        tx.publish(facts.legal_reference_changed(reference, change, stale))
    return stale


def _narrowed(statement: Any, asked: dict[str, Any], today: date) -> Any:
    status, words = asked["status"], words_of(asked["query"] or "")
    if asked["query"] is not None and not words:
        raise Invalid.field("query", "must have a letter or a digit")
    if status is None:
        ahead = LegalReference.changed_on > today
        statement = statement.where((LegalReference.status != domain.REPEALED) | ahead)
    elif status != "any":
        statement = statement.where(LegalReference.status == status)
    if asked["law"] is not None:
        statement = statement.where(LegalReference.law == asked["law"])
    if asked["kind"] is not None:
        statement = statement.where(LegalReference.kind == asked["kind"])
    elif asked["law"] is None:
        statement = statement.where(LegalReference.kind != "article")
    if asked["number"] is not None:
        statement = statement.where(LegalReference.number_key == domain.number_key(asked["number"]))
    return statement.where(*(LegalReference.search_text.contains(word) for word in words))


def _position(row: LegalReference) -> str:
    return encode_cursor({"issued_on": row.issued_on or _UNDATED, "law": row.law, "article": row.article})


def _articles(tx: Transaction, reference: LegalReference) -> list[dict[str, Any]]:
    """The recorded articles of a law in the order of their numbers."""
    if reference.article != domain.WHOLE:
        return []
    statement = sa.select(LegalReference).where(
        LegalReference.law == reference.law, LegalReference.article != domain.WHOLE
    )
    return sorted((_shown(row) for row in tx.scalars(statement)), key=lambda row: str(row["article"]).rjust(10, "0"))


def _shown(reference: LegalReference) -> dict[str, Any]:
    return columns_of(reference) | {"article": reference.article or None}


def _change_shown(change: dict[str, Any]) -> dict[str, Any]:
    return change | {"article": change["article"] or None}
