"""Questionnaires: those that come with the product, and those that agencies publish for their own offerings."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from services.enrollment import questionnaires as product
from services.enrollment.domain import forms as domain
from services.enrollment.models import forms as models
from services.enrollment.questionnaires import OF_PRODUCT, Questionnaire
from services.enrollment.schemas import forms as schemas
from services.enrollment.service import roles, scope
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of

Key = tuple[str, str, int]


class QuestionnaireCalls:
    @command(schemas.PublishQuestionnaire, reply=schemas.Questionnaire, roles=roles.OFFICERS)
    def publish_questionnaire(
        self,
        tx: Transaction,
        caller: Caller,
        code: str,
        kind: str,
        title: dict[str, str],
        items: list[dict[str, Any]],
        agency_code: str,
    ) -> dict[str, Any]:
        """Publish a questionnaire of one's own agency; a code that is known gets its next version.

        From now on offerings of the agency ask by the one of this kind that was published last; forms that wait keep
        theirs. `results` ask for each of the seven gains, under its code, on a scale of 1 to 5. The latest version
        once more answers the same and publishes nothing. NotFound `agency_not_found`; Invalid
        `invalid_questionnaire`; Conflict `other_kind` for a code of another kind.
        """
        scope.must_see(tx, caller, agency_code)
        domain.check_items(kind, items)
        known = models.latest_version(tx, agency_code, code)
        if known is not None and known.kind != kind:
            raise Conflict("other_kind", f"The questionnaire asks for {known.kind}.", {"kind": known.kind})
        if known is not None and (known.title, known.items) == (title, items):
            return shown(Questionnaire(**known._mapping))
        version = known.version + 1 if known is not None else 1
        made = Questionnaire(agency_code, code, version, kind, title, items, tx.now)
        tx.execute(sa.insert(models.questionnaires).values(made._asdict()))
        return shown(made)

    @query(schemas.GetQuestionnaire, reply=schemas.Questionnaire, roles=roles.READERS)
    def get_questionnaire(
        self, tx: Transaction, caller: Caller, code: str, version: int | None, agency_code: str | None
    ) -> dict[str, Any]:
        """A version of a questionnaire, the latest unless given: the product's, or one of one's own agency.

        NotFound `questionnaire_not_found`.
        """
        if agency_code is not None and not scope.sees(tx, caller, agency_code):
            raise _missing()
        owner = agency_code or OF_PRODUCT
        if version is None:
            version = _latest_version(tx, owner, code)
        return shown(read(tx, {(owner, code, version)})[owner, code, version])

    @query(schemas.ListQuestionnaires, reply=page_of(schemas.Questionnaire), roles=roles.READERS)
    def list_questionnaires(
        self, tx: Transaction, caller: Caller, kind: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The product's questionnaires, then those of one's own agency and those below it (national callers: all)."""
        after: Key | None = None
        if cursor is not None:
            key = decode_cursor(cursor, {"agency_code": str, "code": str, "version": int})
            after = key["agency_code"], key["code"], key["version"]
        seen = scope.within(tx, caller, models.questionnaires.c.agency_code)
        found = [each for each in _of_product(kind) if after is None or _key(each) > after]
        found += [
            Questionnaire(**row._mapping) for row in models.questionnaires_after(tx, seen, kind, after, limit + 1)
        ]
        page, more = found[:limit], len(found) > limit
        names = ("agency_code", "code", "version")
        following = encode_cursor(dict(zip(names, _key(page[-1]), strict=True))) if more else None
        return {"items": [shown(each) for each in page], "next": following}


def chosen(tx: Transaction, agency_codes: Collection[str], kind: str) -> dict[str, Key]:
    """By which questionnaire the offerings of each of these agencies ask: their own newest, else the product's."""
    own = models.newest_of(tx, agency_codes, kind)
    usual = _key(product.latest(kind))
    return {
        code: (code, own[code].code, own[code].version) if code in own else usual
        for code in dict.fromkeys(agency_codes)
    }


def read(tx: Transaction, keys: Collection[Key]) -> dict[Key, Questionnaire]:
    """These versions by key; NotFound `questionnaire_not_found` when one of them does not exist."""
    found: dict[Key, Questionnaire] = {}
    for agency_code, code, version in keys:
        if agency_code == OF_PRODUCT and (code, version) in product.shipped():
            found[agency_code, code, version] = product.shipped()[code, version]
    wanted = [key for key in keys if key[0] != OF_PRODUCT]
    if wanted:
        table = models.questionnaires
        key = sa.tuple_(table.c.agency_code, table.c.code, table.c.version)
        for row in tx.execute(sa.select(table).where(key.in_(wanted))):
            made = Questionnaire(**row._mapping)
            found[_key(made)] = made
    if len(found) < len(set(keys)):
        raise _missing()
    return found


def shown(questionnaire: Questionnaire) -> dict[str, Any]:
    return questionnaire._asdict() | {"agency_code": questionnaire.agency_code or None}


def _latest_version(tx: Transaction, owner: str, code: str) -> int:
    if owner == OF_PRODUCT:
        versions = [version for known, version in product.shipped() if known == code]
    else:
        row = models.latest_version(tx, owner, code)
        versions = [row.version] if row is not None else []
    if not versions:
        raise _missing()
    return max(versions)


def _of_product(kind: str | None) -> list[Questionnaire]:
    return sorted((each for each in product.shipped().values() if kind in (None, each.kind)), key=_key)


def _key(questionnaire: Questionnaire) -> Key:
    return questionnaire.agency_code, questionnaire.code, questionnaire.version


def _missing() -> NotFound:
    return NotFound("questionnaire_not_found", "There is no such questionnaire.")
