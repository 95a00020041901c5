"""Figures worked out anew, since results came late or policies are others: a dry run first, with the differences."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.hours import asked
from services.enrollment.models import closings as models
from services.enrollment.models import hours as hours_models
from services.enrollment.models import previews
from services.enrollment.models.closings import hours_recomputations, year_closings
from services.enrollment.schemas import hours as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours.closing import no_closing
from services.enrollment.service.hours.figures import KEYS, MINIMUM_KEYS, Rules, employed
from services.enrollment.service.sources import plain, sources
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import command
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import jalali_year_bounds


class RecomputeCalls:
    wake: Callable[[str], None]

    @command(schemas.RecomputeYear, reply=schemas.RecomputedYear, roles=roles.OFFICERS)
    def recompute_year(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        jalali_year: int,
        dry_run: bool,
        anew: bool,
        preview_id: UUID | None,
        reason: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """Work a closed year of an agency out anew, by what is known and in force now.

        The dry run, which is the default, has the clock make a preview, and the same call again shows how far it is,
        then who differs from the last revision. The preview stays as it is for some days (policy
        `recompute_preview_days`); `anew` throws it away for a new one, as the dry run does by itself when policies are
        others since. The real run makes exactly the preview that it names the next revision, told to payroll in full;
        without differences there is none. The same real run again answers the same.

        NotFound `agency_not_found`, `year_not_closed`, `preview_not_found`; Conflict `closing_running` while the last
        revision is not told in full, `preview_not_ready`, and `preview_outdated` when policies are others or a later
        revision is there, or a page is of an earlier preview.
        """
        scope.must_see(tx, caller, agency_code)
        last = models.closing_of(tx, agency_code, jalali_year)
        if last is None:
            raise no_closing()
        if preview_id is not None and not dry_run:
            preview = self._written(tx, caller, last, preview_id, reason)
        else:
            preview = self._looked_at(tx, caller, last, anew=anew)
        return _reply(tx, preview, limit, cursor) | {"dry_run": dry_run}

    def _looked_at(self, tx: Transaction, caller: Caller, last: Any, *, anew: bool) -> Any:
        """The preview that is there, or else a new one."""
        if last.done_at is None:
            raise Conflict("closing_running", "The last revision is not told in full yet; try again in a minute.")
        key = last.agency_code, last.jalali_year
        preview = previews.preview_of(tx, *key)
        if preview is not None and (anew or _outdated(tx, preview, last)):
            previews.discard(tx, preview)
            preview = None
        if preview is None:
            row = {
                "id": new_id(),
                "agency_code": last.agency_code,
                "jalali_year": last.jalali_year,
                "state": "previewing",
                "basis": last.revision,
                "closed_at": tx.now,
                "recorded_by": caller.system,
                "policies": _used(tx, last.jalali_year),
            }
            # Whoever asks at the same moment gets the same one.
            insert_rows(tx, year_closings, [row], skip_known=True)
            preview = previews.preview_of(tx, *key)
            tx.after_commit(lambda: self.wake("close_years"))
        return preview

    def _written(self, tx: Transaction, caller: Caller, last: Any, preview_id: UUID, reason: str | None) -> Any:
        """The preview as the next revision, told by the clock part by part."""
        preview = previews.preview_by_id(tx, last.agency_code, last.jalali_year, preview_id)
        if preview is None or preview.state == "discarded" or preview.basis is None:
            raise NotFound("preview_not_found", "There is no such preview, or it was thrown away.")
        if preview.revision is not None:
            return preview
        if preview.state == "previewing":
            raise Conflict("preview_not_ready", "The preview is still worked out; look at it first.")
        if _outdated(tx, preview, last):
            raise Conflict("preview_outdated", "Policies are others since, or a later revision is there.")
        if not preview.compared["changed"]:
            return preview
        said = {"state": "saying", "recorded_by": caller.system, "reason": reason}
        models.set_closing(tx, preview, revision=last.revision + 1, **said)
        tx.after_commit(lambda: self.wake("close_years"))
        return previews.preview_by_id(tx, last.agency_code, last.jalali_year, preview_id)

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
        time; the same again, before the clock has begun, is the same run. Closed years stay as they were told:
        `recompute_year`. NotFound `agency_not_found`, also for callers other than national ones who name no agency.
        """
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        elif not caller.is_national:
            raise scope.no_agency()
        after = decode_cursor(cursor, {"employee_id": UUID})["employee_id"] if cursor is not None else None
        ids = list(models.years_after(tx, jalali_year, agency_code, after, limit + 1))
        page, more = ids[:limit], len(ids) > limit
        first_day, last_day = jalali_year_bounds(jalali_year)
        recomputation_id = None
        if not dry_run:
            recomputation_id = models.waiting_recomputation(tx, agency_code, jalali_year)
            if recomputation_id is None:
                recomputation_id = new_id()
                row = {"id": recomputation_id, "agency_code": agency_code, "jalali_year": jalali_year, "reason": reason}
                by = {"requested_by": caller.system, "requested_at": tx.now}
                tx.execute(sa.insert(hours_recomputations).values(**row, **by))
        return {
            "jalali_year": jalali_year,
            "dry_run": dry_run,
            "recomputation_id": recomputation_id,
            "looked_at": len(page),
            "items": _required(tx, agency_code, jalali_year, page),
            "next": encode_cursor({"employee_id": page[-1]}) if more else None,
            "policies": sources(tx, MINIMUM_KEYS, first_day, last_day),
        }


def _used(tx: Transaction, year: int) -> Any:
    return plain(sources(tx, KEYS, *jalali_year_bounds(year)))


def _outdated(tx: Transaction, preview: Any, last: Any) -> bool:
    return bool(preview.basis != last.revision or preview.policies != _used(tx, preview.jalali_year))


def _reply(tx: Transaction, preview: Any, limit: int, cursor: str | None) -> dict[str, Any]:
    before = models.closing_of(tx, preview.agency_code, preview.jalali_year, preview.basis)
    ready = preview.compared is not None
    state = "counting"
    if ready:
        state = "ready" if preview.revision is None else "written"
    page: Sequence[UUID] = []
    more = False
    if ready:
        ids = previews.differences(tx, before, preview, _beyond(preview, cursor), limit + 1)
        page, more = ids[:limit], len(ids) > limit
    old, new = previews.figures_of(tx, before, page), previews.figures_of(tx, preview, page)
    compared = preview.compared or dict.fromkeys(("changed", "before", "after"))
    return {
        "agency_code": preview.agency_code,
        "jalali_year": preview.jalali_year,
        "state": state,
        "preview_id": preview.id,
        "known_at": preview.closed_at,
        "revision": preview.revision or preview.basis,
        "people": preview.people,
        **compared,
        "policies_before": before.policies,
        "policies": preview.policies,
        "items": [_difference(one, old.get(one), new.get(one)) for one in page],
        "next": encode_cursor({"preview_id": preview.id, "employee_id": page[-1]}) if more else None,
    }


def _beyond(preview: Any, cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    place = decode_cursor(cursor, {"preview_id": UUID, "employee_id": UUID})
    if place["preview_id"] != preview.id:
        raise Conflict("preview_outdated", "This page is of an earlier preview; begin at the first page.")
    beyond: UUID = place["employee_id"]
    return beyond


def _difference(one: UUID, before: Any, after: Any) -> dict[str, Any]:
    known = after or before
    return {"employee_id": one, "personnel_number": known["personnel_number"], "before": before, "after": after}


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
