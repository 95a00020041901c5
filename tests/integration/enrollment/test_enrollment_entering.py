"""Entering an offering, one by one."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Conflict, NotFound, TrainingError, Unavailable
from shared.events import EnrollmentConfirmedV1, SeatOfferedV1
from shared.events.catalog import Audience

HR = ("agency_system",)


def code_of(world: Any, employee_id: str, offering_id: str, **caller: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(TrainingError) as refused:
        world.call("enroll", employee_id=employee_id, offering_id=offering_id, **caller)
    return refused.value.code, refused.value.details


def test_a_confirmed_seat_is_announced_with_all_that_the_mail_says(world: Any) -> None:
    employee_id, offering_id = world.employee(), world.offering()
    reply = world.call("enroll", roles=HR, employee_id=employee_id, offering_id=offering_id)
    assert reply["status"] == "confirmed"
    (event,) = world.said(EnrollmentConfirmedV1)
    assert str(event.enrollment_id) == reply["enrollment_id"]
    assert (event.agency_code, event.course_code, event.course_title.en) == ("AG-A", "RD-01", "Sample course")
    assert event.full_name.startswith("نمونه")
    assert world.counters(offering_id) == (1, 0)


def test_seats_then_waiting_places_then_nothing(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=1)
    first, second, third = world.employees(3)
    assert world.enroll(first, offering_id)["status"] == "confirmed"
    assert world.enroll(second, offering_id)["status"] == "waitlisted"
    code, details = code_of(world, third, offering_id)
    assert code == "offering_full"
    assert [reason["code"] for reason in details["reasons"]] == ["offering_full"]
    assert len(world.said(EnrollmentConfirmedV1)) == 1
    assert world.counters(offering_id) == (1, 1)


def test_an_offering_nobody_has_heard_of_may_come_later(world: Any) -> None:
    with pytest.raises(Unavailable) as refused:
        world.enroll(world.employee(), str(uuid4()))
    assert refused.value.code == "offering_not_known_yet"


def test_staff_of_others_and_unknown_people_look_alike(world: Any) -> None:
    offering_id, other = world.offering(open_to="all"), world.employee(agency_code="AG-B")
    assert code_of(world, other, offering_id, roles=HR)[0] == "employee_not_found"
    assert code_of(world, str(uuid4()), offering_id)[0] == "employee_not_found"


def test_an_offering_not_open_to_the_agency_is_not_found(world: Any) -> None:
    offering_id, other = world.offering(), world.employee(agency_code="AG-B")
    with pytest.raises(NotFound) as refused:
        world.enroll(other, offering_id)
    assert refused.value.code == "offering_not_found"
    assert world.enroll(other, world.offering(open_to=["AG-B"]))["status"] == "confirmed"


def test_a_second_enrollment_names_the_first(world: Any) -> None:
    employee_id, offering_id = world.employee(), world.offering(capacity=1)
    first = world.enroll(employee_id, offering_id)
    code, details = code_of(world, employee_id, offering_id)
    assert code == "already_enrolled"
    assert (details["enrollment_id"], details["status"]) == (first["enrollment_id"], "confirmed")
    assert world.counters(offering_id) == (1, 0)


def test_the_last_day_is_open_and_the_day_after_is_closed(world: Any) -> None:
    yesterday = world.today - timedelta(days=1)
    assert code_of(world, world.employee(), world.offering(enrollment_closes_on=yesterday))[0] == "enrollment_closed"
    assert world.enroll(world.employee(), world.offering(enrollment_closes_on=world.today))["status"] == "confirmed"


def test_degree_courses_are_refused(world: Any) -> None:
    assert code_of(world, world.employee(), world.offering(leads_to_degree=True))[0] == "leads_to_degree"


def test_a_veteran_enters_a_degree_course_that_makes_the_exception(world: Any) -> None:
    offering_id = world.offering(leads_to_degree=True, veterans_exception=True)
    assert code_of(world, world.employee(), offering_id)[0] == "leads_to_degree"
    veteran = world.employee(is_veteran=True)
    assert world.call("get_employee", employee_id=veteran)["is_veteran"] is True
    assert world.enroll(veteran, offering_id)["status"] == "confirmed"


def test_the_opening_day_is_open_and_the_day_before_is_not(world: Any) -> None:
    week = {"enrollment_closes_on": world.today + timedelta(days=7)}
    opens_on = world.today + timedelta(days=1)
    code, details = code_of(world, world.employee(), world.offering(enrollment_opens_on=opens_on, **week))
    assert (code, details["enrollment_opens_on"]) == ("enrollment_not_open_yet", opens_on.isoformat())
    open_now = world.offering(enrollment_opens_on=world.today, **week)
    assert world.enroll(world.employee(), open_now)["status"] == "confirmed"


def test_a_course_says_whom_it_is_for(world: Any) -> None:
    offering_id = world.offering(audience=Audience(["IT"], ["official"], "only"))
    code, details = code_of(world, world.employee(employment="fixed_term"), offering_id)
    assert code == "audience_managers"
    assert [reason["code"] for reason in details["reasons"]] == ["audience_managers", "audience_employment"]
    assert world.enroll(world.employee(is_manager=True), offering_id)["status"] == "confirmed"


def test_a_prerequisite_may_ask_for_a_least_version(world: Any) -> None:
    employee_id = world.employee()
    advanced = world.offering(course_code="RD-02", prerequisites=["RD-01"], prerequisite_versions={"RD-01": 2})
    world.complete(employee_id, course_version=1)
    code, details = code_of(world, employee_id, advanced)
    assert (code, details["min_versions"]) == ("prerequisite_missing", {"RD-01": 2})
    world.complete(employee_id, course_version=2)
    assert world.enroll(employee_id, advanced)["status"] == "confirmed"


def test_a_prerequisite_must_have_been_completed(world: Any) -> None:
    employee_id = world.employee()
    basics, advanced = world.offering(), world.offering(course_code="RD-02", prerequisites=["RD-01"])
    enrollment_id = world.enroll(employee_id, basics)["enrollment_id"]
    code, details = code_of(world, employee_id, advanced)
    assert (code, details["missing"]) == ("prerequisite_missing", ["RD-01"])
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=basics, results=[row])
    assert world.enroll(employee_id, advanced)["status"] == "confirmed"


def test_a_refusal_carries_all_reasons(world: Any) -> None:
    offering_id = world.offering(
        capacity=0, enrollment_closes_on=world.today - timedelta(days=1), prerequisites=["RD-09"], leads_to_degree=True
    )
    code, details = code_of(world, world.employee(), offering_id)
    assert code == "enrollment_closed"
    assert [reason["code"] for reason in details["reasons"]] == [
        "enrollment_closed",
        "leads_to_degree",
        "prerequisite_missing",
        "offering_full",
    ]


def test_a_withdrawal_gives_the_seat_to_whoever_waits_longest(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=2)
    seated, second, third = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(3))
    reply = world.call("withdraw", roles=HR, enrollment_id=seated, reason="مأموریت")
    assert reply == {"enrollment_id": seated, "status": "withdrawn"}
    assert [world.status(one) for one in (second, third)] == ["offered", "waitlisted"]
    assert [str(event.enrollment_id) for event in world.said(SeatOfferedV1)] == [second]
    assert world.accept(second) == "confirmed"
    assert [str(event.enrollment_id) for event in world.said(EnrollmentConfirmedV1)] == [seated, second]
    assert world.counters(offering_id) == (1, 1)


def test_leaving_the_waiting_list_or_a_seat_nobody_waits_for_frees_a_place(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=1)
    seated, waiting = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(2))
    world.call("withdraw", enrollment_id=waiting, reason="بیماری")
    assert world.counters(offering_id) == (1, 0)
    world.call("withdraw", enrollment_id=seated, reason="بیماری")
    assert world.counters(offering_id) == (0, 0)


def test_who_withdrew_may_enter_again_and_queues_at_the_end(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=2)
    people = world.employees(3)
    first, second, third = (world.enroll(person, offering_id)["enrollment_id"] for person in people)
    world.call("withdraw", enrollment_id=second, reason="بیماری")
    again = world.enroll(people[1], offering_id)
    assert again == {"enrollment_id": second, "status": "waitlisted"}
    world.call("withdraw", enrollment_id=first, reason="بیماری")
    assert [world.status(one) for one in (third, second)] == ["offered", "waitlisted"]
    assert world.counters(offering_id) == (1, 1)


def test_a_withdrawal_needs_something_to_leave(world: Any) -> None:
    enrollment_id = world.enroll(world.employee(), world.offering())["enrollment_id"]
    world.call("withdraw", enrollment_id=enrollment_id, reason="بیماری")
    with pytest.raises(Conflict) as refused:
        world.call("withdraw", enrollment_id=enrollment_id, reason="بیماری")
    assert refused.value.code == "illegal_state"
    assert refused.value.details == {"state": "withdrawn", "possible": ["enroll", "invite", "nominate"]}


def test_enrollments_of_others_can_be_neither_left_nor_decided(world: Any) -> None:
    enrollment_id = world.enroll(world.employee(), world.offering(approval="supervisor"))["enrollment_id"]
    for method, more in (("withdraw", {"reason": "بیماری"}), ("decide_enrollment", {"approve": True})):
        with pytest.raises(NotFound) as refused:
            world.call(method, roles=HR, agency="AG-B", enrollment_id=enrollment_id, **more)
        assert refused.value.code == "enrollment_not_found"


def test_a_request_is_approved_into_a_seat_then_the_queue_then_stays_a_request(world: Any) -> None:
    offering_id = world.offering(approval="supervisor", capacity=1, waitlist_limit=1)
    first, second, third = (world.enroll(person, offering_id) for person in world.employees(3))
    assert [one["status"] for one in (first, second, third)] == ["requested"] * 3
    assert world.said(EnrollmentConfirmedV1) == []
    assert world.counters(offering_id) == (0, 0)
    decide = {"approve": True, "roles": ("training_officer",)}
    assert world.call("decide_enrollment", enrollment_id=first["enrollment_id"], **decide)["status"] == "confirmed"
    assert world.call("decide_enrollment", enrollment_id=second["enrollment_id"], **decide)["status"] == "waitlisted"
    with pytest.raises(Conflict) as refused:
        world.call("decide_enrollment", enrollment_id=third["enrollment_id"], **decide)
    assert refused.value.code == "offering_full"
    assert world.status(third["enrollment_id"]) == "requested"
    assert len(world.said(EnrollmentConfirmedV1)) == 1
    assert world.counters(offering_id) == (1, 1)


def test_a_rejection_keeps_its_reason_and_a_new_request_is_possible(world: Any) -> None:
    employee_id, offering_id = world.employee(), world.offering(approval="supervisor")
    enrollment_id = world.enroll(employee_id, offering_id)["enrollment_id"]
    world.call("decide_enrollment", enrollment_id=enrollment_id, approve=False, reason="نیاز شغلی نیست")
    shown = world.call("get_enrollment", enrollment_id=enrollment_id)
    assert (shown["status"], shown["reason"]) == ("rejected", "نیاز شغلی نیست")
    with pytest.raises(Conflict, match="rejected and does not allow decide"):
        world.call("decide_enrollment", enrollment_id=enrollment_id, approve=True)
    assert world.enroll(employee_id, offering_id) == {"enrollment_id": enrollment_id, "status": "requested"}


def test_a_crowd_at_once_gets_exactly_the_seats_there_are(world: Any) -> None:
    offering_id = world.offering(capacity=3, waitlist_limit=2)
    outcomes: list[str] = []

    def enter(employee_id: str) -> None:
        try:
            outcomes.append(world.enroll(employee_id, offering_id)["status"])
        except Conflict as refused:
            outcomes.append(refused.code)

    crowd = [threading.Thread(target=enter, args=(person,)) for person in world.employees(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert sorted(outcomes) == ["confirmed"] * 3 + ["offering_full"] * 3 + ["waitlisted"] * 2
    assert world.counters(offering_id) == (3, 2)
