"""Text messages: for who asked for them and has given a number."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.notification import models
from shared import metrics
from tests.integration.notification.conftest import Ledger


def by_sms(ledger: Ledger, number: int, mobile: str | None) -> None:
    wishes: dict[str, Any] = {"channel": "sms", "mobile": mobile, "cadence": "immediately", "unsubscribed": []}
    changed = {"updated_at": datetime.now(UTC), "updated_by": "tests"}
    with ledger.db.transaction() as tx:
        preferences = models.metadata.tables["preferences"]
        tx.execute(sa.delete(preferences).where(preferences.c.employee_id == UUID(int=number)))
        tx.execute(sa.insert(preferences).values(employee_id=UUID(int=number), **wishes, **changed))


def texts(ledger: Ledger) -> list[dict[str, Any]]:
    file = ledger.folder / "texts.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def counted(outcome: str) -> float:
    return float(metrics.DELIVERIES.labels("sms", outcome)._value.get())


def test_who_asked_for_texts_gets_one_and_no_mail(ledger: Ledger) -> None:
    sent, bounced = counted("sent"), counted("bounced")
    ledger.people(4)
    by_sms(ledger, 1, "+989120000067")
    by_sms(ledger, 2, "12")
    by_sms(ledger, 3, None)
    ledger.certificates(4)
    ledger.service.send_pending()
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


def test_a_number_that_was_taken_back_before_it_was_needed_is_refused(ledger: Ledger) -> None:
    ledger.people(1)
    by_sms(ledger, 1, "+989120000067")
    ledger.certificates(1)
    by_sms(ledger, 1, None)
    ledger.service.send_pending()
    (row,) = ledger.rows()
    assert (row.status, row.last_answer) == ("bounced", "there is no mobile number any more")
    assert texts(ledger) == []
