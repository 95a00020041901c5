"""What is foreseen for somebody, what is due in an agency, and when people are told of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from services.enrollment.models.foreseen import due_items
from services.enrollment.models.foreseen_marks import due_marks
from shared.errors import NotFound
from shared.events import CourseDueV1, ProgrammeCompletedV1
from shared.persian import add_jalali_months
from tests.integration.enrollment.foreseen import due, foreseen, keep, on_record, programme, publish, record, tell_on


def hired(world: Any, months_ago: int, **changes: Any) -> str:
    return world.employee(hired_on=str(add_jalali_months(world.today, -months_ago)), **changes)  # type: ignore[no-any-return]


def told(world: Any) -> list[tuple[str, str, bool]]:
    return [(str(event.employee_id), event.code, event.is_overdue) for event in world.said(CourseDueV1)]


def test_of_somebody_new_the_induction_programme_is_foreseen_course_by_course(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01", "RD-02")
    employee_id = hired(world, 3)
    world.complete(employee_id, "RD-01")
    offering_id = world.offering(course_code="RD-02", starts_on=world.today + timedelta(days=9))
    reply = foreseen(world, employee_id)
    (item,) = reply["compulsory"]
    last_day = add_jalali_months(add_jalali_months(world.today, -3), 36)
    assert (item["cause"], item["code"], item["status"], item["due_on"]) == (
        "induction",
        "INDUCTION",
        "due",
        str(last_day),
    )
    assert (item["missing"], item["progress"]) == (["RD-02"], "in_progress")
    assert [one["offering_id"] for one in item["offerings"]] == [offering_id]
    assert reply["not_known"] == []
    assert {one["key"]: one["confidence"] for one in reply["policies"]}["probation_years"] == "G"
    later = foreseen(world, employee_id, on=last_day + timedelta(days=1))["compulsory"][0]
    assert later["status"] == "overdue"
    world.enroll(employee_id, offering_id)
    (item,) = foreseen(world, employee_id)["compulsory"]
    assert ([one["offering_id"] for one in item["running"]], item["offerings"]) == ([offering_id], [])


def test_without_anything_asked_the_list_is_empty_and_another_agency_finds_nobody(world: Any) -> None:
    employee_id = world.employee()
    reply = foreseen(world, employee_id)
    assert (reply["compulsory"], reply["offerings"]) == ([], {"items": [], "next": None})
    assert reply["hours"]["missing"] == reply["hours"]["required"] > 0
    assert (reply["not_known"], reply["unpublished"]) == (["hired_on"], ["CR-01"])
    keep(world)
    assert world.call("list_due") == {"items": [], "next": None}
    with pytest.raises(NotFound):
        world.call("what_is_foreseen", ("training_officer",), "AG-B", employee_id=employee_id)
    with pytest.raises(NotFound) as refused:
        world.call("list_due", ("training_officer",), "AG-B", agency_code="AG-A")
    assert refused.value.code == "agency_not_found"


def test_citizen_rights_are_overdue_of_who_was_there_and_not_of_whom_nothing_is_known(world: Any) -> None:
    old, unknown = world.employee(hired_on="2010-05-01"), world.employee()
    publish(world, "CR-01")
    keep(world)
    assert due(world) == [(old, "compulsory", "CR-01", "overdue"), (unknown, "compulsory", "CR-01", "due")]
    assert due(world, status="overdue") == [(old, "compulsory", "CR-01", "overdue")]
    assert due(world, cause="renewal") == []
    (item,) = foreseen(world, unknown)["compulsory"]
    assert (item["due_on"], item["not_known"], item["hours"]) == (None, ["hired_on"], 10.0)
    world.call("change_employee", employee_id=unknown, hired_on="2012-01-01")
    world.harness.service.keep_due()
    assert {one[0] for one in due(world, status="overdue")} == {old, unknown}
    # Overdue for years when it was first found: shown, and mailed to nobody.
    tell_on(world, world.today)
    assert told(world) == []
    on_record(world, old, "CR-01", date(2018, 5, 1))
    keep(world)
    assert [one[0] for one in due(world, status="overdue")] == [unknown]
    (item,) = foreseen(world, old)["compulsory"]
    assert (item["status"], item["done_on"]) == ("done", "2018-05-01")


def test_a_course_to_be_refreshed_is_due_again_and_moved_by_a_newer_completion(world: Any) -> None:
    employee_id = world.employee()
    on_record(world, employee_id, "OC-01", add_jalali_months(world.today, -11))
    keep(world)
    assert due(world) == []
    publish(world, "OC-01", refresh=12)  # found by looking through everybody: nobody was marked
    offering_id = world.offering(course_code="OC-01")
    keep(world)
    assert due(world) == [(employee_id, "renewal", "OC-01", "due")]
    reply = foreseen(world, employee_id)
    assert reply["compulsory"][0]["due_on"] == str(add_jalali_months(add_jalali_months(world.today, -11), 12))
    assert [one["offering_id"] for one in reply["offerings"]["items"]] == [offering_id]
    on_record(world, employee_id, "OC-01", world.today)
    keep(world)
    assert due(world) == []
    assert due(world, status="upcoming") == [(employee_id, "renewal", "OC-01", "upcoming")]
    assert foreseen(world, employee_id)["offerings"]["items"] == []


def test_a_completion_is_followed_and_a_programme_stays_completed(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01", "RD-02")
    first, second = hired(world, 3), hired(world, 2)
    keep(world)
    enrollment_id = world.complete(first, "RD-01")
    world.complete(first, "RD-02")
    world.harness.service.keep_due()
    assert [one[0] for one in due(world)] == [second]
    wrong = {"attended_hours": 10, "score": 10, "reason": "ثبت نادرست"}
    world.call("correct_result", enrollment_id=enrollment_id, **wrong)
    world.harness.service.keep_due()
    # A programme that was written down as completed stays so (`correct_result`).
    assert [one[0] for one in due(world)] == [second]
    assert foreseen(world, first)["compulsory"][0]["status"] == "done"
    world.complete(second, "RD-01")
    world.harness.service.keep_due()
    (item,) = world.call("list_due")["items"]
    assert (item["employee_id"], item["progress"]) == (second, "in_progress")


def test_recognised_training_completes_a_programme(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    employee_id = hired(world, 3)
    on_record(world, employee_id, "RD-01", world.today)
    keep(world)
    assert [str(event.employee_id) for event in world.said(ProgrammeCompletedV1)] == [employee_id]
    assert foreseen(world, employee_id)["compulsory"][0]["status"] == "done"
    progress = world.call("programme_progress", employee_id=employee_id, programme_code="INDUCTION")
    assert progress["complete"] is True


def test_what_is_due_follows_people_and_policies(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    keep(world)
    first, second = hired(world, 3), hired(world, 2)
    world.harness.service.keep_due()
    assert {one[0] for one in due(world)} == {first, second}
    national_code = world.call("get_employee", employee_id=second)["national_code"]
    world.call("end_employment", employee_id=first, on=world.today, reason="resigned")
    moved = {"national_code": national_code, "personnel_number": "X1", "effective_on": world.today, "reason": "نمونه"}
    asked = world.call("transfer_employee", ("agency_system",), "AG-B", agency_code="AG-B", **moved)
    world.call("decide_transfer", transfer_id=asked["transfer_id"], approve=True)
    world.harness.service.keep_due()
    assert due(world, agency_code="AG-A") == []
    assert [one[0] for one in due(world, agency_code="AG-B")] == [second]
    record(world, "probation_years", 0)
    keep(world)
    assert due(world) == [(second, "induction", "INDUCTION", "overdue")]
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(due_marks)) == 0


def test_lists_of_what_is_due_come_in_pages_by_the_last_day(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    people = [hired(world, months) for months in (3, 9, 6)]
    keep(world)
    seen, cursor = [], None
    while True:
        page = world.call("list_due", limit=1, cursor=cursor)
        seen += [item["employee_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [people[1], people[2], people[0]]


def test_people_are_told_once_for_each_occasion_until_it_is_done(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    first, second = hired(world, 30), hired(world, 30)
    keep(world)
    assert told(world) == []
    due_on = add_jalali_months(add_jalali_months(world.today, -30), 36)
    tell_on(world, due_on - timedelta(days=61))
    assert told(world) == []
    for _again in range(2):
        tell_on(world, due_on - timedelta(days=60))
    tell_on(world, due_on - timedelta(days=13))  # a day late
    both = [(first, "INDUCTION", False), (second, "INDUCTION", False)]
    assert sorted(told(world)) == sorted(both * 2)
    world.call("end_employment", employee_id=second, on=world.today, reason="resigned")
    for _again in range(2):
        tell_on(world, due_on + timedelta(days=1))  # whoever left is not told, answered by now or not
    assert told(world)[4:] == [(first, "INDUCTION", True)]
    assert len({event.due_id for event in world.said(CourseDueV1)}) == 5
    on_record(world, first, "RD-01", world.today)
    keep(world)
    with world.harness.db.reading() as tx:
        assert tx.execute(sa.select(due_items)).all() == []


def test_after_a_long_outage_only_what_is_fresh_is_told(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    employee_id = hired(world, 30)
    keep(world)
    due_on = add_jalali_months(add_jalali_months(world.today, -30), 36)
    tell_on(world, due_on + timedelta(days=40))
    assert told(world) == []
    record(world, "probation_years", 10)  # another last day has occasions of its own
    keep(world)
    tell_on(world, add_jalali_months(add_jalali_months(world.today, -30), 120) - timedelta(days=14))
    assert told(world) == [(employee_id, "INDUCTION", False)]


def test_two_replicas_tell_everybody_once(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01")
    people = [hired(world, 30) for _person in range(8)]
    with ThreadPoolExecutor(4) as pool:
        service = world.harness.service
        list(pool.map(lambda run: run(), [service.sweep_due, service.keep_due, service.sweep_due, service.keep_due]))
    due_on = add_jalali_months(add_jalali_months(world.today, -30), 36)
    tell_on(world, due_on - timedelta(days=14))
    before = told(world)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _run: tell_on(world, due_on + timedelta(days=1)), range(2)))
    assert sorted(one[0] for one in before if not one[2]) == sorted(people)
    assert sorted(told(world)[len(before) :]) == sorted((one, "INDUCTION", True) for one in people)


def test_results_and_the_clock_do_not_stand_in_each_others_way(world: Any) -> None:
    programme(world, "INDUCTION", "RD-01", "RD-02")
    people = [hired(world, 3) for _person in range(10)]
    work = []
    for code in ("RD-01", "RD-02"):
        offering_id = world.offering(course_code=code)
        seats = [world.enroll(person, offering_id)["enrollment_id"] for person in people]
        rows = [{"enrollment_id": seat, "attended_hours": 10, "score": 90} for seat in seats]
        work.append(partial(world.call, "record_results", offering_id=offering_id, results=rows))
    work[1:1] = [world.harness.service.sweep_due, world.harness.service.keep_due]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: each(), work))
    world.harness.service.keep_due()
    assert due(world) == []
    assert sorted(str(event.employee_id) for event in world.said(ProgrammeCompletedV1)) == sorted(people)


def test_offerings_are_those_that_would_let_somebody_in(world: Any) -> None:
    employee_id = world.employee()
    world.complete(employee_id, "RD-01")
    day = world.today + timedelta(days=5)
    days = {"starts_on": day, "ends_on": day, "enrollment_closes_on": day}
    wanted = [
        world.offering(course_code="OC-01", **days | {"starts_on": world.today + timedelta(days=place)})
        for place in (2, 3, 4)
    ]
    world.offering(course_code="RD-01", **days)  # completed
    world.offering(course_code="OC-02", prerequisites=["OC-03"], **days)
    world.offering(course_code="OC-02", agency_code="AG-B", open_to="agency", **days)
    full = world.offering(course_code="OC-04", capacity=1, **days)
    world.enroll(world.employee(), full)
    world.enroll(employee_id, world.offering(course_code="OC-05", **days))
    page = foreseen(world, employee_id, limit=2)["offerings"]
    assert [one["offering_id"] for one in page["items"]] == wanted[:2]
    assert page["items"][0]["seats_left"] == 10
    page = foreseen(world, employee_id, limit=2, cursor=page["next"])["offerings"]
    assert ([one["offering_id"] for one in page["items"]], page["next"]) == (wanted[2:], None)


def test_many_offerings_do_not_mean_many_statements(world: Any) -> None:
    employee_id = world.employee()

    def statements() -> int:
        with world.statements() as seen:
            foreseen(world, employee_id)
        return len(seen)

    world.offering(course_code="OC-01")
    few = statements()
    for place in range(20):
        world.offering(course_code=f"OC-{place:02d}")
    assert statements() == few
