"""One certificate for each person, course and cycle, whatever comes twice, late or at once."""

import itertools
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.certification.models import covered_enrollments
from shared.events import CertificateIssuedV1, EnrollmentCompletedV1
from shared.persian import tehran_date
from tests.integration.certification.conftest import Office, completed
from tests.integration.certification.test_certificate_corrections import corrected
from tests.integration.certification.test_certificate_people import merged
from tests.integration.certification.test_certificate_requests import decide, revocation

MONTHS = {"refresh_every_months": 24}
UNTIL = date(2028, 11, 22)  # 1407/09/02, of a completion on 1405/09/02


def later(completion: EnrollmentCompletedV1, days: int, **changes: Any) -> EnrollmentCompletedV1:
    """The same person completes the same course again, some days later."""
    again = {
        "employee_id": completion.employee_id,
        "completed_on": completion.completed_on + timedelta(days=days),
        "completed_at": completion.completed_at + timedelta(days=days),
        "refresh_every_months": completion.refresh_every_months,
        "course_version": completion.course_version,
    }
    return completed(**(again | changes))


def cycles(office: Office) -> list[tuple[int, str]]:
    return [(row.cycle, row.status) for row in office.rows()]


def renewal(office: Office, **term: Any) -> None:
    default = {"window_months": 3, "base": "completion", "fixed_day": None}
    value = {"default": default, "courses": {"RD-01": default | term}}
    said = {"source": "آزمون", "confidence": "policy_default", "reason": "آزمون"}
    office.call("record_policy", ("national",), key="renewal", value=value, effective_from="2027-01-01", **said)


def test_a_second_completion_is_covered_by_the_certificate_there_is(office: Office) -> None:
    first = completed()
    (issued,) = office.issue(first)
    again = later(first, 30)
    assert office.issue(again, again) == []
    assert office.issue(again) == []
    assert cycles(office) == [(1, "valid")]
    (item,) = office.call("list_certificates", employee_id=first.employee_id)["items"]
    day = again.completed_on.isoformat()
    assert item["also_covers"] == [{"enrollment_id": str(again.enrollment_id), "completed_on": day}]
    pages, cursor = list[Any](), None
    for _ in range(2):
        page = office.call("list_issued", ("operator",), limit=1, cursor=cursor)
        pages, cursor = pages + page["items"], page["next"]
    assert cursor is None
    assert [(item["enrollment_id"], item["is_covered"]) for item in pages] == [
        (str(first.enrollment_id), False),
        (str(again.enrollment_id), True),
    ]
    assert {item["certificate_id"] for item in pages} == {str(issued.certificate_id)}


def test_a_preview_counts_what_a_wider_window_would_have_issued(office: Office) -> None:
    first = completed(**MONTHS)
    office.issue(first)
    office.issue(later(first, 60), later(first, 200))
    asked = {"key": "renewal", "effective_from": tehran_date(datetime.now(UTC)).isoformat()}
    counts = []
    for months in (3, 18, 24):
        value = {"default": {"window_months": months, "base": "completion", "fixed_day": None}, "courses": {}}
        counts.append(office.call("preview_policy", ("national",), value=value, **asked)["issues"])
    assert counts == [0, 1, 2]
    assert len(office.rows()) == 1


def test_what_begins_the_next_cycle(office: Office) -> None:
    first = completed(**MONTHS)
    (issued,) = office.issue(first)
    assert issued.valid_until == UNTIL
    assert office.issue(later(first, 60)) == []
    (newer_version,) = office.issue(later(first, 90, course_version=2))
    assert office.issue(later(first, 120)) == []  # version 2 says it already
    (renewed,) = office.issue(later(first, 90 + 700, course_version=2))
    assert cycles(office) == [(1, "valid"), (2, "valid"), (3, "valid")]
    assert renewed.valid_until is not None
    assert newer_version.valid_until is not None
    assert renewed.valid_until > newer_version.valid_until > issued.valid_until


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({}, date(2030, 11, 3)),
        ({"base": "expiry"}, date(2030, 11, 23)),
        ({"base": "fixed", "fixed_day": "12-30"}, date(2030, 3, 20)),
        ({"window_months": 0}, None),
    ],
)
def test_a_renewal_counts_from_the_day_that_the_course_chose(
    office: Office, term: dict[str, Any], expected: date | None
) -> None:
    first = completed(**MONTHS)
    (issued,) = office.issue(first)
    renewal(office, **term)
    found = office.issue(later(first, 710))  # three weeks before the last day
    assert [each.valid_until for each in found] == ([expected] if expected else [])
    assert issued.valid_until == UNTIL


def test_a_revoked_one_covers_nothing_any_more(office: Office) -> None:
    first = completed()
    (issued,) = office.issue(first)
    again = later(first, 30)
    office.issue(again)
    decide(office, revocation(office, issued.certificate_id))
    assert len(office.call("list_issued", ("operator",))["items"]) == 1  # so `training reconcile` finds the other
    (second,) = office.issue(again)
    assert second.enrollment_id == again.enrollment_id
    assert cycles(office) == [(1, "revoked"), (2, "valid")]


def test_a_corrected_certificate_covers_what_the_old_one_did(office: Office) -> None:
    first = completed()
    office.issue(first)
    again = later(first, 30)
    office.issue(again)
    office.harness.deliver(corrected(first, score=70.0))
    items = office.call("list_certificates", employee_id=first.employee_id)["items"]
    assert [len(item["also_covers"]) for item in items] == [0, 1]
    assert cycles(office) == [(1, "superseded"), (1, "valid")]
    assert office.issue(again) == []


def test_a_covered_completion_that_is_corrected_changes_no_certificate(office: Office) -> None:
    first = completed()
    office.issue(first)
    again = later(first, 30)
    office.issue(again)
    early, late = corrected(again, "failed"), corrected(again, minutes=5, score=61.0)
    office.harness.deliver(corrected(again, "failed", minutes=9))
    (item,) = office.call("list_certificates", employee_id=first.employee_id)["items"]
    assert item["also_covers"] == []
    for event in (late, early, again):
        office.harness.deliver(event)
    assert cycles(office) == [(1, "valid")]
    office.harness.deliver(corrected(again, minutes=10, score=99.0))
    (item,) = office.call("list_certificates", employee_id=first.employee_id)["items"]
    assert len(item["also_covers"]) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_a_batch_comes_the_end_is_the_same(office: Office, order: tuple[int, ...]) -> None:
    first = completed(**MONTHS)
    events = [first, later(first, 40), later(first, 710)]
    office.harness.deliver(*(events[place] for place in order), *events)
    certified = {event.enrollment_id: event.valid_until for event in office.harness.outbox(CertificateIssuedV1)}  # type: ignore[attr-defined]
    assert certified == {first.enrollment_id: UNTIL, events[2].enrollment_id: date(2030, 11, 3)}


def test_replicas_give_one_person_one_certificate_of_a_course(office: Office) -> None:
    people = [uuid4() for _ in range(10)]
    batches = [[completed(employee_id=person) for person in people] for _ in range(3)]
    problems = list[BaseException]()

    def deliver(batch: list[Any]) -> None:
        try:
            office.harness.deliver(*batch)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=deliver, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(row.employee_id for row in office.rows()) == sorted(people)
    with office.harness.db.reading() as tx:
        assert len(tx.execute(covered_enrollments.select()).all()) == 20


def test_two_who_are_one_keep_both_certificates_in_cycles_of_their_own(office: Office) -> None:
    kept, duplicate = uuid4(), uuid4()
    for person in (kept, duplicate):
        first = completed(employee_id=person, **MONTHS)
        office.issue(first, later(first, 710))
    office.harness.deliver(merged(kept, duplicate))
    office.harness.deliver(merged(kept, duplicate))
    assert {row.employee_id for row in office.rows()} == {kept}
    assert sorted(cycles(office)) == [(number, "valid") for number in (1, 2, 3, 4)]
    assert office.issue(completed(employee_id=UUID(str(kept)), completed_on=date(2029, 1, 1), **MONTHS)) == []


def test_a_correction_of_the_day_moves_the_last_day(office: Office) -> None:
    first = completed(**MONTHS)
    office.issue(first)
    office.harness.deliver(corrected(first, completed_on=date(2026, 11, 13), **MONTHS))
    assert [row.valid_until for row in office.rows()] == [UNTIL, date(2028, 11, 12)]
    assert office.issued()[-1].completed_at == first.completed_at
    assert datetime.now(UTC) - office.issued()[-1].issued_at < timedelta(minutes=5)
