"""Closing a Jalali year: the figures of everybody in an agency are kept as they are, and told to payroll."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import structlog

from services.enrollment.models import closings as models
from services.enrollment.models import people, previews
from services.enrollment.models.closings import FIGURES, FIRST, closed_hours, year_closings
from services.enrollment.policies import value_on
from services.enrollment.schemas import hours as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.hours.figures import KEYS, Rules, read_people
from services.enrollment.service.sources import plain, sources
from shared import green, metrics
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction, is_passing
from shared.entrypoints import query, timer
from shared.errors import NotFound
from shared.events import AnnualTrainingHoursClosedV1
from shared.events.hours import HoursOf
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import end_of_day, jalali_year, jalali_year_bounds, tehran_date

if TYPE_CHECKING:
    from shared.database import Database

AGENCIES, PEOPLE, PART = 100, 500, 1000  # of one transaction; people in one event
THROWN_AWAY = 5000  # people of a preview in one transaction
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)  # of a closing that raised; they double
log = structlog.get_logger("closings")

_PARTS = UUID("0b7c3f5e-6c53-5d0e-9a35-7f4e1f1f8f4a")


class YearCalls:
    db: "Database"
    ending: Callable[[], bool]

    @timer(interval=60)
    def close_years(self) -> None:
        """From 1 Farvardin on, close the year before of every agency that was registered in it, once; also work out
        previews of recomputed years, and throw away those that nobody wanted.

        In pages of people, each of its own transaction: what broke off goes on where it was, an outage is made up for,
        and replicas share the agencies. Hours are those that were known when the closing began; what is recorded later
        waits for `recompute_year`. One that raises is tried again after growing pauses, and the others go on.
        """
        while not self.ending() and self._begin_some():
            pass
        with self.db.transaction() as tx:
            days = value_on(tx, "recompute_preview_days", tehran_date(tx.now))
            previews.discard_before(tx, tx.now - timedelta(days=days))
        while not self.ending() and self._go_on():
            green.pause()
        with self.db.reading() as tx:
            metrics.YEAR_CLOSINGS_FAILING.set(models.failing_count(tx))

    def _begin_some(self) -> bool:
        with self.db.transaction() as tx:
            year = jalali_year(tehran_date(tx.now)) - 1
            first, last = jalali_year_bounds(year)
            codes = models.agencies_to_close(tx, year, end_of_day(last), AGENCIES)
            used = plain(sources(tx, KEYS, first, last)) if codes else []
            rows = [
                {
                    "id": new_id(),
                    "agency_code": code,
                    "jalali_year": year,
                    "revision": FIRST,
                    "state": "counting",
                    "closed_at": tx.now,
                    "recorded_by": "clock",
                    "policies": used,
                }
                for code in codes
            ]
            insert_rows(tx, year_closings, rows, skip_known=True)
        return len(codes) == AGENCIES

    def _go_on(self) -> bool:
        closing = None
        try:
            with self.db.transaction() as tx:
                closing = models.next_running(tx)
                if closing is None:
                    return False
                _STEPS[closing.state](tx, closing)
        except Exception as error:
            if closing is None or is_passing(error):
                raise
            self._put_off(closing)
        return True

    def _put_off(self, closing: Any) -> None:
        metrics.TIMER_FAILURES.labels("enrollment", "close_years").inc()
        log.exception("closing_failed", agency_code=closing.agency_code, jalali_year=closing.jalali_year)
        pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(closing.failures, 10))
        with self.db.transaction() as tx:
            models.set_closing(tx, closing, failures=closing.failures + 1, try_after=tx.now + pause)

    @query(schemas.GetYearClosing, reply=schemas.YearClosing, roles=roles.READERS)
    def get_year_closing(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        jalali_year: int,
        revision: int | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """An agency's closed year as payroll takes it into the decree of Farvardin, by id of the person.

        Hours that were recorded after the closing are in `differences` of the last revision until a recomputation.
        NotFound `agency_not_found`, `year_not_closed`.
        """
        scope.must_see(tx, caller, agency_code)
        last = models.last_done(tx, agency_code, jalali_year)
        closing = last if revision is None else models.closing_of(tx, agency_code, jalali_year, revision)
        if last is None or closing is None or closing.done_at is None:
            raise no_closing()
        after = decode_cursor(cursor, {"employee_id": UUID})["employee_id"] if cursor is not None else None
        rows = list(models.closed_after(tx, closing, after, limit + 1))
        page, more = rows[:limit], len(rows) > limit
        now = _now_of(tx, closing, page) if closing.revision == last.revision else {}
        items = [{**row._mapping, "differences": _differing(row, now.get(row.employee_id))} for row in page]
        return {
            **closing._mapping,
            "last_revision": last.revision,
            "items": items,
            "next": encode_cursor({"employee_id": page[-1].employee_id}) if more else None,
        }


def no_closing() -> NotFound:
    return NotFound("year_not_closed", "This year of the agency is not closed.")


def figures(
    tx: Transaction, rules: Rules, agency_code: str, year: int, ids: Collection[UUID], as_of: datetime
) -> list[dict[str, Any]]:
    """What a closing keeps of each of these people, but for the key of the closing."""
    last = rules.year(year).last
    numbers = models.personnel_numbers(tx, agency_code, last, ids)
    points = rules.pay(year).points
    found = []
    for one, person in read_people(tx, ids, as_of).items():
        asked = {each.agency_code: each for each in person.asked(rules, year)}.get(agency_code)
        counted = person.paid(rules)
        own = [line for line in person.lines if line.jalali_year == year and line.agency_code == agency_code]
        pay_hours = round(sum(counted.get(line.line_id, 0.0) for line in own), 2)
        found.append(
            {
                "employee_id": one,
                "personnel_number": numbers.get(one),
                "staff_group": asked.staff_group if asked else None,
                "days": asked.days if asked else 0,
                "hours": round(sum(line.hours for line in own if line.counts), 2),
                "required_hours": asked.hours if asked else 0.0,
                "counted_hours": pay_hours,
                "points": round(pay_hours * points, 2),
            }
        )
    return found


def _count_some(tx: Transaction, closing: Any) -> None:
    rules = Rules(tx)
    year = rules.year(closing.jalali_year)
    ids = models.people_of_year(tx, closing.agency_code, *year[:3], closing.cursor, PEOPLE)
    rows = figures(tx, rules, closing.agency_code, closing.jalali_year, ids, closing.closed_at)
    insert_rows(tx, closed_hours, [{"closing_id": closing.id} | row for row in rows])
    more: dict[str, Any] = {"cursor": ids[-1]} if ids else {}
    if len(ids) < PEOPLE:
        more = {"cursor": None} | ({"state": "saying"} if closing.revision is not None else _compared(tx, closing))
    models.set_closing(tx, closing, people=closing.people + len(rows), failures=0, try_after=None, **more)


def _compared(tx: Transaction, preview: Any) -> dict[str, Any]:
    """A preview is ready: what it says about everybody is kept with it."""
    before = models.closing_of(tx, preview.agency_code, preview.jalali_year, preview.basis)
    compared = {
        "changed": previews.differing(tx, before, preview),
        "before": previews.sums(tx, before),
        "after": previews.sums(tx, preview),
    }
    return {"state": "preview", "compared": compared}


def _throw_away(tx: Transaction, preview: Any) -> None:
    previews.delete_some(tx, preview, THROWN_AWAY)


def _say_part(tx: Transaction, closing: Any) -> None:
    parts = max(1, -(-closing.people // PART))
    rows = models.closed_after(tx, closing, closing.cursor, PART)
    part = closing.parts_said + 1
    today = tehran_date(tx.now)
    name = f"{closing.agency_code} {closing.jalali_year} {closing.revision} {part}"
    tx.publish(
        AnnualTrainingHoursClosedV1(
            part_id=uuid5(_PARTS, name),
            agency_code=closing.agency_code,
            jalali_year=closing.jalali_year,
            revision=closing.revision,
            part=part,
            parts=parts,
            closed_at=closing.closed_at,
            people=closing.people,
            officers=[row.id for row in people.holders(tx, [closing.agency_code], "training_officer", today)],
            items=[
                HoursOf(
                    employee_id=row.employee_id,
                    personnel_number=row.personnel_number,
                    **{each: getattr(row, each) for each in FIGURES},
                )
                for row in rows
            ],
        )
    )
    said = {"parts_said": part, "failures": 0, "try_after": None}
    if part < parts:
        models.set_closing(tx, closing, cursor=rows[-1].employee_id, **said)
        return
    models.set_closing(tx, closing, cursor=None, state="done", done_at=tx.now, **said)
    kind = "closing" if closing.revision == FIRST else "recomputation"
    tx.after_commit(metrics.YEAR_CLOSINGS.labels(kind).inc)


_STEPS = {"counting": _count_some, "previewing": _count_some, "discarded": _throw_away, "saying": _say_part}


def _now_of(tx: Transaction, closing: Any, rows: Collection[Any]) -> dict[UUID, dict[str, Any]]:
    ids = [row.employee_id for row in rows]
    found = figures(tx, Rules(tx), closing.agency_code, closing.jalali_year, ids, tx.now)
    return {each["employee_id"]: each for each in found}


def _differing(row: Any, now: dict[str, Any] | None) -> dict[str, Any] | None:
    if now is None or all(getattr(row, name) == now[name] for name in FIGURES):
        return None
    return {name: now[name] for name in FIGURES}
