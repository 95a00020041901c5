"""The arithmetic of annual plans: one example worked out by hand, and what holds for every plan.

The example: 10 managers and 90 staff. The minimum asks for 10 x 60 + 90 x 40 = 600 + 3600 = 4200 person-hours.

    A   6 h, 3 offerings x 20 seats, both       60 seats    360 h   30 million rials
    B  12 h, 1 offering  x 10 seats, managers   10 seats    120 h   20 million
    C  24 h, 2 offerings x 30 seats, staff      60 seats   1440 h   60 million
                                               130 seats   1920 h  110 million of a budget of 100

Coverage is 1920 / 4200 = 0.4571, 2280 hours are short. A manager gets 120 / 10 + 360 / 100 = 15.6 hours, a member of
staff 1440 / 90 + 360 / 100 = 19.6; and 10 x 15.6 + 90 x 19.6 = 1920 again.

Needs: 1 wants course A for 50 people, 2 the competence COMM (taught by A and C) for 80, 3 course D for 5, 4 names
neither for 1. Need 1 takes 50 of the 60 seats of A; need 2 gets the other 10 and all 60 of C, 70 in all, and lacks 10;
for 3 and 4 nothing is planned.
"""

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.catalog.domain import plan_figures
from services.catalog.domain.plan_figures import Done, Held

MINIMUM = {"managers": 60, "staff": 40}
PEOPLE = {"managers": 10, "staff": 90}
MILLION = 1_000_000


def line(code: str, offerings: int, seats: int, audience: str, hours: float, **changes: Any) -> dict[str, Any]:
    made = {"course_code": code, "offerings": offerings, "seats": seats, "audience": audience, "hours": hours}
    return made | {"cost": 0, "competences": [], "quarter": 1, "month": None} | changes


def need(number: int, people: int, course_code: str | None = None, competence: str | None = None) -> dict[str, Any]:
    return {"number": number, "people": people, "hours": 2.5, "course_code": course_code, "competence": competence}


LINES = [
    line("A", 3, 20, "both", 6.0, cost=30 * MILLION, competences=["COMM"]),
    line("B", 1, 10, "managers", 12.0, cost=20 * MILLION),
    line("C", 2, 30, "staff", 24.0, cost=60 * MILLION, competences=["COMM", "LAW"]),
]
NEEDS = [need(2, 80, competence="COMM"), need(1, 50, "A"), need(4, 1), need(3, 5, "D", "COMM")]
EXAMPLE = {"headcount": PEOPLE, "needs": NEEDS, "planned_offerings": LINES, "budget": 100 * MILLION}

LINE = st.builds(
    line,
    st.sampled_from("ABCD"),
    st.integers(1, 5),
    st.integers(1, 30),
    st.sampled_from(["managers", "staff", "both"]),
    st.integers(1, 100).map(lambda quarters: quarters / 4),
    competences=st.lists(st.sampled_from(["COMM", "LAW"]), unique=True),
)
LINE_LISTS = st.lists(LINE, max_size=5)
NEED_LISTS = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from([None, "A", "B", "D", "E"]), st.sampled_from([None, "COMM", "LAW"])),
    max_size=6,
).map(lambda needs: [need(number, *each) for number, each in enumerate(needs, start=1)])
HEADCOUNTS = st.fixed_dictionaries({"managers": st.integers(0, 50), "staff": st.integers(0, 500)})


def plan(headcount: dict[str, int], lines: list[dict[str, Any]], budget: int = 0) -> dict[str, Any]:
    return {"headcount": headcount, "needs": [], "planned_offerings": lines, "budget": budget}


def missing(needs: list[dict[str, Any]], lines: list[dict[str, Any]]) -> dict[int, int]:
    """How many people of each need have no seat."""
    found = plan_figures.needs_not_covered(needs, lines)
    return {each["number"]: each["people"] - each["seats"] for each in found}


def test_the_example_comes_to_what_was_worked_out_by_hand() -> None:
    assert plan_figures.figures(EXAMPLE, MINIMUM) == {
        "required_hours": 4200.0,
        "needed_hours": 340.0,
        "planned_hours": 1920.0,
        "planned_seats": 130,
        "coverage": 0.4571,
        "shortfall_hours": 2280.0,
        "hours_per_head": {"managers": 15.6, "staff": 19.6},
        "planned_cost": 110 * MILLION,
        "budget_left": -10 * MILLION,
    }


def test_the_needs_of_the_example_get_the_seats_that_were_worked_out_by_hand() -> None:
    assert plan_figures.needs_not_covered(NEEDS, LINES) == [
        {"number": 2, "people": 80, "seats": 70},
        {"number": 3, "people": 5, "seats": 0},
        {"number": 4, "people": 1, "seats": 0},
    ]


def test_without_a_minimum_in_force_nothing_is_required() -> None:
    figures = plan_figures.figures(EXAMPLE, None)
    assert (figures["required_hours"], figures["coverage"], figures["shortfall_hours"]) == (None, None, None)
    assert figures["planned_hours"] == 1920.0


def test_a_group_without_people_has_no_hours_per_head() -> None:
    figures = plan_figures.figures(plan({"managers": 0, "staff": 0}, LINES), MINIMUM)
    assert figures["hours_per_head"] == {"managers": None, "staff": None}
    assert figures["coverage"] is None


@given(HEADCOUNTS, LINE_LISTS)
def test_what_is_planned_and_what_is_short_make_what_is_required(
    headcount: dict[str, int], lines: list[dict[str, Any]]
) -> None:
    figures = plan_figures.figures(plan(headcount, lines), MINIMUM)
    planned, required, short = (figures[f"{name}_hours"] for name in ("planned", "required", "shortfall"))
    assert (short == 0) == (planned >= required)
    assert max(planned, required) == planned + short
    if required:
        assert figures["coverage"] == pytest.approx(planned / required, abs=1e-4)


@given(HEADCOUNTS, LINE_LISTS)
def test_hours_per_head_come_back_to_the_planned_hours(headcount: dict[str, int], lines: list[dict[str, Any]]) -> None:
    assume(all(headcount.values()))
    figures = plan_figures.figures(plan(headcount, lines), MINIMUM)
    heads = sum(headcount[group] * figures["hours_per_head"][group] for group in headcount)
    assert heads == pytest.approx(figures["planned_hours"], abs=0.005 * sum(headcount.values()) + 1e-6)


@given(NEED_LISTS, LINE_LISTS)
def test_no_seat_is_given_twice_and_nobody_gets_two(needs: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    without = missing(needs, lines)
    for each in needs:
        own = sum(plan_figures.seats_of(line) for line in lines if plan_figures.answers(line, each))
        lacking = without.get(each["number"], 0)
        assert max(0, each["people"] - own) <= lacking <= each["people"]
    given = sum(each["people"] for each in needs) - sum(without.values())
    assert given <= sum(plan_figures.seats_of(line) for line in lines)
    assert 0 not in without.values()


@given(NEED_LISTS, LINE_LISTS, LINE, st.integers(0, 5))
def test_one_more_planned_offering_leaves_nobody_worse_off(
    needs: list[dict[str, Any]], lines: list[dict[str, Any]], more: dict[str, Any], place: int
) -> None:
    before, after = missing(needs, lines), missing(needs, [*lines[:place], more, *lines[place:]])
    assert all(after[number] <= before.get(number, 0) for number in after)


@given(NEED_LISTS)
def test_without_planned_offerings_no_need_is_covered(needs: list[dict[str, Any]]) -> None:
    assert missing(needs, []) == {each["number"]: each["people"] for each in needs}


def test_what_became_of_a_plan_is_told_by_course_and_in_sum() -> None:
    # A was opened twice, held once and cancelled once; B is under way; C not opened yet; D was not planned.
    held = {"A": Held(2, 1, 1, 20), "B": Held(1, 0, 0, 12), "D": Held(1, 1, 0, 15)}
    done = {"A": Done(18, 108.0), "C": Done(2, 48.0), "D": Done(10, 20.0), "E": Done(1, 0.1 + 0.2)}
    lines = [*LINES, line("A", 1, 20, "both", 6.0, quarter=4)]
    planned, unplanned = plan_figures.progress(lines, {0, 1}, held, done)
    assert [(row["course_code"], row["planned_offerings"], row["planned_due"], row["held"]) for row in planned] == [
        ("A", 4, 3, 1),
        ("B", 1, 1, 0),
        ("C", 2, 0, 0),
    ]
    assert [(row["course_code"], row["opened"], row["done_people"], row["done_hours"]) for row in unplanned] == [
        ("D", 1, 10, 20.0),
        ("E", 0, 1, 0.3),
    ]
    totals = plan_figures.totals(planned, unplanned)
    assert (totals["opened"], totals["held"], totals["cancelled"], totals["unplanned_held"]) == (4, 2, 1, 1)
    assert (totals["planned_hours"], totals["done_people"], totals["done_hours"]) == (2040.0, 31, 176.3)
    # 1 of 7 planned offerings, 32 of 150 seats, 156 of 2040 hours; what was not planned does not count for the plan.
    assert (totals["held_share"], totals["seats_share"], totals["hours_share"]) == (0.1429, 0.2133, 0.0765)


def test_done_is_compared_with_the_minimum_of_the_days_gone_by() -> None:
    # 73 of 365 days are a fifth of the year: a fifth of 4200 is 840 hours, 8.4 a head; 210 done are a quarter of that.
    assert plan_figures.against_minimum(PEOPLE, MINIMUM, 210.0, 73, 365) == {
        "required_hours_so_far": 840.0,
        "minimum_per_head_so_far": 8.4,
        "done_per_head": 2.1,
        "done_share": 0.25,
        "shortfall_hours_so_far": 630.0,
    }


def test_on_the_first_day_of_the_year_nothing_is_short() -> None:
    against = plan_figures.against_minimum(PEOPLE, MINIMUM, 0.0, 0, 365)
    assert (against["required_hours_so_far"], against["shortfall_hours_so_far"]) == (0.0, 0.0)
    assert against["done_share"] is None


@given(HEADCOUNTS, st.floats(0, 100_000), st.integers(0, 365), st.sampled_from([365, 366]))
def test_the_minimum_so_far_grows_by_the_day_up_to_the_whole_years(
    headcount: dict[str, int], done: float, gone: int, days: int
) -> None:
    today, tomorrow, end = (
        plan_figures.against_minimum(headcount, MINIMUM, done, each, days) for each in (gone, gone + 1, days)
    )
    assume(gone < days)
    step = tomorrow["required_hours_so_far"] - today["required_hours_so_far"]
    assert step == pytest.approx(plan_figures.required_hours(headcount, MINIMUM) / days, abs=0.011)
    assert end["required_hours_so_far"] == plan_figures.required_hours(headcount, MINIMUM)
    assert tomorrow["shortfall_hours_so_far"] >= today["shortfall_hours_so_far"]


@pytest.mark.parametrize(
    ("today", "gone"),
    [
        (date(2024, 3, 19), 0),
        (date(2024, 3, 20), 0),
        (date(2024, 3, 21), 1),
        (date(2025, 3, 20), 365),
        (date(2025, 3, 21), 366),
        (date(2030, 1, 1), 366),
    ],
)
def test_only_whole_days_of_the_year_have_gone_by(today: date, gone: int) -> None:
    first, last = date(2024, 3, 20), date(2025, 3, 20)  # 1403, a leap year
    assert plan_figures.days_gone(first, last, today) == (gone, 366)
