"""Invitations: a training officer asks, somebody answers in time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models import enrollments, offerings
from shared.errors import Conflict, Forbidden, NotFound
from shared.events import EnrollmentConfirmedV1, EnrollmentInvitedV1, EnrollmentLapsedV1
from shared.persian import end_of_day


def later(world: Any, **changes: Any) -> str:
    days = {name: world.today + timedelta(days=20) for name in ("starts_on", "ends_on", "enrollment_closes_on")}
    return str(world.offering(**(days | changes)))


def invite(world: Any, offering_id: str, people: list[str], **more: Any) -> list[Any]:
    rows: list[Any] = world.call("invite", offering_id=offering_id, employee_ids=people, **more)["results"]
    return rows


def answer(world: Any, enrollment_id: str, accept: bool = True, **more: Any) -> Any:
    return world.call("answer_invitation", enrollment_id=enrollment_id, accept=accept, **more)["status"]


def test_an_invitation_holds_no_seat_and_a_yes_takes_one(world: Any) -> None:
    offering_id = later(world, capacity=1, approval="supervisor", approval_route=["training_officer"])
    first, second = invite(world, offering_id, world.employees(2), reason="الزامی است")
    assert [first["status"], second["status"]] == ["invited", "invited"]
    assert world.counters(offering_id) == (0, 0)
    event = world.said(EnrollmentInvitedV1)[0]
    assert (event.reason, event.answer_by) == ("الزامی است", end_of_day(world.today + timedelta(days=7)))
    assert answer(world, first["enrollment_id"]) == "confirmed"
    with pytest.raises(Conflict) as refused:
        answer(world, second["enrollment_id"])
    assert (refused.value.code, world.status(second["enrollment_id"])) == ("offering_full", "invited")
    assert len(world.said(EnrollmentConfirmedV1)) == 1


def test_a_yes_is_judged_like_any_entry(world: Any) -> None:
    offering_id = later(world, prerequisites=["RD-09"])
    (row,) = invite(world, offering_id, [world.employee()])
    with pytest.raises(Conflict) as refused:
        answer(world, row["enrollment_id"])
    assert [each["code"] for each in refused.value.details["reasons"]] == ["prerequisite_missing"]


def test_a_no_and_silence_end_it_and_either_may_be_asked_again(world: Any) -> None:
    offering_id = later(world)
    people = world.employees(2)
    no, silent = (row["enrollment_id"] for row in invite(world, offering_id, people))
    assert answer(world, no, accept=False, reason="بیماری") == "declined"
    with world.harness.db.transaction() as tx:
        past = datetime.now(UTC) - timedelta(milliseconds=1)
        tx.execute(sa.update(enrollments).where(enrollments.c.id == UUID(silent)).values(expires_at=past))
    with pytest.raises(Conflict) as refused:
        answer(world, silent)
    assert refused.value.code == "answer_too_late"
    world.harness.service.lapse_due()
    assert [world.status(one) for one in (no, silent)] == ["declined", "lapsed"]
    assert [event.state for event in world.said(EnrollmentLapsedV1)] == ["invited"]
    again = invite(world, offering_id, people)
    assert [row["enrollment_id"] for row in again] == [no, silent]
    assert len(world.said(EnrollmentInvitedV1)) == 4
    assert [answer(world, one) for one in (no, silent)] == ["confirmed", "confirmed"]


def test_rows_are_refused_one_by_one_and_a_dry_run_writes_nothing(world: Any) -> None:
    offering_id = later(world)
    new, seated, elsewhere = world.employee(), world.employee(), world.employee(agency_code="AG-B")
    world.enroll(seated, offering_id)
    asked = [new, seated, elsewhere, new, str(uuid4())]
    expected = ["invited", "already_enrolled", "offering_not_found", "duplicate_row", "employee_not_found"]
    for dry_run in (True, False):
        rows = invite(world, offering_id, asked, dry_run=dry_run)
        assert [row.get("code", row["status"]) for row in rows] == expected
        assert ("enrollment_id" in rows[0]) is not dry_run
        assert len(world.said(EnrollmentInvitedV1)) == (0 if dry_run else 1)


def test_only_officers_of_the_offerings_agency_invite_and_only_their_own_people(world: Any) -> None:
    offering_id = later(world, open_to="all")
    with pytest.raises(NotFound):
        invite(world, offering_id, [world.employee()], roles=("training_officer",), agency="AG-B")
    with pytest.raises(Forbidden):
        invite(world, offering_id, [world.employee()], roles=("agency_system",))
    other = world.employee(agency_code="AG-B")
    (row,) = invite(world, offering_id, [other], roles=("training_officer",), agency="AG-A")
    assert row["code"] == "employee_not_found"


def test_nobody_is_invited_into_what_is_over_or_cancelled(world: Any) -> None:
    past = world.today - timedelta(days=1)
    over = later(world, starts_on=past, ends_on=past, enrollment_closes_on=past)
    cancelled = later(world)
    world.cancel(cancelled)
    codes = [invite(world, one, [world.employee()])[0]["code"] for one in (over, cancelled)]
    assert codes == ["enrollment_closed", "offering_cancelled"]


def test_an_invitation_that_cannot_be_made_says_all_that_is_against_it(world: Any) -> None:
    past = world.today - timedelta(days=1)
    over, seated = later(world), world.employee()
    world.enroll(seated, over)
    with world.harness.db.transaction() as tx:
        own = sa.update(offerings).where(offerings.c.id == UUID(over))
        tx.execute(own.values(starts_on=past, enrollment_closes_on=past, formed=False))
    (row,) = invite(world, over, [seated], dry_run=True)
    assert [reason["code"] for reason in row["reasons"]] == [
        "offering_cancelled",
        "already_enrolled",
        "enrollment_closed",
    ]


def test_the_same_answer_again_gets_the_same_reply(world: Any) -> None:
    offering_id = later(world, capacity=1, waitlist_limit=1)
    yes, waits, no = (row["enrollment_id"] for row in invite(world, offering_id, world.employees(3)))
    for enrollment_id, accept, expected in (
        (yes, True, "confirmed"),
        (waits, True, "waitlisted"),
        (no, False, "declined"),
    ):
        assert [answer(world, enrollment_id, accept) for _click in range(2)] == [expected] * 2
    assert world.counters(offering_id) == (1, 1)
    assert len(world.said(EnrollmentConfirmedV1)) == 1
    with pytest.raises(Conflict) as refused:
        answer(world, no)
    assert refused.value.code == "illegal_state"
