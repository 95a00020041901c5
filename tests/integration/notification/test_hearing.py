"""What is heard: recipients, and one notification for each fact."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.notification import models
from shared import metrics
from shared.errors import Unavailable
from shared.events import (
    EnrollmentCancelledV1,
    EnrollmentConfirmedV1,
    EnrollmentFailedV1,
    FormDueV1,
    ProgrammeCompletedV1,
    ScheduleChangedV1,
)
from shared.events.catalog import Session
from tests.integration.notification.conftest import TITLE, Ledger, issued, message, registered

MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def recipients(ledger: Ledger) -> list[Any]:
    with ledger.db.reading() as tx:
        return list(tx.execute(sa.select(models.recipients).order_by(models.recipients.c.employee_id)))


def queued_metric(template: str) -> float:
    return float(metrics.NOTIFICATIONS_QUEUED.labels(template)._value.get())


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_registrations_the_later_one_counts_in_any_order(
    ledger: Ledger, order: tuple[int, int], together: bool
) -> None:
    both = [
        message(registered(email="old@example.ir"), time=MOMENT),
        message(registered(email="new@example.ir", agency_code="AG-B"), time=MOMENT + timedelta(seconds=1)),
    ]
    turns = [[both[index] for index in order]] if together else [[both[index]] for index in order]
    for turn in turns:
        ledger.service.on_employee_registered(turn)
    (person,) = recipients(ledger)
    assert (person.email, person.agency_code) == ("new@example.ir", "AG-B")


def test_a_certificate_that_was_issued_without_mail_queues_nothing_however_often_it_is_said(ledger: Ledger) -> None:
    ledger.people(1)
    silent, loud = issued(1, mail=False), issued(1)
    ledger.service.on_certificate_issued([message(silent), message(loud)])
    ledger.service.on_certificate_issued([message(silent)])
    (row,) = ledger.rows()
    assert row.subject_id == loud.certificate_id


def test_a_certificate_without_mail_waits_for_no_registration(ledger: Ledger) -> None:
    ledger.service.on_certificate_issued([message(issued(1, mail=False))])
    assert ledger.rows() == []


def test_each_fact_queues_its_mail(ledger: Ledger) -> None:
    ledger.people(1)
    common: dict[str, Any] = {
        "employee_id": UUID(int=1),
        "agency_code": "AG-A",
        "full_name": "نمونه شماره 1",
        "offering_id": uuid4(),
        "course_code": "RD-01",
        "course_title": TITLE,
        "hours": 12.0,
    }
    days = {"delivery_mode": "lms", "starts_on": date(2026, 11, 23), "ends_on": date(2026, 11, 25)}
    result = {"attended_hours": 3.0, "score": 10.0, "min_attendance": 0.8, "pass_mark": 60.0, "reasons": ["score"]}
    confirmed = message(EnrollmentConfirmedV1(enrollment_id=uuid4(), **common, **days))
    failed = message(EnrollmentFailedV1(enrollment_id=uuid4(), **common, **result))
    ledger.service.on_enrollment_confirmed([confirmed])
    ledger.service.on_enrollment_failed([failed])
    (certificate,) = ledger.certificates(1)
    rows = ledger.rows()
    assert [row.template for row in rows] == ["enrollment_confirmed", "result_failed", "certificate_issued"]
    assert [row.event_id for row in rows] == [confirmed.id, failed.id, certificate.id]
    facts = [confirmed.event.enrollment_id, failed.event.enrollment_id, certificate.event.certificate_id]
    assert [row.subject_id for row in rows] == facts
    ledger.send()
    assert ledger.statuses() == ["sent"] * 3
    corrected = message(msgspec.structs.replace(failed.event, score=40.0, move_id=uuid4()))
    for told in (corrected, message(corrected.event), message(failed.event)):
        ledger.service.on_enrollment_failed([told])
    assert [row.event_id for row in ledger.rows()][3:] == [corrected.id]


def test_news_of_courses_and_programmes_queue_their_mails_once(ledger: Ledger) -> None:
    ledger.people(1)
    person: dict[str, Any] = {"employee_id": UUID(int=1), "agency_code": "AG-A", "full_name": "نمونه شماره 1"}
    course = {"offering_id": uuid4(), "course_code": "RD-01", "course_title": TITLE, "hours": 12.0}
    days = {"starts_on": date(2026, 11, 23), "ends_on": date(2026, 11, 25)}
    at = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    held = [Session(number=1, starts_at=at, ends_at=at + timedelta(hours=2), room_title=TITLE)]
    enrollment: dict[str, Any] = {"enrollment_id": uuid4(), "state": "confirmed", "reason": "تعمیر سالن"}
    change = ScheduleChangedV1(
        **person,
        **course,
        **days,
        **enrollment,
        schedule_id=uuid4(),
        delivery_mode="lms",
        revision=2,
        changed=["sessions"],
        sessions=held,
    )
    end = EnrollmentCancelledV1(**person, **course, **days, **enrollment, cause="agency")
    programme = ProgrammeCompletedV1(
        **person,
        completion_id=uuid4(),
        programme_code="INDUCTION",
        programme_version=1,
        programme_title=TITLE,
        purpose="induction",
        hours=66.0,
        course_codes=["RD-01"],
        completed_on=date(2026, 11, 25),
        completed_at=at,
    )
    form = FormDueV1(
        **person,
        **course,
        form_id=uuid4(),
        kind="behaviour",
        enrollment_id=uuid4(),
        participant_name="نمونه شماره 2",
        ends_on=date(2026, 11, 25),
        due_on=date(2027, 3, 9),
    )
    for _ in range(2):
        ledger.service.on_form_due([message(form)])
        ledger.service.on_schedule_changed([message(change)])
        ledger.service.on_enrollment_cancelled([message(end)])
        ledger.service.on_programme_completed([message(programme)])
    rows = {row.template: row.subject_id for row in ledger.rows()}
    assert rows == {
        "schedule_changed": change.schedule_id,
        "enrollment_cancelled": end.enrollment_id,
        "programme_completed": programme.completion_id,
        "form_due": form.form_id,
    }
    assert len(ledger.rows()) == 4
    ledger.send()
    assert ledger.statuses() == ["sent"] * 4


def test_queueing_wakes_the_sender_and_counts_after_the_commit(ledger: Ledger) -> None:
    ledger.people(3)
    before = queued_metric("certificate_issued")
    ledger.certificates(3)
    assert queued_metric("certificate_issued") - before == 3
    assert ledger.woken == ["send_pending"]


def test_an_event_heard_again_queues_nothing_even_when_the_inbox_has_forgotten_it(ledger: Ledger) -> None:
    ledger.people(3)
    messages = ledger.certificates(3)
    before = queued_metric("certificate_issued")
    with ledger.db.transaction() as tx:
        tx.execute(sa.delete(models.metadata.tables["inbox"]))
    ledger.service.on_certificate_issued(list(reversed(messages)))
    assert len(ledger.rows()) == 3
    assert queued_metric("certificate_issued") == before


def test_another_event_about_the_same_certificate_queues_nothing(ledger: Ledger) -> None:
    ledger.people(2)
    (first, _) = ledger.certificates(2)
    ledger.service.on_certificate_issued([message(first.event), message(issued(2)), message(first.event)])
    assert len(ledger.rows()) == 3


def test_somebody_not_heard_of_yet_makes_the_batch_wait_and_leaves_nothing_behind(ledger: Ledger) -> None:
    ledger.people(1)
    both = [message(issued(1)), message(issued(2))]
    with pytest.raises(Unavailable) as caught:
        ledger.service.on_certificate_issued(both)
    assert caught.value.code == "recipient_not_known_yet"
    assert ledger.rows() == []
    ledger.service.on_certificate_issued(both[:1])
    ledger.people(2)
    ledger.service.on_certificate_issued(both[1:])
    assert len(ledger.rows()) == 2


def test_the_ledger_keeps_no_national_code_and_no_name(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    (row,) = ledger.rows()
    assert "full_name" not in row.context
    assert not {"national_code", "personnel_number"} & set(row.context)
