"""What holds of a person after they left, moved, returned or were found twice; two callers at once included."""

import threading
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.enrollment.models import employees, enrollments, people
from services.enrollment.models import history as history_table
from services.enrollment.models.people import officers, transfers
from shared.errors import Conflict
from shared.events import (
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    ResultCorrectedV1,
    SeatOfferedV1,
)
from shared.events.catalog import SeatReservation
from tests.integration.enrollment.test_enrollment_transfers import HR, ask, confirm, later, somebody

DAY = timedelta(days=1)


def roles_of(world: Any, agency: str, on: date) -> list[str]:
    rows = world.call("list_officers", agency_code=agency, on=on)["items"]
    return [row["employee_id"] for row in rows]


def appoint(world: Any, employee_id: str, **more: Any) -> Any:
    fields = {"agency_code": "AG-A", "employee_id": employee_id, "role": "training_officer"}
    return world.call("appoint_officer", HR, **(fields | more))


def leave(world: Any, employee_id: str, on: date) -> Any:
    return world.call("end_employment", HR, employee_id=employee_id, on=on, reason="resigned")


def days_of(world: Any, employee_id: str) -> list[tuple[str, str, str | None]]:
    rows = world.call("list_employment", employee_id=employee_id)["periods"]
    return [(row["agency_code"], row["from_day"], row["until_day"]) for row in rows]


def merge(world: Any, kept: str, duplicate: str) -> Any:
    return world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="دوبار ثبت شده")


def test_whoever_leaves_takes_no_role_along_and_the_agencys_officers_decide_instead(world: Any) -> None:
    boss, deputy, officer = (somebody(world)["employee_id"] for _one in range(3))
    role = appoint(world, boss, role="training_officer")
    days = {"from_day": world.today, "until_day": world.today + 9 * DAY, "reason": "سفر"}
    world.call("delegate_role", HR, officer_id=role["officer_id"], employee_id=deputy, **days)
    appoint(world, officer, role="supervisor")
    worker = world.employee(supervisor_id=boss)
    waiting = world.enroll(worker, later(world, approval_route=["supervisor"]))["enrollment_id"]
    leave(world, boss, world.today)
    assert set(roles_of(world, "AG-A", world.today + DAY)) == {officer}
    listed = world.call("list_pending_decisions", HR, officer_id=officer)["items"]
    assert [row["enrollment_id"] for row in listed] == [waiting]
    decided = world.call("decide_enrollment", HR, enrollment_id=waiting, approve=True, officer_id=officer)
    assert decided["status"] == "confirmed"


def test_roles_do_not_come_back_with_who_returns_elsewhere(world: Any) -> None:
    person = somebody(world)
    appoint(world, person["employee_id"], from_day=world.today - 90 * DAY)
    leave(world, person["employee_id"], world.today - 10 * DAY)
    back = world.person(agency_code="AG-B", national_code=person["national_code"])
    world.call("register_employee", **back)
    assert roles_of(world, "AG-A", world.today) == []
    assert roles_of(world, "AG-A", world.today - 20 * DAY) == [person["employee_id"]]


def test_a_transfer_ends_roles_and_supervision_in_the_old_agency(world: Any) -> None:
    person = somebody(world)
    worker = world.employee(supervisor_id=person["employee_id"])
    appoint(world, person["employee_id"], from_day=world.today - 5 * DAY)
    confirm(world, ask(world, person))
    assert roles_of(world, "AG-A", world.today) == []
    assert world.call("get_employee", employee_id=worker)["supervisor_id"] is None


def test_a_role_that_begins_later_does_not_stand_for_one_of_today(world: Any) -> None:
    officer = world.employee()
    appoint(world, officer, from_day=world.today + 30 * DAY)
    appoint(world, officer)
    assert roles_of(world, "AG-A", world.today) == [officer]


def test_who_returns_keeps_what_is_known_of_them_and_begins_when_hired(world: Any) -> None:
    known = {"father_name": "پدر نمونه", "birth_date": "1985-03-21", "education": "کارشناسی", "is_veteran": True}
    person = somebody(world, **known)
    leave(world, person["employee_id"], world.today - 40 * DAY)
    hired = world.today - 5 * DAY
    world.call(
        "register_employee", **world.person(agency_code="AG-B", national_code=person["national_code"], hired_on=hired)
    )
    shown = world.call("get_employee", employee_id=person["employee_id"])
    assert {name: shown[name] for name in known} == known
    assert days_of(world, person["employee_id"])[1] == ("AG-B", hired.isoformat(), None)


def test_who_leaves_is_not_transferred_any_more(world: Any) -> None:
    person = somebody(world)
    transfer = confirm(world, ask(world, person, effective_on=world.today + 3 * DAY))
    leave(world, person["employee_id"], world.today)
    (row,) = world.call("list_transfers", HR, "AG-B")["items"]
    assert (row["transfer_id"], row["status"], row["problem"]) == (
        transfer["transfer_id"],
        "withdrawn",
        "not_employed",
    )


def test_systems_of_one_name_in_two_agencies_are_two_systems(world: Any) -> None:
    transfer = ask(world, somebody(world), system="hr")
    assert confirm(world, transfer, system="hr")["status"] == "done"


def test_a_job_that_began_today_has_its_day_before_the_person_moves(world: Any) -> None:
    person = somebody(world)
    transfer = ask(world, person)
    change = {"employee_id": person["employee_id"], "effective_on": world.today, "job_title": "معاون"}
    world.call("change_employment", HR, **change)
    assert confirm(world, transfer)["status"] == "confirmed"
    world.harness.service.carry_out_transfers()
    assert world.call("get_employee", employee_id=person["employee_id"])["agency_code"] == "AG-A"


def test_a_waiting_person_gets_the_seat_that_their_new_agency_has_kept(world: Any) -> None:
    kept = [SeatReservation(agency_code="AG-B", seats=1, until=world.today + 10 * DAY)]
    offering_id = later(world, open_to="all", capacity=2, waitlist_limit=2, reserved_seats=kept)
    world.enroll(world.employee(), offering_id)
    person = somebody(world)
    assert world.enroll(person["employee_id"], offering_id)["status"] == "waitlisted"
    confirm(world, ask(world, person))
    (event,) = world.said(SeatOfferedV1)
    assert str(event.employee_id) == person["employee_id"]
    assert world.counters(offering_id) == (2, 0)


def test_a_past_result_that_is_corrected_stays_the_old_agencys(world: Any) -> None:
    person = somebody(world, job_title="کارشناس")
    done = world.complete(person["employee_id"], "RD-61")
    confirm(world, ask(world, person))
    changes = {"attended_hours": 10, "score": 95, "reason": "ثبت نادرست"}
    world.call("correct_result", enrollment_id=done, **changes)
    (before,), (after,) = world.said(EnrollmentCompletedV1), world.said(ResultCorrectedV1)
    names = ("agency_code", "agency_name", "personnel_number", "job_title", "completed_on")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    assert after.agency_code == "AG-A"


def test_a_completion_is_compared_with_certificates_by_the_agency_it_was_made_for(world: Any) -> None:
    """Certification lists to an auditor what their agency issued; a transfer changes nothing of that."""
    person = somebody(world)
    done = world.complete(person["employee_id"], "RD-62")
    confirm(world, ask(world, person))
    seen = {agency: world.call("list_completions", ("auditor",), agency)["items"] for agency in ("AG-A", "AG-B")}
    assert ([row["enrollment_id"] for row in seen["AG-A"]], seen["AG-B"]) == ([done], [])


def test_a_merge_makes_one_history_of_employment_without_overlaps(world: Any) -> None:
    start = world.today - 1000 * DAY
    kept = somebody(world, hired_on=world.today - 500 * DAY)["employee_id"]
    duplicate = somebody(world, hired_on=start, agency_code="AG-B", father_name="پدر نمونه")["employee_id"]
    merge(world, kept, duplicate)
    turn = world.today - 500 * DAY
    assert days_of(world, kept) == [
        ("AG-B", start.isoformat(), (turn - DAY).isoformat()),
        ("AG-A", turn.isoformat(), None),
    ]
    assert world.call("get_employee", employee_id=kept)["father_name"] == "پدر نمونه"


def test_the_registration_that_is_employed_is_the_one_to_keep(world: Any) -> None:
    left, employed = somebody(world)["employee_id"], somebody(world)["employee_id"]
    leave(world, left, world.today - DAY)
    with pytest.raises(Conflict) as refused:
        merge(world, left, employed)
    assert refused.value.code == "duplicate_is_employed"
    assert merge(world, employed, left)["moved"] == 0


def test_a_merge_leaves_nobody_their_own_supervisor(world: Any) -> None:
    duplicate = world.employee()
    middle = world.employee(supervisor_id=duplicate)
    kept = world.employee(supervisor_id=middle)
    merge(world, kept, duplicate)
    supervisors = [world.call("get_employee", employee_id=one)["supervisor_id"] for one in (kept, middle)]
    assert supervisors == [None, kept]


def test_erasure_reaches_duplicates_transfers_and_reasons(world: Any) -> None:
    person, duplicate = somebody(world, unit="اداره نمونه"), somebody(world, unit="اداره نمونه")
    employee_id = person["employee_id"]
    confirm(world, ask(world, person), approve=False, reason="نیاز دستگاه")
    role = appoint(world, employee_id)
    merge(world, employee_id, duplicate["employee_id"])
    seat = world.enroll(employee_id, later(world))["enrollment_id"]
    world.call("withdraw", HR, enrollment_id=seat, reason="بیماری نمونه")
    world.call("erase_employee", employee_id=employee_id, reason="درخواست فرد")
    reason, done_why = sa.select(enrollments.c.reason), sa.select(history_table.c.reason)
    with world.harness.db.reading() as tx:
        units = list(tx.scalars(sa.select(employees.c.unit)))
        numbers = list(tx.scalars(sa.select(people.employment_periods.c.personnel_number)))
        moved = tx.execute(sa.select(transfers)).one()
        reasons = [*tx.scalars(reason), *tx.scalars(done_why)]
        held = tx.execute(sa.select(officers).where(officers.c.id == UUID(role["officer_id"]))).first()
    assert (set(units), set(numbers), set(reasons), held) == ({None}, {None}, {None}, None)
    assert (moved.personnel_number, moved.job, moved.reason, moved.decision_reason) == ("", {}, "", None)


def test_nobody_enters_a_course_while_they_leave(world: Any) -> None:
    employee_id, offering_id = UUID(somebody(world)["employee_id"]), later(world)
    outcome: list[str] = []

    def enter() -> None:
        try:
            outcome.append(world.enroll(employee_id, offering_id)["status"])
        except Conflict as error:
            outcome.append(error.code)

    with world.harness.db.transaction() as tx:
        people.lock_person(tx, employee_id)
        late = threading.Thread(target=enter)
        late.start()
        late.join(0.5)
        gone = sa.update(employees).where(employees.c.id == employee_id)
        tx.execute(gone.values(left_on=world.today - DAY))
    late.join(10)
    assert outcome == ["not_employed"]
    assert world.said(EnrollmentConfirmedV1) == []
