"""Programmes: defined, published, retired, looked up. Who has completed one is enrollment's to say."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from services.catalog.domain import courses as course_rules
from services.catalog.domain import programmes as domain
from services.catalog.models import courses as course_rows
from services.catalog.models import programmes as models
from services.catalog.models.base import columns_of
from services.catalog.models.programmes import Programme
from services.catalog.schemas import programmes as schemas
from services.catalog.service import facts
from services.catalog.service.roles import COURSE_ROLES, EVERYONE
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of


class ProgrammeCalls:
    @command(schemas.DefineProgramme, reply=schemas.Programme, roles=COURSE_ROLES)
    def define_programme(
        self, tx: Transaction, caller: Caller, *, code: str, after_version: int | None, **content: Any
    ) -> dict[str, Any]:
        """Define a programme, or the next version of one, as a draft.

        Completed with every compulsory course, at least `min_electives` others and `min_hours` altogether; where
        `ordered`, each compulsory course not before the one above it. Conflict `draft_exists` (details: `version`),
        `version_exists` (details: `version`) when there is a version after `after_version`.
        """
        _check_content(tx, content)
        versions = {version: row.status for version, row in models.lock_versions(tx, code).items()}
        version = domain.next_version(code, versions, after_version)
        programme = Programme(
            programme_code=code, version=version, revision=1, status=domain.DRAFT, created_at=tx.now, **content
        )
        tx.add(programme)
        tx.flush()
        return columns_of(programme)

    @command(schemas.EditProgrammeDraft, reply=schemas.Programme, roles=COURSE_ROLES)
    def edit_programme_draft(
        self, tx: Transaction, caller: Caller, *, programme_code: str, version: int, revision: int, **content: Any
    ) -> dict[str, Any]:
        """Replace the whole content of a draft. Conflict `draft_changed` (details: `revision`), `not_a_draft`."""
        programme = _version(models.lock_versions(tx, programme_code), version)
        course_rules.check_editable(programme.status, programme.revision, revision)
        _check_content(tx, content)
        for name, value in content.items():
            setattr(programme, name, value)
        programme.revision += 1
        return columns_of(programme)

    @command(schemas.PublishProgramme, reply=schemas.Programme, roles=COURSE_ROLES)
    def publish_programme(
        self, tx: Transaction, caller: Caller, programme_code: str, version: int, revision: int | None
    ) -> dict[str, Any]:
        """Publish a draft; it replaces the version that was published before.

        Completions that exist stay. Conflict `already_published`, `draft_changed`; Invalid when a course of it was
        retired meanwhile.
        """
        versions = models.lock_versions(tx, programme_code)
        programme = _version(versions, version)
        domain.check_publishable(programme_code, version, programme.status)
        course_rules.check_editable(programme.status, programme.revision, revision or programme.revision)
        _check_content(tx, columns_of(programme))
        for earlier in versions.values():
            if earlier.status == domain.PUBLISHED:
                _retire(tx, earlier, domain.REPLACED)
        tx.flush()
        programme.status, programme.published_at = domain.PUBLISHED, tx.now
        tx.publish(facts.programme_published(programme))
        return columns_of(programme)

    @command(schemas.RetireProgramme, reply=schemas.Programme, roles=COURSE_ROLES)
    def retire_programme(self, tx: Transaction, caller: Caller, programme_code: str, reason: str) -> dict[str, Any]:
        """Nobody completes the programme from now on; completions that exist stay.

        Conflict `already_retired`, `programme_not_published`.
        """
        versions = models.lock_versions(tx, programme_code)
        version = domain.version_to_retire(programme_code, {key: row.status for key, row in versions.items()})
        programme = versions[version]
        _retire(tx, programme, reason)
        tx.publish(facts.programme_retired(programme, reason, tx.now))
        return columns_of(programme)

    @query(schemas.GetProgramme, reply=schemas.Programme, roles=EVERYONE)
    def get_programme(
        self, tx: Transaction, caller: Caller, programme_code: str, version: int | None
    ) -> dict[str, Any]:
        """One version of a programme; without `version` the newest that is public, for administrators a draft too."""
        statement = sa.select(Programme).where(Programme.programme_code == programme_code)
        if not _sees_drafts(caller):
            statement = statement.where(Programme.status != domain.DRAFT)
        if version is not None:
            statement = statement.where(Programme.version == version)
        programme = tx.scalars(statement.order_by(Programme.version.desc()).limit(1)).first()
        if programme is None:
            raise domain.no_programme()
        return columns_of(programme)

    @query(schemas.ListProgrammes, reply=page_of(schemas.Programme), roles=EVERYONE)
    def list_programmes(
        self,
        tx: Transaction,
        caller: Caller,
        purpose: str | None,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Programmes by code, each in its newest version; drafts only for those who may define programmes."""
        after = decode_cursor(cursor, {"programme_code": str})["programme_code"] if cursor else ""
        rows = models.page(tx, status, purpose, _sees_drafts(caller), after, limit + 1)
        following = encode_cursor({"programme_code": rows[limit - 1].programme_code}) if len(rows) > limit else None
        return {"items": [columns_of(row) for row in rows[:limit]], "next": following}


def _check_content(tx: Transaction, content: Mapping[str, Any]) -> None:
    codes = [course["course_code"] for course in content["courses"]]
    domain.check_programme(content, course_rows.published_among(tx, codes), models.published_hours(tx, codes))


def _version(versions: Mapping[int, Programme], version: int) -> Programme:
    if version not in versions:
        raise domain.no_programme()
    return versions[version]


def _retire(tx: Transaction, programme: Programme, reason: str) -> None:
    programme.status, programme.retired_at, programme.retire_reason = domain.RETIRED, tx.now, reason


def _sees_drafts(caller: Caller) -> bool:
    return not caller.roles.isdisjoint(COURSE_ROLES)
