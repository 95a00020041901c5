"""What the catalog says, heard in any order and more than once."""

from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Conflict, Unavailable
from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentCompletedV1,
    EnrollmentConfirmedV1,
    LocalizedText,
    OfferingCancelledV1,
)


def test_a_repeated_opening_changes_nothing(world: Any) -> None:
    opened = world.opened(capacity=1)
    world.harness.deliver(opened)
    offering_id = str(opened.offering_id)
    world.enroll(world.employee(), offering_id)
    world.harness.deliver(opened)
    assert world.counters(offering_id) == (1, 0)
    with pytest.raises(Conflict, match="All seats"):
        world.enroll(world.employee(), offering_id)


def test_a_cancellation_ends_requests_waiting_places_and_seats_but_not_results(world: Any) -> None:
    offering_id = world.offering(capacity=2, waitlist_limit=1)
    done, seated, waiting = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(3))
    row = {"enrollment_id": done, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering_id, results=[row])
    world.cancel(offering_id)
    assert [world.status(one) for one in (done, seated, waiting)] == ["completed", "cancelled", "cancelled"]
    assert world.counters(offering_id) == (1, 0)
    assert world.call("get_enrollment", enrollment_id=seated)["reason"] == "لغو شد"


def test_a_cancelled_offering_takes_nobody_and_ends_nothing_twice(world: Any) -> None:
    offering_id, employee_id = world.offering(approval="supervisor"), world.employee()
    enrollment_id = world.enroll(employee_id, offering_id)["enrollment_id"]
    world.cancel(offering_id)
    world.cancel(offering_id)
    with pytest.raises(Conflict) as refused:
        world.enroll(world.employee(), offering_id)
    assert refused.value.code == "offering_cancelled"
    for method, more in (("withdraw", {"reason": "بیماری"}), ("decide_enrollment", {"approve": True})):
        with pytest.raises(Conflict) as illegal:
            world.call(method, enrollment_id=enrollment_id, **more)
        assert illegal.value.details == {"state": "cancelled", "possible": []}
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
    reply = world.call("record_results", offering_id=offering_id, results=[row])
    assert [rejected["code"] for rejected in reply["rejected"]] == ["offering_cancelled"]
    assert world.said(EnrollmentConfirmedV1) == []


def test_a_cancellation_that_comes_first_waits_for_the_opening(world: Any) -> None:
    opened = world.opened(offering_id=uuid4())
    cancelled = OfferingCancelledV1(offering_id=opened.offering_id, reason="لغو شد")
    with pytest.raises(Unavailable) as early:
        world.harness.deliver(cancelled)
    assert early.value.code == "offering_not_known_yet"
    world.harness.deliver(opened)
    world.harness.deliver(cancelled)
    with pytest.raises(Conflict, match="cancelled"):
        world.enroll(world.employee(), str(opened.offering_id))


@pytest.mark.parametrize("cause", ["agency", "not_formed"])
def test_everybody_in_a_cancelled_offering_is_told_what_is_gone_and_why(world: Any, cause: str) -> None:
    offering_id = world.offering(capacity=2, waitlist_limit=1)
    done, seated, waiting = (world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(3))
    row = {"enrollment_id": done, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering_id, results=[row])
    world.cancel(offering_id, cause=cause)
    told = world.said(EnrollmentCancelledV1)
    assert {(str(event.enrollment_id), event.state) for event in told} == {
        (seated, "confirmed"),
        (waiting, "waitlisted"),
    }
    assert {(event.cause, event.reason, event.course_code) for event in told} == {(cause, "لغو شد", "RD-01")}
    world.cancel(offering_id)
    assert len(world.said(EnrollmentCancelledV1)) == 2


def test_a_request_that_ends_with_its_offering_is_told_as_one(world: Any) -> None:
    offering_id = world.offering(approval="supervisor")
    world.enroll(world.employee(), offering_id)
    world.cancel(offering_id)
    assert [event.state for event in world.said(EnrollmentCancelledV1)] == ["requested"]


def test_the_provider_that_the_catalog_names_is_the_one_on_the_certificate(world: Any) -> None:
    world.complete(world.employee(), provider_code="SMTC", provider_name=LocalizedText("مرکز نمونه", "Sample centre"))
    (event,) = world.said(EnrollmentCompletedV1)
    assert (event.provider_code, event.provider_name.en, event.agency_name.en) == ("SMTC", "Sample centre", "Agency A")
