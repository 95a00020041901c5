"""Sending: once, whatever dies in between, and no mail stops another."""

import email
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels import Deferred, Delivery, Receipt, Refused, Unreachable
from services.notification.channels.email import EmailChannel
from services.notification.domain.delivery import Policy
from services.notification.domain.planning import Via
from services.notification.sending import Postman
from shared import metrics
from shared.ids import new_id
from tests.integration.notification.conftest import QUICK, SENDER, Ledger, issued, message


class ScriptedMailer:
    """Answers each mail with the next of `script` (an exception is raised), then accepts all; remembers what came."""

    def __init__(self, *script: Exception | str) -> None:
        self.script = list(script)
        self.taken: list[UUID] = []
        self.tried = 0

    def send(self, message: Message, notification_id: UUID) -> str:
        self.tried += 1
        answer = self.script.pop(0) if self.script else "250 queued"
        if isinstance(answer, Exception):
            raise answer
        self.taken.append(notification_id)
        return answer

    def close(self) -> None:
        """Nothing to close."""


def run(ledger: Ledger, mailer: ScriptedMailer, policy: Policy = QUICK) -> bool:
    return Postman(ledger.db, {Via.EMAIL: EmailChannel(mailer, SENDER)}, policy).send_due()


def counted(status: str) -> float:
    return float(metrics.NOTIFICATIONS.labels("certificate_issued", status)._value.get())


def test_all_that_is_due_is_sent_once_and_only_once(ledger: Ledger) -> None:
    ledger.people(12)
    ledger.certificates(12)
    before = counted("sent")
    ledger.send()
    ledger.send()
    assert ledger.statuses() == ["sent"] * 12
    assert len(ledger.files) == 12
    assert counted("sent") - before == 12
    (row, *_) = ledger.rows()
    assert (row.attempts, row.claim_id) == (1, None)
    assert row.sent_at >= row.created_at
    mail = email.message_from_bytes(ledger.files[0].read_bytes())
    assert mail["X-Correlation-ID"] == "sample-correlation"


def test_the_time_from_completion_to_mail_is_measured(ledger: Ledger) -> None:
    ledger.people(1)
    completed_at = datetime.now(UTC) - timedelta(minutes=10)
    ledger.service.on_certificate_issued([message(issued(1, completed_at=completed_at))])
    before = metrics.COMPLETION_TO_MAIL._sum.get()
    ledger.send()
    assert 600 <= metrics.COMPLETION_TO_MAIL._sum.get() - before < 660


def test_a_refused_mail_is_final_and_a_deferred_one_goes_later(ledger: Ledger) -> None:
    ledger.people(3)
    ledger.certificates(3)
    run(ledger, ScriptedMailer(Refused("550 no such user"), Deferred("451 later")))
    assert sorted(ledger.statuses()) == ["bounced", "deferred", "sent"]
    by_status = {row.status: row for row in ledger.rows()}
    assert by_status["bounced"].last_answer == "550 no such user"
    assert by_status["deferred"].last_answer == "451 later"
    assert by_status["deferred"].due_at > datetime.now(UTC) + timedelta(seconds=40)
    run(ledger, ScriptedMailer())
    assert sorted(ledger.statuses()) == ["bounced", "deferred", "sent"]
    ledger.change(due_at=datetime.now(UTC))
    mailer = ScriptedMailer()
    run(ledger, mailer)
    assert mailer.taken == [by_status["deferred"].notification_id]
    assert {row.attempts for row in ledger.rows()} == {1, 2}


def test_after_three_days_a_deferred_mail_bounces(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.change(first_tried_at=datetime.now(UTC) - timedelta(days=3), attempts=20, status="deferred")
    run(ledger, ScriptedMailer(Deferred("451 later")))
    (row,) = ledger.rows()
    assert (row.status, row.attempts) == ("bounced", 21)
    assert "451 later" in row.last_answer


def test_a_dead_server_costs_one_attempt_and_the_rest_wait_untried(ledger: Ledger) -> None:
    ledger.people(12)
    ledger.certificates(12)
    mailer = ScriptedMailer(Unreachable("ConnectionRefusedError"))
    run(ledger, mailer)
    assert mailer.tried == 1
    assert sorted(ledger.statuses()) == ["deferred"] + ["pending"] * 11
    assert sum(row.attempts for row in ledger.rows()) == 1
    run(ledger, ScriptedMailer())
    assert sorted(ledger.statuses()) == ["deferred"] + ["sent"] * 11


def test_what_waits_for_a_dead_server_has_been_due_since_it_was_due(ledger: Ledger) -> None:
    """The page alert TrainingMessagesStuck goes by that."""
    ledger.people(4)
    ledger.certificates(4)
    since = datetime.now(UTC) - timedelta(hours=1)
    ledger.change(due_at=since)
    for tried in (1, 2):
        run(ledger, ScriptedMailer(Unreachable("ConnectionRefusedError")))
        with ledger.db.reading() as tx:
            count, oldest = models.due(tx)
        assert count == 4 - tried
        assert oldest >= 3600
    assert {row.due_at for row in ledger.rows() if row.status == "pending"} == {since}


def test_what_is_for_a_channel_that_is_away_does_not_stand_before_the_others(ledger: Ledger) -> None:
    class Away(ScriptedMailer):
        def deliver(self, _delivery: Delivery) -> Receipt:
            self.tried += 1
            raise Unreachable("the provider is away")

        def address_of(self, _delivery: Delivery) -> str:
            return "•••"

    ledger.people(14)
    ledger.certificates(14)
    with ledger.db.transaction() as tx:
        own = models.notifications.c
        texts = sa.update(models.notifications).where(own.employee_id <= UUID(int=8))
        tx.execute(texts.values(channel="sms", priority=0))
    provider = Away()
    channels = {Via.EMAIL: EmailChannel(ScriptedMailer(), SENDER), Via.SMS: provider}
    Postman(ledger.db, channels, QUICK).send_due()
    found = Counter((row.channel, row.status) for row in ledger.rows())
    assert found == {("email", "sent"): 6, ("sms", "deferred"): 1, ("sms", "pending"): 7}
    assert provider.tried == 1


def test_a_mail_that_cannot_be_made_is_held_with_its_reason_and_others_go(ledger: Ledger) -> None:
    ledger.people(4)
    ledger.certificates(4)
    first, second, third, *_ = ledger.rows()
    with ledger.db.transaction() as tx:
        table = models.notifications
        tx.execute(sa.update(table).where(table.c.notification_id == first.notification_id).values(context={}))
        recipient = models.recipients.c.employee_id == second.employee_id
        tx.execute(sa.update(models.recipients).where(recipient).values(email="a b@example.ir"))
        of_later = sa.update(table).where(table.c.notification_id == third.notification_id)
        tx.execute(of_later.values(template="of_a_later_release"))
    run(ledger, ScriptedMailer())
    rows = {row.notification_id: row for row in ledger.rows()}
    assert sorted(row.status for row in rows.values()) == ["held", "held", "held", "sent"]
    assert "UndefinedError" in rows[first.notification_id].last_answer
    assert "address" in rows[second.notification_id].last_answer
    assert "of_a_later_release" in rows[third.notification_id].last_answer
    run(ledger, ScriptedMailer())
    assert sorted(ledger.statuses()) == ["held", "held", "held", "sent"]


def test_what_a_dead_sender_had_claimed_is_taken_again_after_its_lease(ledger: Ledger) -> None:
    ledger.people(3)
    ledger.certificates(3)
    with ledger.db.transaction() as tx:
        models.claim_due(tx, new_id(), 90, 10)
    assert ledger.statuses() == ["sending"] * 3
    run(ledger, ScriptedMailer())
    assert ledger.statuses() == ["sending"] * 3
    ledger.change(due_at=datetime.now(UTC))
    run(ledger, ScriptedMailer())
    assert ledger.statuses() == ["sent"] * 3


def test_a_crash_between_sending_and_marking_repeats_the_mail_with_its_message_id(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    ledger.people(2)
    ledger.certificates(2)
    with monkeypatch.context() as patch:
        patch.setattr(Postman, "_settle", crash)
        with pytest.raises(KeyboardInterrupt):
            ledger.send()
    sent_first = {file.name: email.message_from_bytes(file.read_bytes())["Message-ID"] for file in ledger.files}
    ledger.change(due_at=datetime.now(UTC))
    ledger.send()
    sent_again = {file.name: email.message_from_bytes(file.read_bytes())["Message-ID"] for file in ledger.files}
    assert sent_again == sent_first
    assert len(sent_first) == 2
    assert ledger.statuses() == ["sent"] * 2


def test_a_late_sender_does_not_overwrite_what_its_successor_wrote(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    late = new_id()
    with ledger.db.transaction() as tx:
        (row,) = models.claim_due(tx, late, 90, 1)
    ledger.change(due_at=datetime.now(UTC))
    run(ledger, ScriptedMailer("250 from the successor"))
    outcome = {"new_status": "bounced", "answer": "late", "new_due_at": datetime.now(UTC), "new_sent_at": None}
    with ledger.db.transaction() as tx:
        settled = {"settled_id": row.notification_id, "tried_at": None, "tries": 1}
        models.settle(tx, late, [outcome | settled])
    (row,) = ledger.rows()
    assert (row.status, row.last_answer, row.attempts) == ("sent", "250 from the successor", 1)


def test_senders_beside_each_other_send_each_mail_once(ledger: Ledger) -> None:
    ledger.people(40)
    ledger.certificates(40)
    mailers = [ScriptedMailer() for _sender in range(4)]
    threads = [threading.Thread(target=run, args=(ledger, mailer)) for mailer in mailers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    run(ledger, mailers[0])
    taken = [notification_id for mailer in mailers for notification_id in mailer.taken]
    assert len(taken) == len(set(taken)) == 40
    assert ledger.statuses() == ["sent"] * 40


def test_a_database_that_is_away_for_a_moment_does_not_make_a_second_mail(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.people(2)
    ledger.certificates(2)
    settle, failures = models.settle, [1]

    def away_once(*arguments: Any) -> list[UUID]:
        if failures:
            failures.pop()
            raise sa.exc.OperationalError("settle", {}, Exception("connection lost"))
        return settle(*arguments)

    monkeypatch.setattr(models, "settle", away_once)
    mailer = ScriptedMailer()
    run(ledger, mailer)
    assert ledger.statuses() == ["sent"] * 2
    assert mailer.tried == 2


def test_a_long_queue_lets_a_stop_through_and_asks_to_go_on(ledger: Ledger) -> None:
    ledger.people(12)
    ledger.certificates(12)
    impatient = Policy(batch=5, run=0.0)
    assert run(ledger, ScriptedMailer(), impatient) is True
    assert ledger.statuses().count("sent") == 5
    ledger.service.policy = impatient
    ledger.woken.clear()
    ledger.service.send_pending()
    assert ledger.woken == ["send_pending"]
    ledger.service.send_pending()
    assert ledger.statuses() == ["sent"] * 12


def test_one_person_reads_in_the_order_of_events_whoever_else_is_written_to(ledger: Ledger) -> None:
    ledger.people(4)
    for _ in range(3):
        ledger.certificates(4)
    mailer = ScriptedMailer()
    run(ledger, mailer, Policy(outage_pause=0.0))
    people = {row.notification_id: row.employee_id for row in ledger.rows()}
    for person in set(people.values()):
        mine = [notification_id for notification_id in mailer.taken if people[notification_id] == person]
        assert mine == sorted(mine)
        assert len(mine) == 3


def test_a_stop_finishes_the_mails_at_hand_and_gives_the_others_back_untried(ledger: Ledger) -> None:
    ledger.people(12)
    ledger.certificates(12)
    mailer = ScriptedMailer()
    channels = {Via.EMAIL: EmailChannel(mailer, SENDER)}
    alone = Policy(outage_pause=0.0, at_once=1)
    Postman(ledger.db, channels, alone, ending=lambda: len(mailer.taken) >= 3).send_due()
    assert sorted(ledger.statuses()) == ["pending"] * 9 + ["sent"] * 3
    assert {row.claim_id for row in ledger.rows()} == {None}
    run(ledger, mailer)
    assert len(mailer.taken) == len(set(mailer.taken)) == 12


def test_several_mails_are_handed_over_at_once(ledger: Ledger) -> None:
    """Each waits until three others have been begun, so that one after the other none would be sent."""

    class Together(ScriptedMailer):
        meeting = threading.Barrier(4)

        def send(self, message: Message, notification_id: UUID) -> str:
            if self.tried:  # the first one goes alone
                self.meeting.wait(20)
            return super().send(message, notification_id)

    ledger.people(9)
    ledger.certificates(9)
    run(ledger, Together(), Policy(outage_pause=0.0, at_once=4))
    assert ledger.statuses() == ["sent"] * 9


@pytest.mark.parametrize("ledger", ["postgresql"], indirect=True)
def test_a_claim_reads_what_is_due_in_its_order_and_sorts_no_queue(ledger: Ledger) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(ledger.db.engine, "before_cursor_execute", listen)
    with ledger.db.transaction() as tx:
        models.claim_due(tx, new_id(), 90, 10)
        (statement, parameters), *_ = asked
        for setting in ("enable_sort", "enable_seqscan", "enable_bitmapscan"):  # so that few rows are read as many are
            tx.connection().exec_driver_sql(f"SET LOCAL {setting} = off")
        plan = tx.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
    limited = "\n".join(plan).partition("CTE due")[2].partition("LockRows")
    assert "Limit" in limited[0]
    scan = limited[2].lstrip().splitlines()[1]
    assert "Index Scan using ix_notifications_due" in scan, "\n".join(plan)
