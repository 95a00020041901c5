"""The training record is written with what it is about, and says as of any moment what was known then."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from services.enrollment.models import recording as models
from services.enrollment.models.record import person_years, training_entries
from services.enrollment.service.history import Actor
from services.enrollment.service.record import counting
from shared.errors import Invalid, NotFound
from shared.events import CourseGroupChangedV1, LocalizedText
from shared.persian import jalali_year


def entries(world: Any) -> list[tuple[bool, bool]]:
    """Of every entry, in order: whether it takes another back, and whether it counts."""
    own = training_entries.c
    with world.harness.db.reading() as tx:
        rows = tx.execute(sa.select(own.reverses, own.counted).order_by(own.recorded_at, own.reverses.is_(None))).all()
    return [(row.reverses is not None, row.counted) for row in rows]


def sums(world: Any) -> list[tuple[str, int, float]]:
    """Rows of years with the agency, lines and hours; what is zero is left out."""
    own = person_years.c
    with world.harness.db.reading() as tx:
        rows = tx.execute(sa.select(own.agency_code, own.lines, own.job_hours).order_by(own.agency_code, own.lines))
        return [(row.agency_code, row.lines, row.job_hours) for row in rows if row.lines or row.job_hours]


def record(world: Any, employee_id: str, **more: Any) -> Any:
    return world.call("get_training_record", employee_id=employee_id, **more)


def correct(world: Any, enrollment_id: str, score: float, attended_hours: float = 10) -> None:
    numbers = {"attended_hours": attended_hours, "score": score}
    world.call("correct_result", enrollment_id=enrollment_id, reason="ثبت نادرست", **numbers)


def test_a_completion_is_in_the_record_with_all_that_was_true_then(world: Any) -> None:
    person = world.employee(full_name="نمونه\u200cپور", education="کارشناسی", education_status="valid", rank="basic")
    assert record(world, person)["lines"] == []
    line_id = world.complete(person, course_title=LocalizedText("آشنایی با بودجه\u200cریزی"))
    shown = record(world, person, agency="AG-A", roles=("auditor",))
    (line,) = shown["lines"]
    assert (line["number"], line["line_id"], line["source"], line["counts"]) == (1, line_id, "own", True)
    assert (line["course_title"]["fa"], line["hours"], line["score"]) == ("آشنایی با بودجه\u200cریزی", 10, 90)
    assert (line["completed_on"], line["agency_code"]) == (world.today.isoformat(), "AG-A")
    assert line["provider_name"]["en"] == line["agency_name"]["en"] == "Agency A"
    assert ("pay" in line["uses"], line["serving"]["pay"]) == (True, 10)
    assert (line["certificate_serial"], line["result"]) == (None, "passed")
    assert (shown["person"]["full_name"], shown["person"]["education_status"]) == ("نمونه\u200cپور", "valid")
    assert (shown["person"]["rank"], shown["person"]["agency_name"]["en"]) == ("basic", "Agency A")
    (year,) = shown["years"]
    assert year.items() >= {"jalali_year": jalali_year(world.today), **shown["career"], "pay_points": 5}.items()
    assert (shown["career"]["lines"], shown["career"]["hours"], shown["career"]["by_type"]["job"]) == (1, 10, 10)
    assert sums(world) == [("AG-A", 1, 10)]


def test_a_thousand_completions_are_as_many_statements_as_one(world: Any) -> None:
    counts = []
    for count in (1, 12):
        offering_id = world.offering(course_code=f"RD-{count}", capacity=20)
        seats = [world.enroll(person, offering_id)["enrollment_id"] for person in world.employees(count)]
        rows = [{"enrollment_id": seat, "attended_hours": 10, "score": 90} for seat in seats]
        with world.statements() as statements:
            world.call("record_results", offering_id=offering_id, results=rows)
        counts.append(len(statements))
        again = world.call("record_results", offering_id=offering_id, results=rows)
        assert len(again["rejected"]) == count
    assert counts[0] == counts[1]
    assert len(entries(world)) == 13


def test_a_correction_takes_back_and_enters_anew_and_what_was_known_before_stays_known(world: Any) -> None:
    person = world.employee()
    line_id = world.complete(person)
    before = datetime.now(UTC)
    correct(world, line_id, 80)
    correct(world, line_id, 80, attended_hours=9)  # no part of a line
    assert entries(world) == [(False, True), (True, True), (False, True)]
    assert record(world, person)["lines"][0]["score"] == 80
    known = record(world, person, as_of=before.isoformat())
    assert (known["lines"][0]["score"], known["corrections"]) == (90, [])
    correct(world, line_id, 10)
    failed = record(world, person)
    assert (failed["lines"], failed["career"]["hours"], sums(world)) == ([], 0, [])
    assert [row["score"] for row in failed["corrections"]] == [90, 80]
    assert [row["entered_anew"] for row in failed["corrections"]] == [True, False]
    assert failed["corrections"][0]["reason"] == "ثبت نادرست"
    correct(world, line_id, 70)
    assert [line["score"] for line in record(world, person)["lines"]] == [70]
    assert sums(world) == [("AG-A", 1, 10)]


def test_a_repeated_course_counts_once_and_the_other_takes_its_place(world: Any) -> None:
    person = world.employee()
    first = world.complete(person)
    second = world.complete(person, course_version=2)
    assert [line["counts"] for line in record(world, person)["lines"]] == [True, False]
    assert sums(world) == [("AG-A", 1, 10)]
    correct(world, first, 10)
    (line,) = record(world, person)["lines"]
    assert (line["line_id"], line["counts"]) == (second, True)
    assert sums(world) == [("AG-A", 1, 10)]
    correct(world, first, 65)
    assert sorted((line["line_id"] == first, line["counts"]) for line in record(world, person)["lines"]) == [
        (False, True),
        (True, False),
    ]
    assert sums(world) == [("AG-A", 1, 10)]


def test_another_line_of_the_same_day_that_goes_makes_no_repeated_course_count(world: Any) -> None:
    person = world.employee()
    with time_machine.travel(datetime.now(UTC) - timedelta(days=400), tick=True):
        world.complete(person, "RD-01")
    repeated = world.complete(person, "RD-01", course_version=2)
    other = world.complete(person, "SS-01")
    correct(world, other, 10)
    lines = record(world, person)["lines"]
    assert [(line["line_id"] == repeated, line["counts"]) for line in lines] == [(False, True), (True, False)]
    assert sums(world) == [("AG-A", 1, 10)]


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_of_two_completions_at_once_one_counts(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    person = world.employee()
    offerings = [world.offering(), world.offering(course_version=2)]
    seats = [world.enroll(person, offering)["enrollment_id"] for offering in offerings]
    look_up = models.counted_of_course

    def complete(place: int) -> None:
        row = {"enrollment_id": seats[place], "attended_hours": 10, "score": 90}
        world.call("record_results", offering_id=offerings[place], results=[row])

    other = threading.Thread(target=complete, args=(1,))

    def while_the_other_waits(tx: Any, *given: Any) -> Any:
        found = look_up(tx, *given)
        if not other.ident:
            other.start()
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while other.is_alive() and not tx.scalar(waits):
                time.sleep(0.005)
        return found

    monkeypatch.setattr(models, "counted_of_course", while_the_other_waits)
    complete(0)
    other.join()
    assert sorted(line["counts"] for line in record(world, person)["lines"]) == [False, True]
    assert sums(world) == [("AG-A", 1, 10)]


def test_a_course_that_is_to_be_refreshed_counts_again_in_another_year(world: Any) -> None:
    person = world.employee()
    for days in (800, 799, 400):
        day = world.today - timedelta(days=days)
        dates = dict.fromkeys(("starts_on", "ends_on", "enrollment_closes_on"), day)
        with time_machine.travel(datetime(day.year, day.month, day.day, 8, tzinfo=UTC)):
            world.complete(person, refresh_every_months=12, **dates)
    world.complete(person, refresh_every_months=12)
    assert [line["counts"] for line in record(world, person)["lines"]] == [True, False, True, True]


def test_of_a_group_that_counts_once_one_course_counts(world: Any) -> None:
    person = world.employee()
    world.complete(person, course_code="RD-01")
    world.complete(person, course_code="RD-02")
    offering_id = world.offering(course_code="RD-03")
    seat = world.enroll(person, offering_id)["enrollment_id"]
    codes = ["RD-02", "RD-03"]
    title = LocalizedText("گروه نمونه")
    group = {"group_code": "G-1", "revision": 1, "title": title, "course_codes": codes}
    world.harness.deliver(CourseGroupChangedV1(kind="counts_once", **group))
    row = {"enrollment_id": seat, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering_id, results=[row])
    counted = {line["course_code"]: line["counts"] for line in record(world, person)["lines"]}
    assert counted == {"RD-01": True, "RD-02": True, "RD-03": False}


def test_two_registrations_that_are_one_have_one_record_in_which_a_course_counts_once(world: Any) -> None:
    kept, duplicate = world.employee(), world.employee()
    world.complete(kept)
    world.complete(duplicate, starts_on=world.today - timedelta(days=1))
    world.complete(duplicate, course_code="RD-02")
    world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="ثبت دوباره")
    lines = record(world, kept)["lines"]
    assert sorted((line["course_code"], line["counts"]) for line in lines) == [
        ("RD-01", False),
        ("RD-01", True),
        ("RD-02", True),
    ]
    assert sums(world) == [("AG-A", 2, 20)]
    with pytest.raises(NotFound, match="employee_merged"):
        record(world, duplicate)


def test_a_former_agency_sees_what_was_of_its_time_and_others_nothing(world: Any) -> None:
    person = world.employee(birth_date="1991-05-01")
    world.complete(person)
    code = world.call("get_employee", employee_id=person)["national_code"]
    move = {"agency_code": "AG-B", "national_code": code, "personnel_number": "N-1", "reason": "انتقال"}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with time_machine.travel(tomorrow):
        asked = world.call("transfer_employee", effective_on=world.today, **move)
        world.call("decide_transfer", transfer_id=asked["transfer_id"], approve=True)
        world.complete(person, course_code="RD-02", open_to="all")
        new = record(world, person, agency="AG-B", roles=("agency_system",))
        old = record(world, person, agency="AG-A", roles=("agency_system",))
        with pytest.raises(NotFound, match="employee_not_found"):
            record(world, person, agency="AG-C", roles=("agency_system",))
        known = record(world, person, as_of=(world.today - timedelta(days=1)).isoformat())
    assert [line["agency_code"] for line in new["lines"]] == ["AG-A", "AG-B"]
    assert (new["complete"], new["person"]["agency_code"], len(new["employment"])) == (True, "AG-B", 2)
    assert [line["agency_code"] for line in old["lines"]] == ["AG-A"]
    assert (old["complete"], old["person"]["birth_date"], len(old["employment"])) == (False, None, 1)
    assert (known["person"]["agency_code"], known["employment"][0]["until_day"]) == ("AG-A", None)
    assert len(known["lines"]) == 1


def test_what_an_earlier_release_completed_is_entered_later_and_once(world: Any) -> None:
    person, other = world.employees(2)
    missed = [world.complete(person), world.complete(person, course_version=2), world.complete(other)]
    revoked = missed.pop()
    with world.harness.db.transaction() as tx:
        tx.execute(sa.delete(training_entries).where(training_entries.c.id.in_([UUID(each) for each in missed])))
        tx.execute(sa.delete(person_years).where(person_years.c.employee_id == UUID(person)))
        (row,) = tx.execute(sa.select(training_entries)).all()
        counting.take_back(tx, Actor("certification"), [row], "ابطال", datetime.now(UTC))
    for _run in range(2):
        world.harness.service.enter_missed()
    found = record(world, person)["lines"]
    assert [(line["line_id"], line["counts"]) for line in found] == [(missed[0], True), (missed[1], False)]
    assert found[0]["provider_name"]["en"] == "Agency A"
    assert (record(world, other)["lines"], revoked not in missed, sums(world)) == ([], True, [("AG-A", 1, 10)])


@pytest.mark.parametrize("what", ["promoted", "left"])
def test_an_end_of_employment_that_was_recorded_late_was_not_known_before(world: Any, what: str) -> None:
    hired, effective = (world.today - timedelta(days=days) for days in (900, 60))
    then = datetime.now(UTC) - timedelta(days=30)
    with time_machine.travel(datetime.now(UTC) - timedelta(days=800), tick=True):
        person = world.employee(hired_on=hired)
        world.complete(person)
    before = record(world, person, as_of=then.isoformat())
    exported = world.call("export_training_records", agency_code="AG-A", as_of=then.isoformat())
    if what == "promoted":
        world.call("change_employment", employee_id=person, effective_on=effective, is_manager=True)
    else:
        world.call("end_employment", employee_id=person, on=effective, reason="resigned")
    assert record(world, person, as_of=then.isoformat()) == before
    assert before["person"]["left_on"] is None and len(before["employment"]) == 1
    assert world.call("export_training_records", agency_code="AG-A", as_of=then.isoformat()) == exported
    assert exported["rows"] == 1
    now = record(world, person)
    assert (now["person"]["is_manager"], now["person"]["left_on"] is not None) == (what == "promoted", what == "left")
    assert now["years"][-1]["required_hours"] != before["years"][-1]["required_hours"]


def test_a_record_of_the_future_is_refused(world: Any) -> None:
    person = world.employee()
    assert record(world, person, as_of=world.today.isoformat())["lines"] == []
    for to_come in (world.today + timedelta(days=1), datetime.now(UTC) + timedelta(minutes=5)):
        with pytest.raises(Invalid, match="as_of"):
            record(world, person, as_of=to_come.isoformat())
    with pytest.raises(Invalid, match="as_of"):
        record(world, person, as_of="1405-01-01")
