"""Nominating a list of people at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Forbidden, Unavailable
from shared.events import EnrollmentConfirmedV1

OFFICER = ("training_officer",)


def nominate(world: Any, offering_id: str, people: list[str], **more: Any) -> list[dict[str, Any]]:
    reply: dict[str, Any] = world.call(
        "nominate", **{"roles": OFFICER, "offering_id": offering_id, "employee_ids": people} | more
    )
    return list(reply["results"])


def test_a_list_is_entered_row_by_row_in_its_order(world: Any) -> None:
    offering_id = world.offering(capacity=2, waitlist_limit=1)
    people = world.employees(4)
    already = world.enroll(people[0], offering_id)["enrollment_id"]
    stranger, nobody = world.employee(agency_code="AG-B"), str(uuid4())
    rows = nominate(world, offering_id, [people[0], stranger, people[1], nobody, people[1], people[2], people[3]])
    assert [row.get("code", row["status"]) for row in rows] == [
        "already_enrolled",
        "employee_not_found",
        "confirmed",
        "employee_not_found",
        "duplicate_row",
        "waitlisted",
        "offering_full",
    ]
    assert all(row["message"] for row in rows if row["status"] == "refused")
    said = [str(event.enrollment_id) for event in world.said(EnrollmentConfirmedV1)]
    assert said == [already, rows[2]["enrollment_id"]]
    assert world.counters(offering_id) == (2, 1)


def test_a_dry_run_says_the_same_and_writes_nothing(world: Any) -> None:
    offering_id = world.offering(capacity=1, waitlist_limit=1)
    people = world.employees(3)
    tried = nominate(world, offering_id, people, dry_run=True)
    assert [row.get("code", row["status"]) for row in tried] == ["confirmed", "waitlisted", "offering_full"]
    assert not any("enrollment_id" in row for row in tried)
    assert world.counters(offering_id) == (0, 0)
    assert world.said(EnrollmentConfirmedV1) == []
    done = nominate(world, offering_id, people)
    assert [row["status"] for row in done] == [row["status"] for row in tried]


def test_people_who_left_are_entered_again_with_their_old_enrollments(world: Any) -> None:
    offering_id = world.offering(capacity=2, waitlist_limit=5)
    people = world.employees(4)
    first = nominate(world, offering_id, people)
    for row in first[1:]:
        world.call("withdraw", enrollment_id=row["enrollment_id"], reason="بیماری")
    again = nominate(world, offering_id, people[1:])
    assert [row["enrollment_id"] for row in again] == [row["enrollment_id"] for row in first[1:]]
    assert [row["status"] for row in again] == ["confirmed", "waitlisted", "waitlisted"]
    assert world.counters(offering_id) == (2, 2)


def test_nominations_wait_for_a_supervisor_where_the_offering_wants_one(world: Any) -> None:
    offering_id = world.offering(approval="supervisor")
    assert [row["status"] for row in nominate(world, offering_id, world.employees(2))] == ["requested"] * 2


def test_a_closed_or_foreign_offering_refuses_every_row(world: Any) -> None:
    closed = world.offering(enrollment_closes_on=world.today - timedelta(days=1))
    foreign = world.offering(agency_code="AG-B")
    people = world.employees(2)
    assert {row["code"] for row in nominate(world, closed, people)} == {"enrollment_closed"}
    assert {row["code"] for row in nominate(world, foreign, people)} == {"offering_not_found"}


def test_an_unknown_offering_may_come_later(world: Any) -> None:
    with pytest.raises(Unavailable):
        nominate(world, str(uuid4()), [world.employee()])


def test_an_agency_system_does_not_nominate(world: Any) -> None:
    with pytest.raises(Forbidden):
        nominate(world, world.offering(), [world.employee()], roles=("agency_system",))
