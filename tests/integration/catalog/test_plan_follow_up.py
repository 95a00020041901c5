"""The follow-up: an approved plan against the offerings held and the courses completed."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine

from services.catalog.models.plans import TrainingDone
from shared.errors import Conflict
from shared.events import EnrollmentCompletedV1, LocalizedText

PLACE = {"agency_code": "MOH", "jalali_year": 1405}
LINES = [
    {"course_code": "RD-01", "quarter": 1, "offerings": 2, "seats": 20, "cost": 0},
    {"course_code": "OC-01", "month": 9, "offerings": 1, "seats": 10, "cost": 0},
]
NEED = {"number": 1, "job_family": "کارشناس", "people": 30, "hours": 4, "source": "law", "course_code": "RD-01"}


def completed(**changes: Any) -> EnrollmentCompletedV1:
    fields: dict[str, Any] = {
        "enrollment_id": uuid4(),
        "employee_id": uuid4(),
        "agency_code": "MOH",
        "agency_name": LocalizedText("وزارت نمونه"),
        "provider_code": "MOH",
        "provider_name": LocalizedText("وزارت نمونه"),
        "full_name": "کارمند نمونه",
        "national_code": "9990000018",
        "personnel_number": "1",
        "offering_id": uuid4(),
        "course_code": "RD-01",
        "course_version": 1,
        "course_title": LocalizedText("تکالیف اداری"),
        "course_type": "job",
        "delivery_mode": "in_person",
        "hours": 4.0,
        "starts_on": date(2026, 5, 1),
        "ends_on": date(2026, 5, 2),
        "attended_hours": 4.0,
        "score": 80.0,
        "completed_on": date(2026, 5, 2),
        "completed_at": datetime(2026, 5, 2, 12, tzinfo=UTC),
    }
    return EnrollmentCompletedV1(**(fields | changes))


@dataclass
class Year:
    """The year 1405 of MOH: at first its 12th day; `go` moves on."""

    catalog: Any
    clock: Any

    def go(self, *day: int) -> None:
        self.clock.move_to(datetime(*day, 8, tzinfo=UTC))  # type: ignore[misc] # year, month, day

    def approve(self) -> None:
        content = {"headcount": {"managers": 10, "staff": 90}, "needs": [NEED], "planned_offerings": LINES, "budget": 0}
        self.call("save_annual_plan", **content)
        self.call("submit_annual_plan")
        minutes = {"minutes_number": "1", "minutes_on": "2026-04-01"}
        self.call("decide_annual_plan", system="committee", revision=1, approve=True, **minutes)

    def call(self, method: str, **arguments: Any) -> Any:
        return self.catalog.call(method, roles=("training_officer",), **PLACE | arguments)

    def open(self, starts_on: str, ends_on: str, **changes: Any) -> str:
        return str(self.catalog.open(starts_on=starts_on, ends_on=ends_on, **changes)["offering_id"])

    def cancel(self, offering_id: str) -> None:
        roles = ("training_officer",)
        self.catalog.call("cancel_offering", roles=roles, offering_id=offering_id, reason="نمونه")

    def follow(self) -> Any:
        return self.call("follow_annual_plan")

    def done(self) -> list[tuple[Any, ...]]:
        table = TrainingDone.__table__
        with self.catalog.harness.db.reading() as tx:
            return [tuple(row) for row in tx.execute(sa.select(table).order_by(*table.primary_key.columns))]


@pytest.fixture
def year(catalog: Any) -> Iterator[Year]:
    with time_machine.travel(datetime(2026, 4, 1, 8, tzinfo=UTC), tick=False) as clock:
        for code in ("RD-01", "OC-01", "SS-01"):
            catalog.publish_new(code)
        yield Year(catalog, clock)


def test_a_plan_is_followed_up_once_it_is_approved(year: Year) -> None:
    year.call("save_annual_plan", headcount={"managers": 0, "staff": 1}, budget=0)
    with pytest.raises(Conflict) as refused:
        year.follow()
    assert refused.value.code == "plan_not_approved"


def test_planned_courses_are_shown_against_what_became_of_them(year: Year) -> None:
    year.approve()
    year.open("2026-05-01", "2026-05-02", capacity=15)
    year.cancel(year.open("2026-06-01", "2026-06-02", capacity=20))
    year.open("2026-08-01", "2026-08-02", course_code="SS-01", capacity=12)  # beside the plan
    year.open("2027-03-20", "2027-03-21", capacity=7)  # begins on the last day of the year
    year.open("2027-03-21", "2027-03-21", capacity=50)  # the next year's
    year.open("2026-05-01", "2026-05-02", capacity=50, agency="MOE")  # another agency's
    year.catalog.harness.deliver(
        *(completed() for _ in range(12)),
        completed(course_code="SS-01", hours=2.0, course_type="general_ability"),
        completed(agency_code="MOE"),
        completed(completed_on=date(2026, 3, 20)),  # the last day of 1404
    )
    year.go(2026, 11, 24)
    reply = year.follow()
    rows = {row["course_code"]: row for row in reply["courses"]}
    assert rows["RD-01"] == {
        "course_code": "RD-01",
        "course_title": {"fa": "تکالیف اداری", "en": "Duties"},
        "planned_offerings": 2,
        "planned_due": 2,
        "planned_seats": 40,
        "planned_hours": 160,
        "opened": 3,
        "held": 1,
        "cancelled": 1,
        "seats_offered": 22,
        "done_people": 12,
        "done_hours": 48,
    }
    assert (rows["OC-01"]["planned_due"], rows["OC-01"]["opened"], rows["OC-01"]["done_people"]) == (0, 0, 0)
    (beside,) = reply["unplanned"]
    assert (beside["course_code"], beside["held"], beside["done_people"], beside["done_hours"]) == ("SS-01", 1, 1, 2)


def test_hours_done_are_compared_with_the_minimum_for_the_days_gone_by(year: Year) -> None:
    year.approve()
    year.catalog.harness.deliver(*(completed(hours=3.5) for _ in range(30)))
    year.go(2026, 6, 2)  # 73 whole days after 21 March: a fifth of the year
    reply = year.follow()
    assert (reply["on"], reply["days_gone"], reply["days_of_year"]) == ("2026-06-02", 73, 365)
    # A fifth of 4200 hours for 100 heads; 105 done are an eighth of that.
    assert reply["against_minimum"] == {
        "required_hours_so_far": 840,
        "minimum_per_head_so_far": 8.4,
        "done_per_head": 1.05,
        "done_share": 0.125,
        "shortfall_hours_so_far": 735,
    }
    assert (reply["totals"]["done_people"], reply["totals"]["done_hours"]) == (30, 105)


def test_an_offering_is_held_once_its_last_day_is_over(year: Year) -> None:
    year.approve()
    year.open("2026-05-01", "2026-05-03")
    for day, held in ((3, 0), (4, 1)):
        year.go(2026, 5, day)
        assert year.follow()["totals"]["held"] == held


def test_a_quarter_is_due_once_its_last_day_is_over(year: Year) -> None:
    year.approve()
    for day, due in ((21, 0), (22, 2)):  # 31 Khordad 1405 is 21 June
        year.go(2026, 6, day)
        assert year.follow()["totals"]["planned_due"] == due


def test_the_follow_up_is_of_the_revision_in_force(year: Year) -> None:
    year.approve()
    year.call("save_annual_plan", edit=1, headcount={"managers": 1, "staff": 1}, budget=0)
    reply = year.follow()
    assert (reply["revision"], reply["totals"]["planned_offerings"]) == (1, 3)


def test_completions_are_added_up_by_agency_year_course_and_type(year: Year) -> None:
    deliver = year.catalog.harness.deliver
    deliver(completed(), completed(hours=4.5), completed(agency_code="MOE"))
    deliver(completed(), completed(completed_on=date(2027, 3, 21)), completed(course_type="managerial"))
    assert year.done() == [
        ("MOE", 1405, "RD-01", "job", 1, 4.0),
        ("MOH", 1405, "RD-01", "job", 3, 12.5),
        ("MOH", 1405, "RD-01", "managerial", 1, 4.0),
        ("MOH", 1406, "RD-01", "job", 1, 4.0),
    ]


def test_a_redelivered_completion_counts_once(year: Year) -> None:
    harness = year.catalog.harness
    message = harness.message(completed())
    harness.deliver(message, harness.message(completed()))
    harness.deliver(message)
    harness.deliver(message, message)
    assert year.done() == [("MOH", 1405, "RD-01", "job", 2, 8.0)]


def test_a_batch_is_one_statement(year: Year) -> None:
    statements: list[str] = []
    engine = year.catalog.harness.db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    courses = [f"OC-{number:02d}" for number in range(50)]
    year.catalog.harness.deliver(*(completed(course_code=course) for course in courses for _ in range(4)))
    assert sum("training_done" in statement for statement in statements) == 1
    assert len(year.done()) == 50


def test_batches_at_the_same_moment_lose_nothing_and_never_deadlock(year: Year) -> None:
    courses = [f"OC-{number:02d}" for number in range(20)]
    batches = [[completed(course_code=course) for course in courses[::step]] for step in (1, -1, 1, -1)]
    failures: list[BaseException] = []

    def deliver(batch: list[EnrollmentCompletedV1]) -> None:
        try:
            for _ in range(5):
                year.catalog.harness.deliver(*batch)  # as new messages, which add to the same rows
        except BaseException as error:  # noqa: BLE001 -- told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=deliver, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {row[4:] for row in year.done()} == {(20, 80.0)}
