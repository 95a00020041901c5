"""Recording results."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import Invalid, NotFound, Unavailable
from shared.events import EnrollmentCompletedV1, EnrollmentFailedV1

OFFICER = ("training_officer",)


def result(enrollment_id: str, attended_hours: float = 8, score: float = 60) -> dict[str, Any]:
    return {"enrollment_id": enrollment_id, "attended_hours": attended_hours, "score": score}


def record(world: Any, offering_id: str, *results: dict[str, Any], **more: Any) -> Any:
    return world.call("record_results", **{"roles": OFFICER, "offering_id": offering_id, "results": results} | more)


def enrolled(world: Any, offering_id: str, count: int) -> list[str]:
    return [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(count)]


def test_a_completion_is_stored_and_told_with_all_that_the_certificate_says(world: Any) -> None:
    offering_id = world.offering(agency_code="AG-B", open_to=["AG-A"], refresh_every_months=24, hours=35.0)
    person = world.person(job_title="کارشناس")
    employee_id = world.call("register_employee", **person)["employee_id"]
    enrollment_id = world.enroll(employee_id, offering_id)["enrollment_id"]
    reply = record(world, offering_id, result(enrollment_id, 28, 60), agency="AG-B")
    assert reply == {"completed": 1, "failed": 0, "rejected": []}
    (event,) = world.said(EnrollmentCompletedV1)
    assert (event.agency_code, event.agency_name.en) == ("AG-A", "Agency A")
    assert (event.provider_code, event.provider_name.en) == ("AG-B", "Agency B")
    assert (event.national_code, event.personnel_number) == (person["national_code"], person["personnel_number"])
    assert (event.attended_hours, event.score, event.refresh_every_months) == (28.0, 60.0, 24)
    assert (event.job_title, event.completed_on) == ("کارشناس", world.today)
    shown = world.call("get_enrollment", enrollment_id=enrollment_id)
    assert (shown["status"], shown["completed_on"]) == ("completed", event.completed_on.isoformat())
    assert datetime.fromisoformat(shown["completed_at"]) == event.completed_at


def test_results_after_the_course_count_from_its_last_day(world: Any) -> None:
    last_day = world.today - timedelta(days=2)
    offering_id = world.offering(starts_on=last_day, ends_on=last_day)
    (enrollment_id,) = enrolled(world, offering_id, 1)
    record(world, offering_id, result(enrollment_id))
    assert world.said(EnrollmentCompletedV1)[0].completed_on == last_day


def test_a_failure_names_its_reasons_and_the_rule(world: Any) -> None:
    offering_id = world.offering()
    one, two, three = enrolled(world, offering_id, 3)
    reply = record(world, offering_id, result(one, 7.9, 60), result(two, 8, 59.9), result(three, 0, 0))
    assert reply == {"completed": 0, "failed": 3, "rejected": []}
    events = world.said(EnrollmentFailedV1)
    assert [event.reasons for event in events] == [["attendance"], ["score"], ["attendance", "score"]]
    assert (events[0].min_attendance, events[0].pass_mark) == (0.8, 60.0)
    assert world.said(EnrollmentCompletedV1) == []
    assert world.counters(offering_id) == (3, 0)


def test_bad_rows_are_rejected_one_by_one(world: Any) -> None:
    offering_id = world.offering(capacity=5, waitlist_limit=1)
    good, gone, decided, greedy, twice, waiting = enrolled(world, offering_id, 6)
    (elsewhere,) = enrolled(world, world.offering(), 1)
    record(world, offering_id, result(decided, 1, 1))
    world.call("withdraw", enrollment_id=gone, reason="بیماری")
    (queued,) = enrolled(world, offering_id, 1)
    world.accept(waiting)
    assert [world.status(one) for one in (waiting, queued)] == ["confirmed", "waitlisted"]
    rows = [result(one) for one in (good, gone, decided, twice, twice, queued, elsewhere, str(uuid4()))]
    reply = record(world, offering_id, *rows, result(greedy, 10.5))
    assert (reply["completed"], reply["failed"]) == (2, 0)
    assert [(row["enrollment_id"], row["code"]) for row in reply["rejected"]] == [
        (gone, "withdrawn"),
        (decided, "already_decided"),
        (twice, "duplicate_row"),
        (queued, "not_confirmed"),
        (elsewhere, "enrollment_not_found"),
        (rows[-1]["enrollment_id"], "enrollment_not_found"),
        (greedy, "too_many_hours"),
    ]
    assert len(world.said(EnrollmentCompletedV1)) == 2


def test_a_score_of_101_stops_the_call_and_names_the_field(world: Any) -> None:
    offering_id = world.offering()
    rows = [result(one) for one in enrolled(world, offering_id, 4)]
    rows[3]["score"] = 101
    with pytest.raises(Invalid) as refused:
        record(world, offering_id, *rows)
    assert list(refused.value.details["fields"]) == ["results[3].score"]
    assert world.said(EnrollmentCompletedV1) == []


def test_only_the_offering_s_own_agency_records_results(world: Any) -> None:
    offering_id = world.offering(agency_code="AG-B", open_to="all")
    (enrollment_id,) = enrolled(world, offering_id, 1)
    with pytest.raises(NotFound) as refused:
        record(world, offering_id, result(enrollment_id))
    assert refused.value.code == "offering_not_found"
    with pytest.raises(Unavailable) as later:
        record(world, str(uuid4()), result(enrollment_id))
    assert later.value.code == "offering_not_known_yet"


def test_a_certificate_never_names_a_provider_that_is_not_registered(world: Any) -> None:
    offering_id = world.offering(agency_code="AG-X", open_to="all")
    (enrollment_id,) = enrolled(world, offering_id, 1)
    with pytest.raises(Unavailable) as refused:
        record(world, offering_id, result(enrollment_id), roles=("national",))
    assert refused.value.code == "agency_not_known_yet"
    assert world.status(enrollment_id) == "confirmed"


def test_results_of_many_take_a_handful_of_statements(world: Any) -> None:
    offering_id = world.offering(capacity=300)
    people = world.employees(300)
    rows = world.call("nominate", offering_id=offering_id, employee_ids=people)["results"]
    with world.statements() as statements:
        reply = record(world, offering_id, *(result(row["enrollment_id"], score=n) for n, row in enumerate(rows[:100])))
    assert (reply["completed"], reply["failed"]) == (40, 60)
    assert len(statements) <= 16, statements.seen
    assert world.counters(offering_id) == (300, 0)


def test_completions_are_listed_from_a_moment_on_in_pages(world: Any) -> None:
    before = datetime.now(UTC)
    offering_id = world.offering()
    ids = enrolled(world, offering_id, 3)
    record(world, offering_id, *(result(one) for one in ids))
    first = world.call("list_completions", roles=("operator",), agency="AG-C", limit=2, since=before.isoformat())
    second = world.call("list_completions", roles=("operator",), agency="AG-C", limit=2, cursor=first["next"])
    found = first["items"] + second["items"]
    assert sorted(item["enrollment_id"] for item in found) == sorted(ids)
    assert set(found[0]) == {"enrollment_id", "employee_id", "completed_at"}
    assert second["next"] is None
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert world.call("list_completions", since=later)["items"] == []


def test_an_auditor_sees_completions_of_the_own_staff_only(world: Any) -> None:
    offering_id = world.offering(open_to="all")
    (own,) = enrolled(world, offering_id, 1)
    other = world.enroll(world.employee(agency_code="AG-B"), offering_id)["enrollment_id"]
    record(world, offering_id, result(own), result(other))
    seen = world.call("list_completions", roles=("auditor",), agency="AG-B")["items"]
    assert [item["enrollment_id"] for item in seen] == [other]


def test_an_auditor_sees_completions_of_agencies_below(world: Any) -> None:
    world.call("change_agency", code="AG-A", parent_code="AG-B")
    ids = enrolled(world, offering_id := world.offering(), 2)
    record(world, offering_id, *(result(one) for one in ids))
    seen = world.call("list_completions", roles=("auditor",), agency="AG-B")["items"]
    assert {item["enrollment_id"] for item in seen} == set(ids)


def test_enrollments_are_seen_by_the_employer_and_by_the_provider(world: Any) -> None:
    offering_id = world.offering(agency_code="AG-B", open_to=["AG-A"])
    (enrollment_id,) = enrolled(world, offering_id, 1)
    for agency, expected in (("AG-A", [enrollment_id]), ("AG-B", [enrollment_id]), ("AG-C", [])):
        seen = world.call("list_enrollments", roles=OFFICER, agency=agency, offering_id=offering_id)
        assert [item["enrollment_id"] for item in seen["items"]] == expected
    with pytest.raises(NotFound):
        world.call("get_enrollment", roles=OFFICER, agency="AG-C", enrollment_id=enrollment_id)


def test_enrollments_are_listed_by_employee_in_pages(world: Any) -> None:
    employee_id = world.employee()
    ids = [world.enroll(employee_id, world.offering())["enrollment_id"] for _offering in range(3)]
    enrolled(world, world.offering(), 1)
    first = world.call("list_enrollments", employee_id=employee_id, limit=2)
    second = world.call("list_enrollments", employee_id=employee_id, limit=2, cursor=first["next"])
    assert [item["enrollment_id"] for item in first["items"] + second["items"]] == ids
    assert second["next"] is None
