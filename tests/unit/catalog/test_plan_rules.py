"""The rules of annual plans: content, states, decisions."""

from datetime import date
from typing import Any

import pytest

from services.catalog.domain import plans
from shared.errors import Conflict, Forbidden, Invalid

COURSES, PUBLISHED, COMPETENCES = {"RD-01", "OC-01"}, {"RD-01"}, {"COMM"}


def need(number: int = 1, **changes: Any) -> dict[str, Any]:
    made = {"number": number, "people": 10, "hours": 4.0, "course_code": "RD-01", "competence": None}
    return made | changes


def line(**changes: Any) -> dict[str, Any]:
    made = {
        "course_code": "RD-01",
        "quarter": 1,
        "month": None,
        "offerings": 1,
        "seats": 20,
        "audience": "both",
        "hours": 4.0,
        "cost": 0,
    }
    return made | changes


def content(**changes: Any) -> dict[str, Any]:
    made = {"headcount": {"managers": 10, "staff": 90}, "needs": [need()], "planned_offerings": [line()], "budget": 0}
    return made | changes


def check(**changes: Any) -> None:
    plans.check_content(content(**changes), courses=COURSES, published=PUBLISHED, competences=COMPETENCES)


def wrong_fields(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(refused.value.details["fields"])


@pytest.mark.parametrize("year", [1380, 1405, 1410])
def test_plans_are_for_years_that_make_sense(year: int) -> None:
    plans.check_year(year, this_year=1405)


@pytest.mark.parametrize("year", [1379, 1411, 2026, -1])
def test_a_year_that_makes_no_sense_is_refused(year: int) -> None:
    with pytest.raises(Invalid) as refused:
        plans.check_year(year, this_year=1405)
    assert wrong_fields(refused) == {"jalali_year"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"planned_offerings": [line(), line(course_code="OC-01")]}, {"planned_offerings[1].course_code"}),
        ({"planned_offerings": [line(quarter=None)]}, {"planned_offerings[0].quarter"}),
        ({"planned_offerings": [line(month=2)]}, {"planned_offerings[0].quarter"}),
        ({"planned_offerings": [line(hours=0.0)]}, {"planned_offerings[0].hours"}),
        ({"needs": [need(1), need(2), need(1)]}, {"needs[2].number"}),
        ({"needs": [need(course_code="RD-99", hours=0.0)]}, {"needs[0].course_code", "needs[0].hours"}),
        ({"needs": [need(competence="SING")]}, {"needs[0].competence"}),
    ],
)
def test_every_wrong_field_of_a_plan_is_named(changes: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check(**changes)
    assert wrong_fields(refused) == fields


def test_a_need_may_name_a_course_in_the_making_a_competence_or_neither() -> None:
    check(needs=[need(1, course_code="OC-01"), need(2, course_code=None, competence="COMM"), need(3, course_code=None)])
    check(needs=[], planned_offerings=[line(quarter=None, month=12, hours=None)])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"needs": [], "planned_offerings": []}, {"needs", "planned_offerings"}),
        ({"headcount": {"managers": 0, "staff": 0}}, {"headcount", "needs[0].people"}),
        ({"needs": [need(1, people=100), need(2, people=101)]}, {"needs[1].people"}),
        (
            {"headcount": {"managers": 0, "staff": 90}, "planned_offerings": [line(), line(audience="managers")]},
            {"planned_offerings[1].audience"},
        ),
        ({"planned_offerings": [line(course_code="OC-01")]}, {"planned_offerings[0].course_code"}),
    ],
)
def test_a_plan_that_nobody_could_decide_on_is_not_submitted(changes: dict[str, Any], fields: set[str]) -> None:
    plans.check_submittable(content(), PUBLISHED)
    with pytest.raises(Invalid) as refused:
        plans.check_submittable(content(**changes), PUBLISHED)
    assert wrong_fields(refused) == fields


def test_a_save_on_top_of_anothers_is_refused_with_the_current_number() -> None:
    plans.check_edit(3, 3)
    with pytest.raises(Conflict) as refused:
        plans.check_edit(4, 3)
    assert (refused.value.code, refused.value.details) == ("plan_changed", {"edit": 4})


@pytest.mark.parametrize(("status", "begins"), [("draft", False), ("returned", False), ("approved", True)])
def test_saving_begins_a_revision_only_after_an_approval(status: str, begins: bool) -> None:
    assert plans.starts_a_revision(status) is begins


@pytest.mark.parametrize(
    ("check", "status", "code"),
    [
        (plans.starts_a_revision, "submitted", "plan_submitted"),
        (plans.check_can_submit, "submitted", "plan_submitted"),
        (plans.check_can_submit, "approved", "plan_approved"),
        (plans.check_can_decide, "draft", "plan_not_submitted"),
        (plans.check_can_decide, "returned", "plan_not_submitted"),
        (plans.check_can_decide, "approved", "plan_approved"),
    ],
)
def test_a_step_out_of_order_is_a_conflict(check: Any, status: str, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        check(status)
    assert refused.value.code == code


@pytest.mark.parametrize("status", ["draft", "returned"])
def test_what_may_be_edited_may_be_submitted(status: str) -> None:
    plans.check_can_submit(status)
    plans.check_can_decide("submitted")


def test_a_returned_plan_needs_reasons_and_minutes_are_of_the_past() -> None:
    today = date(2026, 11, 24)
    plans.check_decision(True, None, today, today)
    plans.check_decision(False, "نمونه", today, today)
    with pytest.raises(Invalid) as refused:
        plans.check_decision(False, None, date(2026, 11, 25), today)
    assert wrong_fields(refused) == {"reason", "minutes_on"}


def test_a_system_does_not_decide_on_what_it_submitted_unless_it_is_national() -> None:
    plans.check_four_eyes("planning", "committee", is_national=False)
    plans.check_four_eyes("planning", "planning", is_national=True)
    with pytest.raises(Forbidden) as refused:
        plans.check_four_eyes("planning", "planning", is_national=False)
    assert refused.value.code == "four_eyes"


@pytest.mark.parametrize(
    ("when", "months"), [({"quarter": 1}, (1, 3)), ({"quarter": 4}, (10, 12)), ({"quarter": None, "month": 7}, (7, 7))]
)
def test_a_planned_offering_lies_in_its_quarter_or_month(when: dict[str, Any], months: tuple[int, int]) -> None:
    assert plans.months_of(line(**when)) == months
