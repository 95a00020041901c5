"""Everything that the rules about hours need of people and of policies, read in a few statements for many people."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.enrollment.domain import hours as domain
from services.enrollment.domain.hours import Asked, Employed, Minimum, Pay, Year, YearFigures
from services.enrollment.domain.record import Line, lines
from services.enrollment.models import hours as models
from services.enrollment.policies import FIRST_DAY, POLICIES, value_on
from shared.database import Transaction
from shared.persian import jalali_months_bounds, jalali_year, jalali_year_bounds

# What figures of a year rest on, for the `policies` of their replies.
MINIMUMS = ("annual_minimum_hours", "contract_minimum_hours")
_SHARING = ("part_year_rule", "minimum_change_rule")
MINIMUM_KEYS = (*MINIMUMS, *_SHARING)
PAY_KEYS = ("pay_points_per_hour", "pay_hours_per_year", "pay_hours_in_career")
KEYS = (*MINIMUM_KEYS, *PAY_KEYS, "induction_side")


class Rules:
    """The policies of a transaction as the rules take them, read once for each year.

    The minimum has a timeline of its own; of everything else a year takes the value of its last day, which is what its
    closing takes, and the two choices of how it is shared the value of its first.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._years: dict[int, Year] = {}
        self._pay: dict[int, Pay] = {}
        self.minimums = _minimums(tx)

    def year(self, number: int) -> Year:
        if number not in self._years:
            first, last = jalali_year_bounds(number)
            begins = (jalali_months_bounds(number, month, month)[0] for month in range(1, 13))
            middles = tuple(day + timedelta(days=14) for day in begins)
            choices = (value_on(self._tx, key, max(first, FIRST_DAY)) for key in _SHARING)
            self._years[number] = Year(number, first, last, middles, *choices)
        return self._years[number]

    def pay(self, number: int) -> Pay:
        if number not in self._pay:
            day = max(self.year(number).last, FIRST_DAY)
            self._pay[number] = Pay(*(float(value_on(self._tx, key, day)) for key in PAY_KEYS))
        return self._pay[number]

    def induction_side(self, number: int) -> str:
        side: str = value_on(self._tx, "induction_side", max(self.year(number).last, FIRST_DAY))
        return side


class Person(NamedTuple):
    """Lines of somebody's record, the oldest first, and their days of employment."""

    lines: list[Line]
    periods: list[Employed]

    def years(self, until: int) -> range:
        """The Jalali years from the first line or day of employment until one."""
        firsts = [line.jalali_year for line in self.lines] + [jalali_year(each.first) for each in self.periods]
        return range(min(firsts, default=until + 1), until + 1)

    def asked(self, rules: Rules, year: int) -> list[Asked]:
        return domain.asked(rules.year(year), self.periods, rules.minimums)

    def paid(self, rules: Rules) -> dict[UUID, float]:
        return domain.paid(self.lines, {line.jalali_year: rules.pay(line.jalali_year) for line in self.lines})

    def figures(self, rules: Rules, until: int) -> list[YearFigures]:
        """Year by year until one, those in which nothing was done and nothing asked left out."""
        counted = self.paid(rules)
        found = []
        for year in self.years(until):
            own = [line for line in self.lines if line.jalali_year == year]
            required = sum(each.hours for each in self.asked(rules, year))
            if own or required:
                more = rules.pay(year), rules.induction_side(year)
                found.append(domain.year_figures(year, own, required, counted, *more))
        return found


def read_people(
    tx: Transaction, employee_ids: Collection[UUID], as_of: datetime | None = None, day: date | None = None
) -> dict[UUID, Person]:
    """The records of these people as they were known at a moment, and their employment; with the `day` of the moment as
    it was known then, else as it is known now."""
    people = {one: Person([], []) for one in employee_ids}
    entries: dict[UUID, list[Any]] = {}
    for row in models.lines_of(tx, employee_ids, as_of):
        entries.setdefault(row.employee_id, []).append(row)
    for one, rows in entries.items():
        people[one].lines.extend(lines(rows))
    known = None if day is None else (as_of or tx.now, day)
    for row in models.periods_of(tx, employee_ids, known):
        people[row.employee_id].periods.append(employed(row))
    return people


def employed(row: Any) -> Employed:
    group = domain.staff_group(row.employment, is_manager=row.is_manager)
    return Employed(row.agency_code, group, row.from_day, row.until_day)


def plain(figures: Iterable[YearFigures]) -> list[dict[str, Any]]:
    return [each._asdict() for each in figures]


def _minimums(tx: Transaction) -> list[Minimum]:
    """The timelines of both keys as one."""
    timelines = [POLICIES.periods_of(tx, key) for key in MINIMUMS]
    days = sorted({period.policy.effective_from for periods in timelines for period in periods})
    found = []
    for day in days:
        of_all, of_contract = (value_on(tx, key, day) for key in MINIMUMS)
        found.append(Minimum(day, {**(of_all or {"manager": 0, "staff": 0}), "contract": of_contract or 0}))
    return found
