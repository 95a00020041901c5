"""Who may enter an offering, and every reason why not."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from services.enrollment.domain import Candidate, Seats, is_open_to, refusal, refusals
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
    leads_to_degree: bool = False
    prerequisites: list[str] = field(default_factory=list)
    hours: float = 10
    min_attendance: float = 0.8
    pass_mark: float = 60


def codes(offering: Offered, candidate: Candidate, seats: Seats = ROOM, today: date = LAST_DAY) -> list[str]:
    return [reason.code for reason in refusals(offering, candidate, seats, today)]


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
    (reason,) = refusals(offering, Candidate("A", completed_courses={"RD-02"}), ROOM, LAST_DAY)
    assert reason.code == "prerequisite_missing"
    assert reason.details == {"missing": ["RD-01", "SS-01"]}


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
