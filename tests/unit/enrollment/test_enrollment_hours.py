"""What a Jalali year asks of somebody, and what hours serve: each case worked out by hand."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.enrollment.domain.hours import (
    Asked,
    Employed,
    Minimum,
    Pay,
    Year,
    asked,
    missing,
    paid,
    serving_minimum,
    staff_group,
    year_figures,
)
from services.enrollment.domain.record import Line
from shared.persian import jalali_months_bounds, jalali_year, jalali_year_bounds

# 60 and 40 hours from 1390/12/04 on, none before it.
NONE = {"manager": 0, "staff": 0, "contract": 0}
F1390 = {"manager": 60, "staff": 40, "contract": 0}
NATIONAL = [Minimum(date(2001, 3, 21), NONE), Minimum(date(2012, 2, 23), F1390)]


def year(number: int, part_year: str = "months", change: str = "weighed") -> Year:
    middles = tuple(jalali_months_bounds(number, month, month)[0] + timedelta(days=14) for month in range(1, 13))
    return Year(number, *jalali_year_bounds(number), middles, part_year, change)


def day(jyear: int, month: int, of_month: int) -> date:
    return jalali_months_bounds(jyear, month, month)[0] + timedelta(days=of_month - 1)


def employed(first: date, last: date | None = None, group: str = "staff", agency: str = "AG-A") -> Employed:
    return Employed(agency, group, first, last)


LONG_AGO = date(2015, 3, 21)  # 1394/01/01

CASES: dict[str, tuple[Year, Sequence[Employed], list[Asked]]] = {
    # All of 1404, which has 365 days: 12 of 12 months of 40 and of 60 hours.
    "staff, a whole year": (year(1404), [employed(LONG_AGO)], [Asked("AG-A", "staff", 365, 40)]),
    "a manager": (year(1404), [employed(LONG_AGO, group="manager")], [Asked("AG-A", "manager", 365, 60)]),
    # Hours of contract staff are recorded, and none are asked.
    "contract staff": (year(1404), [employed(LONG_AGO, group="contract")], [Asked("AG-A", "contract", 365, 0)]),
    # From 1 Mehr on: 6 months of 30 days and 29 days of Esfand are 179 days; 6/12 × 40 = 20.
    "joined at half": (year(1404), [employed(day(1404, 7, 1))], [Asked("AG-A", "staff", 179, 20)]),
    # Mehr counts whole from the 15th: 6 months. A day later it does not: 5/12 × 40 = 16.67.
    "joined on the 15th": (year(1404), [employed(day(1404, 7, 15))], [Asked("AG-A", "staff", 165, 20)]),
    "joined on the 16th": (year(1404), [employed(day(1404, 7, 16))], [Asked("AG-A", "staff", 164, 16.67)]),
    # Hired on 29 Esfand, the last day of 1404: one day, no 15th of a month.
    "hired on the last day": (year(1404), [employed(day(1404, 12, 29))], [Asked("AG-A", "staff", 1, 0)]),
    # By days the same is 1/365 × 40 = 0.1096 hours.
    "hired on the last day, by days": (
        year(1404, "days"),
        [employed(day(1404, 12, 29))],
        [Asked("AG-A", "staff", 1, 0.11)],
    ),
    # Left on 31 Shahrivar: 186 days, 6 months.
    "left at half": (year(1404), [employed(LONG_AGO, day(1404, 6, 31))], [Asked("AG-A", "staff", 186, 20)]),
    # Staff for 6 months (20 hours), then a manager for 6 (30 hours): 50; what they were last is a manager.
    "promoted": (
        year(1404),
        [employed(LONG_AGO, day(1404, 6, 31)), employed(day(1404, 7, 1), group="manager")],
        [Asked("AG-A", "manager", 365, 50)],
    ),
    # Moved on 1 Dey: 9/12 × 40 = 30 there (276 days), 3/12 × 40 = 10 here (89 days). Together 40 and 365.
    "moved": (
        year(1404),
        [employed(LONG_AGO, day(1404, 9, 30)), employed(day(1404, 10, 1), agency="AG-B")],
        [Asked("AG-A", "staff", 276, 30), Asked("AG-B", "staff", 89, 10)],
    ),
    # 1403 is a leap year with 30 days of Esfand. By days: 31 + 30 days from 1 Bahman 1403 are 60/366 × 40 = 6.557.
    "leap Esfand, by days": (
        year(1403, "days"),
        [employed(day(1403, 11, 1))],
        [Asked("AG-A", "staff", 60, 6.56)],
    ),
    # 30 Esfand 1403 is a day of 1403 and not of 1404.
    "left on 30 Esfand": (year(1404), [employed(LONG_AGO, day(1403, 12, 30))], []),
    # Away from 1 Tir to 30 Azar: 3 + 3 months are 6/12 × 40; 93 + 89 days.
    "left and came back": (
        year(1404),
        [employed(LONG_AGO, day(1404, 3, 31)), employed(day(1404, 10, 1))],
        [Asked("AG-A", "staff", 182, 20)],
    ),
    # The circular of 1390/12/04 came in mid-year: of 1390 only Esfand counts (its 15th), 1/12 × 40 = 3.33.
    "the first circular, weighed": (year(1390), [employed(date(2005, 1, 1))], [Asked("AG-A", "staff", 365, 3.33)]),
    # The same by days: 4 to 29 Esfand are 26 days, 26/365 × 40 = 2.849.
    "the first circular, by days": (
        year(1390, "days"),
        [employed(date(2005, 1, 1))],
        [Asked("AG-A", "staff", 365, 2.85)],
    ),
    # Or it binds from the next year on, and 1391 asks for all of it.
    "the first circular, from the next year": (
        year(1390, "months", "next_year"),
        [employed(date(2005, 1, 1))],
        [Asked("AG-A", "staff", 365, 0)],
    ),
    "the year after, from the next year": (
        year(1391, "months", "next_year"),
        [employed(date(2005, 1, 1))],
        [Asked("AG-A", "staff", 366, 40)],
    ),
    "before every rule": (year(1375), [employed(date(1990, 1, 1))], [Asked("AG-A", "staff", 366, 0)]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_year_asks(case: str) -> None:
    of_year, periods, expected = CASES[case]
    assert asked(of_year, periods, NATIONAL) == expected


def test_a_minimum_that_changes_in_mid_year_and_one_that_is_withdrawn() -> None:
    # 80 and 50 from 1 Mehr 1404 on: staff 6/12 × 40 + 6/12 × 50 = 45; withdrawn from 1405/04/01: 3/12 × 50 = 12.5.
    changed = [*NATIONAL, Minimum(day(1404, 7, 1), {"manager": 80, "staff": 50, "contract": 0})]
    withdrawn = [*changed, Minimum(day(1405, 4, 1), NONE)]
    periods = [employed(LONG_AGO)]
    assert [each.hours for each in asked(year(1404), periods, changed)] == [45]
    assert [each.hours for each in asked(year(1405), periods, withdrawn)] == [12.5]
    # Had they to hold from the next 1 Farvardin: 40 in 1404, and 50 in all of 1405.
    assert [each.hours for each in asked(year(1404, change="next_year"), periods, withdrawn)] == [40]
    assert [each.hours for each in asked(year(1405, change="next_year"), periods, withdrawn)] == [50]
    assert [each.hours for each in asked(year(1406, change="next_year"), periods, withdrawn)] == [0]


def test_groups() -> None:
    assert staff_group("fixed_term", is_manager=True) == "manager"
    assert staff_group("fixed_term", is_manager=False) == "contract"
    assert staff_group("contractual", is_manager=False) == staff_group("official", is_manager=False) == "staff"


def line(number: int, on: date, hours: float, kind: str = "job", counts: bool = True, agency: str = "AG-A") -> Line:
    return Line(UUID(int=number), None, kind, hours, counts, on, jalali_year(on), agency)


PAY = Pay(points=0.5, year_hours=250, career_hours=1000)


def hours_of(counted: dict[UUID, float]) -> dict[int, float]:
    return {one.int: hours for one, hours in counted.items()}


def test_pay_counts_the_oldest_first_up_to_the_year_and_the_career() -> None:
    # 1400: 200 + 100 are 250 (the second counts 50). 1401 to 1403: 250 each of 300, so 1 000 in all. 1404: nothing.
    known = [
        line(1, day(1400, 2, 1), 200),
        line(2, day(1400, 3, 1), 100, kind="cultural"),
        line(3, day(1400, 4, 1), 10),
        *(line(number, day(1400 + number - 3, 5, 1), 300) for number in (4, 5, 6)),
        line(7, day(1404, 1, 1), 5),
    ]
    counted = paid(known, dict.fromkeys(range(1400, 1405), PAY))
    assert hours_of(counted) == {1: 200, 2: 50, 4: 250, 5: 250, 6: 250}


def test_pay_under_two_regimes_in_one_career() -> None:
    # The second regime lets 100 hours of a year count and 320 of a career: 250 under the first, then 70 of 100.
    second = Pay(points=1, year_hours=100, career_hours=320)
    known = [line(1, day(1400, 2, 1), 300), line(2, day(1401, 2, 1), 120), line(3, day(1402, 2, 1), 9)]
    assert hours_of(paid(known, {1400: PAY, 1401: second, 1402: second})) == {1: 250, 2: 70}


def test_a_course_that_counts_by_another_line_serves_nothing() -> None:
    known = [line(1, day(1404, 2, 1), 30, counts=False), line(2, day(1404, 3, 1), 30)]
    assert hours_of(paid(known, {1404: PAY})) == {2: 30}
    assert hours_of(serving_minimum(known, {1404: 40})) == {2: 30}


def test_the_minimum_is_filled_by_the_oldest_lines_of_the_year() -> None:
    # 40 hours: all of 30, and 10 of 25; the year before asks for none.
    known = [line(1, day(1403, 2, 1), 30), line(2, day(1404, 2, 1), 30), line(3, day(1404, 3, 1), 25)]
    assert hours_of(serving_minimum(known, {1403: 0, 1404: 40})) == {2: 30, 3: 10}


def test_figures_of_a_year() -> None:
    # 12 job + 8 managerial, 6 general + 4 cultural, 10 induction that count on the general side: 20 and 20 of 50.
    kinds = {"job": 12, "managerial": 8, "general_ability": 6, "cultural": 4, "induction": 10}
    known = [line(place, day(1404, 2, place + 1), hours, kind) for place, (kind, hours) in enumerate(kinds.items())]
    figures = year_figures(1404, known, 50, paid(known, {1404: PAY}), PAY, "general")
    assert figures == (1404, 40, 20, 20, 50, 10, 40, 20)
    assert year_figures(1404, known, 50, {}, PAY, "job")[1:4] == (40, 30, 10)


@pytest.mark.parametrize(("required", "hours", "expected"), [(40, 39.99, 0.01), (40, 40, 0), (0, 0, 0), (16.67, 50, 0)])
def test_what_is_missing(required: Any, hours: Any, expected: Any) -> None:
    assert missing(required, hours) == expected
