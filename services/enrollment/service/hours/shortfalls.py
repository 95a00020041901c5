"""Who is told that hours are missing: at half and at three quarters of the year, and in Esfand, each time once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.enrollment.domain.hours import Employed, asked, falls_short, missing
from services.enrollment.models import closings as models
from services.enrollment.models import hours as hours_models
from services.enrollment.models.closings import hours_shortfalls, shortfall_rounds
from services.enrollment.policies import value_on
from services.enrollment.service.hours.figures import Rules, employed
from shared import green, metrics
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import timer
from shared.events import HoursShortfallV1
from shared.ids import new_id
from shared.persian import jalali_months_bounds, jalali_year, tehran_date

if TYPE_CHECKING:
    from shared.database import Database

PEOPLE = 500  # of one transaction


class ShortfallTimers:
    db: "Database"
    ending: Callable[[], bool]

    @timer(interval=300)
    def tell_shortfalls(self) -> None:
        """On the days of policy `shortfall_days` (ours: 1 Mehr, 1 Dey, 1 Esfand), tell everybody whose hours are below
        that share of what the whole year asks, once for each person and occasion.

        In pages of people; what broke off goes on where it was, and replicas do not tell twice. A day missed is made up
        for within `shortfall_makeup_days`, after that not said any more. Not told: who left, of whom the year asks for
        nothing, in an agency whose year is closed, and anybody while the minimum binds only the agency's average
        (policy `minimum_binds`). What changes afterwards says nothing again.
        """
        for occasion in ("half", "three_quarters", "last_call"):
            while not self.ending() and self._tell_some(occasion):
                green.pause()

    def _tell_some(self, occasion: str) -> bool:
        with self.db.transaction() as tx:
            today = tehran_date(tx.now)
            year = jalali_year(today)
            days = value_on(tx, "shortfall_days", today)[occasion]
            last = occasion_day(year, days) + timedelta(days=value_on(tx, "shortfall_makeup_days", today))
            binds = value_on(tx, "minimum_binds", today) != "agency"
            if not (binds and occasion_day(year, days) <= today <= last):
                return False
            insert_rows(tx, shortfall_rounds, [{"jalali_year": year, "occasion": occasion}], skip_known=True)
            this = models.round_of(tx, year, occasion)
            if this is None:
                return False
            people = models.employed_after(tx, today, this.cursor, PEOPLE)
            _tell(tx, people, year, occasion, days["share"])
            over = len(people) < PEOPLE
            cursor = people[-1].id if people else this.cursor
            models.set_round(tx, year, occasion, cursor=cursor, done_at=tx.now if over else None)
        return not over


def occasion_day(year: int, days: Mapping[str, Any]) -> date:
    """The day of an occasion in a Jalali year; a day that its month lacks is the last of it."""
    first, last = jalali_months_bounds(year, int(days["month"]), int(days["month"]))
    return min(first + timedelta(days=int(days["day"]) - 1), last)


def _tell(tx: Transaction, people: Sequence[Any], year: int, occasion: str, share: float) -> None:
    if not people:
        return
    rules = Rules(tx)
    ids = [person.id for person in people]
    periods: dict[UUID, list[Employed]] = {one: [] for one in ids}
    for row in hours_models.periods_of(tx, ids):
        periods[row.employee_id].append(employed(row))
    hours = dict.fromkeys(ids, 0.0)
    for row in hours_models.years_of(tx, ids, year):
        hours[row.employee_id] += row.hours
    closed = models.closed_agencies(tx, {person.agency_code for person in people}, year)
    rows, facts = [], {}
    for person in people:
        required = round(sum(each.hours for each in asked(rules.year(year), periods[person.id], rules.minimums)), 2)
        if person.agency_code in closed or not falls_short(required, hours[person.id], share):
            continue
        row = {
            "id": new_id(),
            "employee_id": person.id,
            "jalali_year": year,
            "occasion": occasion,
            "agency_code": person.agency_code,
            "hours": round(hours[person.id], 2),
            "required_hours": required,
            "missing_hours": missing(required, hours[person.id]),
        }
        rows.append(row | {"told_at": tx.now})
        facts[row["id"]] = {name: value for name, value in row.items() if name != "id"} | {
            "full_name": person.full_name
        }
    last = rules.year(year).last
    told = insert_rows(tx, hours_shortfalls, rows, returning="id", skip_known=True)
    for one in told:
        tx.publish(HoursShortfallV1(shortfall_id=one, ends_on=last, **facts[one]))
    tx.after_commit(lambda: metrics.SHORTFALLS_TOLD.labels(occasion).inc(len(told)))
