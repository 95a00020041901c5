"""Closing an offering: whoever has no result gets one, and nothing but a correction changes it afterwards."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.enrollment.domain.attendance import standing
from services.enrollment.models import enrollments, queries
from services.enrollment.models import running as models
from services.enrollment.models.people import hold_undecided
from services.enrollment.schemas import running as schemas
from services.enrollment.service import judging, lapsing, roles, scope
from services.enrollment.service.facts import Marked
from services.enrollment.service.history import Actor
from services.enrollment.service.seating import known_offering
from services.enrollment.service.standings import sheets_of
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict
from shared.paging import decode_cursor, encode_cursor
from shared.persian import tehran_date
from shared.schemas import page_of

WITHOUT_SEAT = ("requested", "invited", "waitlisted", "offered")


class ClosingCalls:
    @command(schemas.CloseOffering, reply=schemas.Closed, roles=roles.OFFICERS)
    def close_offering(
        self, tx: Transaction, caller: Caller, offering_id: UUID, reason: str | None, dry_run: bool
    ) -> dict[str, Any]:
        """Decide the rest of an offering of one's own agency on its last day or later; again it answers the same.

        Of whom nothing was recorded is a `no_show`. Of others what is missing counts as nothing: no hours, no points;
        who passes all the same has completed. Who was to sit again has failed. Who has no seat yet lapses. `reason` is
        kept in the history of everybody whom it decides. With `dry_run` nothing is written. NotFound
        `offering_not_found`; Conflict `offering_cancelled`, `offering_not_over` with `ends_on`; Unavailable
        `offering_not_known_yet`, `agency_not_known_yet`.
        """
        hold_undecided(tx, offering_id)
        offering = known_offering(tx, offering_id)
        scope.must_own(tx, caller, offering)
        if offering.status == "cancelled":
            raise Conflict("offering_cancelled", "The offering was cancelled.")
        if tehran_date(tx.now) < offering.ends_on:
            ends_on = {"ends_on": offering.ends_on.isoformat()}
            raise Conflict("offering_not_over", "The offering goes on.", ends_on)
        if offering.closed_at is not None:
            return _shown(tx, offering, offering.closed_at, models.decided_by_closing(tx, offering_id))
        marked = _rest(tx, offering)
        decided = Counter(mark.status for mark in marked)
        if dry_run:
            return _shown(tx, offering, None, decided)
        judging.settle(tx, Actor.of(caller), "close", offering, marked, reason)
        out = queries.people_in_states(tx, offering_id, WITHOUT_SEAT)
        lapsing.let_go(tx, Actor.of(caller), offering, out)
        queries.set_offering(tx, offering_id, closed_at=tx.now, waiting=0, seats_offered=0, releases_on=None)
        return _shown(tx, offering, tx.now, decided)

    @query(schemas.ListUnclosed, reply=page_of(schemas.Unclosed), roles=roles.READERS)
    def list_unclosed(
        self, tx: Transaction, caller: Caller, agency_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """Offerings of an agency that are over while somebody in them has no result. NotFound `agency_not_found`."""
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
        elif not caller.is_national:
            agency_code = caller.agency
        after = decode_cursor(cursor, {"id": UUID})["id"] if cursor is not None else None
        rows, last = queries.page(tx, models.unclosed(agency_code, tehran_date(tx.now), after), limit)
        items = [{"offering_id": row.id, **row._mapping} for row in rows]
        return {"items": items, "next": last and encode_cursor({"id": last.id})}


def _rest(tx: Transaction, offering: Any) -> list[Marked]:
    """Everybody with a seat and no result, judged by what there is."""
    rows = queries.lock_for_results(tx, offering.id, None)
    sheets = sheets_of(tx, rows)
    excuses, best = judging.excuses_of(tx, offering), judging.best_counts(tx, offering)
    marked = []
    for enrollment_id, row in rows.items():
        sheet = sheets[enrollment_id]
        stands = standing(offering, sheet, excuses, best_counts=best)
        if row.status == "resit":
            mark = judging.judge(offering, row, row.attended_hours, row.score, allowed=0)
            marked.append(mark._replace(status="failed", resits_used=row.resits_used))
        elif sheet.empty:
            marked.append(Marked(row, 0.0, 0.0, ["attendance"], "no_show"))
        else:
            marked.append(judging.judge(offering, row, stands.attended_hours, stands.score, allowed=0))
    return judging.with_forms(tx, offering, marked)


def _shown(tx: Transaction, offering: Any, closed_at: Any, decided: Mapping[str, int]) -> dict[str, Any]:
    own = enrollments.c
    counted = sa.select(own.status, sa.func.count().label("people")).where(own.offering_id == offering.id)
    people = {row.status: row.people for row in tx.execute(counted.group_by(own.status))}
    return {"offering_id": offering.id, "closed_at": closed_at, "decided": dict(decided), "people": people}
