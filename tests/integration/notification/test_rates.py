"""Rates of domains and agencies on a real database: who goes, who waits, and that nobody else waits with them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from services.notification import models
from services.notification.models import tables
from shared.database import Transaction
from shared.ids import new_id
from tests.integration.notification.conftest import Ledger, agencies, caller, message, registered

SLOW = {"default": None, "domains": {"slow.example": 6}}  # one at once, and one each ten seconds


def decide(tx: Transaction, value: Any, edition: int = 1) -> None:
    row = {"key": "domain_rates", "effective_from": datetime(2001, 3, 21, tzinfo=UTC).date(), "edition": edition}
    row |= {"value": value, "unit": "mails", "source": "test", "confidence": "policy_default", "scope": "national"}
    row |= {"reason": "test", "recorded_at": tx.now, "recorded_by": "tests"}
    tx.execute(sa.insert(tables.policies).values(row))


@pytest.fixture
def slow(ledger: Ledger) -> Ledger:
    """People 1 to 8, of whom 1 to 4 have addresses at a slow domain; a certificate for each."""
    with ledger.db.transaction() as tx:
        decide(tx, SLOW)
    ledger.people(8)
    later = datetime.now(UTC) + timedelta(seconds=1)
    changed = [registered(number, email=f"sample{number}@slow.example") for number in range(1, 5)]
    ledger.service.on_employee_registered([message(event, time=later) for event in changed])
    ledger.certificates(8)
    return ledger


def by_person(ledger: Ledger) -> dict[int, Any]:
    return {row.employee_id.int: row for row in ledger.rows()}


def test_mails_above_the_rate_of_a_domain_wait_their_turn_and_others_go(slow: Ledger) -> None:
    slow.send()
    rows = by_person(slow)
    assert [rows[number].status for number in range(5, 9)] == ["sent"] * 4
    waiting = sorted((row for row in rows.values() if row.status == "pending"), key=lambda row: row.due_at)
    assert len(waiting) == 3
    assert {(row.reason, row.attempts, row.claim_id) for row in waiting} == {("rate", 0, None)}
    gaps = [(later.due_at - sooner.due_at).total_seconds() for sooner, later in pairwise(waiting)]
    assert gaps == pytest.approx([10, 10])
    slow.send()
    assert slow.statuses().count("sent") == 5, "nothing goes before its turn"


def test_a_mail_whose_turn_has_come_goes_and_says_no_more_why_it_waited(slow: Ledger) -> None:
    slow.send()
    with slow.db.transaction() as tx:  # as if a quarter of a minute had gone by
        back = timedelta(seconds=15)
        for table, names in ((models.notifications, ("due_at", "turn_at")), (tables.rates, ("next_at", "queue_at"))):
            for row in tx.execute(sa.select(table)).all():
                key = next(iter(table.primary_key))
                sooner = {name: moment - back for name in names if (moment := getattr(row, name)) is not None}
                if sooner:
                    tx.execute(sa.update(table).where(key == getattr(row, key.name)).values(sooner))
    slow.send()
    sent = [row for row in slow.rows() if row.status == "sent"]
    assert len(sent) == 6
    assert {row.reason for row in sent} == {None}


def test_an_agency_has_a_rate_of_its_own(ledger: Ledger) -> None:
    ledger.people(5)
    ledger.certificates(5)
    with ledger.db.transaction() as tx:
        settings = {"agency_code": "AG-A", "mails_per_minute": 6, "updated_at": tx.now, "updated_by": "tests"}
        tx.execute(sa.insert(tables.agency_settings).values(settings))
    ledger.send()
    assert sorted(ledger.statuses()) == ["pending"] * 4 + ["sent"]


def test_turns_are_given_anew_when_the_rate_of_a_domain_is_another(slow: Ledger) -> None:
    slow.send()
    turns = {row.notification_id: row.due_at for row in slow.rows() if row.status == "pending"}
    slow.send()
    assert {row.notification_id: row.due_at for row in slow.rows() if row.status == "pending"} == turns
    with slow.db.transaction() as tx:
        decide(tx, {"default": None, "domains": {"slow.example": 600}}, edition=2)
    slow.send()
    waiting = sorted((row for row in slow.rows() if row.status == "pending"), key=lambda row: row.due_at)
    assert {row.notification_id for row in waiting} == turns.keys()
    assert [row.due_at - waiting[0].due_at for row in waiting] == [timedelta(seconds=n / 10) for n in range(3)]
    assert waiting[0].due_at == min(turns.values()), "the former rate holds for the mail that went last"
    with slow.db.reading() as tx:
        kept = {row.name: row for row in tx.execute(sa.select(tables.rates))}
    assert kept["domain slow.example"].queue_at == waiting[-1].due_at
    assert len(kept) == 2, "of former rates nothing is kept"


def test_mails_go_at_once_when_their_rate_is_no_more(slow: Ledger) -> None:
    slow.send()
    with slow.db.transaction() as tx:
        decide(tx, {"default": None, "domains": {}}, edition=2)
    slow.send()
    assert slow.statuses() == ["sent"] * 8


def test_turns_are_given_anew_when_an_agency_changes_its_rate(ledger: Ledger) -> None:
    def set_rate(per_minute: int) -> None:
        who = caller("training_officer")
        ledger.call("set_mail_settings", who, agency_code="AG-A", mails_per_minute=per_minute)

    agencies(ledger, AG_A=None)
    ledger.people(5)
    set_rate(1)
    ledger.certificates(5)
    ledger.send()
    assert max(row.due_at for row in ledger.rows()) > datetime.now(UTC) + timedelta(minutes=3)
    set_rate(600)
    ledger.send()
    assert max(row.due_at for row in ledger.rows()) < datetime.now(UTC) + timedelta(minutes=2)


def test_turns_that_are_given_anew_in_the_night_wait_for_the_morning(ledger: Ledger) -> None:
    evening = datetime(2026, 11, 24, 16, 28, tzinfo=UTC)  # two minutes before the quiet hours, in Tehran
    settings = {"mails_per_minute": 1, "quiet_from": "20:00", "quiet_to": "08:00", "updated_by": "tests"}
    with time_machine.travel(evening, tick=True):
        ledger.people(5)
        with ledger.db.transaction() as tx:
            tx.execute(sa.insert(tables.agency_settings).values(agency_code="AG-A", updated_at=tx.now, **settings))
        ledger.certificates(5)
        ledger.send()
    night = evening + timedelta(minutes=2, seconds=30)
    assert sum(row.due_at > night for row in ledger.rows()) == 2
    with time_machine.travel(night, tick=True):
        with ledger.db.transaction() as tx:
            tx.execute(sa.update(tables.agency_settings).values(mails_per_minute=6000))
        ledger.send()
    assert ledger.statuses().count("sent") == 1
    assert {row.due_at for row in ledger.rows() if row.status == "pending"} == {
        datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
    }


def test_replicas_count_in_one_place(slow: Ledger) -> None:
    """A second sender finds the bucket as the first one has left it."""
    slow.send()
    with slow.db.transaction() as tx:
        before = models.buckets(tx, {"domain slow.example": 6})["domain slow.example"]
    assert before.next_at > datetime.now(UTC)
    slow.change(due_at=datetime.now(UTC), turn_at=None)
    slow.send()
    assert slow.statuses().count("sent") == 5


def test_settling_keeps_what_it_is_not_told(ledger: Ledger) -> None:
    """One statement for many rows: each gets its own outcome, and None leaves the last answer."""
    ledger.people(2)
    ledger.certificates(2)
    ledger.change(last_answer="451 earlier")
    claim = new_id()
    with ledger.db.transaction() as tx:
        first, second = models.claim_due(tx, claim, 90, 10)
        at = tx.now
        models.settle(tx, claim, [settled(first.notification_id, at, None), settled(second.notification_id, at, "«۲»")])
    rows = {row.notification_id: row for row in ledger.rows()}
    assert rows[first.notification_id].last_answer == "451 earlier"
    assert rows[second.notification_id].last_answer == "«۲»"
    assert {(row.status, row.due_at, row.first_tried_at, row.attempts) for row in rows.values()} == {
        ("deferred", at, at, 1)
    }


def settled(notification_id: UUID, at: datetime, answer: str | None) -> dict[str, Any]:
    outcome = {"new_status": "deferred", "new_reason": None, "answer": answer, "new_due_at": at, "new_turn_at": None}
    tried = {"new_sent_at": None, "tried_at": at, "tries": 1, "waits_since": None}
    return outcome | tried | {"settled_id": notification_id}
