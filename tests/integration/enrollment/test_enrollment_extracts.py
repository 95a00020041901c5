"""An extract of a training record: what it tells, to whom, and how often."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from services.enrollment.models.extracts import record_extracts
from services.enrollment.models.record import add_entries
from shared.errors import Invalid, NotFound
from shared.events import LocalizedText, RecordExtractedV1, encode
from shared.ids import new_id
from shared.persian import jalali_year


def issue(world: Any, employee_id: str, **more: Any) -> Any:
    return world.call("issue_training_record", employee_id=employee_id, **more)


def told(world: Any) -> list[RecordExtractedV1]:
    return list(world.said(RecordExtractedV1))


def test_an_extract_tells_all_that_the_record_says(world: Any) -> None:
    person = world.employee(rank="basic", education="کارشناسی", birth_date="1980-05-01", is_veteran=True)
    line_id = world.complete(person, course_title=LocalizedText("آشنایی با بودجه"))
    reply = issue(world, person, roles=("training_officer",))
    (event,) = told(world)
    assert (str(event.extract_id), event.as_of.isoformat()) == (
        reply["extract_id"],
        reply["as_of"].replace("Z", "+00:00"),
    )
    assert (event.agency_code, event.agency_name.en, event.requested_by) == ("AG-A", "Agency A", "test")
    assert (event.person["rank"], event.person["is_veteran"], event.person["birth_date"]) == (
        "basic",
        "true",
        "1980-05-01",
    )
    (line,) = event.lines
    assert (str(line.line_id), line.hours, line.course_title.fa) == (line_id, 10, "آشنایی با بودجه")
    (year,) = event.years
    assert (year.jalali_year, year.hours, event.hours, event.job_hours) == (jalali_year(world.today), 10, 10, 10)
    assert any("سرانه" in note.fa for note in event.notes), "what is no regulation says so"


def test_asking_again_on_the_same_day_gives_the_same_extract_until_the_record_says_more(world: Any) -> None:
    person = world.employee()
    first = issue(world, person, idempotency_key="k")
    assert issue(world, person, idempotency_key="k") == issue(world, person) == first
    yesterday = (world.today - timedelta(days=1)).isoformat()
    assert issue(world, person, as_of=yesterday)["extract_id"] != first["extract_id"]
    world.complete(person)
    assert issue(world, person)["lines"] == 1
    assert len(told(world)) == 3
    with time_machine.travel(timedelta(days=1) + told(world)[0].extracted_at, tick=True):
        assert issue(world, person)["lines"] == 1
    assert len(told(world)) == 4


def test_only_the_persons_agency_and_those_above_may_ask_and_not_for_tomorrow(world: Any) -> None:
    person = world.employee()
    for agency, role in (("AG-B", "agency_system"), ("AG-C", "training_officer")):
        with pytest.raises(NotFound):
            issue(world, person, agency=agency, roles=(role,))
    with pytest.raises(Invalid):
        issue(world, person, as_of=world.today + timedelta(days=1))
    assert told(world) == []


def test_a_career_of_five_hundred_lines_is_one_message_of_half_a_megabyte(world: Any) -> None:
    person = world.employee(hired_on="1981-03-21")
    base = {
        "employee_id": UUID(person),
        "source": "own",
        "reverses": None,
        "counted": True,
        "recorded_at": told_at(world),
        "recorded_by": "test",
        "reason": None,
        "agency_code": "AG-A",
        "course_version": 1,
        "course_title": {
            "fa": "آشنایی با قانون مدیریت خدمات کشوری و آیین‌نامه‌های آن " * 2,
            "en": "A law and its by-laws",
        },
        "course_type": "job",
        "original_type": None,
        "delivery_mode": "in_person",
        "provider_code": "AG-B",
        "provider_name": {"fa": "مرکز آموزش مدیریت دولتی استان نمونه", "en": "Provincial Centre of Training"},
        "permit": {"number": "22/ت/1405", "issued_on": "2020-01-01"},
        "refresh_every_months": None,
        "hours": 8.0,
        "score": 87.5,
        "starts_on": None,
    }
    first = world.today - timedelta(days=45 * 365)
    rows = []
    for place in range(500):
        day = first + timedelta(days=32 * place)
        own = {"completed_on": day, "jalali_year": jalali_year(day), "course_code": f"RD-{place}"}
        rows.append({**base, **own, "id": new_id(), "line_id": new_id()})
    with world.harness.db.transaction() as tx:
        add_entries(tx, rows)
    with world.statements() as statements:
        assert issue(world, person)["lines"] == 500
    (event,) = told(world)
    assert len(encode(event)) < 600_000
    assert len(statements) < 60, "whatever the number of lines"


def told_at(world: Any) -> Any:
    with world.harness.db.reading() as tx:
        return tx.now - timedelta(minutes=1)


def test_extracts_follow_a_merger_and_an_erasure_leaves_no_trace_of_what_they_said(world: Any) -> None:
    kept, duplicate = world.employee(), world.employee()
    issue(world, duplicate)
    world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="یک نفر")
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(record_extracts.c.employee_id)) == UUID(kept)
    world.call("erase_employee", employee_id=kept, reason="درخواست")
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(record_extracts.c.content_hash)) == ""
    with pytest.raises(NotFound):
        issue(world, kept)
