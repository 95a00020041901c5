"""Who may enter an offering, and every reason why not."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.enrollment.domain.entry import Candidate, Choices, Related, is_open_to, refusals
from services.enrollment.domain.reasons import refusal
from services.enrollment.domain.seats import Seats
from shared.errors import Conflict, NotFound
from shared.persian import tehran_date

LAST_DAY = date(2026, 11, 23)
ROOM = Seats(capacity=10, taken=0, waitlist_limit=0, waiting=0)
FULL_ROOM = Seats(capacity=1, taken=1, waitlist_limit=0, waiting=0)


@dataclass
class Offered:
    agency_code: str = "A"
    open_to: str | list[str] = "agency"
    status: str = "open"
    enrollment_closes_on: date = LAST_DAY
    formed: bool | None = None
    closed_at: datetime | None = None
    enrollment_opens_on: date | None = None
    course_code: str = "RD-09"
    course_version: int = 1
    refresh_every_months: int | None = None
    audience: dict[str, Any] = field(default_factory=dict)
    leads_to_degree: bool = False
    veterans_exception: bool = False
    prerequisites: list[str] = field(default_factory=list)
    prerequisite_versions: dict[str, int] = field(default_factory=dict)


def codes(
    offering: Offered,
    candidate: Candidate,
    seats: Seats = ROOM,
    today: date = LAST_DAY,
    related: Related | None = None,
) -> list[str]:
    return [reason.code for reason in refusals(offering, candidate, seats, today, related)]


def test_somebody_new_may_enter_an_open_offering() -> None:
    assert codes(Offered(), Candidate("A")) == []


@pytest.mark.parametrize("state", ["withdrawn", "rejected"])
def test_who_left_or_was_rejected_may_enter_again(state: str) -> None:
    assert codes(Offered(), Candidate("A", state, "e1")) == []


@pytest.mark.parametrize("state", ["requested", "waitlisted", "confirmed", "completed", "failed"])
def test_a_second_enrollment_names_the_first(state: str) -> None:
    (reason,) = refusals(Offered(), Candidate("A", state, "e1"), FULL_ROOM, LAST_DAY)
    assert reason.code == "already_enrolled"
    assert reason.details == {"enrollment_id": "e1", "status": state}


@pytest.mark.parametrize(
    ("open_to", "agency", "expected"),
    [
        ("agency", "A", True),
        ("agency", "B", False),
        ("all", "B", True),
        (["B", "C"], "C", True),
        (["B", "C"], "D", False),
        (["B", "C"], "A", False),
    ],
)
def test_an_offering_is_open_to_its_agency_to_all_or_to_those_listed(
    open_to: str | list[str], agency: str, expected: bool
) -> None:
    assert is_open_to(Offered(open_to=open_to), agency) is expected


def test_an_offering_not_open_to_an_agency_says_nothing_else() -> None:
    assert codes(Offered(status="cancelled"), Candidate("B"), FULL_ROOM) == ["offering_not_found"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 20, 29, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 23, 20, 30, 0, tzinfo=UTC), ["enrollment_closed"]),
    ],
)
def test_the_closing_day_is_wholly_inside_in_tehran(moment: datetime, expected: list[str]) -> None:
    assert codes(Offered(), Candidate("A"), today=tehran_date(moment)) == expected


def test_missing_prerequisites_are_listed() -> None:
    offering = Offered(prerequisites=["RD-01", "RD-02", "SS-01"])
    (reason,) = refusals(offering, Candidate("A", completed={"RD-02": 1}), ROOM, LAST_DAY)
    assert reason.code == "prerequisite_missing"
    assert reason.details == {"missing": ["RD-01", "SS-01"], "min_versions": {}}


@pytest.mark.parametrize(("version", "missing"), [(1, ["RD-01"]), (2, []), (3, [])])
def test_a_prerequisite_may_need_a_least_version(version: int, missing: list[str]) -> None:
    offering = Offered(prerequisites=["RD-01"], prerequisite_versions={"RD-01": 2})
    found = refusals(offering, Candidate("A", completed={"RD-01": version}), ROOM, LAST_DAY)
    assert [code for reason in found for code in reason.details["missing"]] == missing
    assert all("RD-01 (version 2 or later)" in reason.message for reason in found)


def test_a_prerequisite_is_met_by_a_course_that_stands_for_it_in_any_version() -> None:
    offering = Offered(prerequisites=["RD-01"], prerequisite_versions={"RD-01": 2})
    related = Related(equivalent={"RD-01": {"RD-77"}})
    assert codes(offering, Candidate("A", completed={"RD-77": 1}), related=related) == []
    assert codes(offering, Candidate("A", completed={"RD-78": 9}), related=related) == ["prerequisite_missing"]


def test_of_courses_that_count_once_a_second_one_is_refused() -> None:
    related = Related(counts_once={"RD-09": {"RD-10", "RD-11"}})
    (reason,) = refusals(Offered(), Candidate("A", completed={"RD-10": 1}), ROOM, LAST_DAY, related)
    assert (reason.code, reason.details) == ("counts_once", {"completed": ["RD-10"]})


def test_a_completed_course_is_taken_again_only_in_a_later_version_or_to_refresh_it() -> None:
    done = Candidate("A", completed={"RD-09": 2})
    (reason,) = refusals(Offered(course_version=2), done, ROOM, LAST_DAY)
    assert (reason.code, reason.details) == ("already_completed", {"version": 2})
    assert codes(Offered(course_version=1), done) == ["already_completed"]
    assert codes(Offered(course_version=3), done) == []
    assert codes(Offered(course_version=2, refresh_every_months=24), done) == []
    assert refusals(Offered(), done, ROOM, LAST_DAY, choices=Choices(may_repeat=True)) == []


def test_job_families_are_compared_where_they_are_known() -> None:
    offering = Offered(audience={"job_families": ["مالی", "IT"]})
    assert codes(offering, Candidate("A", job_family="حقوقی")) == ["audience_job_family"]
    assert codes(offering, Candidate("A", job_family="it")) == codes(offering, Candidate("A")) == []


def test_who_has_left_is_refused_first_of_all() -> None:
    assert codes(Offered(leads_to_degree=True), Candidate("A", employed=False)) == ["not_employed", "leads_to_degree"]


def test_no_shows_refuse_only_where_the_policy_says_so_and_from_their_number_on() -> None:
    for effect, count, expected in (
        ("refuse", 2, ["no_shows"]),
        ("refuse", 1, []),
        ("approval", 5, []),
        ("none", 9, []),
    ):
        found = refusals(Offered(), Candidate("A", no_shows=count), ROOM, LAST_DAY, choices=Choices(False, 2, effect))
        assert [reason.code for reason in found] == expected


def test_a_clash_names_the_other_courses() -> None:
    clash = {"offering_id": "o1", "course_code": "RD-02", "sessions": [1]}
    (reason,) = refusals(Offered(), Candidate("A", clashes=[clash]), ROOM, LAST_DAY)
    assert (reason.code, reason.details) == ("session_clash", {"clashes": [clash]})
    assert "RD-02" in reason.message


def test_the_opening_day_is_wholly_inside() -> None:
    opens_on = LAST_DAY - timedelta(days=3)
    offering = Offered(enrollment_opens_on=opens_on)
    assert codes(offering, Candidate("A"), today=opens_on) == []
    (reason,) = refusals(offering, Candidate("A"), ROOM, opens_on - timedelta(days=1))
    assert (reason.code, reason.details) == (
        "enrollment_not_open_yet",
        {"enrollment_opens_on": opens_on.isoformat()},
    )


@pytest.mark.parametrize(
    ("managers", "is_manager", "expected"),
    [
        ("any", True, []),
        ("any", False, []),
        ("only", True, []),
        ("only", False, ["audience_managers"]),
        ("none", True, ["audience_managers"]),
        ("none", False, []),
    ],
)
def test_a_course_may_be_for_managers_or_for_everybody_else(
    managers: str, is_manager: bool, expected: list[str]
) -> None:
    assert codes(Offered(audience={"managers": managers}), Candidate("A", is_manager=is_manager)) == expected


def test_a_course_may_be_for_some_kinds_of_employment_and_never_asks_for_job_families() -> None:
    offering = Offered(audience={"employments": ["official", "contractual"], "job_families": ["IT"]})
    assert codes(offering, Candidate("A", employment="contractual")) == []
    assert codes(offering, Candidate("A", employment="fixed_term")) == ["audience_employment"]


@pytest.mark.parametrize(
    ("exception", "veteran", "expected"),
    [
        (True, True, []),
        (True, False, ["leads_to_degree"]),
        (False, True, ["leads_to_degree"]),
        (False, False, ["leads_to_degree"]),
    ],
)
def test_only_a_veteran_enters_a_degree_course_and_only_with_its_exception(
    exception: bool, veteran: bool, expected: list[str]
) -> None:
    offering = Offered(leads_to_degree=True, veterans_exception=exception)
    assert codes(offering, Candidate("A", is_veteran=veteran)) == expected


def test_an_offering_that_was_not_formed_takes_nobody() -> None:
    assert codes(Offered(formed=False), Candidate("A")) == ["offering_cancelled"]
    assert codes(Offered(formed=True), Candidate("A")) == []


def test_a_closed_offering_takes_nobody() -> None:
    closed = Offered(closed_at=datetime(2026, 11, 23, tzinfo=UTC))
    assert codes(closed, Candidate("A")) == ["enrollment_closed"]


def test_seats_kept_for_another_agency_are_full_for_this_one() -> None:
    seats = Seats(capacity=2, taken=0, waitlist_limit=0, waiting=0, reserved={"B": 2})
    offering = Offered(open_to="all")
    assert codes(offering, Candidate("A"), seats) == ["agency_quota_used"]
    assert codes(offering, Candidate("B"), seats) == []


def test_a_refusal_carries_all_reasons_and_takes_the_first_as_its_code() -> None:
    offering = Offered(status="cancelled", leads_to_degree=True, prerequisites=["RD-01"])
    error = refusal(refusals(offering, Candidate("A"), FULL_ROOM, date(2026, 11, 24)))
    assert isinstance(error, Conflict)
    assert error.code == "offering_cancelled"
    assert [reason["code"] for reason in error.details["reasons"]] == [
        "offering_cancelled",
        "enrollment_closed",
        "leads_to_degree",
        "prerequisite_missing",
        "offering_full",
    ]


def test_details_of_the_first_reason_stand_at_the_top() -> None:
    error = refusal(refusals(Offered(prerequisites=["RD-01"]), Candidate("A"), FULL_ROOM, LAST_DAY))
    assert error.code == "prerequisite_missing"
    assert error.details["missing"] == ["RD-01"]


def test_an_offering_of_others_is_not_found() -> None:
    error = refusal(refusals(Offered(), Candidate("B"), ROOM, LAST_DAY))
    assert isinstance(error, NotFound)
