"""Agencies as a tree, and people in them: employment, leaving and returning, officers."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import (
    AgencyChangedV1,
    EmployeeChangedV1,
    EmployeeRegisteredV1,
    EnrollmentRequestedV1,
    EnrollmentWithdrawnV1,
)

HR = ("agency_system",)
LATER = timedelta(days=20)


def later(world: Any, **changes: Any) -> str:
    days = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), world.today + LATER)
    return str(world.offering(**(days | changes)))


def tree(world: Any) -> None:
    """AG-A is a ministry with AG-B below it, and UNIT below that."""
    world.call("change_agency", code="AG-A", kind="ministry")
    world.call("change_agency", code="AG-B", parent_code="AG-A")
    world.call("register_agency", code="UNIT", name={"fa": "واحد نمونه"}, parent_code="AG-B", kind="unit")


def periods(world: Any, employee_id: str, **more: Any) -> list[tuple[Any, ...]]:
    found = world.call("list_employment", employee_id=employee_id, **more)["periods"]
    return [(row["agency_code"], row["job_title"], row["from_day"], row["until_day"]) for row in found]


def text(day: date) -> str:
    return day.isoformat()


def test_who_is_above_sees_those_below_and_never_the_other_way(world: Any) -> None:
    tree(world)
    deep, beside = world.employee(agency_code="UNIT"), world.employee(agency_code="AG-C")
    for agency in ("AG-A", "AG-B", "UNIT"):
        assert world.call("get_employee", HR, agency, employee_id=deep)["employee_id"] == deep
        assert [row["employee_id"] for row in world.call("list_employees", HR, agency)["items"]] == [deep]
    boss = world.employee(agency_code="AG-A")
    for agency, hidden in (("AG-B", boss), ("UNIT", boss), ("AG-A", beside), ("AG-C", deep)):
        with pytest.raises(NotFound):
            world.call("get_employee", HR, agency, employee_id=hidden)
    offering_id = later(world, agency_code="AG-B", open_to="all")
    reply = world.call("enroll", HR, "AG-A", employee_id=deep, offering_id=offering_id)
    assert world.call("get_enrollment", HR, "AG-A", enrollment_id=reply["enrollment_id"])["employee_id"] == deep
    assert world.call("get_ledger", ("auditor",), "AG-A", offering_id=offering_id)["taken"] == 1
    with pytest.raises(NotFound):
        world.call("get_ledger", ("auditor",), "UNIT", offering_id=offering_id)


def test_the_tree_has_no_circles_and_is_told(world: Any) -> None:
    tree(world)
    assert [row["code"] for row in world.call("list_agencies", parent_code="AG-A")["items"]] == ["AG-B"]
    for code, parent, error in (("AG-A", "UNIT", "tree_has_a_circle"), ("AG-B", "AG-B", "tree_has_a_circle")):
        with pytest.raises(Conflict) as refused:
            world.call("change_agency", code=code, parent_code=parent)
        assert refused.value.code == error
    with pytest.raises(NotFound) as unknown:
        world.call("change_agency", code="AG-C", parent_code="NOBODY")
    assert unknown.value.code == "parent_not_found"
    told = len(world.said(AgencyChangedV1))
    assert world.call("change_agency", code="AG-B", parent_code="AG-A")["parent_code"] == "AG-A"
    assert len(world.said(AgencyChangedV1)) == told
    with pytest.raises(Invalid):
        world.call("change_agency", code="AG-B")
    with pytest.raises(Forbidden):
        world.call("change_agency", HR, code="AG-B", kind="unit")
    world.call("change_agency", code="AG-B", name={"fa": "نام تازه"}, parent_code=None)
    event = world.said(AgencyChangedV1)[-1]
    assert (event.code, event.name.fa, event.parent_code) == ("AG-B", "نام تازه", None)


def test_a_moved_subtree_stays_within_the_levels_that_are_seen_through(world: Any) -> None:
    def chain(name: str, length: int) -> None:
        for number in range(length):
            below = {"parent_code": f"{name}{number - 1}"} if number else {}
            world.call("register_agency", code=f"{name}{number}", name={"fa": "نمونه"}, **below)

    chain("UP", 6)
    chain("LOW", 5)
    with pytest.raises(Conflict) as refused:
        world.call("change_agency", code="LOW0", parent_code="UP5")
    assert refused.value.code == "tree_too_deep"
    world.call("change_agency", code="LOW0", parent_code="UP4")
    deep = world.employee(agency_code="LOW4")
    assert world.call("get_employee", HR, "UP0", employee_id=deep)["employee_id"] == deep
    world.call("change_agency", code="LOW0", parent_code=None)
    with pytest.raises(NotFound):
        world.call("get_employee", HR, "UP0", employee_id=deep)
    assert world.call("get_employee", HR, "LOW0", employee_id=deep)["employee_id"] == deep


def test_a_known_agency_is_not_registered_at_another_place(world: Any) -> None:
    tree(world)
    same = {"code": "UNIT", "name": {"fa": "واحد نمونه"}}
    for more in ({}, {"parent_code": "AG-B"}, {"parent_code": "AG-B", "kind": "unit"}):
        assert world.call("register_agency", **same, **more) == same
    for more in ({"parent_code": "AG-C"}, {"parent_code": None}, {"kind": "province"}):
        with pytest.raises(Conflict) as refused:
            world.call("register_agency", **same, **more)
        assert refused.value.code == "agency_exists"


def test_who_is_above_is_found_in_one_statement(world: Any) -> None:
    tree(world)
    deep = world.employee(agency_code="UNIT")
    with world.statements() as few:
        world.call("get_employee", HR, "AG-A", employee_id=deep)
    assert len([each for each in few.seen if "agencies" in each]) == 1


def test_a_person_carries_what_the_training_record_asks(world: Any) -> None:
    more = {"father_name": "پدر نمونه", "birth_date": "1985-03-21", "gender": "female", "unit": "اداره\u200cکل نمونه"}
    more |= {"job_family": "مالی", "job_class": 12, "rank": "senior", "education_field": "حسابداری"}
    employee_id = world.employee(education_status="equivalent", **more)
    shown = world.call("get_employee", employee_id=employee_id)
    assert {name: shown[name] for name in more} == more
    with pytest.raises(Invalid) as wrong:
        world.employee(gender="x", rank="king", job_class=21, education_status="?", supervisor_id=str(uuid4()))
    assert set(wrong.value.details["fields"]) == {"gender", "rank", "job_class", "education_status"}
    with pytest.raises(Invalid) as nobody:
        world.employee(supervisor_id=str(uuid4()))
    assert set(nobody.value.details["fields"]) == {"supervisor_id"}


def test_contact_changes_are_told_once(world: Any) -> None:
    employee_id = world.employee()
    for _time in range(2):
        world.call("change_employee", HR, employee_id=employee_id, email="new@example.ir", language="en")
    (event,) = world.said(EmployeeChangedV1)
    assert (event.email, event.language, event.changed, event.employed) == (
        "new@example.ir",
        "en",
        ["email", "language"],
        True,
    )
    with pytest.raises(Invalid):
        world.call("change_employee", HR, employee_id=employee_id)
    with pytest.raises(NotFound):
        world.call("change_employee", HR, "AG-B", employee_id=employee_id, email="x@example.ir")


def test_employment_is_a_history_without_gaps(world: Any) -> None:
    hired = world.today - timedelta(days=900)
    employee_id = world.employee(hired_on=hired, job_title="کارشناس")
    turn = world.today - timedelta(days=30)
    change = {"employee_id": employee_id, "effective_on": turn, "job_title": "رئیس اداره", "is_manager": True}
    for _time in range(2):
        world.call("change_employment", HR, **change)
    expected = [
        ("AG-A", "کارشناس", text(hired), text(turn - timedelta(days=1))),
        ("AG-A", "رئیس اداره", text(turn), None),
    ]
    assert periods(world, employee_id) == expected
    world.call("change_employment", HR, **(change | {"job_title": "معاون"}))
    assert periods(world, employee_id)[1][1] == "معاون"
    assert world.call("get_employee", employee_id=employee_id)["is_manager"] is True
    for day in (hired, world.today + timedelta(days=1)):
        with pytest.raises(Invalid) as wrong:
            world.call("change_employment", HR, **(change | {"effective_on": day, "job_title": "دیگر"}))
        assert set(wrong.value.details["fields"]) == {"effective_on"}


def test_nobody_supervises_themselves_even_by_others(world: Any) -> None:
    top = world.employee()
    middle = world.employee(supervisor_id=top)
    below = world.employee(supervisor_id=middle)
    for supervisor in (top, below):
        with pytest.raises(Invalid) as wrong:
            world.call("change_employment", employee_id=top, effective_on=world.today, supervisor_id=supervisor)
        assert set(wrong.value.details["fields"]) == {"supervisor_id"}


def test_who_leaves_makes_room_and_who_returns_is_the_same_person(world: Any) -> None:
    person = world.person(hired_on=world.today - timedelta(days=400))
    employee_id = world.call("register_employee", **person)["employee_id"]
    waiting, begun = later(world, capacity=1, waitlist_limit=1), world.offering()
    seat, kept = (world.enroll(employee_id, one)["enrollment_id"] for one in (waiting, begun))
    queued = world.enroll(world.employee(), waiting)["enrollment_id"]
    leave = {"employee_id": employee_id, "on": world.today, "reason": "resigned"}
    for _time in range(2):
        world.call("end_employment", HR, **leave)
    assert [world.status(one) for one in (seat, kept, queued)] == ["withdrawn", "confirmed", "offered"]
    assert len(world.said(EnrollmentWithdrawnV1)) == 1
    assert world.said(EmployeeChangedV1)[0].employed is False
    with pytest.raises(Conflict) as early:
        world.call("register_employee", **person)
    assert early.value.code == "already_employed"

    last = world.today - timedelta(days=10)
    other = world.employee(hired_on=world.today - timedelta(days=400))
    world.call("end_employment", HR, employee_id=other, on=last, reason="retired")
    with pytest.raises(Conflict) as gone:
        world.enroll(other, later(world))
    assert gone.value.code == "not_employed"
    national = world.call("get_employee", employee_id=other)["national_code"]
    back = world.call("register_employee", **world.person(agency_code="AG-B", national_code=national))
    assert (back["employee_id"], back["left_on"]) == (other, None)
    assert [row[0] for row in periods(world, other)] == ["AG-A", "AG-B"]
    assert [row[3] for row in periods(world, other)] == [text(last), None]
    assert periods(world, other, roles=HR, agency="AG-A") == periods(world, other)[:1]
    assert len([e for e in world.said(EmployeeRegisteredV1) if str(e.employee_id) == other]) == 2
    with pytest.raises(NotFound):
        world.call("get_employee", HR, "AG-A", employee_id=other)


def test_officers_decide_about_their_own_people_and_nobody_about_themselves(world: Any) -> None:
    tree(world)
    officer, deputy, boss = world.employee(), world.employee(), world.employee()
    worker = world.employee(supervisor_id=boss)
    role = world.call("appoint_officer", HR, agency_code="AG-A", employee_id=officer, role="training_officer")
    assert world.call("appoint_officer", HR, agency_code="AG-A", employee_id=officer, role="training_officer") == role
    offering_id = later(world, approval="supervisor", approval_route=["supervisor", "training_officer"], open_to="all")
    one = world.enroll(worker, offering_id)["enrollment_id"]

    def decide(officer_id: str, enrollment_id: str = one) -> Any:
        return world.call("decide_enrollment", HR, enrollment_id=enrollment_id, approve=True, officer_id=officer_id)

    def pending(officer_id: str) -> list[str]:
        rows = world.call("list_pending_decisions", HR, officer_id=officer_id)["items"]
        return [row["enrollment_id"] for row in rows]

    assert (pending(boss), pending(officer), pending(worker)) == ([one], [], [])
    for wrong in (officer, worker):
        with pytest.raises(Conflict) as refused:
            decide(wrong)
        assert refused.value.code == "not_the_decider"
    assert decide(boss)["pending_step"] == "training_officer"
    assert (pending(boss), pending(officer)) == ([], [one])
    day = world.today
    given = {"officer_id": role["officer_id"], "from_day": day, "until_day": day, "reason": "مرخصی"}
    stand_in = world.call("delegate_role", HR, employee_id=deputy, **given)
    assert stand_in["delegated_by"] == role["officer_id"]
    assert pending(deputy) == [one]
    assert decide(deputy)["status"] == "confirmed"
    row = world.call("list_history", enrollment_id=one)["items"][-1]
    assert (row["officer_id"], row["step"], row["system"]) == (deputy, "training_officer", "test")

    own = world.enroll(officer, offering_id)["enrollment_id"]
    with pytest.raises(Conflict):
        decide(officer, own)
    below = world.employee(agency_code="UNIT")
    deep = world.enroll(below, later(world, approval_route=["training_officer"], open_to="all"))["enrollment_id"]
    assert deep in pending(officer)
    assert decide(officer, deep)["status"] == "confirmed"


def test_delegations_stay_within_their_role(world: Any) -> None:
    officer, deputy = world.employee(), world.employee()
    week = world.today + timedelta(days=7)
    role = world.call("appoint_officer", HR, agency_code="AG-A", employee_id=officer, role="supervisor", until_day=week)
    days = {"from_day": world.today, "until_day": week, "reason": "سفر"}
    given = world.call("delegate_role", HR, officer_id=role["officer_id"], employee_id=deputy, **days)
    for change, code in (
        ({"officer_id": given["officer_id"], "employee_id": officer}, "delegation_of_delegation"),
        ({"officer_id": role["officer_id"], "employee_id": officer}, "delegated_to_oneself"),
    ):
        with pytest.raises(Conflict) as refused:
            world.call("delegate_role", HR, **(days | change))
        assert refused.value.code == code
    with pytest.raises(Invalid):
        world.call(
            "delegate_role",
            HR,
            officer_id=role["officer_id"],
            employee_id=deputy,
            **(days | {"until_day": week + timedelta(days=1)}),
        )
    ended = world.call("end_officer", HR, officer_id=role["officer_id"])
    assert ended["until_day"] == text(world.today)
    on_next_day = world.call("list_officers", agency_code="AG-A", on=world.today + timedelta(days=1))["items"]
    assert on_next_day == []
    assert len(world.call("list_officers", agency_code="AG-A")["items"]) == 2
    for agency in ("AG-B", "AG-C"):
        with pytest.raises(NotFound):
            world.call("end_officer", HR, agency, officer_id=role["officer_id"])


def test_a_request_says_who_may_decide(world: Any) -> None:
    boss = world.employee()
    worker = world.employee(supervisor_id=boss)
    world.enroll(worker, later(world, approval_route=["supervisor"]))
    (event,) = world.said(EnrollmentRequestedV1)
    assert ([str(one) for one in event.deciders], event.is_first) == ([boss], True)


def test_what_a_supervisor_who_left_would_have_decided_falls_to_the_agency(world: Any) -> None:
    boss, deputy, head = world.employee(), world.employee(), world.employee()
    worker = world.employee(supervisor_id=boss)
    days = {"from_day": world.today, "until_day": world.today, "reason": "سفر"}
    own, _heads = (
        world.call("appoint_officer", HR, agency_code="AG-A", employee_id=one, role="supervisor")
        for one in (boss, head)
    )
    world.call("delegate_role", HR, officer_id=own["officer_id"], employee_id=deputy, **days)
    offering_id = later(world, approval_route=["supervisor"])
    one = world.enroll(worker, offering_id)["enrollment_id"]

    def pending(officer_id: str) -> list[str]:
        rows = world.call("list_pending_decisions", HR, officer_id=officer_id)["items"]
        return [row["enrollment_id"] for row in rows]

    assert [pending(each) for each in (boss, deputy, head)] == [[one], [one], []]
    for each in (boss, deputy):
        world.call("end_employment", HR, employee_id=each, on=world.today, reason="retired")
    assert pending(head) == [one]
    for each in (boss, deputy):
        with pytest.raises(Conflict) as refused:
            world.call("decide_enrollment", HR, enrollment_id=one, approve=True, officer_id=each)
        assert refused.value.code == "not_the_decider"
    assert (
        world.call("decide_enrollment", HR, enrollment_id=one, approve=True, officer_id=head)["status"] == "confirmed"
    )
