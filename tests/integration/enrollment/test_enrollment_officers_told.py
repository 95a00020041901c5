"""Who the training officers are is told whenever it changes, as one whole state, and once."""

from datetime import timedelta
from typing import Any

from shared.events import OfficersChangedV1
from tests.integration.enrollment.test_enrollment_transfers import ask, confirm, somebody

HR = ("agency_system",)


def told(world: Any) -> list[tuple[str, set[str]]]:
    """What the timer tells now: agencies with their officers."""
    before = len(world.said(OfficersChangedV1))
    world.harness.service.tell_officers()
    said = world.said(OfficersChangedV1)[before:]
    return [(event.agency_code, {str(each.employee_id) for each in event.officers}) for event in said]


def appoint(world: Any, employee_id: str, role: str = "training_officer") -> str:
    reply = world.call("appoint_officer", HR, agency_code="AG-A", employee_id=employee_id, role=role)
    return str(reply["officer_id"])


def test_every_change_tells_who_the_officers_are_now_and_nothing_is_told_twice(world: Any) -> None:
    one, two, deputy = (somebody(world)["employee_id"] for _person in range(3))
    first = appoint(world, one)
    appoint(world, two)
    appoint(world, deputy, "supervisor")
    assert told(world) == [("AG-A", {one, two})]
    assert told(world) == []
    days = {"from_day": world.today, "until_day": world.today + timedelta(days=7), "reason": "مرخصی"}
    world.call("delegate_role", HR, officer_id=first, employee_id=deputy, **days)
    assert told(world) == [("AG-A", {one, two, deputy})]
    (event,) = world.said(OfficersChangedV1)[-1:]
    assert {each.until_day for each in event.officers} == {None, days["until_day"]}
    world.call("end_officer", HR, officer_id=first, on=world.today)
    assert told(world) == [("AG-A", {one, two, deputy})]
    assert {each.until_day for each in world.said(OfficersChangedV1)[-1].officers} == {None, world.today}


def test_an_officer_who_leaves_moves_is_merged_or_erased_is_told_as_none(world: Any) -> None:
    leaves, moves, duplicate, kept = (somebody(world) for _person in range(4))
    for person in (leaves, moves, duplicate):
        appoint(world, person["employee_id"])
    assert len(told(world)[0][1]) == 3
    yesterday = world.today - timedelta(days=1)
    world.call("end_employment", HR, employee_id=leaves["employee_id"], on=yesterday, reason="retired")
    left = {moves["employee_id"], duplicate["employee_id"]}
    assert told(world) == [("AG-A", left)]
    world.call("erase_employee", HR, employee_id=leaves["employee_id"], reason="درخواست")
    assert told(world) == []  # nothing of theirs was left
    assert confirm(world, ask(world, moves))["status"] == "done"
    assert told(world) == [("AG-A", {duplicate["employee_id"]})]
    pair = {"employee_id": kept["employee_id"], "duplicate_id": duplicate["employee_id"]}
    world.call("merge_employees", HR, **pair, reason="یک نفر")
    assert told(world) == [("AG-A", {kept["employee_id"]})]
