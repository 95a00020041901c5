"""Type-2 certificates that somebody received before this system: they count as the one of a career, as ours do."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.models import past_type2 as models
from services.enrollment.models import record, type2
from services.enrollment.models.people import employment_periods
from services.enrollment.policies import FIRST_DAY, value_on
from services.enrollment.schemas import past_type2 as schemas
from services.enrollment.service.staff import own_employee
from services.enrollment.service.type2.applications import not_to_come
from services.enrollment.service.type2.reading import READERS
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.persian import tehran_date

RECORDERS = ("training_officer", "certification_officer", "national")


class PastType2Calls:
    @command(schemas.RecordPastType2, reply=schemas.PastType2, roles=RECORDERS)
    def record_past_type2(
        self,
        tx: Transaction,
        caller: Caller,
        employee_id: UUID,
        level: str,
        certificate_number: str,
        issued_on: date,
        issuer: str,
        line_ids: Sequence[UUID] | None,
    ) -> dict[str, Any]:
        """Record a type-2 certificate that somebody has from before this system, for example on paper.

        One is given in a career (policy `type2_max_awards`), so the check counts it: an application that runs ends as
        `not_eligible` when it is next judged, and may be withdrawn. One of a person stands at a time; the same again
        answers the same. NotFound `employee_not_found`; Invalid for a day to come, before 1380 (when type-2
        certificates began) or before the person's first day of service, for lines that are not in the record or were
        completed later; Conflict `type2_awarded` with `application_id` where one was awarded here, `already_recorded`
        with `past_type2_id` where another one stands, `hours_used` with the `lines` that serve another benefit.
        """
        person = own_employee(tx, caller, employee_id, lock=True)
        said = {"level": level, "certificate_number": certificate_number, "issued_on": issued_on, "issuer": issuer}
        used = set(line_ids or ())
        known = standing(tx, [employee_id])
        if known:
            return _same(tx, known[0], said, used)
        for award in type2.awards(tx, employee_id):
            details = {"application_id": str(award.id)}
            raise Conflict("type2_awarded", "A type-2 certificate was awarded to this person here.", details)
        _check_day(tx, person, issued_on)
        hours = _hours(tx, employee_id, used, issued_on)
        past_id = new_id()
        row = {"id": past_id, "employee_id": employee_id, **said}
        models.add(tx, row | {"recorded_at": tx.now, "recorded_by": caller.system})
        record.add_uses(
            tx,
            hours,
            employee_id=employee_id,
            purpose="type2",
            detail=level,
            reference_id=past_id,
            used_on=issued_on,
            recorded_by=caller.system,
        )
        return _one(tx, employee_id, past_id)

    @command(schemas.WithdrawPastType2, reply=schemas.PastType2, roles=RECORDERS)
    def withdraw_past_type2(self, tx: Transaction, caller: Caller, employee_id: UUID, reason: str) -> dict[str, Any]:
        """What was recorded is not so: it counts no more, and the hours that it used are free again. The same again
        answers the same. NotFound `employee_not_found`, `past_type2_not_found`."""
        own_employee(tx, caller, employee_id, lock=True)
        for row in standing(tx, [employee_id]):
            models.withdraw(tx, row.id, caller.system, reason)
            type2.free_hours(tx, [row.id], reason)
        shown = _shown(tx, employee_id)
        if not shown:
            raise NotFound("past_type2_not_found", "No certificate from before is recorded of this person.")
        return max(shown, key=lambda each: each["withdrawn_at"])

    @query(schemas.ListPastType2, reply=schemas.PastType2List, roles=READERS)
    def list_past_type2(self, tx: Transaction, caller: Caller, employee_id: UUID) -> dict[str, Any]:
        """Somebody's type-2 certificates from before this system, those withdrawn among them, in the order in which
        they were recorded; at most one stands. NotFound `employee_not_found`."""
        own_employee(tx, caller, employee_id)
        return {"items": _shown(tx, employee_id)}


def standing(tx: Transaction, employee_ids: Collection[UUID]) -> list[Any]:
    return [row for row in models.of_people(tx, employee_ids) if row.withdrawn_at is None]


def _same(tx: Transaction, known: Any, said: Mapping[str, Any], lines: set[UUID]) -> dict[str, Any]:
    """What stands, where it is the same again; Conflict `already_recorded`."""
    taken = {use.line_id for use in type2.taken_hours(tx, known.id)}
    if taken != lines or any(getattr(known, name) != value for name, value in said.items()):
        details = {"past_type2_id": str(known.id)}
        raise Conflict("already_recorded", "Another one is recorded of this person; withdraw it before.", details)
    return _one(tx, known.employee_id, known.id)


def _check_day(tx: Transaction, person: Any, issued_on: date) -> None:
    not_to_come(tx, "issued_on", issued_on)
    own = employment_periods.c
    began = tx.scalar(sa.select(sa.func.min(own.from_day)).where(own.employee_id == person.id))
    known = [day for day in (person.hired_on, began) if day is not None]
    first = max(FIRST_DAY, min(known)) if known else FIRST_DAY
    if issued_on < first:
        raise Invalid.field("issued_on", f"must not be before {first}")


def _hours(tx: Transaction, employee_id: UUID, line_ids: set[UUID], issued_on: date) -> dict[UUID, float]:
    entries = {row.line_id: row for row in record.entries_of(tx, [employee_id]) if row.line_id in line_ids}
    if wrong := sorted(str(each) for each in line_ids - set(entries)):
        raise Invalid.field("line_ids", f"are not lines of the record: {', '.join(wrong[:5])}")
    if later := sorted(str(row.line_id) for row in entries.values() if row.completed_on > issued_on):
        raise Invalid.field("line_ids", f"were completed after issued_on: {', '.join(later[:5])}")
    uses = record.uses_of(tx, [employee_id])
    others = {use.line_id for use in uses if use.line_id in line_ids and use.purpose in ("type2", "early_step")}
    if others:
        details = {"lines": sorted(str(each) for each in others)}
        raise Conflict("hours_used", "Hours of these lines brought another benefit already.", details)
    return {line_id: row.hours for line_id, row in entries.items()}


def _one(tx: Transaction, employee_id: UUID, past_type2_id: UUID) -> dict[str, Any]:
    return next(each for each in _shown(tx, employee_id) if each["past_type2_id"] == past_type2_id)


def _shown(tx: Transaction, employee_id: UUID) -> list[dict[str, Any]]:
    titles = value_on(tx, "type2_levels", tehran_date(tx.now))
    uses = record.uses_of(tx, [employee_id])
    return [
        {
            "past_type2_id": row.id,
            **row._mapping,
            "level_title": titles[row.level]["title"],
            "lines": [use._mapping for use in uses if use.reference_id == row.id],
        }
        for row in models.of_people(tx, [employee_id])
    ]
