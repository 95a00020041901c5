"""Hours of people and agencies, year by year, and what is kept of them."""

import threading
from typing import Any
from uuid import UUID

import pytest

from services.enrollment.service.hours.reading import year_figures
from shared.errors import Invalid, NotFound, TrainingError
from shared.events import HoursShortfallV1
from shared.persian import jalali_year
from tests.integration.enrollment.conftest import World
from tests.integration.enrollment.hours import add, at, day, entry, year_rows


def test_years_of_a_person(world: World) -> None:
    # Hired on 1 Mehr 1402: 6/12 × 40 = 20 of 1402, 40 of each year since; this year's is that of all of it.
    one = world.employee(hired_on=day(1402, 7, 1))
    add(
        world,
        entry(one, day(1402, 8, 1), 15),
        entry(one, day(1403, 2, 1), 30),
        entry(one, day(1403, 3, 1), 20, "cultural"),
    )
    with world.harness.db.reading() as tx:
        figures = year_figures(tx, [UUID(one)])[UUID(one)]
    assert figures[:2] == [
        {
            "jalali_year": 1402,
            "hours": 15,
            "job_hours": 15,
            "general_hours": 0,
            "required_hours": 20,
            "missing_hours": 5,
            "pay_hours": 15,
            "pay_points": 7.5,
        },
        {
            "jalali_year": 1403,
            "hours": 50,
            "job_hours": 30,
            "general_hours": 20,
            "required_hours": 40,
            "missing_hours": 0,
            "pay_hours": 50,
            "pay_points": 25,
        },
    ]
    assert [each["jalali_year"] for each in figures] == list(range(1402, jalali_year(world.today) + 1))


def test_three_counters_with_what_they_rest_on(world: World) -> None:
    # 200 + 100 hours of 1403: the first line fills the minimum with 40; pay counts 250, so 50 of the second.
    one = world.employee(hired_on=day(1401, 1, 1))
    first, second = entry(one, day(1403, 2, 1), 200), entry(one, day(1403, 3, 1), 100, "cultural")
    add(world, first, second, entry(one, day(1402, 2, 1), 10))
    reply = world.call("get_training_hours", employee_id=one, jalali_year=1403)
    assert reply["minimum"] | {"agencies": None} == {
        "required_hours": 40,
        "hours": 300,
        "missing_hours": 0,
        "binds": "both",
        "agencies": None,
        "lines": [{"line_id": str(first["line_id"]), "hours": 40, "hours_of_line": 200}],
    }
    served = {line["line_id"]: line["hours"] for line in reply["pay"].pop("lines")}
    assert served == {str(first["line_id"]): 200, str(second["line_id"]): 50}
    assert reply["pay"] == {
        "points_per_hour": 0.5,
        "hours": 250,
        "points": 125,
        "year_limit": 250,
        "year_left": 0,
        "cut_hours": 50,
        "career_hours": 260,
        "career_points": 130,
        "career_limit": 1000,
        "career_left": 740,
    }
    assert (reply["type2"]["job_hours"], reply["type2"]["free_hours"]) == (200, 300)
    levels = {each["level"]: (each["year_limit"], each["countable_hours"]) for each in reply["type2"]["levels"]}
    assert (levels["skill"], levels["specialist"]) == ((120, 120), (125, 125))
    basis = {each["key"]: each["basis"] for each in reply["policies"]}
    assert (basis["annual_minimum_hours"], basis["pay_hours_per_year"]) == ("regulation", "default")
    before = world.call("get_training_hours", employee_id=one, jalali_year=1403, as_of="2024-06-01")
    assert (before["hours"], before["minimum"]["required_hours"]) == (0, 0)  # nobody knew the person then
    with pytest.raises(TrainingError, match="employee_not_found"):
        world.call("get_training_hours", ("agency_system",), "AG-B", employee_id=one)
    # What bars hours from a type-2 certificate is a number of a policy, too.
    step = {"line_ids": [str(first["line_id"])], "decision_number": "۱", "used_on": world.today}
    world.call("record_early_step", employee_id=one, **step)
    said = {"source": "نمونه", "confidence": "policy_default", "reason": "نمونه", "effective_from": day(1403, 1, 1)}
    for barred, free in ((None, 100), (["type2"], 300)):
        if barred is not None:
            world.call("record_policy", key="type2_excludes_uses", value=barred, **said)
        found = world.call("get_training_hours", employee_id=one, jalali_year=1403)
        assert (found["type2"]["used_hours"], found["type2"]["free_hours"]) == (300 - free, free)


def test_what_years_ask_is_worked_out_and_follows_employment(world: World) -> None:
    timer = world.harness.service.work_out_years
    with at(day(1404, 8, 1), 12):
        one = world.employee(hired_on=day(1404, 7, 1))
        add(world, entry(one, day(1404, 7, 20), 6), entry(one, day(1399, 5, 1), 8))
        timer()
        # Six months of 40; hours of years before employment are kept, and ask for nothing.
        assert year_rows(world, one) == {
            (1404, "AG-A"): ("staff", 179, 20, 6),
            (1399, "AG-A"): ("staff", 0, 0, 8),
        }
        # A manager from 1 Aban on: 1/12 × 40 + 5/12 × 60 = 28.33.
        world.call("change_employment", employee_id=one, effective_on=day(1404, 8, 1), is_manager=True)
        timer()
        assert year_rows(world, one)[1404, "AG-A"] == ("manager", 179, 28.33, 6)
        add(world, entry(one, day(1404, 7, 25), 4))  # hours that come later leave what is asked alone
        assert year_rows(world, one)[1404, "AG-A"] == ("manager", 179, 28.33, 10)
    with at(day(1404, 10, 20), 12):
        moved = world.call(
            "transfer_employee",
            agency="AG-B",
            agency_code="AG-B",
            national_code=world.call("get_employee", employee_id=one)["national_code"],
            personnel_number="B1",
            effective_on=day(1404, 10, 1),
            reason="انتقال",
        )
        world.call("decide_transfer", transfer_id=moved["transfer_id"], approve=True)
        timer()
        # 1/12 × 40 and 2/12 × 60 there, 3/12 × 60 here; 90 days to the end of Azar, 89 after it.
        assert year_rows(world, one)[1404, "AG-A"] == ("manager", 90, 13.33, 10)
        assert year_rows(world, one)[1404, "AG-B"] == ("manager", 89, 15, 0)
    with at(day(1405, 1, 1)):
        timer()
        timer()
        assert year_rows(world, one)[1405, "AG-B"] == ("manager", 365, 60, 0)
    with at(day(1405, 4, 1)):
        # The last day is 31 Khordad: 3/12 × 60.
        world.call("end_employment", employee_id=one, on=day(1405, 3, 31), reason="resigned")
        timer()
        assert year_rows(world, one)[1405, "AG-B"] == ("manager", 93, 15, 0)


def test_years_of_a_duplicate_are_nobodys(world: World) -> None:
    one, two = world.employees(2)
    world.harness.service.work_out_years()
    assert year_rows(world, two)
    world.call("merge_employees", employee_id=one, duplicate_id=two, reason="ثبت دوباره")
    world.harness.service.work_out_years()
    assert year_rows(world, two) == {}
    assert len(year_rows(world, one)) == 1


def test_an_agency_by_person_and_by_average(world: World) -> None:
    # 40, 40 and 60 are asked, and 0 of contract staff; 50, 10 and 60 are done: one person misses 30, a head 6.67.
    with at(day(1404, 2, 1)):
        hired = {"hired_on": day(1400, 1, 1)}
        people = [world.employee(**hired), world.employee(**hired), world.employee(**hired, is_manager=True)]
        contract = world.employee(**hired, employment="fixed_term")
        rows = zip([*people, contract], (50, 10, 60, 5), strict=True)
        add(world, *(entry(one, day(1404, 1, 20), hours) for one, hours in rows))
        world.harness.service.work_out_years()
        reply = world.call("agency_hours", agency_code="AG-A")
        assert (reply["people"], reply["hours"], reply["required_hours"]) == (3, 120, 140)
        assert reply["person_shortfall"] == {"people": 1, "missing_hours": 30}
        assert reply["agency_average"] == {"hours": 40, "required_hours": 46.67, "missing_hours": 6.67}
        assert [group["staff_group"] for group in reply["groups"]] == ["contract", "manager", "staff"]
        short = world.call("list_shortfalls", agency_code="AG-A", limit=1)
        assert [(each["employee_id"], each["missing_hours"]) for each in short["items"]] == [(people[1], 30)]
        assert short["next"] is None
        for method in ("list_due", "list_recognitions", "list_type2_applications"):
            with pytest.raises(NotFound, match="agency_not_found"):  # for national callers too
                world.call(method, agency_code="AG-NONE")
        empty = world.call("agency_hours", agency_code="AG-C")
        assert (empty["people"], empty["agency_average"]["hours"]) == (0, None)


def test_a_shortfall_is_told_once_for_each_occasion(world: World) -> None:
    tell = world.harness.service.tell_shortfalls

    def told() -> list[tuple[str, str, float]]:
        return [(str(each.employee_id), each.occasion, each.missing_hours) for each in world.said(HoursShortfallV1)]

    with at(day(1404, 2, 1)):
        short, done, left = (world.employee(hired_on=day(1403, 1, 1)) for _person in range(3))
        world.employee(hired_on=day(1403, 1, 1), employment="fixed_term")  # of whom nothing is asked
        add(world, entry(short, day(1404, 1, 20), 19), entry(done, day(1404, 1, 20), 20))
        world.call("end_employment", employee_id=left, on=day(1404, 2, 1), reason="retired")
        tell()
    with at(day(1404, 6, 31), 23, 50):
        tell()
        assert told() == []
    with at(day(1404, 7, 1)):
        tell()
        tell()
        # Half of 40 hours is 20: 19 are fewer; 21 are missing of all of the year.
        assert told() == [(short, "half", 21)]
        add(world, entry(done, day(1404, 3, 1), 0.5))  # what changes afterwards says nothing again
        tell()
    with at(day(1404, 10, 16)):  # 14 days are made up for; this is the sixteenth day
        tell()
        assert len(told()) == 1
    with at(day(1404, 12, 15)):
        tell()
        assert sorted(told()[1:]) == sorted([(short, "last_call", 21), (done, "last_call", 19.5)])


def test_a_policy_that_is_recorded_later_is_looked_at_first(world: World) -> None:
    with at(day(1404, 11, 1)):
        one = world.employee(hired_on=day(1403, 1, 1))
        world.harness.service.work_out_years()
        said = {"source": "بخشنامه نمونه", "confidence": "F", "reason": "ابلاغ شد"}
        new = {"key": "annual_minimum_hours", "effective_from": day(1404, 7, 1)}
        world.call("record_policy", value={"manager": 80, "staff": 50}, **new, **said)
        # 6/12 × 40 + 6/12 × 50.
        change = {"employee_id": one, "agency_code": "AG-A", "before": 40, "after": 45}
        asked: dict[str, Any] = {"agency_code": "AG-A", "jalali_year": 1404}
        assert world.call("recompute_hours", **asked)["items"] == [change]
        assert year_rows(world, one)[1404, "AG-A"][2] == 40
        real = world.call("recompute_hours", **asked, dry_run=False, reason="سیاست تازه")
        assert real["recomputation_id"] is not None
        world.harness.service.work_out_years()
        assert year_rows(world, one)[1404, "AG-A"][2] == 45
        assert world.call("recompute_hours", **asked)["items"] == []
        # The circular is withdrawn: nothing is asked from 1 Dey on, so 6/12 × 40 + 3/12 × 50 = 32.5 are.
        gone = {"key": "annual_minimum_hours", "effective_from": day(1404, 10, 1)}
        world.call("record_policy", value={"manager": 0, "staff": 0}, **gone, **said)
        assert world.call("recompute_hours", jalali_year=1404)["items"] == [change | {"before": 45, "after": 32.5}]
        with pytest.raises(TrainingError, match="agency_not_found"):
            world.call("recompute_hours", ("training_officer",), jalali_year=1404)


@pytest.mark.parametrize("call", ["agency_hours", "list_shortfalls", "get_year_closing"])
def test_an_agency_that_there_is_not_has_no_figures_either(world: World, call: str) -> None:
    with pytest.raises(TrainingError, match="agency_not_found"):
        world.call(call, agency_code="NOPE", jalali_year=1404)


@pytest.mark.parametrize("call", ["agency_hours", "list_shortfalls"])
def test_of_a_year_to_come_nothing_is_said(world: World, call: str) -> None:
    coming = jalali_year(world.today) + 1
    assert world.call(call, agency_code="AG-A", jalali_year=coming - 1)
    with pytest.raises(Invalid) as refused:
        world.call(call, agency_code="AG-A", jalali_year=coming)
    assert list(refused.value.details["fields"]) == ["jalali_year"]


def test_hours_and_what_is_asked_are_written_at_once(world: World) -> None:
    people = world.employees(30)

    def complete(number: int) -> None:
        for _time in range(5):
            add(world, *(entry(one, world.today, number) for one in sorted(people)))

    threads = [threading.Thread(target=complete, args=(number,)) for number in (1, 2)]
    threads += [threading.Thread(target=world.harness.service.work_out_years) for _replica in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    world.harness.service.work_out_years()
    year = jalali_year(world.today)
    rows = {year_rows(world, one)[year, "AG-A"][0::3] for one in people}
    assert rows == {("staff", 15)}


def test_a_record_says_what_its_hours_serve(world: World) -> None:
    # 30 + 25 hours of 40 asked: the second fills the minimum with 10, and pay counts all of both. 1401 asked in vain.
    one = world.employee(hired_on=day(1401, 1, 1))
    add(world, entry(one, day(1402, 2, 1), 30), entry(one, day(1402, 3, 1), 25, "cultural"))
    shown = world.call("get_training_record", employee_id=one, as_of=str(day(1403, 1, 1)))
    assert [line["serving"] for line in shown["lines"]] == []  # they were not known then
    shown = world.call("get_training_record", employee_id=one)
    assert [line["serving"] for line in shown["lines"]] == [{"minimum": 30, "pay": 30}, {"minimum": 10, "pay": 25}]
    assert all(line["uses"] == ["minimum", "pay"] for line in shown["lines"])
    years = {year["jalali_year"]: year for year in shown["years"]}
    assert (years[1401]["hours"], years[1401]["missing_hours"], years[1401]["lines"]) == (0, 40, 0)
    assert (years[1402]["job_hours"], years[1402]["general_hours"], years[1402]["pay_points"]) == (30, 25, 27.5)
    assert "pay_hours_in_career" in {each["key"] for each in shown["policies"]}


def test_parts_of_hours_add_up_to_hundredths(world: World) -> None:
    one = world.employee(hired_on=day(1401, 1, 1))
    add(world, *(entry(one, day(1403, 2, number), hours) for number, hours in enumerate((10.1, 12.3, 7.7), 1)))
    shown = world.call("get_training_record", employee_id=one)
    assert (shown["career"]["hours"], shown["career"]["by_type"]["job"]) == (30.1, 30.1)


def test_two_regimes_of_pay_in_one_career(world: World) -> None:
    # 300 hours in each year: 250 of 1403 count at 0.5 points, 100 of 1404 at 1 point.
    one = world.employee(hired_on=day(1400, 1, 1))
    add(world, entry(one, day(1403, 2, 1), 300), entry(one, day(1404, 2, 1), 300))
    said = {"source": "بخشنامه نمونه", "confidence": "F", "reason": "ابلاغ شد", "effective_from": day(1404, 1, 1)}
    world.call("record_policy", key="pay_hours_per_year", value=100, **said)
    world.call("record_policy", key="pay_points_per_hour", value=1, **said)
    pay = {year: world.call("get_training_hours", employee_id=one, jalali_year=year) for year in (1403, 1404)}
    counted = {year: (reply["pay"]["hours"], reply["pay"]["points"]) for year, reply in pay.items()}
    assert counted == {1403: (250, 125), 1404: (100, 100)}
    assert (pay[1404]["pay"]["career_hours"], pay[1404]["pay"]["career_points"]) == (350, 225)
    rests = {
        year: [each["value"] for each in reply["policies"] if each["key"] == "pay_hours_per_year"]
        for year, reply in pay.items()
    }
    assert rests == {1403: [250], 1404: [100]}
