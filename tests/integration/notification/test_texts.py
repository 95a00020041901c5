"""Text messages: for who asked for them and has given a number."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import time_machine

from services.notification import models
from services.notification.channels import Channel
from services.notification.channels.email import EmailChannel
from services.notification.channels.sms import SmsChannel
from services.notification.domain.planning import Via
from services.notification.sending import Postman
from services.notification.timetable import asleep
from shared import metrics
from tests.integration.notification.conftest import QUICK, SENDER, Ledger


def by_sms(ledger: Ledger, number: int, mobile: str | None) -> None:
    wishes: dict[str, Any] = {"channel": "sms", "mobile": mobile, "cadence": "daily", "unsubscribed": []}
    changed = {"updated_at": datetime.now(UTC), "updated_by": "tests"}
    with ledger.db.transaction() as tx:
        preferences = models.metadata.tables["preferences"]
        tx.execute(sa.delete(preferences).where(preferences.c.employee_id == UUID(int=number)))
        tx.execute(sa.insert(preferences).values(employee_id=UUID(int=number), **wishes, **changed))


def texts(ledger: Ledger) -> list[dict[str, Any]]:
    file = ledger.folder / "texts.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def send(ledger: Ledger) -> None:
    """When no quiet hours or digest are in the way."""
    ledger.change(due_at=datetime.now(UTC), cadence=None)
    by_mail: Channel = EmailChannel(ledger.service.mailer, SENDER)
    Postman(ledger.db, {Via.EMAIL: by_mail, Via.SMS: SmsChannel(ledger.service.texter)}, QUICK).send_due()


def counted(outcome: str) -> float:
    return float(metrics.DELIVERIES.labels("sms", outcome)._value.get())


def test_who_asked_for_texts_gets_one_and_no_mail(ledger: Ledger) -> None:
    sent, bounced = counted("sent"), counted("bounced")
    ledger.people(4)
    by_sms(ledger, 1, "+989120000067")
    by_sms(ledger, 2, "12")
    by_sms(ledger, 3, None)
    ledger.certificates(4)
    send(ledger)
    (text,) = texts(ledger)
    assert text["mobile"] == "+989120000067"
    assert "«حقوق اداری»" in text["text"]
    assert "http://127.0.0.1:8000/verify/K7QW-3MZP-9RTX" in text["text"]
    rows = {row.employee_id.int: (row.channel, row.status) for row in ledger.rows()}
    assert rows == {1: ("sms", "sent"), 2: ("sms", "bounced"), 3: ("email", "sent"), 4: ("email", "sent")}
    assert (counted("sent") - sent, counted("bounced") - bounced) == (1, 1)
    with ledger.db.reading() as tx:
        tables = models.metadata.tables
        kept = tx.execute(sa.select(tables["letters"].c.text)).scalars().all()
        addresses = tx.execute(sa.select(tables["attempts"].c.address)).scalars().all()
    assert text["text"] in kept
    assert "+98••••••••67" in addresses
    assert not any("9120000067" in address for address in addresses)


def test_a_text_that_was_held_up_into_the_night_waits_for_the_morning(ledger: Ledger) -> None:
    night = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)  # midnight in Tehran
    ledger.people(4)
    for number in (1, 2, 4):
        by_sms(ledger, number, f"+98912000006{number}")
    ledger.certificates(4)
    tried = {"attempts": 1, "first_tried_at": night - timedelta(hours=4), "status": "deferred"}
    own = models.notifications.c
    with ledger.db.transaction() as tx:
        tx.execute(sa.update(models.notifications).values(due_at=night - timedelta(hours=1), **tried))
        again, late = (sa.update(models.notifications).where(own.employee_id == UUID(int=n)) for n in (2, 4))
        tx.execute(again.values(first_tried_at=None))  # as when an officer has released it in the night
        tx.execute(late.values(first_tried_at=None, due_at=night - timedelta(hours=4)))  # as when we were away
    by_mail: Channel = EmailChannel(ledger.service.mailer, SENDER)
    postman = Postman(ledger.db, {Via.EMAIL: by_mail, Via.SMS: SmsChannel(ledger.service.texter)}, QUICK)
    with time_machine.travel(night, tick=True):
        postman.send_due()
    rows = {row.employee_id.int: row for row in ledger.rows()}
    assert {number: row.status for number, row in rows.items()} == {1: "deferred", 2: "sent", 3: "sent", 4: "deferred"}
    assert {(rows[n].due_at, rows[n].attempts) for n in (1, 4)} == {(datetime(2026, 11, 25, 4, 30, tzinfo=UTC), 1)}
    with time_machine.travel(rows[1].due_at, tick=True):
        postman.send_due()
    assert set(ledger.statuses()) == {"sent"}


def test_a_number_that_was_taken_back_before_it_was_needed_is_refused(ledger: Ledger) -> None:
    ledger.people(1)
    by_sms(ledger, 1, "+989120000067")
    ledger.certificates(1)
    by_sms(ledger, 1, None)
    send(ledger)
    (row,) = ledger.rows()
    assert (row.status, row.last_answer) == ("bounced", "there is no mobile number any more")
    assert texts(ledger) == []


def test_what_a_later_release_has_queued_is_nobodys_quiet_hours(ledger: Ledger) -> None:
    quiet: dict[str, Any] = {"own_quiet_from": "00:00", "own_quiet_to": "23:59", "quiet_from": None, "quiet_to": None}
    tried: dict[str, Any] = {"first_tried_at": datetime.now(UTC), "turn_at": None, "due_at": datetime.now(UTC)}
    later = [("email", "of_a_later_release"), ("pigeon", "certificate_issued")]
    rows = [
        SimpleNamespace(channel=channel, template=template, weekend=None, **quiet, **tried)
        for channel, template in later
    ]
    with ledger.db.reading() as tx:
        assert asleep(tx, rows) == {}
