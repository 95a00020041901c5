"""What years ask of people, kept beside their hours: worked out by the clock for whom it is due."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.enrollment.domain.hours import Employed, asked
from services.enrollment.models import closings, ranks
from services.enrollment.models import hours as models
from services.enrollment.service.hours.figures import Rules, employed
from shared import green, metrics
from shared.database import Transaction
from shared.entrypoints import timer
from shared.persian import jalali_year, tehran_date

if TYPE_CHECKING:
    from shared.database import Database

PEOPLE, MARKS = 500, 2000  # of one transaction
PAGES = 20  # of one run, so that an import of many people is not held up by their years


class HoursTimers:
    db: "Database"
    ending: Callable[[], bool]

    @timer(interval=30)
    def work_out_years(self) -> None:
        """Work out what years ask of people who are new or changed, of everybody when a Jalali year begins, and of
        those who have hours in a year of which it is not known yet.

        Some thousand people in one run, the others in the next; replicas share them, and a run that broke off is made
        up for by the next.
        """
        for step in (self._mark_some, self._work_out_due, self._work_out_new_years):
            for _page in range(PAGES):
                if self.ending() or not step():
                    break
                green.pause()
        with self.db.reading() as tx:
            metrics.YEARS_DUE.set(models.due_count(tx, jalali_year(tehran_date(tx.now))))

    def _mark_some(self) -> bool:
        with self.db.transaction() as tx:
            row = closings.next_recomputation(tx)
            if row is None:
                return False
            ids = closings.years_after(tx, row.jalali_year, row.agency_code, row.cursor, MARKS)
            models.mark_due(tx, *ids)
            done = tx.now if len(ids) < MARKS else None
            closings.set_recomputation(tx, row.id, cursor=ids[-1] if ids else None, more=len(ids), done_at=done)
        return True

    def _work_out_due(self) -> bool:
        with self.db.transaction() as tx:
            year = jalali_year(tehran_date(tx.now))
            rows = models.due_people(tx, year, PEOPLE)
            work_out(tx, rows, year)
        return len(rows) == PEOPLE

    def _work_out_new_years(self) -> bool:
        with self.db.transaction() as tx:
            rows = models.people_with_new_years(tx, PEOPLE)
            work_out(tx, rows, jalali_year(tehran_date(tx.now)))
        return len(rows) == PEOPLE


def merged(tx: Transaction, kept_id: UUID, duplicate_id: UUID) -> None:
    """What was decided on and told of a duplicate is of the kept person; both their years are due."""
    models.mark_due(tx, kept_id, duplicate_id)
    ranks.give(tx, duplicate_id, kept_id)
    closings.give_shortfalls(tx, duplicate_id, kept_id)


def work_out(tx: Transaction, people: Sequence[Any], year: int) -> None:
    """Write what years until this one ask of these locked people: the year before they were registered, all since, and
    every one in which they have hours."""
    if not people:
        return
    ids = [person.id for person in people]
    rules = Rules(tx)
    periods: dict[UUID, list[Employed]] = {one: [] for one in ids}
    for row in models.periods_of(tx, ids):
        periods[row.employee_id].append(employed(row))
    known: dict[UUID, set[tuple[int, str]]] = {one: set() for one in ids}
    for row in models.years_of(tx, ids):
        known[row.employee_id].add((row.jalali_year, row.agency_code))
    rows = []
    for person in people:
        own = periods[person.id] if person.merged_into is None else []
        first = jalali_year(tehran_date(person.registered_at)) - 1
        years = {number for number, _agency in known[person.id]} | set(range(first, year + 1))
        rows += _rows(person.id, own, known[person.id], years, rules)
    models.set_asked(tx, rows)
    models.forget_empty(tx, ids)
    models.set_worked_out(tx, ids, year)


def _rows(
    employee_id: UUID, periods: Sequence[Employed], known: set[tuple[int, str]], years: set[int], rules: Rules
) -> list[dict[str, Any]]:
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for key in known:  # hours there, or employment that was set right since: it asks for nothing
        rows[key] = {"staff_group": _last_group(periods, key[1]), "days": 0, "required_hours": 0.0}
    for number in years:
        for each in asked(rules.year(number), periods, rules.minimums):
            found = {"staff_group": each.staff_group, "days": each.days, "required_hours": each.hours}
            rows[number, each.agency_code] = found
    key_of = ("jalali_year", "agency_code")
    return [{"employee_id": employee_id, **dict(zip(key_of, key, strict=True)), **row} for key, row in rows.items()]


def _last_group(periods: Sequence[Employed], agency_code: str) -> str:
    groups = [each.staff_group for each in periods if each.agency_code == agency_code]
    groups = groups or [each.staff_group for each in periods]
    return groups[-1] if groups else "staff"
