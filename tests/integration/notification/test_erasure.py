"""Who is forgotten is forgotten also in what others were told about them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.models.tables import letters
from shared.events import EmployeeErasedV1, EnrollmentConfirmedV1, EnrollmentRequestedV1
from tests.integration.notification.conftest import Ledger, message
from tests.integration.notification.hook_receiver import Receiver
from tests.integration.notification.test_bounces import officers, report, report_raw, rows, sent
from tests.integration.notification.test_digests import by_template, form, readers, wait, work_all_week
from tests.integration.notification.test_people import merged, move
from tests.integration.notification.test_webhooks import hook, hook_rows

NAME, ADDRESS = "نمونه شماره 1", "sample1@example.ir"
LATER = datetime.now(UTC) + timedelta(days=30)


def erase(ledger: Ledger, number: int = 1) -> None:
    ledger.service.on_employee_erased([message(EmployeeErasedV1(employee_id=UUID(int=number), erased_at=LATER))])


def ask(ledger: Ledger, *deciders: int, is_first: bool = False, **changes: Any) -> None:
    """Somebody asks for a seat, the first person if not said otherwise."""
    asked = {"steps": ["supervisor"], "decide_by": LATER, "is_first": is_first}
    them = [UUID(int=number) for number in deciders]
    ledger.service.on_enrollment_requested([message(move(EnrollmentRequestedV1, deciders=them, **asked, **changes))])


def said(ledger: Ledger) -> str:
    """All that the ledger and its letters say."""
    kept = [(row.subject, row.text) for row in rows(ledger, letters)]
    return str([row.context for row in ledger.rows()] + kept)


def statuses(ledger: Ledger, template: str) -> set[tuple[str, str | None]]:
    return {(row.status, row.reason) for row in by_template(ledger, template)}


def officers_digest(ledger: Ledger) -> Any:
    """That of an officer to whom mail to the first two people came back, and a certificate was issued."""
    work_all_week(ledger)
    returned = sent(ledger, 2)
    readers(ledger, 3)
    officers(ledger, 3)
    for number, notification_id in enumerate(returned, 1):
        raw = report("postfix_unknown_user", notification_id)
        report_raw(ledger, raw.replace(b"sample1@", f"sample{number}@".encode()))
    ledger.service.tell_failed_addresses()
    ledger.certificates(3)
    wait(ledger)
    ledger.service.make_digests()
    (digest,) = (row for row in by_template(ledger, "digest") if row.employee_id == UUID(int=3))
    assert NAME in str(digest.context)
    return digest


def test_an_officers_digest_goes_without_what_it_said_of_who_is_forgotten(ledger: Ledger) -> None:
    digest = officers_digest(ledger)
    erase(ledger)
    (left,) = (row for row in ledger.rows() if row.notification_id == digest.notification_id)
    told = [(item["template"], item["context"].get("participant_name")) for item in left.context["items"]]
    assert sorted(told) == [("address_failed", "نمونه شماره 2"), ("certificate_issued", None)]
    ledger.send()
    assert ADDRESS not in said(ledger)
    assert NAME not in said(ledger)
    assert "نمونه شماره 2" in said(ledger)
    assert statuses(ledger, "address_failed") == {("suppressed", "erased"), ("sent", None)}


def test_an_officers_digest_that_went_keeps_neither_words_nor_name(ledger: Ledger) -> None:
    officers_digest(ledger)
    ledger.send()
    assert NAME in said(ledger)
    erase(ledger)
    assert ADDRESS not in said(ledger)
    assert NAME not in said(ledger)
    assert statuses(ledger, "address_failed") == {("sent", None)}


def test_an_officers_digest_of_nobody_who_is_left_does_not_go(ledger: Ledger) -> None:
    digest = officers_digest(ledger)
    own = models.notifications.c
    with ledger.db.transaction() as tx:  # as if a sender had it in hand, and nothing else were in it
        items = [item for item in digest.context["items"] if item["template"] == "address_failed"]
        this = sa.update(models.notifications).where(own.notification_id == digest.notification_id)
        tx.execute(this.values(context={**digest.context, "items": items}, status="sending", claim_id=UUID(int=7)))
    for number in (1, 2):
        erase(ledger, number)
    (left,) = (row for row in ledger.rows() if row.notification_id == digest.notification_id)
    assert (left.status, left.reason, left.context, left.claim_id) == ("suppressed", "erased", {}, None)


@pytest.mark.parametrize("is_sent", [True, False])
def test_what_deciders_and_supervisors_were_told_is_forgotten(ledger: Ledger, is_sent: bool) -> None:
    ledger.people(4)
    ask(ledger, 2, 3, is_first=True)
    ask(ledger, 3)
    ask(ledger, 2, employee_id=UUID(int=4), full_name="نمونه شماره 4", enrollment_id=UUID(int=78))
    ledger.service.learn_seat_taken([message(move(EnrollmentConfirmedV1))])
    ledger.service.on_form_due([message(form(2, participant_name=NAME))])
    if is_sent:
        ledger.send()
    assert NAME in said(ledger)
    erase(ledger)
    assert NAME not in said(ledger)
    assert "نمونه شماره 4" in said(ledger)
    forgotten = [row for row in ledger.rows() if row.employee_id != UUID(int=1) and not row.context]
    assert sorted(row.template for row in forgotten) == ["approval_due"] * 3 + ["form_due"]
    assert {(row.status, row.reason) for row in forgotten} == {
        ("sent", None) if is_sent else ("suppressed", "erased"),
    }


def test_of_a_first_step_told_before_ids_were_kept_the_persons_own_request_speaks(ledger: Ledger) -> None:
    ledger.people(3)
    ask(ledger, 2, is_first=True)
    own = models.notifications.c
    with ledger.db.transaction() as tx:
        earlier = sa.update(models.notifications).where(own.template == "approval_due")
        tx.execute(earlier.values(context={"participant_name": NAME}))
    ledger.service.on_employees_merged([merged(3, 1)])
    erase(ledger, 3)
    assert {str(row.context) for row in ledger.rows()} == {"{}"}


def test_what_is_to_be_told_about_somebody_after_the_erasure_is_not(ledger: Ledger) -> None:
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.people(2)
        ledger.service.learn_seat_taken([message(move(EnrollmentConfirmedV1))])
        ask(ledger, 2)
        assert len(hook_rows(ledger)) == 1
        erase(ledger)
        ask(ledger, 2)
        ledger.service.on_form_due([message(form(2, participant_name=NAME))])
    assert len(hook_rows(ledger)) == 1
    assert {(row.status, row.reason, str(row.context)) for row in ledger.rows()} == {("suppressed", "erased", "{}")}
