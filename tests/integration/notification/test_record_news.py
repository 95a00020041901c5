"""Hours, courses that are due, closed years and type-2 certificates reach who is to know of them, each time once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models
from shared.errors import Unavailable
from shared.events import AnnualTrainingHoursClosedV1, CourseDueV1, HoursShortfallV1, Type2MovedV1
from shared.events.hours import HoursOf
from tests.integration.notification.conftest import TITLE, Ledger, issued, message

PERSON: dict[str, Any] = {"employee_id": UUID(int=1), "agency_code": "AG-A", "full_name": "نمونه شماره 1"}


def shortfall(occasion: Any) -> HoursShortfallV1:
    hours = {"hours": 12.0, "required_hours": 40.0, "missing_hours": 28.0}
    year: dict[str, Any] = {"jalali_year": 1405, "occasion": occasion, "ends_on": date(2027, 3, 20)}
    return HoursShortfallV1(**PERSON, **hours, **year, shortfall_id=uuid4())


def course_due(cause: Any, *, is_overdue: bool = False) -> CourseDueV1:
    course = {"code": "OC-06", "title": TITLE, "is_programme": False, "due_on": date(2026, 12, 25)}
    return CourseDueV1(**PERSON, **course, due_id=uuid4(), cause=cause, is_overdue=is_overdue)


def closed(officers: list[int], part: int = 1, revision: int = 1) -> AnnualTrainingHoursClosedV1:
    items = [
        HoursOf(
            employee_id=UUID(int=number),
            personnel_number=f"P{number}",
            hours=40.0,
            required_hours=40.0,
            counted_hours=40.0,
            points=20.0,
        )
        for number in range(3)
    ]
    return AnnualTrainingHoursClosedV1(
        part_id=uuid4(),
        agency_code="AG-A",
        jalali_year=1404,
        revision=revision,
        part=part,
        parts=2,
        closed_at=datetime(2026, 3, 20, 20, 45, tzinfo=UTC),
        people=6,
        officers=[UUID(int=number) for number in officers],
        items=items,
    )


def moved(state: Any) -> Type2MovedV1:
    level: dict[str, Any] = {"level": "specialist", "level_title": TITLE, "state": state}
    return Type2MovedV1(**PERSON, **level, application_id=uuid4(), move_id=uuid4())


def heard_again(ledger: Ledger) -> None:
    """The inbox has forgotten all; what is heard from now on finds only the ledger."""
    with ledger.db.transaction() as tx:
        tx.execute(sa.delete(models.metadata.tables["inbox"]))


def test_every_shortfall_and_every_due_course_is_told_once(ledger: Ledger) -> None:
    ledger.people(1)
    short = [message(shortfall(occasion)) for occasion in ("half", "last_call")]
    due = [message(course_due("compulsory", is_overdue=is_overdue)) for is_overdue in (False, True)]
    for _ in range(2):
        ledger.service.on_hours_shortfall(short)
        ledger.service.on_course_due([*due, message(course_due("renewal"))])
        heard_again(ledger)
    told = sorted((row.template, row.subject_id) for row in ledger.rows())
    assert told == [
        *(("course_due", due_id) for due_id in sorted(each.event.due_id for each in due)),
        *(("hours_shortfall", shortfall_id) for shortfall_id in sorted(each.event.shortfall_id for each in short)),
    ]
    ledger.send()
    assert ledger.statuses() == ["sent"] * 4


def test_a_closed_year_is_told_to_every_officer_once_however_many_parts_it_has(ledger: Ledger) -> None:
    ledger.people(3)
    parts = [message(closed([1, 2])), message(closed([1, 2], part=2)), message(closed([1, 3], revision=2))]
    for _ in range(2):
        ledger.service.on_annual_training_hours_closed(parts)
        heard_again(ledger)
    told = sorted((row.context["revision"], row.employee_id.int) for row in ledger.rows())
    assert told == [(1, 1), (1, 2), (2, 1), (2, 3)]
    assert {row.template for row in ledger.rows()} == {"year_closed"}
    assert not any("items" in row.context for row in ledger.rows())
    ledger.send()
    assert ledger.statuses() == ["sent"] * 4


def test_an_officer_not_heard_of_yet_makes_a_closed_year_wait_and_nobody_is_told_twice(ledger: Ledger) -> None:
    ledger.people(1)
    year = message(closed([1, 2]))
    with pytest.raises(Unavailable) as caught:
        ledger.service.on_annual_training_hours_closed([year])
    assert caught.value.code == "recipient_not_known_yet"
    assert ledger.rows() == []
    ledger.people(2)
    ledger.service.on_annual_training_hours_closed([year])
    ledger.service.on_annual_training_hours_closed([message(closed([]))])
    assert [row.employee_id.int for row in ledger.rows()] == [1, 2]


def test_an_application_is_told_of_step_by_step_and_the_award_by_its_certificate(ledger: Ledger) -> None:
    ledger.people(1)
    steps = [message(moved(state)) for state in ("applied", "accepted", "exam_failed", "exam_passed", "awarded")]
    certificate = message(issued(1, kind="type2", hours=1000.0, course_title=TITLE))
    for _ in range(2):
        ledger.service.on_type2_moved(steps)
        ledger.service.on_certificate_issued([certificate])
        heard_again(ledger)
    rows = ledger.rows()
    states = sorted(row.context["state"] for row in rows if row.template == "type2_moved")
    assert states == ["accepted", "applied", "exam_failed", "exam_passed"]
    (row,) = (row for row in rows if row.template != "type2_moved")
    assert (row.template, row.subject_id) == ("certificate_issued", certificate.event.certificate_id)
    ledger.send()
    assert ledger.statuses() == ["sent"] * 5
