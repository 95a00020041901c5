"""What a Jalali year asks of somebody, and what their hours serve: the yearly minimum and pay."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.enrollment.domain.record import Line, hours_by_side

GROUPS = ("manager", "staff", "contract")
_DAY = timedelta(days=1)


class Year(NamedTuple):
    """A Jalali year with the 15th of each of its months, and the rules that were in force for it."""

    number: int
    first: date
    last: date
    middles: tuple[date, ...]
    part_year: str = "months"
    change: str = "weighed"


class Employed(NamedTuple):
    """Days in an agency as one of GROUPS; `last` None: it goes on."""

    agency_code: str
    staff_group: str
    first: date
    last: date | None


class Minimum(NamedTuple):
    """Hours that a whole year asks of each group, from a day on."""

    first: date
    hours: Mapping[str, float]


class Asked(NamedTuple):
    """What a year asks of somebody in one agency, for `days` there; `staff_group` is what they were there last."""

    agency_code: str
    staff_group: str
    days: int
    hours: float


class Pay(NamedTuple):
    """What pay counts of a year: points for an hour, hours of the year, and hours of the career up to its end."""

    points: float
    year_hours: float
    career_hours: float


class YearFigures(NamedTuple):
    """Hours of somebody's year that count, in all and by side; what was asked; and what pay counts."""

    jalali_year: int
    hours: float
    job_hours: float
    general_hours: float
    required_hours: float
    missing_hours: float
    pay_hours: float
    pay_points: float


def staff_group(employment: str, *, is_manager: bool) -> str:
    """A manager is one in whatever kind of employment; others for a fixed term are counted apart."""
    if is_manager:
        return "manager"
    return "contract" if employment == "fixed_term" else "staff"


def asked(year: Year, periods: Iterable[Employed], minimums: Sequence[Minimum]) -> list[Asked]:
    """What the year asks in each agency, for the part of it that somebody was there (policy `part_year_rule`).

    A minimum that changes in mid-year counts for its part, or from the next year on (`minimum_change_rule`).
    Employment that has no end is taken to last until the end of the year.
    """
    found: dict[str, Asked] = {}
    for period in sorted(periods, key=lambda each: each.first):
        first, last = max(period.first, year.first), min(period.last or year.last, year.last)
        if first > last:
            continue
        before = found.get(period.agency_code)
        days = (last - first).days + 1 + (before.days if before else 0)
        hours = before.hours if before else 0.0
        for begin, end, minimum in _stretches(year, minimums, first, last):
            hours += minimum.hours[period.staff_group] * _share(year, begin, end)
        found[period.agency_code] = Asked(period.agency_code, period.staff_group, days, hours)
    return [each._replace(hours=round(each.hours, 2)) for each in found.values()]


def _stretches(
    year: Year, minimums: Sequence[Minimum], first: date, last: date
) -> Iterable[tuple[date, date, Minimum]]:
    """The days of a period cut where the minimum changes; none before the first one."""
    if year.change == "next_year":
        in_force = [each for each in minimums if each.first <= year.first]
        minimums = in_force[-1:]
    for place, minimum in enumerate(minimums):
        end = minimums[place + 1].first - _DAY if place + 1 < len(minimums) else last
        if minimum.first <= last and end >= first:
            yield max(first, minimum.first), min(last, end), minimum


def _share(year: Year, first: date, last: date) -> float:
    if year.part_year == "days":
        return ((last - first).days + 1) / ((year.last - year.first).days + 1)
    return sum(first <= middle <= last for middle in year.middles) / len(year.middles)


def paid(lines: Iterable[Line], pay: Mapping[int, Pay]) -> dict[UUID, float]:
    """How many hours of each line pay counts: the oldest first, up to the limits of its year and of the career.

    A line that a limit cuts counts with what is left; lines of which nothing counts are left out.
    """
    counted: dict[UUID, float] = {}
    of_year: dict[int, float] = {}
    career = 0.0
    for line in _counting(lines):
        limits, done = pay[line.jalali_year], of_year.get(line.jalali_year, 0.0)
        hours = min(line.hours, limits.year_hours - done, limits.career_hours - career)
        if hours > 0:
            counted[line.line_id] = hours
            of_year[line.jalali_year] = done + hours
            career += hours
    return counted


def serving_minimum(lines: Iterable[Line], required: Mapping[int, float]) -> dict[UUID, float]:
    """How many hours of each line fill the minimum of its year, the oldest first; `required` hours by year."""
    left = dict(required)
    filled: dict[UUID, float] = {}
    for line in _counting(lines):
        hours = min(line.hours, left.get(line.jalali_year, 0.0))
        if hours > 0:
            filled[line.line_id] = hours
            left[line.jalali_year] -= hours
    return filled


def year_figures(
    year: int, lines: Iterable[Line], required: float, counted: Mapping[UUID, float], pay: Pay, induction_side: str
) -> YearFigures:
    """The figures of one year from one person's lines of it; `counted` are hours that pay counts, by line."""
    sums: dict[str, float] = {}
    pay_hours = 0.0
    for line in _counting(lines):
        sums[line.course_type] = sums.get(line.course_type, 0.0) + line.hours
        pay_hours += counted.get(line.line_id, 0.0)
    job, general = hours_by_side(sums, induction_side)
    hours = job + general
    return YearFigures(
        year,
        hours=round(hours, 2),
        job_hours=round(job, 2),
        general_hours=round(general, 2),
        required_hours=round(required, 2),
        missing_hours=missing(required, hours),
        pay_hours=round(pay_hours, 2),
        pay_points=round(pay_hours * pay.points, 2),
    )


def missing(required: float, hours: float) -> float:
    return round(max(0.0, required - hours), 2)


def falls_short(required: float, hours: float, share: float) -> bool:
    """Whether hours are below a share of what the whole year asks; of nothing that is asked nothing is missing."""
    return required > 0 and missing(required * share, hours) > 0


def _counting(lines: Iterable[Line]) -> Iterable[Line]:
    return (line for line in lines if line.counts)
