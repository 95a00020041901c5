"""Requests: the steps they go through, who decided what and why, and what happens when nobody does."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models import approval_rules, enrollments
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.events import (
    EnrollmentConfirmedV1,
    EnrollmentLapsedV1,
    EnrollmentRejectedV1,
    EnrollmentRequestedV1,
    EnrollmentWaitlistedV1,
)
from shared.events.catalog import Session
from shared.persian import end_of_day

BOTH = ["supervisor", "training_officer"]


def routed(world: Any, *route: str, **changes: Any) -> str:
    later = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    return str(world.offering(**({"approval": "supervisor", "approval_route": list(route)} | later | changes)))


def requested(world: Any, offering_id: str) -> str:
    reply = world.enroll(world.employee(), offering_id)
    assert reply["status"] == "requested"
    return str(reply["enrollment_id"])


def decide(world: Any, enrollment_id: str, approve: bool = True, **more: Any) -> Any:
    return world.call("decide_enrollment", enrollment_id=enrollment_id, approve=approve, **more)


def history(world: Any, enrollment_id: str) -> list[tuple[Any, ...]]:
    rows = world.call("list_history", enrollment_id=enrollment_id)["items"]
    return [(row["action"], row["before"], row["after"], row["step"], row["reason"]) for row in rows]


def test_both_decide_in_order_and_the_history_says_who_and_why(world: Any) -> None:
    enrollment_id = requested(world, routed(world, *BOTH))
    assert decide(world, enrollment_id, reason="موافقم")["pending_step"] == "training_officer"
    assert world.status(enrollment_id) == "requested"
    assert world.said(EnrollmentConfirmedV1) == []
    reply = decide(world, enrollment_id, reason="جا هست")
    assert (reply["status"], reply["pending_step"]) == ("confirmed", None)
    assert history(world, enrollment_id) == [
        ("enroll", None, "requested", None, None),
        ("decide", "requested", "requested", "supervisor", "موافقم"),
        ("decide", "requested", "confirmed", "training_officer", "جا هست"),
    ]
    assert len(world.said(EnrollmentConfirmedV1)) == 1


def test_a_request_says_who_decides_and_by_when(world: Any) -> None:
    enrollment_id = requested(world, routed(world, *BOTH))
    (event,) = world.said(EnrollmentRequestedV1)
    assert (str(event.enrollment_id), event.steps) == (enrollment_id, BOTH)
    assert event.decide_by == end_of_day(world.today + timedelta(days=5))
    today = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), world.today)
    requested(world, routed(world, "supervisor", **today))
    assert world.said(EnrollmentRequestedV1)[1].decide_by == end_of_day(world.today)


@pytest.mark.parametrize("yeses", [0, 1])
def test_a_no_of_any_step_rejects_and_is_told_with_its_reason(world: Any, yeses: int) -> None:
    offering_id = routed(world, *BOTH)
    enrollment_id = requested(world, offering_id)
    for _step in range(yeses):
        decide(world, enrollment_id)
    assert decide(world, enrollment_id, approve=False, reason="مأموریت")["status"] == "rejected"
    (event,) = world.said(EnrollmentRejectedV1)
    assert (event.step, event.reason) == (BOTH[yeses], "مأموریت")
    assert world.counters(offering_id) == (0, 0)
    with pytest.raises(Conflict) as refused:
        decide(world, enrollment_id)
    assert refused.value.code == "illegal_state"


def test_what_nobody_decides_in_time_lapses_and_may_be_asked_again(world: Any) -> None:
    offering_id = routed(world, "supervisor")
    enrollment_id = requested(world, offering_id)
    world.harness.service.lapse_due()
    assert world.status(enrollment_id) == "requested"
    with world.harness.db.transaction() as tx:
        past = datetime.now(UTC) - timedelta(milliseconds=1)
        tx.execute(sa.update(enrollments).where(enrollments.c.id == UUID(enrollment_id)).values(expires_at=past))
    with pytest.raises(Conflict) as refused:
        decide(world, enrollment_id)
    assert refused.value.code == "decision_too_late"
    world.harness.service.lapse_due()
    assert world.status(enrollment_id) == "lapsed"
    assert [event.state for event in world.said(EnrollmentLapsedV1)] == ["requested"]
    person = world.call("get_enrollment", enrollment_id=enrollment_id)["employee_id"]
    assert world.enroll(person, offering_id) == {"enrollment_id": enrollment_id, "status": "requested"}
    assert decide(world, enrollment_id)["status"] == "confirmed"


def test_an_agency_asks_more_of_its_own_staff_than_an_offering_does(world: Any) -> None:
    rule = world.call("set_approval_rule", ("training_officer",), agency_code="AG-A", route="training_officer", days=2)
    assert (rule["route"], rule["days"]) == ("training_officer", 2)
    offering_id = routed(world, open_to="all", approval="none")
    own, other = world.employee(), world.employee(agency_code="AG-B")
    assert world.enroll(other, offering_id)["status"] == "confirmed"
    enrollment_id = world.enroll(own, offering_id)["enrollment_id"]
    (event,) = world.said(EnrollmentRequestedV1)
    assert (str(event.enrollment_id), event.steps) == (enrollment_id, ["training_officer"])
    assert event.decide_by == end_of_day(world.today + timedelta(days=2))
    world.call("set_approval_rule", agency_code="AG-A", route="none")
    assert world.call("get_approval_rule", agency_code="AG-A")["route"] == "none"
    assert world.enroll(world.employee(), offering_id)["status"] == "confirmed"
    assert world.status(enrollment_id) == "requested"


def test_rules_of_other_agencies_are_not_found_and_wrong_ones_named(world: Any) -> None:
    for method, more in (("set_approval_rule", {"route": "none"}), ("get_approval_rule", {})):
        with pytest.raises(NotFound):
            world.call(method, ("training_officer",), agency_code="AG-B", **more)
    with pytest.raises(NotFound):
        world.call("set_approval_rule", agency_code="NOBODY", route="none")
    with pytest.raises(Invalid) as wrong:
        world.call("set_approval_rule", agency_code="AG-A", route="head", days=0)
    assert set(wrong.value.details["fields"]) == {"route", "days"}
    with pytest.raises(Forbidden):
        world.call("set_approval_rule", ("agency_system",), agency_code="AG-A", route="none")


def test_a_nomination_is_the_training_officers_word(world: Any) -> None:
    people = world.employees(2)
    for route, expected in ((["training_officer"], "confirmed"), (BOTH, "requested")):
        rows = world.call("nominate", offering_id=routed(world, *route), employee_ids=people)["results"]
        assert [row["status"] for row in rows] == [expected] * 2
    assert {tuple(event.steps) for event in world.said(EnrollmentRequestedV1)} == {("supervisor",)}


def test_an_approval_into_a_full_room_waits_and_one_without_a_waiting_place_is_kept(world: Any) -> None:
    offering_id = routed(world, "supervisor", capacity=1, waitlist_limit=1)
    first, second, third = (requested(world, offering_id) for _one in range(3))
    assert [decide(world, one)["status"] for one in (first, second)] == ["confirmed", "waitlisted"]
    assert [event.place for event in world.said(EnrollmentWaitlistedV1)] == [1]
    with pytest.raises(Conflict) as refused:
        decide(world, third)
    assert (refused.value.code, world.status(third)) == ("offering_full", "requested")


def test_many_decisions_at_once_answer_row_by_row_and_a_dry_run_writes_nothing(world: Any) -> None:
    offering_id = routed(world, "supervisor", capacity=2)
    ids = [requested(world, offering_id) for _one in range(3)]
    decide(world, ids[0])
    asked = {"enrollment_ids": [*ids, ids[1], str(uuid4())], "approve": True}
    expected = ["illegal_state", "confirmed", "offering_full", "duplicate_row", "enrollment_not_found"]
    for dry_run in (True, False):
        rows = world.call("decide_enrollments", dry_run=dry_run, **asked)["results"]
        assert [row.get("code", row["status"]) for row in rows] == expected
        assert world.counters(offering_id) == ((1, 0) if dry_run else (2, 0))
        assert len(world.said(EnrollmentConfirmedV1)) == (1 if dry_run else 2)


def test_pending_decisions_are_listed_by_step_for_ones_own_staff(world: Any) -> None:
    offering_id = routed(world, *BOTH, open_to="all")
    first, second = requested(world, offering_id), requested(world, offering_id)
    other = world.enroll(world.employee(agency_code="AG-B"), offering_id)["enrollment_id"]
    decide(world, second)

    def listed(**more: Any) -> list[str]:
        return [row["enrollment_id"] for row in world.call("list_pending_decisions", **more)["items"]]

    assert listed() == [first, second, other]
    assert listed(roles=("training_officer",), agency="AG-A") == [first, second]
    assert listed(step="training_officer") == [second]
    assert listed(agency_code="AG-B", limit=1) == [other]
    with pytest.raises(NotFound):
        listed(roles=("training_officer",), agency="AG-A", agency_code="AG-B")
    page = world.call("list_pending_decisions", limit=2)
    assert listed(cursor=page["next"]) == [other]
    decide(world, first, approve=False)
    assert listed(agency_code="AG-A") == [second]


def test_what_the_first_releases_left_undecided_is_decided_as_before(world: Any) -> None:
    enrollment_id = requested(world, routed(world, "supervisor"))
    with world.harness.db.transaction() as tx:
        own = sa.update(enrollments).where(enrollments.c.id == UUID(enrollment_id))
        tx.execute(own.values(expires_at=None, approvals_left=[], pending_step=None, agency_code=None))
    assert decide(world, enrollment_id)["status"] == "confirmed"


def test_who_booked_the_same_hours_since_they_asked_is_not_seated_twice(world: Any) -> None:
    day = world.today + timedelta(days=20)
    begin = end_of_day(day - timedelta(days=1)) + timedelta(hours=9)
    hours = [Session(number=1, starts_at=begin, ends_at=begin + timedelta(hours=2))]
    person = world.employee()
    asked = routed(world, *BOTH, course_code="A", sessions=hours)
    other = routed(world, course_code="B", sessions=hours, approval="none")
    enrollment_id = world.enroll(person, asked)["enrollment_id"]
    blocking = world.enroll(person, other)["enrollment_id"]
    decide(world, enrollment_id)
    with pytest.raises(Conflict) as refused:
        decide(world, enrollment_id)
    assert (refused.value.code, world.status(enrollment_id)) == ("session_clash", "requested")
    (row,) = world.call("decide_enrollments", enrollment_ids=[enrollment_id], approve=True)["results"]
    assert [reason["code"] for reason in row["reasons"]] == ["session_clash"]
    world.call("withdraw", enrollment_id=blocking, reason="بیماری")
    assert decide(world, enrollment_id)["status"] == "confirmed"


def test_a_second_click_on_one_step_does_not_decide_the_next(world: Any) -> None:
    enrollment_id = requested(world, routed(world, *BOTH))
    shown = {"step": "supervisor"}
    assert decide(world, enrollment_id, **shown)["pending_step"] == "training_officer"
    with pytest.raises(Conflict) as refused:
        decide(world, enrollment_id, **shown)
    assert (refused.value.code, refused.value.details) == ("another_step", {"pending_step": "training_officer"})
    (row,) = world.call("decide_enrollments", enrollment_ids=[enrollment_id], approve=True, **shown)["results"]
    assert (row["code"], world.status(enrollment_id)) == ("another_step", "requested")
    assert decide(world, enrollment_id, step="training_officer")["status"] == "confirmed"


def test_a_training_officers_step_is_decided_by_a_training_officer(world: Any) -> None:
    enrollment_id = requested(world, routed(world, *BOTH))
    decide(world, enrollment_id, roles=("agency_system",))
    with pytest.raises(Forbidden):
        decide(world, enrollment_id, roles=("agency_system",))
    (row,) = world.call(
        "decide_enrollments", ("agency_system",), enrollment_ids=[enrollment_id], approve=True, dry_run=True
    )["results"]
    assert (row["code"], world.status(enrollment_id)) == ("role_missing", "requested")
    assert decide(world, enrollment_id, roles=("training_officer",))["status"] == "confirmed"


def test_an_agencys_first_rule_may_be_set_twice_at_once(world: Any) -> None:
    """The second call begins while the first one's rule is written and not yet committed."""
    said: list[str] = []

    def set_rule() -> None:
        said.append(world.call("set_approval_rule", agency_code="AG-A", route="both")["route"])

    second = threading.Thread(target=set_rule)
    with world.harness.db.transaction() as tx:
        first = {"agency_code": "AG-A", "route": "supervisor", "days": None, "changed_at": tx.now}
        tx.execute(sa.insert(approval_rules).values(first))
        second.start()
        time.sleep(0.3)
    second.join(30)
    assert said == ["both"]
    assert world.call("get_approval_rule", agency_code="AG-A")["route"] == "both"
