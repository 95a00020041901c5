"""Providers and their accreditation, and which offerings ahead are given without one."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.catalog.domain import providers as domain
from services.catalog.models import providers as models
from services.catalog.models.base import columns_of
from services.catalog.models.providers import Accreditation, Provider
from services.catalog.schemas import providers as schemas
from services.catalog.service import facts
from services.catalog.service.offerings import shown
from services.catalog.service.roles import COURSE_ROLES, EVERYONE, OFFERING_ROLES
from shared import metrics
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query, timer
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import digits_fa, tehran_date
from shared.schemas import page_of

LOOK_EVERY_SECONDS = 900.0
CHUNK = 500
MOST_LAPSES = 1_000  # that one withdrawal names; the list has all of them


class ProviderCalls:
    db: Any

    @command(schemas.RegisterProvider, reply=schemas.Provider, roles=COURSE_ROLES)
    def register_provider(
        self,
        tx: Transaction,
        caller: Caller,
        provider_code: str,
        title: dict[str, str],
        kind: str,
        agency_code: str | None,
    ) -> dict[str, Any]:
        """Register who gives courses, or reword the title of one that is registered.

        `national_centre`: the national training centre and its provincial offices. `agency_unit`: the training unit of
        an agency (`agency_code`). `accredited_centre`: a centre outside the state (circular 200/51875). Conflict
        `provider_exists` for a known code of another kind or agency.
        """
        if (kind == "agency_unit") != (agency_code is not None):
            raise Invalid.field("agency_code", "is given for the training unit of an agency, and for nobody else")
        provider = tx.scalar(sa.select(Provider).where(Provider.provider_code == provider_code).with_for_update())
        if provider is None:
            provider = Provider(
                provider_code=provider_code, title=title, kind=kind, agency_code=agency_code, registered_at=tx.now
            )
            tx.add(provider)
        elif (provider.kind, provider.agency_code) != (kind, agency_code):
            raise Conflict("provider_exists", "The code belongs to another provider.", {"provider_code": provider_code})
        provider.title = title
        tx.flush()
        return _shown(tx, [provider])[0]

    @command(schemas.RecordAccreditation, reply=schemas.Accreditation, roles=COURSE_ROLES)
    def record_accreditation(self, tx: Transaction, caller: Caller, **content: Any) -> dict[str, Any]:
        """Record that a provider may give courses of some types (none named: of all) from a day to a day, both inside.

        Offerings that were without one, as another was withdrawn, are said to be held under it where it covers their
        days. Conflict `accreditation_exists` when the provider has one of this number already.
        """
        domain.check_period(content["valid_from"], content["valid_to"])
        if tx.get(Provider, content["provider_code"]) is None:
            raise no_provider()
        record = Accreditation(accreditation_id=new_id(), recorded_at=tx.now, **content)
        tx.add(record)
        tx.flush()
        without = models.lock_given_by(tx, record.provider_code, record.valid_from, accredited=False)
        _name_anew(tx, record.provider_code, without, f"اعتبار شمارهٔ {digits_fa(record.number)} ثبت شد")
        return columns_of(record)

    @command(schemas.WithdrawAccreditation, reply=schemas.WithdrawnAccreditation, roles=COURSE_ROLES)
    def withdraw_accreditation(
        self, tx: Transaction, caller: Caller, accreditation_id: UUID, withdrawn_on: date, reason: str
    ) -> dict[str, Any]:
        """End an accreditation: `withdrawn_on` is the first day on which it holds no more.

        Offerings stay open; those ahead that are no longer covered are named in `lapses`. Of every offering with days
        from then on, also one that is over, it is said anew which accreditation it is held under, if any: certificates
        still to come name that one. Conflict `already_withdrawn`.
        """
        record = tx.get(Accreditation, accreditation_id)
        if record is None:
            raise NotFound("accreditation_not_found", "There is no such accreditation.")
        # Offerings are locked before accreditations everywhere, so that nobody waits for each other.
        models.lock_given_by(tx, record.provider_code, withdrawn_on, accredited=True)
        tx.refresh(record, with_for_update=True)
        domain.check_withdrawal(columns_of(record), withdrawn_on)
        record.withdrawn_on, record.withdraw_reason = withdrawn_on, reason
        tx.flush()
        # Looked at once more: one may have been opened since, but none from now on.
        given = models.lock_given_by(tx, record.provider_code, withdrawn_on, accredited=True)
        _name_anew(tx, record.provider_code, given, reason)
        found = _lapses(tx, record.provider_code, None, None)
        return columns_of(record) | {"lapses": [lapse for lapse, _ in zip(found, range(MOST_LAPSES), strict=False)]}

    @query(schemas.GetProvider, reply=schemas.Provider, roles=EVERYONE)
    def get_provider(self, tx: Transaction, caller: Caller, provider_code: str) -> dict[str, Any]:
        """A provider with all its accreditations."""
        provider = tx.get(Provider, provider_code)
        if provider is None:
            raise no_provider()
        return _shown(tx, [provider])[0]

    @query(schemas.ListProviders, reply=page_of(schemas.Provider), roles=EVERYONE)
    def list_providers(
        self,
        tx: Transaction,
        caller: Caller,
        kind: str | None,
        accredited_on: date | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Providers by code; with `accredited_on` only those with an accreditation that holds on this day."""
        after = decode_cursor(cursor, {"provider_code": str})["provider_code"] if cursor else ""
        statement = sa.select(Provider).where(Provider.provider_code > after).order_by(Provider.provider_code)
        if kind is not None:
            statement = statement.where(Provider.kind == kind)
        if accredited_on is not None:
            statement = statement.where(Provider.provider_code.in_(models.accredited_on(accredited_on)))
        rows = tx.scalars(statement.limit(limit + 1)).all()
        following = encode_cursor({"provider_code": rows[limit - 1].provider_code}) if len(rows) > limit else None
        return {"items": _shown(tx, rows[:limit]), "next": following}

    @query(
        schemas.ListProviderLapses,
        reply=page_of(schemas.Lapse),
        roles=(*OFFERING_ROLES, "catalog_admin", "auditor", "operator"),
    )
    def list_provider_lapses(
        self, tx: Transaction, caller: Caller, provider_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Open offerings, not over yet, whose provider is not accredited on all of their days.

        Of the caller's agency; administrators of the catalog and national callers see all of them.
        """
        agency = None if caller.is_national or "catalog_admin" in caller.roles else caller.agency
        after = decode_cursor(cursor, {"offering_id": UUID})["offering_id"] if cursor else None
        found = [lapse for lapse, _ in zip(_lapses(tx, provider_code, agency, after), range(limit + 1), strict=False)]
        following = encode_cursor({"offering_id": found[limit - 1]["offering_id"]}) if len(found) > limit else None
        return {"items": found[:limit], "next": following}

    @timer(interval=LOOK_EVERY_SECONDS)
    def count_provider_lapses(self) -> None:
        """Keep the gauge of offerings ahead without accreditation."""
        with self.db.reading() as tx:
            metrics.UNACCREDITED_OFFERINGS.set(sum(1 for _ in _lapses(tx, None, None, None)))


def no_provider() -> NotFound:
    return NotFound("provider_not_found", "There is no such provider.")


def _lapses(
    tx: Transaction, provider_code: str | None, agency_code: str | None, after: UUID | None
) -> Iterator[dict[str, Any]]:
    """Offerings ahead that are not covered, by id; read in chunks, so that nobody pays for more than they ask for."""
    statement = models.offerings_ahead(provider_code, tehran_date(tx.now), agency_code).limit(CHUNK)
    while True:
        following = statement if after is None else statement.where(models.Offering.offering_id > after)
        rows = tx.execute(following).all()
        codes = {row[0].provider_code for row in rows}
        kinds, granted = models.kinds_of(tx, codes), models.accreditations_of(tx, codes)
        for offering, course_type in rows:
            code, days = offering.provider_code, (offering.starts_on, offering.ends_on)
            if domain.needs_accreditation(kinds[code], course_type):
                day = domain.first_uncovered_day(granted[code], course_type, *days)
                if day is not None:
                    yield columns_of(offering) | {"uncovered_on": day}
        if len(rows) < CHUNK:
            return
        after = rows[-1][0].offering_id


def _name_anew(tx: Transaction, provider_code: str, given: Sequence[Any], reason: str) -> None:
    """Say of these offerings, where it changed, which accreditation they are held under now."""
    kind = models.kinds_of(tx, [provider_code])[provider_code]
    granted = models.accreditations_of(tx, [provider_code])[provider_code]
    changed = []
    for offering, course_type in given:
        if not domain.needs_accreditation(kind, course_type):
            continue
        named = domain.accreditation_named(granted, course_type, offering.starts_on, offering.ends_on)
        if named != offering.provider_accreditation:
            offering.provider_accreditation = named
            offering.revision += 1
            changed.append(offering)
    tx.flush()
    for reply in shown(tx, changed):
        tx.publish(facts.offering_changed(reply, ["provider_accreditation"], reason))


def _shown(tx: Transaction, providers: Any) -> list[dict[str, Any]]:
    codes = [provider.provider_code for provider in providers]
    rows = tx.scalars(
        sa.select(Accreditation)
        .where(Accreditation.provider_code.in_(codes))
        .order_by(Accreditation.valid_from, Accreditation.accreditation_id)
    )
    granted: dict[str, list[Any]] = {code: [] for code in codes}
    for row in rows:
        granted[row.provider_code].append(columns_of(row))
    return [columns_of(provider) | {"accreditations": granted[provider.provider_code]} for provider in providers]
