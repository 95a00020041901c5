"""Figures worked out anew, since results came late or policies are others: a dry run first, with the differences."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.enrollment.domain.hours import asked
from services.enrollment.models import closings as models
from services.enrollment.models import hours as hours_models
from services.enrollment.models.closings import closed_hours, hours_recomputations, year_closings
from services.enrollment.schemas import hours as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours_closing import FIGURES, PEOPLE, figures, no_closing, plain_policies
from services.enrollment.service.hours_figures import KEYS, MINIMUM_KEYS, Rules, employed
from services.enrollment.service.sources import sources
from shared import green
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_year_bounds

Rows = dict[UUID, dict[str, Any]]


class RecomputeCalls:
    @command(schemas.RecomputeYear, reply=schemas.RecomputedYear, roles=roles.OFFICERS)
    def recompute_year(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        jalali_year: int,
        dry_run: bool,
        preview_id: str | None,
        reason: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Work a closed year of an agency out anew, by what is known and in force now.

        The dry run, which is the default, writes nothing: it gives the differences to the last revision person by
        person, and a `preview_id`. The real run names it and writes the next revision, told to payroll in full;
        without differences there is none. The same real run again answers the same. NotFound
        `agency_not_found`, `year_not_closed`; Conflict `figures_changed` when figures moved since the dry run, and
        `closing_running` while a revision is not told in full.
        """
        scope.must_see(tx, caller, agency_code)
        last = models.closing_of(tx, agency_code, jalali_year, lock=not dry_run)
        if last is None:
            raise no_closing()
        done_before = preview_id is not None and last.digest == preview_id
        if last.done_at is None and not done_before:
            raise Conflict("closing_running", "The last revision is not told in full yet; try again in a minute.")
        before, after = _closed(tx, last), _today(tx, agency_code, jalali_year)
        first_day, last_day = jalali_year_bounds(jalali_year)
        used = plain_policies(sources(tx, KEYS, first_day, last_day))
        digest = _digest(after.values(), used)
        changed = [one for one in sorted(before.keys() | after.keys()) if _differs(before.get(one), after.get(one))]
        revision = last.revision
        if not dry_run and not done_before:
            if digest != preview_id:
                raise Conflict("figures_changed", "The figures are not those of the dry run; look at a new one first.")
            if changed:
                revision += 1
                said = {"closed_at": tx.now, "recorded_by": caller.system, "reason": reason, "policies": used}
                _write(tx, last, revision, after, said | {"digest": digest})
        page, more = _page(changed, limit, cursor)
        return {
            "agency_code": agency_code,
            "jalali_year": jalali_year,
            "dry_run": dry_run,
            "revision": revision,
            "preview_id": digest,
            "people": len(after),
            "changed": len(changed),
            "before": _sums(before.values()),
            "after": _sums(after.values()),
            "policies_before": last.policies,
            "policies": used,
            "items": [_difference(one, before.get(one), after.get(one)) for one in page],
            "next": encode_cursor({"employee_id": page[-1]}) if more else None,
        }

    @command(schemas.RecomputeHours, reply=schemas.RecomputedHours, roles=roles.OFFICERS)
    def recompute_hours(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str | None,
        jalali_year: int,
        dry_run: bool,
        reason: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """What a year asks of people is worked out anew, since a policy of it was recorded or corrected later.

        The dry run, which is the default, gives a page of people, by id, and who of them is asked for something else; a
        page may have no items and yet a next one. The real run is carried out by the clock, some thousand people at a
        time. Closed years stay as they were told: `recompute_year`. NotFound `agency_not_found`, also for callers other
        than national ones who name no agency.
        """
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        elif not caller.is_national:
            raise scope.no_agency()
        after = decode_cursor(cursor, {"employee_id": UUID})["employee_id"] if cursor is not None else None
        ids = list(models.years_after(tx, jalali_year, agency_code, after, limit + 1))
        page, more = ids[:limit], len(ids) > limit
        first_day, last_day = jalali_year_bounds(jalali_year)
        row = {
            "id": new_id(),
            "agency_code": agency_code,
            "jalali_year": jalali_year,
            "reason": reason,
            "requested_by": caller.system,
            "requested_at": tx.now,
        }
        if not dry_run:
            tx.execute(sa.insert(hours_recomputations).values(row))
        return {
            "jalali_year": jalali_year,
            "dry_run": dry_run,
            "recomputation_id": None if dry_run else row["id"],
            "looked_at": len(page),
            "items": _required(tx, agency_code, jalali_year, page),
            "next": encode_cursor({"employee_id": page[-1]}) if more else None,
            "policies": sources(tx, MINIMUM_KEYS, first_day, last_day),
        }


def _closed(tx: Transaction, closing: Any) -> Rows:
    found: Rows = {}
    after = None
    while rows := models.closed_after(tx, closing, after, 10 * PEOPLE):
        found |= {row.employee_id: dict(row._mapping) for row in rows}
        after = rows[-1].employee_id
        green.pause()
    return found


def _today(tx: Transaction, agency_code: str, year: int) -> Rows:
    """What a closing would keep now."""
    found: Rows = {}
    rules = Rules(tx)
    after = None
    while ids := models.people_of_year(tx, agency_code, *rules.year(year)[:3], after, PEOPLE):
        found |= {row["employee_id"]: row for row in figures(tx, rules, agency_code, year, ids, tx.now)}
        after = ids[-1]
        green.pause()
    return found


def _digest(rows: Iterable[Mapping[str, Any]], policies: Any) -> str:
    """One for each state of the figures and of what they rest on."""
    document = [[str(row["employee_id"]), *(row[name] for name in FIGURES)] for row in rows]
    return hashlib.sha256(msgspec.json.encode([document, policies])).hexdigest()


def _write(tx: Transaction, last: Any, revision: int, rows: Rows, said: dict[str, Any]) -> None:
    """The next revision; the clock tells it, part by part."""
    key = {"agency_code": last.agency_code, "jalali_year": last.jalali_year, "revision": revision}
    tx.execute(sa.insert(year_closings).values(**key, **said, state="saying", people=len(rows)))
    everybody = [key | row for row in rows.values()]
    for start in range(0, len(everybody), 10 * PEOPLE):
        insert_rows(tx, closed_hours, everybody[start : start + 10 * PEOPLE])
        green.pause()


def _differs(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    if before is None or after is None:
        return True
    return any(before[name] != after[name] for name in FIGURES)


def _difference(one: UUID, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    known = after or before or {}
    return {"employee_id": one, "personnel_number": known.get("personnel_number"), "before": before, "after": after}


def _sums(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    everybody = list(rows)
    return {name: round(sum(row[name] for row in everybody), 2) for name in FIGURES}


def _page(ids: Sequence[UUID], limit: int, cursor: str | None) -> tuple[Sequence[UUID], bool]:
    if cursor is not None:
        after = decode_cursor(cursor, {"employee_id": UUID})["employee_id"]
        ids = [one for one in ids if one > after]
    return ids[:limit], len(ids) > limit


def _required(tx: Transaction, agency_code: str | None, year: int, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Who of these people is asked for something else than what is kept, by id and agency."""
    rules = Rules(tx)
    periods: dict[UUID, list[Any]] = {one: [] for one in ids}
    for row in hours_models.periods_of(tx, ids):
        periods[row.employee_id].append(employed(row))
    now = {
        (one, each.agency_code): each.hours
        for one, own in periods.items()
        for each in asked(rules.year(year), own, rules.minimums)
    }
    kept = {(row.employee_id, row.agency_code): row.required_hours for row in hours_models.years_of(tx, ids, year)}
    return [
        {"employee_id": key[0], "agency_code": key[1], "before": kept.get(key, 0.0), "after": now.get(key, 0.0)}
        for key in sorted(kept.keys() | now.keys())
        if kept.get(key, 0.0) != now.get(key, 0.0) and agency_code in (None, key[1])
    ]
