"""What certification says enters the record, in any order and once."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models.record import person_years, training_entries
from services.enrollment.service.record import certified, recording
from shared.errors import Unavailable
from shared.events import CertificateIssuedV1, CertificateRevokedV1, LocalizedText, PastRecordTakenInV1
from tests.integration.enrollment.type2 import applicant, awarded, whole

TITLE = LocalizedText("دوره نمونه", "Sample course")


def issued(world: Any, person: str, line_id: str, serial: str = "AG-A-1405-1", **changes: Any) -> CertificateIssuedV1:
    fields: dict[str, Any] = {
        "certificate_id": uuid4(),
        "enrollment_id": UUID(line_id),
        "employee_id": UUID(person),
        "agency_code": "AG-A",
        "full_name": "نمونه",
        "serial": serial,
        "course_code": "RD-01",
        "course_title": TITLE,
        "verification_url": "https://example.ir/verify/1",
        "kind": "type1",
        "hours": 10.0,
        "completed_on": world.today,
        "completed_at": datetime.now(UTC),
        "issued_at": datetime.now(UTC),
        "verification_code": "1",
    }
    return CertificateIssuedV1(**(fields | changes))


def revoked(of: CertificateIssuedV1) -> CertificateRevokedV1:
    names = ("certificate_id", "enrollment_id", "employee_id", "agency_code", "full_name", "serial", "course_code")
    same = {name: getattr(of, name) for name in (*names, "course_title", "verification_url")}
    return CertificateRevokedV1(**same, kind=of.kind, reason="سند نادرست", revoked_on=date(2026, 11, 20))


def past(person: str, **changes: Any) -> PastRecordTakenInV1:
    fields: dict[str, Any] = {
        "record_id": uuid4(),
        "reference": "R-1",
        "certificate_id": uuid4(),
        "serial": "AG-A-1405-9",
        "employee_id": UUID(person),
        "agency_code": "AG-A",
        "course_code": "OLD-1",
        "course_title": TITLE,
        "course_type": "job",
        "original_type": "2",
        "delivery_mode": "in_person",
        "provider_code": "AG-A",
        "provider_name": LocalizedText("دستگاه نمونه A"),
        "original_serial": "77/12",
        "original_date": date(2004, 3, 1),
        "hours": 20.0,
        "score": None,
        "starts_on": date(2004, 2, 1),
        "ends_on": date(2004, 2, 10),
        "taken_in_at": datetime(2026, 11, 1, tzinfo=UTC),
        "issued_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return PastRecordTakenInV1(**(fields | changes))


def lines(world: Any, person: str) -> list[Any]:
    found: list[Any] = world.call("get_training_record", employee_id=person)["lines"]
    return found


def test_a_line_names_the_certificate_that_holds(world: Any) -> None:
    person = world.employee()
    line_id = world.complete(person)
    first = issued(world, person, line_id)
    world.harness.deliver(first)
    assert lines(world, person)[0]["certificate_serial"] == "AG-A-1405-1"
    before = datetime.now(UTC)
    world.call("correct_result", enrollment_id=line_id, attended_hours=10, score=80, reason="ثبت نادرست")
    again = {"issued_at": datetime.now(UTC), "replaces_serial": first.serial}
    world.harness.deliver(issued(world, person, line_id, "AG-A-1405-2", **again))
    assert lines(world, person)[0]["certificate_serial"] == "AG-A-1405-2"
    known = world.call("get_training_record", employee_id=person, as_of=before.isoformat())
    assert (known["lines"][0]["certificate_serial"], known["lines"][0]["score"]) == ("AG-A-1405-1", 90)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0), (2, 0, 1)])
def test_a_revoked_certificate_takes_its_line_back_in_whatever_order_it_is_heard(world: Any, order: Any) -> None:
    person = world.employee()
    record = past(person)
    certificate = issued(
        world,
        person,
        str(record.record_id),
        record.serial,
        certificate_id=record.certificate_id,
        issued_at=record.issued_at,
    )
    events = (record, certificate, revoked(certificate))
    for event in (*(events[place] for place in order), *events):
        world.harness.deliver(event)
    shown = world.call("get_training_record", employee_id=person)
    assert (shown["lines"], [row["reason"] for row in shown["corrections"]]) == ([], ["سند نادرست"])
    with world.harness.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(training_entries)) == 2
        assert tx.scalar(sa.select(sa.func.sum(person_years.c.job_hours))) == 0


def test_a_late_revocation_does_not_take_back_what_was_made_good_since(world: Any) -> None:
    person = world.employee()
    line_id = world.complete(person)
    first = issued(world, person, line_id)
    world.harness.deliver(first)
    for score in (10, 70):
        world.call("correct_result", enrollment_id=line_id, attended_hours=10, score=score, reason="ثبت نادرست")
    world.harness.deliver(revoked(first))
    (line,) = lines(world, person)
    assert (line["score"], line["certificate_serial"]) == (70, None)
    second = issued(world, person, line_id, "AG-A-1405-2")
    world.harness.deliver(second)
    world.harness.deliver(revoked(second))
    assert lines(world, person) == []


def test_a_line_that_counts_in_place_of_another_rests_on_its_certificate_still(world: Any) -> None:
    person = world.employee()
    first, second = world.complete(person), world.complete(person, course_version=2)
    certificate = issued(world, person, second)
    world.harness.deliver(certificate)
    world.call("correct_result", enrollment_id=first, attended_hours=10, score=10, reason="ثبت نادرست")
    assert [(line["line_id"], line["counts"]) for line in lines(world, person)] == [(second, True)]
    world.harness.deliver(revoked(certificate))
    assert lines(world, person) == []


def test_a_revoked_line_may_stay_by_policy(world: Any) -> None:
    policy = {"value": "yes", "effective_from": "2026-01-01", "source": "بخشنامه نمونه", "reason": "نمونه"}
    world.call("record_policy", key="revoked_certificate_counts", confidence="F", scope="national", **policy)
    person = world.employee()
    certificate = issued(world, person, world.complete(person))
    world.harness.deliver(certificate)
    world.harness.deliver(revoked(certificate))
    (line,) = lines(world, person)
    assert (line["counts"], line["certificate_serial"]) == (True, None)


def test_a_revoked_type2_certificate_ends_its_award(world: Any) -> None:
    person = applicant(world)
    application_id = awarded(world, person)
    award = issued(world, person, whole(world, application_id)["award_id"], kind="type2", course_code="skill")
    world.harness.deliver(award)
    for _time in range(2):
        world.harness.deliver(world.harness.message(revoked(award)))
    assert whole(world, application_id)["state"] == "revoked"
    assert all(line["certificate_serial"] is None and line["counts"] for line in lines(world, person))


def test_records_of_the_past_enter_once_and_count_once(world: Any) -> None:
    person = world.employee()
    first = past(person)
    second = past(person, starts_on=date(2005, 2, 1), ends_on=date(2005, 2, 10))
    world.harness.deliver(first, second)
    world.harness.deliver(world.harness.message(first))
    found = lines(world, person)
    assert [(line["source"], line["jalali_year"], line["counts"], line["original_type"]) for line in found] == [
        ("past", 1382, True, "2"),
        ("past", 1383, False, "2"),
    ]
    assert found[0]["certificate_serial"] == "AG-A-1405-9"
    known = world.call("get_training_record", employee_id=person, as_of=(world.today - timedelta(days=40)).isoformat())
    assert known["lines"] == []


def test_a_record_of_somebody_who_is_not_known_yet_waits(world: Any) -> None:
    with pytest.raises(Unavailable, match="employee_not_known_yet"):
        world.harness.deliver(past(str(uuid4())))
    kept, duplicate = world.employees(2)
    world.call("merge_employees", employee_id=kept, duplicate_id=duplicate, reason="ثبت دوباره")
    world.harness.deliver(past(duplicate))
    assert len(lines(world, kept)) == 1


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, other: threading.Thread) -> None:
    """Let another transaction run, once a function was called the first time, until it is over or waits."""
    go_on = getattr(module, name)

    def then(tx: Any, *given: Any) -> Any:
        found = go_on(tx, *given)
        if not other.ident:
            other.start()
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while other.is_alive() and not tx.scalar(waits):
                time.sleep(0.005)
        return found

    monkeypatch.setattr(module, name, then)


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.parametrize("said", ["past record", "revocation"])
def test_what_is_heard_while_people_are_merged_is_of_the_kept_one(
    world: Any, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    kept, duplicate = world.employees(2)
    message: Any = past(duplicate)
    if said == "revocation":
        certificate = issued(world, duplicate, world.complete(duplicate))
        world.harness.deliver(certificate)
        message = revoked(certificate)
    both = {"employee_id": kept, "duplicate_id": duplicate}
    other = threading.Thread(target=lambda: world.call("merge_employees", **both, reason="ثبت دوباره"))

    place = (certified, "hold") if said == "past record" else (certified.models, "lines_without_proof")
    meanwhile(monkeypatch, *place, other)
    world.harness.deliver(message)
    other.join()
    own = person_years.c
    with world.harness.db.reading() as tx:
        sums = tx.execute(sa.select(own.employee_id, own.lines).where(own.lines != 0)).all()
    assert len(lines(world, kept)) == (said == "past record")
    assert sums == ([(UUID(kept), 1)] if said == "past record" else [])


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_of_a_completion_and_a_record_of_another_year_at_once_one_counts(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.employee()
    offering_id = world.offering(course_code="OLD-1")
    enrollment_id = world.enroll(person, offering_id)["enrollment_id"]
    hears = threading.Thread(target=lambda: world.harness.deliver(past(person)))
    meanwhile(monkeypatch, recording, "_repeated", hears)
    row = {"enrollment_id": enrollment_id, "attended_hours": 10, "score": 90}
    world.call("record_results", offering_id=offering_id, results=[row])
    hears.join()
    assert sorted(line["counts"] for line in lines(world, person)) == [False, True]


@pytest.mark.parametrize("harness", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_correction_and_a_revocation_at_once_take_a_line_back_once(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.employee()
    line_id = world.complete(person)
    certificate = issued(world, person, line_id)
    world.harness.deliver(certificate)
    refused: list[Exception] = []

    def revoke() -> None:
        try:
            world.harness.deliver(revoked(certificate))
        except sa.exc.IntegrityError as error:
            refused.append(error)

    hears = threading.Thread(target=revoke)
    meanwhile(monkeypatch, recording.models, "standing_line", hears)
    world.call("correct_result", enrollment_id=line_id, attended_hours=10, score=70, reason="ثبت نادرست")
    hears.join()
    assert (refused, [line["score"] for line in lines(world, person)]) == ([], [70])
