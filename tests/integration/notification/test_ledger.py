"""Who was told what, when and where: answerable whatever has changed since."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.notification import models, rendering
from services.notification.channels import Deferred
from services.notification.models.tables import bounce_reports
from services.notification.service import NotificationService
from tests.integration.notification.conftest import Ledger, caller, message, registered
from tests.integration.notification.test_sending import ScriptedMailer, run

AUDITOR = caller("auditor")


def shown(ledger: Ledger, who: Any = AUDITOR) -> dict[str, Any]:
    (row,) = ledger.rows()
    return ledger.call("get_notification", who, notification_id=str(row.notification_id))


def test_every_try_is_kept_with_its_address_and_answer(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    run(ledger, ScriptedMailer(Deferred("451 later")))
    ledger.service.on_employee_registered([message(registered(email="new@example.ir"))])
    ledger.change(due_at=datetime.now(UTC))
    run(ledger, ScriptedMailer("250 taken"))
    found = shown(ledger)
    tries = [(each["number"], each["address"], each["outcome"], each["answer"]) for each in found["tries"]]
    assert tries == [
        (1, "sample1@example.ir", "deferred", "451 later"),
        (2, "new@example.ir", "sent", "250 taken"),
    ]
    assert found["tries"][0]["tried_at"] < found["tries"][1]["tried_at"]
    assert (found["attempts"], found["reason"], found["digest_id"], found["reports"]) == (2, None, None, [])


def test_what_somebody_was_told_stays_when_words_people_and_senders_change(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.send()
    before = shown(ledger)
    assert "نمونه شماره 1" in before["letter"]["text"]
    assert before["letter"]["language"] == "fa"
    other = rendering.Letter("Another subject", "Other words\n", "<p>Other words</p>")
    monkeypatch.setattr(rendering, "render", lambda *_arguments: other)
    ledger.service.config = replace(ledger.service.config, mail_from="elsewhere@other.example")
    moved = registered(agency_code="AG-B", full_name="نام دیگر", email="other@example.ir", language="en")
    ledger.service.on_employee_registered([message(moved)])
    ledger.send()
    # The agency of its time and the present one see the same; the mail's id is that under which it went.
    for who in (AUDITOR, caller("auditor", agency="AG-B")):
        assert shown(ledger, who) == before
    assert before["message_id"].endswith("@training.example>")
    assert before["tries"][0]["address"] == "sample1@example.ir"


def test_what_was_reported_afterwards_is_shown(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.send()
    (row,) = ledger.rows()
    report = {"source": "mailbox", "kind": "hard", "status_code": "5.1.1", "answer": "no such user"}
    with ledger.db.transaction() as tx:
        ids = {"report_id": uuid4(), "notification_id": row.notification_id}
        tx.execute(sa.insert(bounce_reports).values(**ids, **report, received_at=tx.now))
    (found,) = shown(ledger)["reports"]
    assert {name: found[name] for name in report} == report


def test_of_somebody_erased_neither_words_nor_addresses_are_left(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.send()
    with ledger.db.transaction() as tx:
        models.erase_recipient(tx, UUID(int=1), tx.now)
    found = shown(ledger)
    assert (found["letter"], found["tries"][0]["address"], found["status"]) == (None, "", "sent")


def test_other_words_and_a_restart_write_to_nobody_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.people(2)
    messages = ledger.certificates(2)
    ledger.send()
    before = {file.name: file.read_bytes() for file in ledger.files}
    other = rendering.Letter("Another subject", "Other words\n", "<p>Other words</p>")
    monkeypatch.setattr(rendering, "render", lambda *_arguments: other)
    again = Ledger(ledger.db, ledger.folder)
    assert isinstance(again.service, NotificationService)
    again.service.on_certificate_issued(messages)
    again.send()
    assert {file.name: file.read_bytes() for file in ledger.files} == before
    assert ledger.statuses() == ["sent"] * 2
