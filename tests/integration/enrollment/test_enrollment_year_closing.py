"""Closing a Jalali year of an agency: once, whatever breaks off, and recomputed only after a dry run."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from services.enrollment.models.closings import closed_hours, year_closings
from services.enrollment.service.hours import closing as hours_closing
from shared.errors import TrainingError
from shared.events import AnnualTrainingHoursClosedV1
from tests.integration.enrollment.conftest import World
from tests.integration.enrollment.hours import add, at, day, entry


def parts(world: World, agency_code: str = "AG-A") -> list[Any]:
    return [each for each in world.said(AnnualTrainingHoursClosedV1) if each.agency_code == agency_code]


@pytest.fixture
def staff(world: World) -> list[str]:
    """Five people of AG-A in 1404, the last one hired on its last day, and a training officer."""
    with at(day(1404, 2, 1)):
        for code in ("A", "B"):
            world.call("register_agency", code=f"OLD-{code}", name={"fa": f"دستگاه قدیمی {code}"})
        people = [world.employee(agency_code="OLD-A", hired_on=day(1400, 1, 1)) for _person in range(4)]
        add(world, entry(people[0], day(1404, 1, 20), 300, agency_code="OLD-A"))
        officer = {"agency_code": "OLD-A", "employee_id": people[0], "role": "training_officer"}
        world.call("appoint_officer", **officer, from_day=day(1404, 2, 1))
    with at(day(1404, 12, 29), 12):
        people.append(world.employee(agency_code="OLD-A"))
    return people


def test_a_year_is_closed_once_whatever_breaks_off(
    world: World, staff: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = world.harness.service
    monkeypatch.setattr(hours_closing, "PEOPLE", 2)
    monkeypatch.setattr(hours_closing, "PART", 2)
    with at(day(1404, 12, 29), 23, 59):
        service.close_years()
        assert parts(world, "OLD-A") == []
    with at(day(1405, 1, 1)):
        service._begin_some()
        service._begin_some()  # another replica
        for _step in range(2):
            service._go_on()
        with pytest.raises(TrainingError, match="year_not_closed"):
            world.call("get_year_closing", agency_code="OLD-A", jalali_year=1404)
        add(world, entry(staff[1], day(1404, 12, 20), 7, agency_code="OLD-A"))  # it came while people were counted
        service.close_years()  # as after a restart
        service.close_years()
    said = parts(world, "OLD-A")
    assert [(each.part, each.parts, each.revision, each.people) for each in said] == [
        (1, 3, 1, 5),
        (2, 3, 1, 5),
        (3, 3, 1, 5),
    ]
    assert all([str(one) for one in each.officers] == [staff[0]] for each in said)
    rows = {str(row.employee_id): row for each in said for row in each.items}
    assert sorted(rows) == sorted(staff)
    # 300 hours, of which pay counts 250, at 0.5 points; hired on the last day: no 15th of a month, so nothing is asked.
    first, late = rows[staff[0]], rows[staff[4]]
    assert (first.hours, first.required_hours, first.counted_hours, first.points) == (300, 40, 250, 125)
    assert (late.hours, late.required_hours) == (0, 0)
    assert rows[staff[1]].hours == 0
    # An agency without people is closed too; one that was registered later is not.
    assert [(each.parts, each.people, each.items) for each in parts(world, "OLD-B")] == [(1, 0, [])]
    assert parts(world, "AG-A") == []


def test_late_results_are_differences_until_a_recomputation(world: World, staff: list[str]) -> None:
    closed = {"agency_code": "OLD-A", "jalali_year": 1404}
    officer = ("training_officer",), "OLD-A"
    with at(day(1405, 1, 1)):
        world.harness.service.close_years()
    with at(day(1405, 1, 20)):
        add(world, entry(staff[1], day(1404, 12, 20), 12, agency_code="OLD-A"))
        kept = world.call("get_year_closing", *officer, **closed)
        assert (kept["revision"], kept["people"], kept["next"]) == (1, 5, None)
        differing = {row["employee_id"]: row["differences"] for row in kept["items"] if row["differences"]}
        after = {"hours": 12, "required_hours": 40, "counted_hours": 12, "points": 6}
        assert differing == {staff[1]: after}
        dry = world.call("recompute_year", *officer, **closed)
        assert (dry["state"], dry["people"], dry["changed"], dry["items"]) == ("counting", 0, None, [])
        assert world.harness.wakes == ["close_years"]  # nobody waits for the minute
        real: dict[str, Any] = {**closed, "dry_run": False, "reason": "نتایج دیررس", "preview_id": dry["preview_id"]}
        with pytest.raises(TrainingError, match="preview_not_ready"):
            world.call("recompute_year", *officer, **real)
        with pytest.raises(TrainingError, match="preview_not_found"):
            world.call("recompute_year", *officer, **real | {"preview_id": str(uuid4())})
        with pytest.raises(TrainingError, match="is required unless dry_run"):
            world.call("recompute_year", *officer, **closed, dry_run=False, reason="نتایج دیررس")
        world.harness.service.close_years()
        dry = world.call("recompute_year", *officer, **closed)
        assert (dry["state"], dry["preview_id"]) == ("ready", real["preview_id"])
        assert (dry["changed"], dry["people"], dry["revision"]) == (1, 5, 1)
        assert (dry["before"]["hours"], dry["after"]["hours"]) == (300, 312)
        (item,) = dry["items"]
        assert item["before"] == {"hours": 0, "required_hours": 40, "counted_hours": 0, "points": 0}
        assert item["after"] == after
        # Nobody sees it as a closing; what comes meanwhile is not in what was looked at, and waits for the next.
        assert world.call("get_year_closing", *officer, **closed)["last_revision"] == 1
        add(world, entry(staff[2], day(1404, 12, 21), 5, agency_code="OLD-A"))
        written = world.call("recompute_year", *officer, **real)
        assert (written["state"], written["revision"], written["items"]) == ("written", 2, dry["items"])
        assert world.call("recompute_year", *officer, **real) == written  # a second click
        with pytest.raises(TrainingError, match="closing_running"):
            world.call("recompute_year", *officer, **closed)
        world.harness.service.close_years()
        assert world.call("recompute_year", *officer, **real)["revision"] == 2
        said = parts(world, "OLD-A")
        assert [(each.revision, each.part, each.people) for each in said] == [(1, 1, 5), (2, 1, 5)]
        now = world.call("get_year_closing", *officer, **closed)
        assert (now["revision"], now["reason"]) == (2, "نتایج دیررس")
        differing = {row["employee_id"]: row["differences"]["hours"] for row in now["items"] if row["differences"]}
        assert differing == {staff[2]: 5}
        first = world.call("get_year_closing", *officer, **closed, revision=1, limit=2)
        assert [row["hours"] for row in first["items"]] == [300, 0]
        assert first["next"] is not None
        with pytest.raises(TrainingError, match="agency_not_found"):
            world.call("recompute_year", ("training_officer",), "AG-B", **closed)
        world.call("end_employment", employee_id=staff[3], on=day(1405, 1, 20), reason="retired")
        world.call("erase_employee", employee_id=staff[3], reason="درخواست شخص")
        erased = world.call("get_year_closing", *officer, **closed, revision=1)
        numbers = {row["employee_id"]: row["personnel_number"] for row in erased["items"]}
        assert (numbers[staff[3]], numbers[staff[2]] is None) == (None, False)


def test_a_year_in_two_agencies_is_closed_in_both(world: World, staff: list[str]) -> None:
    # Moved on 1 Dey: 9/12 and 3/12 of 40 hours. Pay counts 250 of the 300, the oldest first: 50 at the new agency.
    one = staff[1]
    with at(day(1404, 10, 1), 12):
        code = world.call("get_employee", employee_id=one)["national_code"]
        asked = {"national_code": code, "personnel_number": "B1", "effective_on": day(1404, 10, 1), "reason": "انتقال"}
        moved = world.call("transfer_employee", agency_code="OLD-B", **asked)
        world.call("decide_transfer", transfer_id=moved["transfer_id"], approve=True)
        add(world, entry(one, day(1404, 4, 1), 200, agency_code="OLD-A"))
        add(world, entry(one, day(1404, 10, 1), 100, agency_code="OLD-B"))
    with at(day(1405, 1, 1)):
        world.harness.service.close_years()
    (before,) = (row for row in parts(world, "OLD-A")[0].items if str(row.employee_id) == one)
    (after,) = parts(world, "OLD-B")[0].items
    assert (before.hours, before.required_hours, before.counted_hours) == (200, 30, 200)
    assert (after.hours, after.required_hours, after.counted_hours, after.points) == (100, 10, 50, 25)
    assert (before.personnel_number != "B1", after.personnel_number) == (True, "B1")


def test_a_circular_that_is_withdrawn_after_the_closing(world: World, staff: list[str]) -> None:
    closed = {"agency_code": "OLD-A", "jalali_year": 1404}
    with at(day(1405, 1, 1)):
        world.harness.service.close_years()
    with at(day(1405, 3, 1)):
        said = {"source": "ابطال بخشنامه", "confidence": "F", "reason": "رأی دیوان", "effective_from": day(1404, 7, 1)}
        world.call("record_policy", key="annual_minimum_hours", value={"manager": 0, "staff": 0}, **said)
        dry = preview(world, **closed)
        # Four people were asked for 40 hours, and are for 6/12 of them; who was hired on the last day for none.
        assert (dry["changed"], dry["before"]["required_hours"], dry["after"]["required_hours"]) == (4, 160, 80)
        assert len([each for each in dry["policies"] if each["key"] == "annual_minimum_hours"]) == 2
        assert len([each for each in dry["policies_before"] if each["key"] == "annual_minimum_hours"]) == 1
        first = world.call("recompute_year", **closed, limit=3)
        rest = world.call("recompute_year", **closed, limit=3, cursor=first["next"])
        found = [each["employee_id"] for each in (*first["items"], *rest["items"])]
        assert (found, rest["next"]) == (sorted(staff[:4]), None)
        # The court's word comes again, with another value: what was looked at rests on a number that is no more.
        world.call("record_policy", key="annual_minimum_hours", value={"manager": 0, "staff": 10}, corrects=1, **said)
        with pytest.raises(TrainingError, match="preview_outdated"):
            world.call("recompute_year", **closed, dry_run=False, reason="رأی دیوان", preview_id=dry["preview_id"])
        again = preview(world, **closed)
        assert (again["preview_id"] != dry["preview_id"], again["after"]["required_hours"]) == (True, 100)
        with pytest.raises(TrainingError, match="preview_outdated"):
            world.call("recompute_year", **closed, limit=3, cursor=first["next"])


def preview(world: World, **asked: Any) -> Any:
    world.call("recompute_year", **asked)
    world.harness.service.close_years()
    return world.call("recompute_year", **{**asked, "anew": False})


def test_a_preview_counts_who_came_and_went_and_is_thrown_away(
    world: World, staff: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = {"agency_code": "OLD-A", "jalali_year": 1404}
    service = world.harness.service
    with at(day(1405, 1, 1)):
        service.close_years()
    with at(day(1405, 2, 1)):
        same = preview(world, **closed)
        real = {**closed, "dry_run": False, "reason": "بازبینی", "preview_id": same["preview_id"]}
        for _click in range(2):  # nobody differs: there is nothing to write
            reply = world.call("recompute_year", **real)
            assert (reply["state"], reply["revision"], reply["changed"]) == ("ready", 1, 0)
        late = world.employee(agency_code="OLD-A", hired_on=day(1404, 7, 1))
        kept = world.employee(agency_code="OLD-A", hired_on=day(1404, 7, 1))
        world.call("merge_employees", employee_id=kept, duplicate_id=staff[3], reason="دوباره ثبت شده بود")
        assert preview(world, **closed)["changed"] == 0  # it stays as it is
        monkeypatch.setattr(hours_closing, "PEOPLE", 2)
        monkeypatch.setattr(hours_closing, "THROWN_AWAY", 2)
        anew = preview(world, **closed, anew=True)
        assert rows_kept(world) == (2, 11)  # the closing of five and this preview of six; the first one is gone
        changed = {each["employee_id"]: (each["before"], each["after"]) for each in anew["items"]}
        assert (sorted(changed), anew["changed"]) == (sorted([late, kept, staff[3]]), 3)
        assert (changed[late][0], changed[staff[3]][1]) == (None, None)
    with at(day(1405, 2, 16)):
        service.close_years()
        assert rows_kept(world) == (1, 5)
        with pytest.raises(TrainingError, match="preview_not_found"):
            world.call("recompute_year", **real | {"preview_id": anew["preview_id"]})


def rows_kept(world: World) -> tuple[int, int]:
    with world.harness.db.reading() as tx:
        closings = sa.select(sa.func.count()).where(year_closings.c.agency_code == "OLD-A")
        return tx.scalar(closings), tx.scalar(sa.select(sa.func.count()).select_from(closed_hours))


def test_a_closing_that_raises_holds_up_nobody(world: World, staff: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    figures, tried = hours_closing.figures, []

    def failing(tx: Any, rules: Any, agency_code: str, *more: Any) -> Any:
        if agency_code == "OLD-A":
            tried.append(agency_code)
            raise ValueError("a figure that nobody foresaw")
        return figures(tx, rules, agency_code, *more)

    monkeypatch.setattr(hours_closing, "figures", failing)
    for minute, tries in ((5, 1), (5, 1), (7, 2), (8, 2), (10, 3)):  # a minute of rest, then two
        with at(day(1405, 1, 1), 0, minute):
            world.harness.service.close_years()
            assert (len(parts(world, "OLD-B")), len(tried)) == (1, tries)
    assert failing_now() == 1
    monkeypatch.setattr(hours_closing, "figures", figures)
    with at(day(1405, 1, 1), 1):
        world.harness.service.close_years()
    assert ([each.people for each in parts(world, "OLD-A")], failing_now()) == ([5], 0)


def failing_now() -> float | None:
    return REGISTRY.get_sample_value("training_year_closings_failing")


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)
def test_of_many_real_runs_at_once_one_writes(world: World, staff: list[str]) -> None:
    closed = {"agency_code": "OLD-A", "jalali_year": 1404}
    with at(day(1405, 1, 1)):
        world.harness.service.close_years()
        add(world, entry(staff[1], day(1404, 12, 20), 12, agency_code="OLD-A"))
        with ThreadPoolExecutor(4) as pool:
            begun = list(pool.map(lambda _n: world.call("recompute_year", **closed), range(4)))
        (preview_id,) = {each["preview_id"] for each in begun}
        world.harness.service.close_years()
        real: dict[str, Any] = {**closed, "dry_run": False, "preview_id": preview_id}
        with ThreadPoolExecutor(4) as pool:
            written = list(pool.map(lambda n: world.call("recompute_year", **real, reason=f"نوبت {n}"), range(4)))
        assert {(each["state"], each["revision"]) for each in written} == {("written", 2)}
        world.harness.service.close_years()
    assert [each.revision for each in parts(world, "OLD-A")] == [1, 2]
