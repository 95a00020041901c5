"""A type-2 certificate from before this system is the one of a career, as those of here are."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models.past_type2 import past_type2
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from tests.integration.enrollment.type2 import (
    NATIONAL,
    OFFICER,
    REGISTRY,
    add_line,
    applicant,
    apply,
    awarded,
    lines_of,
    passed,
    sign,
    whole,
)

REGISTRAR = ("certification_officer",)


def record(world: Any, employee_id: str, roles: Any = OFFICER, agency: str = "AG-A", **changes: Any) -> Any:
    said = {
        "level": "specialist_research_2",  # not given any more, and there are such certificates
        "certificate_number": "۱۲/۸۸",
        "issued_on": world.today - timedelta(days=30),
        "issuer": "سازمان نمونه",
    }
    return world.call("record_past_type2", roles, agency, employee_id=employee_id, **(said | changes))


def withdraw(world: Any, employee_id: str) -> Any:
    return world.call("withdraw_past_type2", REGISTRAR, employee_id=employee_id, reason="اشتباه ثبت شد")


def listed(world: Any, employee_id: str) -> Any:
    return world.call("list_past_type2", ("auditor",), employee_id=employee_id)["items"]


def awards(world: Any, employee_id: str) -> Any:
    checked = world.call("check_type2_eligibility", employee_id=employee_id, level="skill")
    return next(each for each in checked["levels"][0]["criteria"] if each["code"] == "awards")


def test_it_is_the_one_of_a_career_and_its_hours_are_used_until_it_is_withdrawn(world: Any) -> None:
    employee_id = applicant(world)
    assert (awards(world, employee_id)["actual"], awards(world, employee_id)["held"]) == (0, [])
    line = lines_of(world, employee_id)[0]["line_id"]
    made = record(world, employee_id, line_ids=[line])
    assert made == record(world, employee_id, line_ids=[line, line])
    assert [(each["line_id"], each["hours"]) for each in made["lines"]] == [(line, 80)]
    assert made["level_title"]["fa"].endswith("سطح ۲")
    assert {each["line_id"]: each["why_not"] for each in lines_of(world, employee_id)}[line] == "used"
    counted = awards(world, employee_id)
    assert (counted["met"], counted["actual"]) == (False, 1)
    assert counted["held"] == [
        {
            "level": "specialist_research_2",
            "issued_on": str(world.today - timedelta(days=30)),
            "certificate_number": "۱۲/۸۸",
            "application_id": None,
        }
    ]
    with pytest.raises(Conflict) as refused:
        apply(world, employee_id)
    (held,) = (each["held"] for each in refused.value.details["missing"] if each["code"] == "awards")
    assert held == counted["held"]
    with pytest.raises(Conflict) as another:
        record(world, employee_id, line_ids=[line], level="skill")
    assert (another.value.code, another.value.details) == (
        "already_recorded",
        {"past_type2_id": made["past_type2_id"]},
    )
    gone = withdraw(world, employee_id)
    assert gone == withdraw(world, employee_id)
    assert (gone["withdrawal_reason"], gone["lines"]) == ("اشتباه ثبت شد", [])
    application_id = awarded(world, employee_id)
    assert [each["application_id"] for each in awards(world, employee_id)["held"]] == [application_id]
    with pytest.raises(Conflict) as had:
        record(world, employee_id)
    assert (had.value.code, had.value.details) == ("type2_awarded", {"application_id": application_id})
    assert listed(world, employee_id) == [gone]


def test_an_application_that_runs_ends_with_it(world: Any) -> None:
    employee_id = applicant(world)
    application_id = passed(world, employee_id)
    record(world, employee_id, REGISTRAR)
    (missing,) = whole(world, application_id)["missing"]
    assert (missing["code"], missing["held"][0]["certificate_number"]) == ("awards", "۱۲/۸۸")
    with pytest.raises(Conflict) as refused:
        sign(world, application_id, "committee")
    assert refused.value.code == "not_eligible"


def test_what_cannot_be_is_refused(world: Any) -> None:
    employee_id = applicant(world)
    later = add_line(world, employee_id, world.today, 10)
    used = lines_of(world, employee_id)[0]["line_id"]
    step = {"line_ids": [used], "decision_number": "۱", "used_on": world.today}
    world.call("record_early_step", OFFICER, employee_id=employee_id, **step)
    since = {"hired_on": date(1990, 1, 1)}
    for changes in (
        {"issued_on": world.today + timedelta(days=1)},
        {"issued_on": world.today - timedelta(days=13 * 365)},  # before the person was hired
        {"line_ids": [str(later)]},
        {"line_ids": [str(UUID(int=7))]},
        {"level": "phd"},
        {"issuer": ""},
    ):
        with pytest.raises(Invalid):
            record(world, employee_id, **changes)
    with pytest.raises(Invalid):
        record(world, applicant(world, **since), issued_on=date(2001, 3, 20))
    assert record(world, applicant(world, **since), issued_on=date(2001, 3, 21))["level"]
    with pytest.raises(Conflict) as spent:
        record(world, employee_id, line_ids=[used])
    assert (spent.value.code, spent.value.details) == ("hours_used", {"lines": [used]})
    for call in (withdraw, lambda world, one: record(world, one, agency="AG-B")):
        with pytest.raises(NotFound):
            call(world, employee_id)
    with pytest.raises(Forbidden):
        record(world, employee_id, REGISTRY)
    assert listed(world, employee_id) == []


def test_two_people_who_have_one_each_are_not_merged(world: Any) -> None:
    kept, duplicate, third = applicant(world), applicant(world), applicant(world)
    application_id, past = awarded(world, third), record(world, duplicate, NATIONAL)["past_type2_id"]

    def merge(**two: str) -> Any:
        return world.call("merge_employees", reason="یک نفر", **two)

    with pytest.raises(Conflict) as both:
        merge(employee_id=third, duplicate_id=duplicate)
    assert (both.value.code, both.value.details) == (
        "both_awarded",
        {"applications": [application_id], "past_type2": [past]},
    )
    merge(employee_id=kept, duplicate_id=duplicate)
    assert [each["past_type2_id"] for each in listed(world, kept)] == [past]
    assert awards(world, kept)["actual"] == 1
    withdraw(world, kept)
    record(world, kept)
    world.call("erase_employee", NATIONAL, employee_id=kept, reason="درخواست")
    with world.harness.db.reading() as tx:
        rows = tx.execute(sa.select(past_type2).order_by(past_type2.c.id)).all()
    assert {(row.level, row.certificate_number, row.issuer, row.withdrawal_reason) for row in rows} == {
        ("specialist_research_2", "", "", None)
    }
