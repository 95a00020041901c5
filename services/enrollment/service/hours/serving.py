"""What a training record says of hours: what its years asked, and what its lines serve."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.enrollment.domain import hours as domain
from services.enrollment.service.hours.figures import KEYS, Person, Rules, read_people
from services.enrollment.service.sources import Source, sources
from shared.database import Transaction
from shared.persian import jalali_year as year_of
from shared.persian import tehran_date


class RecordHours(NamedTuple):
    """What a record says of hours: figures of its years by year, and how many hours of a line serve the minimum and pay
    (`{"minimum": 12.0, "pay": 30.0}`); a line that serves neither is left out."""

    years: dict[int, dict[str, Any]]
    serving: dict[UUID, dict[str, float]]
    policies: list[Source]


def record_hours(tx: Transaction, employee_id: UUID, as_of: datetime) -> RecordHours:
    """The same of one person's whole record, as it was known at a moment."""
    rules, day = Rules(tx), tehran_date(as_of)
    person = read_people(tx, [employee_id], as_of, day)[employee_id]
    figures = {each.jalali_year: each._asdict() for each in person.figures(rules, year_of(day))}
    required = {number: each["required_hours"] for number, each in figures.items()}
    serving = _serving(person, rules, required)
    first = rules.year(min(figures, default=year_of(day))).first
    return RecordHours(figures, serving, sources(tx, KEYS, first, rules.year(year_of(day)).last))


def serving_of(tx: Transaction, employee_ids: Collection[UUID], as_of: datetime) -> dict[UUID, dict[str, float]]:
    """What the lines of these people serve of the minimum and of pay, by line, as it was known at a moment."""
    rules, day, found = Rules(tx), tehran_date(as_of), dict[UUID, dict[str, float]]()
    for person in read_people(tx, employee_ids, as_of, day).values():
        years = {line.jalali_year for line in person.lines}
        required = {year: sum(each.hours for each in person.asked(rules, year)) for year in years}
        found |= _serving(person, rules, required)
    return found


def _serving(person: Person, rules: Rules, required: Mapping[int, float]) -> dict[UUID, dict[str, float]]:
    serving: dict[UUID, dict[str, float]] = {}
    for purpose, hours in (("minimum", domain.serving_minimum(person.lines, required)), ("pay", person.paid(rules))):
        for line_id, counted in hours.items():
            serving.setdefault(line_id, {})[purpose] = round(counted, 2)
    return serving
