"""Moving between agencies, and one record for one person."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models import employees
from services.enrollment.models.people import transfers
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import EmployeeChangedV1, EmployeeErasedV1, EmployeesMergedV1, EnrollmentWithdrawnV1
from shared.events.catalog import CompletionRule, SeatReservation
from tests.integration.enrollment.conftest import national_code

HR = ("agency_system",)


def later(world: Any, **changes: Any) -> str:
    days = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    return str(world.offering(**(days | changes)))


def somebody(world: Any, **changes: Any) -> dict[str, Any]:
    person = world.person(**({"hired_on": world.today - timedelta(days=500)} | changes))
    reply: dict[str, Any] = world.call("register_employee", **person)
    return reply


def ask(world: Any, person: dict[str, Any], **changes: Any) -> Any:
    fields = {
        "agency_code": "AG-B",
        "national_code": person["national_code"],
        "personnel_number": "B-77",
        "effective_on": world.today,
        "reason": "انتقال",
        "job_title": "کارشناس ارشد",
    }
    return world.call("transfer_employee", **({"roles": HR, "agency": "AG-B"} | fields | changes))


def confirm(world: Any, transfer: Any, **changes: Any) -> Any:
    sent = {"transfer_id": transfer["transfer_id"], "approve": True}
    return world.harness.call("decide_transfer", HR, "AG-A", **({"system": "old-hr"} | sent | changes))


def test_the_new_agency_asks_the_old_confirms_and_the_record_moves(world: Any) -> None:
    person = somebody(world)
    employee_id = person["employee_id"]
    done = world.complete(employee_id, "RD-90")
    keeps, loses, begun = later(world, open_to="all"), later(world), world.offering(course_code="RD-91")
    kept, lost, running = (world.enroll(employee_id, one)["enrollment_id"] for one in (keeps, loses, begun))
    transfer = ask(world, person)
    assert (transfer["status"], transfer["from_agency"]) == ("requested", "AG-A")
    assert ask(world, person) == transfer
    with pytest.raises(NotFound):
        world.call("get_employee", HR, "AG-B", employee_id=employee_id)
    assert confirm(world, transfer)["status"] == "done"
    assert confirm(world, transfer)["status"] == "done"
    shown = world.call("get_employee", HR, "AG-B", employee_id=employee_id)
    assert (shown["personnel_number"], shown["job_title"]) == ("B-77", "کارشناس ارشد")
    with pytest.raises(NotFound):
        world.call("get_employee", HR, "AG-A", employee_id=employee_id)
    assert [world.status(one) for one in (kept, lost, running)] == ["confirmed", "withdrawn", "confirmed"]
    assert [str(event.enrollment_id) for event in world.said(EnrollmentWithdrawnV1)] == [lost]
    history = world.call("list_employment", employee_id=employee_id)["periods"]
    assert [(row["agency_code"], row["end_reason"]) for row in history] == [("AG-A", "transferred"), ("AG-B", None)]
    event = world.said(EmployeeChangedV1)[-1]
    assert (event.agency_code, event.before_agency_code) == ("AG-B", "AG-A")
    new = {row["enrollment_id"] for row in world.call("list_enrollments", HR, "AG-B", employee_id=employee_id)["items"]}
    assert new == {done, kept, lost, running}
    for agency, one in (("AG-A", done), ("AG-B", done), ("AG-B", kept)):
        assert world.call("get_enrollment", HR, agency, enrollment_id=one)["enrollment_id"] == one


def test_past_records_stay_readable_by_the_old_agency_and_new_ones_are_not(world: Any) -> None:
    person = somebody(world)
    offering_id = later(world, agency_code="AG-C", open_to="all")
    past = world.complete(person["employee_id"], "RD-92", agency_code="AG-C", open_to="all")
    confirm(world, ask(world, person))
    fresh = world.enroll(person["employee_id"], offering_id)["enrollment_id"]
    assert world.call("get_enrollment", HR, "AG-A", enrollment_id=past)["status"] == "completed"
    with pytest.raises(NotFound):
        world.call("get_enrollment", HR, "AG-A", enrollment_id=fresh)


def test_a_day_to_come_is_waited_for_and_carried_out_once(world: Any) -> None:
    person = somebody(world)
    transfer = confirm(world, ask(world, person, effective_on=world.today + timedelta(days=3)))
    assert transfer["status"] == "confirmed"
    world.harness.service.carry_out_transfers()
    assert world.call("get_employee", employee_id=person["employee_id"])["agency_code"] == "AG-A"
    blocker = world.employee(agency_code="AG-B", personnel_number="B-77")
    with world.harness.db.transaction() as tx:
        tx.execute(sa.update(transfers).values(effective_on=world.today))
    world.harness.service.carry_out_transfers()
    (row,) = world.call("list_transfers", HR, "AG-B", direction="in")["items"]
    assert (row["status"], row["problem"]) == ("confirmed", "personnel_number_taken")
    world.call("change_employment", employee_id=blocker, effective_on=world.today, personnel_number="B-78")
    world.harness.service.carry_out_transfers()
    world.harness.service.carry_out_transfers()
    (row,) = world.call("list_transfers", HR, "AG-A", direction="out", status="done")["items"]
    assert row["problem"] is None
    assert len([event for event in world.said(EmployeeChangedV1) if event.before_agency_code]) == 1


def test_who_asks_does_not_decide_and_strangers_know_of_nothing(world: Any) -> None:
    person = somebody(world)
    world.call("change_agency", code="AG-B", parent_code="AG-A")
    transfer = ask(world, person, agency="AG-A")
    decide = {"transfer_id": transfer["transfer_id"], "approve": True}
    with pytest.raises(Conflict) as asker:
        world.call("decide_transfer", HR, "AG-A", **decide)
    assert asker.value.code == "decided_by_asker"
    for agency in ("AG-B", "AG-C"):
        with pytest.raises(NotFound):
            world.call("decide_transfer", HR, agency, **decide)
    assert world.call("list_transfers", HR, "AG-C")["items"] == []
    refused = confirm(world, transfer, approve=False, reason="نیاز دستگاه")
    assert (refused["status"], refused["decision_reason"]) == ("refused", "نیاز دستگاه")
    with pytest.raises(Conflict) as decided:
        confirm(world, transfer)
    assert decided.value.code == "transfer_decided"
    again = ask(world, person)
    assert world.call("withdraw_transfer", HR, "AG-B", transfer_id=again["transfer_id"])["status"] == "withdrawn"
    assert world.call("get_employee", employee_id=person["employee_id"])["agency_code"] == "AG-A"


def test_impossible_transfers_are_refused_with_their_reason(world: Any) -> None:
    person = somebody(world)
    world.employee(agency_code="AG-B", personnel_number="B-1")
    for changes, code in (
        ({"personnel_number": "B-1"}, "personnel_number_taken"),
        ({"agency_code": "AG-A", "agency": "AG-A"}, "same_agency"),
    ):
        with pytest.raises(Conflict) as refused:
            ask(world, person, **changes)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        ask(world, {"national_code": national_code(999)})
    with pytest.raises(Invalid):
        ask(world, person, effective_on=world.today - timedelta(days=500))
    ask(world, person)
    with pytest.raises(Conflict) as running:
        ask(world, person, agency_code="AG-C", agency="AG-C")
    assert running.value.code == "transfer_running"
    with pytest.raises(Forbidden):
        ask(world, person, roles=("training_officer",))


def test_a_name_is_set_right_with_a_reason_and_told(world: Any) -> None:
    employee_id = world.employee(full_name="نمونه ناد‌رست")
    before = world.call("get_employee", employee_id=employee_id)["full_name"]
    fields = {"employee_id": employee_id, "full_name": "نمونه\u200cی درست", "reason": "شناسنامه"}
    for _time in range(2):
        assert world.call("correct_name", HR, **fields)["full_name"] == "نمونه\u200cی درست"
    (event,) = world.said(EmployeeChangedV1)
    assert (event.full_name, event.before_name, event.reason) == ("نمونه\u200cی درست", before, "شناسنامه")


def test_a_mistyped_national_code_is_set_right_unless_it_is_somebodys(world: Any) -> None:
    one, other = somebody(world), somebody(world)
    right = world.person()["national_code"]
    fields = {"employee_id": one["employee_id"], "reason": "اشتباه تایپی"}
    for _time in range(2):
        reply = world.call("correct_national_code", HR, national_code=right, **fields)
        assert reply["national_code"] == right
    with pytest.raises(Conflict) as taken:
        world.call("correct_national_code", HR, national_code=other["national_code"], **fields)
    assert taken.value.code == "already_employed"


def test_duplicates_become_one_person_with_everything_of_both(world: Any) -> None:
    kept, duplicate = somebody(world), somebody(world)
    ids = {"employee_id": kept["employee_id"], "duplicate_id": duplicate["employee_id"]}
    mine = world.complete(kept["employee_id"], "RD-81")
    theirs = world.complete(duplicate["employee_id"], "RD-82")
    shared = later(world)
    live = world.enroll(duplicate["employee_id"], shared)["enrollment_id"]
    inert = world.enroll(kept["employee_id"], shared)["enrollment_id"]
    world.call("withdraw", enrollment_id=inert, reason="بیماری")
    worker = world.employee(supervisor_id=duplicate["employee_id"])
    for dry_run in (True, False):
        reply = world.call("merge_employees", HR, reason="دوبار ثبت شده", dry_run=dry_run, **ids)
        assert (reply["moved"], reply["joined"]) == (2, 1)
    assert world.call("merge_employees", HR, reason="دوبار ثبت شده", **ids)["moved"] == 0
    rows = world.call("list_enrollments", employee_id=kept["employee_id"])["items"]
    assert {row["enrollment_id"] for row in rows} == {mine, theirs, live}
    actions = [row["action"] for row in world.call("list_history", enrollment_id=live)["items"]]
    assert sorted(actions) == ["enroll", "enroll", "merge", "withdraw"]
    assert world.counters(shared) == (1, 0)
    with pytest.raises(NotFound) as gone:
        world.call("get_employee", employee_id=duplicate["employee_id"])
    assert (gone.value.code, gone.value.details) == ("employee_merged", {"employee_id": kept["employee_id"]})
    assert world.call("get_employee", employee_id=worker)["supervisor_id"] == kept["employee_id"]
    listed = {row["employee_id"] for row in world.call("list_employees", agency_code="AG-A")["items"]}
    assert duplicate["employee_id"] not in listed
    (event,) = world.said(EmployeesMergedV1)
    assert (str(event.employee_id), str(event.duplicate_id)) == (ids["employee_id"], ids["duplicate_id"])
    fresh = world.person(national_code=duplicate["national_code"])
    assert world.call("register_employee", **fresh)["employee_id"] not in ids.values()


def test_two_live_enrollments_in_one_offering_stop_a_merge_and_nothing_moves(world: Any) -> None:
    kept, duplicate = somebody(world), somebody(world)
    shared = later(world)
    for one in (kept, duplicate):
        world.enroll(one["employee_id"], shared)
    other = world.complete(duplicate["employee_id"], "RD-83")
    ids = {"employee_id": kept["employee_id"], "duplicate_id": duplicate["employee_id"], "reason": "دوبار"}
    with pytest.raises(Conflict) as refused:
        world.call("merge_employees", HR, **ids)
    assert (refused.value.code, refused.value.details["offerings"]) == ("both_enrolled", [shared])
    assert world.call("get_enrollment", enrollment_id=other)["employee_id"] == duplicate["employee_id"]
    with pytest.raises(Invalid):
        world.call("merge_employees", HR, **(ids | {"duplicate_id": kept["employee_id"]}))
    stranger = world.employee(agency_code="AG-B")
    with pytest.raises(NotFound):
        world.call("merge_employees", HR, **(ids | {"duplicate_id": stranger}))
    assert world.said(EmployeesMergedV1) == []


def test_erasure_forgets_the_person_and_keeps_the_figures(world: Any) -> None:
    person = somebody(world, father_name="پدر نمونه")
    employee_id = person["employee_id"]
    offering_id = world.offering(course_code="RD-84", completion_rule=CompletionRule(min_attendance=0.5, pass_mark=50))
    seat = world.enroll(employee_id, offering_id)["enrollment_id"]
    erase = {"employee_id": employee_id, "reason": "درخواست فرد"}
    with pytest.raises(Conflict) as employed:
        world.call("erase_employee", HR, **erase)
    assert employed.value.code == "still_employed"
    world.call("end_employment", HR, employee_id=employee_id, on=world.today, reason="retired")
    with pytest.raises(Conflict) as running:
        world.call("erase_employee", HR, **erase)
    assert (running.value.code, running.value.details["enrollments"][0]["status"]) == ("still_running", "confirmed")
    row = {"enrollment_id": seat, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering_id, results=[row])
    first = world.call("erase_employee", HR, **erase)
    assert world.call("erase_employee", HR, **erase) == first
    (event,) = world.said(EmployeeErasedV1)
    assert str(event.employee_id) == employee_id
    with world.harness.db.reading() as tx:
        kept = tx.execute(sa.select(employees).where(employees.c.id == UUID(employee_id))).one()
    names = ("national_code", "personnel_number", "full_name", "email", "father_name")
    assert [getattr(kept, name) for name in names] == [None] * 5
    for method in ("get_employee", "list_employment"):
        with pytest.raises(NotFound):
            world.call(method, employee_id=employee_id)
    assert world.call("list_employees", agency_code="AG-A")["items"] == []
    (shown,) = world.call("list_roster", offering_id=offering_id)["items"]
    assert (shown["full_name"], shown["status"], shown["score"]) == (None, "completed", 90)
    assert world.call("get_enrollment", enrollment_id=seat)["full_name"] is None
    correction = {"enrollment_id": seat, "attended_hours": 10, "score": 91, "reason": "ثبت نادرست"}
    with pytest.raises(Conflict) as erased:
        world.call("correct_result", **correction)
    assert erased.value.code == "employee_erased"
    again = world.call("register_employee", **world.person(national_code=person["national_code"]))
    assert again["employee_id"] != employee_id
    with pytest.raises(NotFound):
        world.call("erase_employee", HR, employee_id=str(uuid4()), reason="x")


def test_a_move_to_the_agency_that_has_seats_kept_opens_one(world: Any) -> None:
    """One seat is kept for AG-B: the person who waits gets it with the move, or their own seat is free for others."""
    kept = [SeatReservation("AG-B", 1, world.today)]
    own, others = (later(world, open_to="all", capacity=2, waitlist_limit=5, reserved_seats=kept) for _one in range(2))
    person = somebody(world)
    world.enroll(world.employee(), own)
    waits = world.enroll(person["employee_id"], own)["enrollment_id"]
    world.enroll(person["employee_id"], others)
    behind = world.enroll(world.employee(), others)["enrollment_id"]
    assert [world.status(one) for one in (waits, behind)] == ["waitlisted", "waitlisted"]
    confirm(world, ask(world, person))
    assert [world.status(one) for one in (waits, behind)] == ["offered", "offered"]
    assert [world.counters(one) for one in (own, others)] == [(2, 0), (2, 0)]
