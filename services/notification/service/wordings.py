"""Agencies' own words for what their people are told: recorded once they hold for every sample, and shown as mails."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.notification import models, rendering
from services.notification.channels import Sender
from services.notification.domain.wordings import Wording
from services.notification.rendering.samples import CONTEXTS, NAMES
from services.notification.rendering.wordings import problems
from services.notification.schemas import wordings as schemas
from services.notification.service import scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Invalid, NotFound, refuse
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

WRITERS = ("training_officer", "national")
READERS = ("training_officer", "auditor", "national", "operator")
SHIPPED: Mapping[str, None] = {"subject": None, "opening": None, "closing": None}


class WordingCalls:
    """Mixed into the service."""

    @command(schemas.SetWording, reply=schemas.WordingRevision, roles=WRITERS)
    def set_wording(
        self, tx: Transaction, caller: Caller, agency_code: str, template: str, language: str, reason: str, **parts: Any
    ) -> dict[str, Any]:
        """Write to an agency's people, and those of agencies below it that have no words of their own, in its words.

        Subject, opening and closing may be its own; facts, links and form stay. What is not given goes in the shipped
        words. A part is plain text with values of the template: `{{ course_title|local }}`, `{% if %}`, `{% for %}`,
        and it must hold for every sample of the template: Invalid names each part that does not, with its line. The
        same words as now change nothing. NotFound `agency_not_found` also for another agency; Conflict
        `wording_changed` when somebody else was quicker.
        """
        _must_write(tx, caller, agency_code)
        if not any(parts.values()):
            raise Invalid("invalid_arguments", "subject, opening or closing is needed", {"fields": _ALL_MISSING})
        refuse(problems(template, language, {part: source for part, source in parts.items() if source}))
        return _record(
            tx, caller, {"agency_code": agency_code, "template": template, "language": language}, parts, reason
        )

    @command(schemas.WithdrawWording, reply=schemas.WordingRevision, roles=WRITERS)
    def withdraw_wording(
        self, tx: Transaction, caller: Caller, agency_code: str, template: str, language: str, reason: str
    ) -> dict[str, Any]:
        """Give an agency's own words up: those of the agency above hold again, or the shipped ones.

        Doing it twice changes nothing. NotFound `agency_not_found`, `wording_not_found` for words it never had.
        """
        _must_write(tx, caller, agency_code)
        which = {"agency_code": agency_code, "template": template, "language": language}
        if not models.wording_history(tx, **which):
            raise NotFound("wording_not_found", "This agency has no words of its own for this template.")
        return _record(tx, caller, which, SHIPPED, reason)

    @query(schemas.WhichWording, reply=schemas.WordingHistory, roles=READERS)
    def get_wording(
        self, tx: Transaction, caller: Caller, agency_code: str, template: str, language: str
    ) -> dict[str, Any]:
        """The words that hold in an agency for a template, and every revision of its own.

        NotFound `agency_not_found` also for an agency that is not the caller's or below it.
        """
        scope.must_see_agency(tx, caller, agency_code)
        which = {"agency_code": agency_code, "template": template, "language": language}
        revisions = models.wording_history(tx, **which)
        holding = models.wording_revision(tx, _in_force(tx, **which))
        return {
            **which,
            "in_force": holding._mapping if holding else None,
            "revisions": [row._mapping for row in revisions],
        }

    @query(schemas.ListWordings, reply=page_of(schemas.WordingRevision), roles=READERS)
    def list_wordings(
        self, tx: Transaction, caller: Caller, agency_code: str, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The words that an agency has of its own now, by template and language.

        NotFound `agency_not_found` also for an agency that is not the caller's or below it.
        """
        scope.must_see_agency(tx, caller, agency_code)
        position = decode_cursor(cursor, {"template": str, "language": str}) if cursor else None
        after = (position["template"], position["language"]) if position else None
        rows = models.wordings_of_agency(tx, agency_code, after, limit + 1)
        items = [dict(row._mapping) for row in rows[:limit]]
        last = {name: items[-1][name] for name in ("template", "language")} if len(rows) > limit else None
        return {"items": items, "next": encode_cursor(last) if last else None}

    @query(schemas.PreviewLetter, reply=schemas.LetterPreview, roles=WRITERS)
    def preview_letter(
        self, tx: Transaction, caller: Caller, agency_code: str, template: str, language: str, **parts: Any
    ) -> dict[str, Any]:
        """A mail of an agency as its people would get it, about invented people and courses; nothing is kept.

        With none of subject, opening and closing it is written in the words that hold now; with some, as it would be
        once they were set. Invalid as for `set_wording`; NotFound `agency_not_found` also for another agency.
        """
        agency = _must_write(tx, caller, agency_code)
        if any(parts.values()):
            refuse(problems(template, language, {part: source for part, source in parts.items() if source}))
            wording: Wording | None = Wording(new_id(), template, language, **parts)
        else:
            wording = _in_force(tx, agency_code, template, language)
        letter = rendering.render(
            template,
            language,
            NAMES[language],
            CONTEXTS[template],
            sender=Sender(agency.sender_name or agency.name, agency.sender_address, agency.reply_to),
            wordings={template: wording} if wording else None,
        )
        return {"subject": letter.subject, "text": letter.text, "html": letter.html}


_ALL_MISSING = {part: ["is required, unless another part is given"] for part in SHIPPED}


def _must_write(tx: Transaction, caller: Caller, agency_code: str) -> sa.Row[Any]:
    """The agency, if the caller may decide on its words: officers on their own agency's."""
    agency = models.agency_as_sender(tx, agency_code)
    if agency is None or not caller.sees(agency_code):
        raise NotFound("agency_not_found", "There is no such agency.")
    return agency


def _in_force(tx: Transaction, agency_code: str, template: str, language: str) -> Wording | None:
    return models.wordings_for(tx, [agency_code], [template]).get((agency_code, language), {}).get(template)


def _record(
    tx: Transaction, caller: Caller, which: Mapping[str, str], parts: Mapping[str, str | None], reason: str
) -> dict[str, Any]:
    """Add a revision, unless the last one says the same; the one that holds."""
    (last,) = models.wording_history(tx, **which)[:1] or (None,)
    if last is not None and all(getattr(last, part) == source for part, source in parts.items()):
        return dict(last._mapping)
    row = {
        **which,
        **parts,
        "wording_id": new_id(),
        "revision": last.revision + 1 if last is not None else 1,
        "reason": reason,
        "recorded_at": tx.now,
        "recorded_by": caller.system,
    }
    models.record_wording(tx, row)
    return row
