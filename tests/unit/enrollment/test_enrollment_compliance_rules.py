"""Shares, averages and what is missing of an agency's year: the cases at the edges."""

from datetime import date
from typing import Any

import pytest

from services.enrollment.domain import compliance as domain

NOTHING = domain.added([])


def sums(**given: Any) -> dict[str, Any]:
    return NOTHING | given


def test_of_nobody_there_is_no_share_and_no_average() -> None:
    found = domain.figures(NOTHING, "general")
    assert (found["coverage"], found["hours_per_head"]) == (None, None)
    assert found["person"] == {"people": 0, "people_short": 0, "share_short": None, "missing_hours": 0.0}
    average = found["average"]
    assert {average[name] for name in ("hours_per_head", "required_per_head", "reached", "missing_per_head")} == {None}
    assert (average["required_hours"], average["missing_hours"]) == (0.0, 0.0)


def test_the_minimum_of_contract_staff_is_counted_apart() -> None:
    groups = {
        "manager": sums(people=1, job_hours=10.0, required_hours=60.0, people_short=1, missing_hours=50.0),
        "staff": sums(people=1, job_hours=40.0, required_hours=40.0),
        "contract": sums(people=8, job_hours=80.0, required_hours=160.0, people_short=4, missing_hours=90.0),
    }
    found = domain.total(groups, "general")
    assert (found["people"], found["hours"], found["hours_per_head"]) == (10, 130.0, 13.0)
    assert found["person"] == {"people": 2, "people_short": 1, "share_short": 0.5, "missing_hours": 50.0}
    assert (found["average"]["hours"], found["average"]["required_hours"], found["average"]["reached"]) == (
        50,
        100,
        0.5,
    )


def test_an_average_that_is_reached_hides_nobody_who_is_short() -> None:
    # One has 100 of 40 hours, the other none: together 100 of 80, and still one misses 40.
    found = domain.figures(
        sums(people=2, trained=1, job_hours=100.0, required_hours=80.0, people_short=1, missing_hours=40.0), "general"
    )
    assert (found["average"]["reached"], found["average"]["missing_hours"]) == (1.25, 0.0)
    assert (found["person"]["people_short"], found["person"]["missing_hours"]) == (1, 40.0)


@pytest.mark.parametrize(("side", "job", "general"), [("general", 11.0, 7.5), ("job", 12.5, 6.0)])
def test_induction_counts_on_the_side_that_the_policy_says(side: str, job: float, general: float) -> None:
    hours = {"job_hours": 8.0, "managerial_hours": 3.0, "cultural_hours": 2.0, "general_ability_hours": 4.0}
    found = domain.figures(sums(people=1, induction_hours=1.5, **hours), side)
    assert (found["job_hours"], found["general_hours"], found["hours"]) == (job, general, 18.5)


def test_what_binary_fractions_add_is_not_shown() -> None:
    found = domain.figures(sums(people=3, job_hours=0.1 + 0.2, required_hours=0.3), "general")
    assert (found["hours"], found["average"]["reached"], found["average"]["missing_hours"]) == (0.3, 1.0, 0.0)


@pytest.mark.parametrize(
    ("today", "state", "gone"),
    [
        (date(2026, 3, 20), "ahead", 0),
        (date(2026, 3, 21), "running", 0),
        (date(2027, 3, 20), "running", 364),  # the last day is inside
        (date(2027, 3, 21), "over", 365),
    ],
)
def test_a_year_begins_and_ends_with_its_days(today: date, state: str, gone: int) -> None:
    found = domain.calendar(date(2026, 3, 21), date(2027, 3, 20), today)
    assert (found["state"], found["days_gone"], found["days_of_year"]) == (state, gone, 365)


def test_plans_of_several_agencies_are_added_type_by_type() -> None:
    job = {"course_type": "job", "people": 10, "hours": 40.0}
    plan = {"headcount": 5, "offerings": 1, "people": 10, "hours": 40.0, "budget": 7, "by_type": [job]}
    other = plan | {"by_type": [job | {"hours": 20.0}, {"course_type": "cultural", "people": 1, "hours": 2.0}]}
    found = domain.plans_added([plan, other])
    assert (found["headcount"], found["budget"]) == (10, 14)
    assert found["by_type"] == [
        {"course_type": "job", "people": 20, "hours": 60.0},
        {"course_type": "cultural", "people": 1, "hours": 2.0},
    ]


def test_a_plan_without_hours_has_no_share_and_what_was_done_is_shown() -> None:
    plan = {"hours": 0.0, "by_type": []}
    found = domain.plan_against_done(plan, {"job": (2, 8.0)}, 100, 365)
    assert (found["hours_share"], found["done_hours"], found["planned_hours_so_far"]) == (None, 8.0, 0.0)
    (row,) = found["by_type"]
    assert (row["planned_hours"], row["done_people"], row["hours_share"]) == (0.0, 2, None)
