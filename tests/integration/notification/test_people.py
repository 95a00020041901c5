"""Who people are changes: new addresses, duplicates that were one person, and people who are forgotten."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models
from shared.errors import NotFound, Unavailable
from shared.events import (
    EmployeeChangedV1,
    EmployeeErasedV1,
    EmployeesMergedV1,
    EnrollmentConfirmedV1,
    EnrollmentRequestedV1,
    SeatOfferedV1,
)
from tests.integration.notification.conftest import TITLE, Ledger, caller, issued, message, registered

LATER = datetime.now(UTC) + timedelta(hours=1)


def changed(number: int = 1, **changes: Any) -> EmployeeChangedV1:
    fields: dict[str, Any] = {
        "employee_id": UUID(int=number),
        "agency_code": "AG-B",
        "full_name": "نمونه با نام تازه",
        "email": "new@example.ir",
        "language": "en",
        "employed": True,
        "changed": ["email"],
    }
    return EmployeeChangedV1(**fields | changes)


def recipient(ledger: Ledger, number: int) -> Any:
    with ledger.db.reading() as tx:
        own = models.recipients.c.employee_id == UUID(int=number)
        return tx.execute(sa.select(models.recipients).where(own)).one()


def move(kind: Any, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "move_id": uuid4(),
        "enrollment_id": UUID(int=77),
        "employee_id": UUID(int=1),
        "agency_code": "AG-A",
        "full_name": "نمونه شماره 1",
        "offering_id": uuid4(),
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
        "delivery_mode": "in_person",
        "starts_on": date(2026, 12, 5),
        "ends_on": date(2026, 12, 7),
    }
    return kind(**fields | changes)


def test_mail_goes_to_the_new_address_in_the_new_language(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.service.on_certificate_issued([message(issued())])
    ledger.service.on_employee_changed([message(changed(), time=LATER)])
    ledger.service.on_employee_registered([message(registered())])
    row = recipient(ledger, 1)
    assert (row.email, row.language, row.full_name, row.agency_code) == (
        "new@example.ir",
        "en",
        "نمونه با نام تازه",
        "AG-B",
    )
    listed = ledger.call("list_notifications", caller("agency_system", agency="AG-B"), employee_id=str(UUID(int=1)))
    assert len(listed["items"]) == 1


def test_what_a_duplicate_was_told_is_the_kept_persons_whenever_it_comes(ledger: Ledger) -> None:
    ledger.people(2)
    early = issued(2)
    ledger.service.on_certificate_issued([message(early)])
    merged = EmployeesMergedV1(employee_id=UUID(int=1), duplicate_id=UUID(int=2), agency_code="AG-A", merged_at=LATER)
    for _time in range(2):
        ledger.service.on_employees_merged([message(merged)])
    ledger.service.on_employee_registered([message(registered(2), time=LATER + timedelta(hours=1))])
    ledger.service.on_certificate_issued([message(issued(2))])
    assert {row.employee_id for row in ledger.rows()} == {UUID(int=1)}
    assert len(ledger.rows()) == 2
    ledger.send()
    assert ledger.statuses() == ["sent", "sent"]
    mails = [path.read_bytes() for path in ledger.files]
    assert all(b"sample1@example.ir" in mail and b"sample2@" not in mail for mail in mails)


def test_who_is_forgotten_is_never_written_to_again(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.service.on_certificate_issued([message(issued())])
    erased = EmployeeErasedV1(employee_id=UUID(int=1), erased_at=LATER)
    for _time in range(2):
        ledger.service.on_employee_erased([message(erased)])
    ledger.service.on_employee_registered([message(registered(), time=LATER + timedelta(hours=1))])
    ledger.service.on_certificate_issued([message(issued())])
    ledger.send()
    assert (ledger.statuses(), ledger.files) == (["suppressed"] * 2, [])
    row = recipient(ledger, 1)
    assert (row.full_name, row.email) == ("", "")
    assert [row.context for row in ledger.rows()] == [{}, {}]


def test_an_erasure_that_comes_first_is_not_forgotten(ledger: Ledger) -> None:
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=1), erased_at=LATER))])
    ledger.service.on_employee_registered([message(registered())])
    ledger.service.on_certificate_issued([message(issued())])
    ledger.send()
    ((row,), mails) = ledger.rows(), ledger.files
    assert (row.status, row.context, row.last_answer, mails) == ("suppressed", {}, "The person's data was erased.", [])


def merged(kept: int, duplicate: int) -> Any:
    ids = {"employee_id": UUID(int=kept), "duplicate_id": UUID(int=duplicate)}
    return message(EmployeesMergedV1(**ids, agency_code="AG-A", merged_at=LATER))


def test_a_merge_waits_for_the_registration_of_the_kept_person(ledger: Ledger) -> None:
    """It may be faster, and what waits for the duplicate would go to nobody."""
    ledger.people(1)
    ledger.certificates(1)
    with pytest.raises(Unavailable):
        ledger.service.on_employees_merged([merged(2, 1)])
    ledger.people(2)
    ledger.service.on_employees_merged([merged(2, 1)])
    ledger.send()
    assert [(row.employee_id, row.status) for row in ledger.rows()] == [(UUID(int=2), "sent")]


@pytest.mark.parametrize("told", [(), (2,), (3,), (2, 3)])
def test_what_two_registrations_of_one_person_were_to_be_told_comes_once(ledger: Ledger, told: tuple[int, ...]) -> None:
    ledger.people(3)
    asked: dict[str, Any] = {"decide_by": LATER, "is_first": False, "steps": ["supervisor"]}
    both = [UUID(int=2), UUID(int=3)]
    ledger.service.on_enrollment_requested([message(move(EnrollmentRequestedV1, deciders=both, **asked))])
    with ledger.db.transaction() as tx:
        theirs = models.notifications.c.employee_id.in_([UUID(int=number) for number in told])
        tx.execute(sa.update(models.notifications).where(theirs).values(status="sent"))
    for _time in range(2):
        ledger.service.on_employees_merged([merged(2, 3)])
    ledger.send()
    statuses = {row.employee_id.int: row.status for row in ledger.rows()}
    assert statuses == {number: "sent" if number in (told or (2,)) else "suppressed" for number in (2, 3)}
    assert len(ledger.files) == (not told)
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=2), erased_at=LATER))])
    assert [row.context for row in ledger.rows()] == [{}, {}]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_two_merges_and_an_erasure_leave_nothing_in_any_order(ledger: Ledger, order: tuple[int, ...]) -> None:
    ledger.people(3)
    ledger.certificates(3)
    news = [
        lambda: ledger.service.on_employees_merged([merged(2, 1)]),
        lambda: ledger.service.on_employees_merged([merged(3, 2)]),
        lambda: ledger.service.on_employee_erased(
            [message(EmployeeErasedV1(employee_id=UUID(int=3), erased_at=LATER))]
        ),
    ]
    for place in order:
        news[place]()
    ledger.service.on_certificate_issued([message(issued(1))])
    ledger.send()
    assert {(row.employee_id, row.status, str(row.context)) for row in ledger.rows()} == {
        (UUID(int=3), "suppressed", "{}")
    }
    assert ledger.files == []


def test_the_ledger_of_a_duplicate_and_of_who_moved_is_read_by_those_it_concerns(ledger: Ledger) -> None:
    ledger.people(2)
    ledger.certificates(2)
    ledger.service.on_employees_merged([merged(1, 2)])
    ledger.service.on_employee_changed([message(changed(), time=LATER)])
    for agency, number in (("AG-B", 1), ("AG-B", 2), ("AG-A", 1), ("AG-A", 2)):
        who = caller("agency_system", agency=agency)
        assert len(ledger.call("list_notifications", who, employee_id=str(UUID(int=number)))["items"]) == 2
    with pytest.raises(NotFound):
        who = caller("agency_system", agency="AG-C")
        ledger.call("list_notifications", who, employee_id=str(UUID(int=1)))


def test_a_request_is_told_once_for_all_its_steps(ledger: Ledger) -> None:
    ledger.people(1)
    more = {"steps": ["supervisor"], "decide_by": LATER, "deciders": []}
    first, second = (move(EnrollmentRequestedV1, is_first=one, **more) for one in (True, False))
    ledger.service.on_enrollment_requested([message(second)])
    ledger.service.on_enrollment_requested([message(first), message(second)])
    assert [row.template for row in ledger.rows()] == ["enrollment_requested"]


def test_deciders_are_told_of_each_step_but_nobody_of_their_own_request(ledger: Ledger) -> None:
    ledger.people(3)
    asked: dict[str, Any] = {"decide_by": LATER, "is_first": False}
    both = [UUID(int=2), UUID(int=3), UUID(int=1), UUID(int=2)]
    first = move(EnrollmentRequestedV1, steps=["supervisor", "training_officer"], deciders=both, **asked)
    second = move(EnrollmentRequestedV1, steps=["training_officer"], deciders=[UUID(int=3)], **asked)
    nobody = move(EnrollmentRequestedV1, steps=["supervisor"], deciders=[UUID(int=1)], **asked)
    for _time in range(2):
        ledger.service.on_enrollment_requested([message(one) for one in (first, second, nobody)])
    rows = [row for row in ledger.rows() if row.template == "approval_due"]
    assert sorted((row.employee_id.int, row.context["step"]) for row in rows) == [
        (2, "supervisor"),
        (3, "supervisor"),
        (3, "training_officer"),
    ]
    assert rows[0].context["participant_name"] == "نمونه شماره 1"
    ledger.send()
    assert ledger.statuses() == ["sent"] * 3


def test_who_gets_a_seat_again_is_told_again_and_each_offer_by_itself(ledger: Ledger) -> None:
    ledger.people(1)
    one, other = move(EnrollmentConfirmedV1), move(EnrollmentConfirmedV1)
    ledger.service.on_enrollment_confirmed([message(one), message(other)])
    ledger.service.on_enrollment_confirmed([message(one)])
    offers = [move(SeatOfferedV1, answer_by=LATER) for _time in range(2)]
    ledger.service.on_seat_offered([message(offer) for offer in offers])
    templates = sorted(row.template for row in ledger.rows())
    assert templates == ["enrollment_confirmed"] * 2 + ["seat_offered"] * 2
