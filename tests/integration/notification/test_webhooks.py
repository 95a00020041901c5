"""Webhooks: what people are told arrives in their agency's system, signed, once, and in order."""

import random
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.channels import Unreachable, posting
from services.notification.channels.posting import Access, Poster
from services.notification.domain.delivery import Policy
from services.notification.models.tables import webhooks
from services.notification.sending import dispatcher
from services.notification.sending.dispatcher import Dispatcher
from shared import metrics
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from shared.events import EmployeeErasedV1
from tests.integration.notification.conftest import Ledger, agencies, caller, issued, message, registered
from tests.integration.notification.hook_receiver import TAKEN, Answer, Receiver, server_tls

OFFICER = caller("training_officer")
AT_ONCE = Policy(batch=20, outage_pause=0.0, run=5.0, delays=(0.01,), jitter=0.0)
LOOPBACK = (ip_network("127.0.0.0/8"),)
on_one_database = pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)  # where the statements are not the point


def hook(ledger: Ledger, receiver: Receiver, agency: str = "AG-A", **arguments: Any) -> dict[str, Any]:
    who = caller("training_officer", agency=agency)
    return ledger.call("set_webhook", who, agency_code=agency, url=receiver.url(), **arguments)


def send(ledger: Ledger, policy: Policy = AT_ONCE) -> None:
    Dispatcher(ledger.db, Access(LOOPBACK), lambda: False, policy).run()


def rest_is_over(ledger: Ledger) -> None:
    """As time would do."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with ledger.db.transaction() as tx:
        tx.execute(sa.update(webhooks).values(rests_until=past))
    ledger.change(due_at=past)


def hook_rows(ledger: Ledger) -> list[Any]:
    return [row for row in ledger.rows() if row.channel == "webhook"]


def test_what_a_person_is_told_arrives_signed_in_their_language(ledger: Ledger) -> None:
    with Receiver() as receiver:
        secret = hook(ledger, receiver)["secret"]
        ledger.people(1)
        ledger.certificates(1)
        assert ledger.woken == ["send_webhooks", "send_pending", "send_webhooks"]
        ledger.service.send_webhooks()
        (request,) = receiver.taken
    assert request.path == "/hook?of=training"
    assert request.is_signed_with(secret)
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    (row,) = hook_rows(ledger)
    said = request.message
    assert request.id == said["id"] == str(row.notification_id)
    assert said["type"] == "training.notification.certificate_issued"
    assert said["person"] == {"channel": "email", "suppressed": False}
    assert (said["employee_id"], said["agency_code"]) == (str(UUID(int=1)), "AG-A")
    assert "حقوق اداری" in said["text"]
    assert said["subject"]
    assert said["data"]["serial"] == "AG-A-1405-000001"
    assert (row.status, row.last_answer, row.attempts) == ("sent", "204 No Content", 1)
    with ledger.db.reading() as tx:
        tables = models.metadata.tables
        (letter,) = tx.execute(sa.select(tables["letters"])).all()
        (attempt,) = tx.execute(sa.select(tables["attempts"])).all()
    assert (letter.notification_id, letter.text) == (row.notification_id, said["text"])
    assert (attempt.address, attempt.outcome) == (receiver.url(), "sent")
    ledger.send()
    told = ledger.call("list_notifications", OFFICER, employee_id=str(UUID(int=1)))["items"]
    assert sorted((item["channel"], item["status"]) for item in told) == [("email", "sent"), ("webhook", "sent")]


def test_mail_and_systems_have_senders_of_their_own(ledger: Ledger) -> None:
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.people(2)
        ledger.certificates(2)
        ledger.send()
        assert receiver.requests == []
        assert (
            sorted((row.channel, row.status) for row in ledger.rows())
            == [("email", "sent")] * 2 + [("webhook", "pending")] * 2
        )


def test_nothing_heard_again_is_told_again_also_to_a_system_that_came_later(ledger: Ledger) -> None:
    with Receiver() as receiver:
        ledger.people(2)
        early = ledger.certificates(1)
        hook(ledger, receiver)
        ledger.service.on_certificate_issued([*early, message(issued(2))])
        send(ledger)
        assert [request.message["employee_id"] for request in receiver.taken] == [str(UUID(int=2))]


def test_the_nearest_enabled_webhook_above_takes_it_and_templates_are_its_own(ledger: Ledger) -> None:
    agencies(ledger, MIN=None, AG_A="MIN", AG_B="AG-A")
    people = {1: "AG-B", 2: "AG-A", 3: "MIN", 4: "AG-X"}
    ledger.service.on_employee_registered([message(registered(n, agency_code=code)) for n, code in people.items()])
    with Receiver() as ministry, Receiver() as agency:
        hook(ledger, ministry, "MIN")
        hook(ledger, agency, "AG-A", templates=["certificate_issued"])
        ledger.service.on_certificate_issued([message(issued(number)) for number in people])
        send(ledger)
        assert {r.message["employee_id"] for r in agency.taken} == {str(UUID(int=1)), str(UUID(int=2))}
        assert {r.message["employee_id"] for r in ministry.taken} == {str(UUID(int=3))}
        hook(ledger, agency, "AG-A", templates=["result_failed"])
        ledger.service.on_certificate_issued([message(issued(1))])
        hook(ledger, agency, "AG-A", enabled=False)
        ledger.service.on_certificate_issued([message(issued(2))])
        send(ledger)
        assert (len(agency.taken), len(ministry.taken)) == (2, 2)
    with pytest.raises(NotFound) as none:
        ledger.call("get_webhook", caller("training_officer", agency="AG-B"), agency_code="AG-B")
    assert (none.value.code, none.value.details) == ("webhook_not_found", {"inherited_from": "MIN"})


def test_people_in_order_whatever_fails_and_nobody_waits_for_another(ledger: Ledger) -> None:
    """Two dispatchers beside each other, and a receiver that loses, defers and stumbles at random."""
    chance = random.Random(7)

    def answer(said: dict[str, Any]) -> Answer:
        time.sleep(chance.random() / 100)
        failing: list[Answer] = [(500, {}, b"stumbled"), (400, {}, b"no"), (409, {}, b"busy"), TAKEN, TAKEN, TAKEN]
        return chance.choice(failing)

    ledger.people(6)
    with Receiver(answer) as receiver:
        hook(ledger, receiver)
        for _round in range(6):
            ledger.service.on_certificate_issued([message(issued(number)) for number in range(1, 7)])
        quick = Policy(batch=4, outage_pause=0.0, run=5.0, delays=(0.01,), jitter=0.0)
        deadline = time.monotonic() + 60
        while any(row.status != "sent" for row in hook_rows(ledger)) and time.monotonic() < deadline:
            senders = [threading.Thread(target=send, args=(ledger, quick)) for _sender in range(2)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
        rows = hook_rows(ledger)
        assert {row.status for row in rows} == {"sent"}
        assert sum(row.attempts for row in rows) == len(receiver.requests) > len(rows) == 36
        for number in range(1, 7):
            queued = sorted(str(row.notification_id) for row in rows if row.employee_id == UUID(int=number))
            assert [r.id for r in receiver.taken if r.message["employee_id"] == str(UUID(int=number))] == queued


def refusing_the_first(status: int) -> Callable[[dict[str, Any]], Answer]:
    """Takes what is about anybody but the first person."""

    def answer(said: dict[str, Any]) -> Answer:
        return (status, {}, b"not this one") if said["employee_id"] == str(UUID(int=1)) else TAKEN

    return answer


def test_a_message_that_waits_holds_up_its_person_alone(ledger: Ledger) -> None:
    slow = Policy(batch=20, outage_pause=0.0, run=0.5, delays=(600,))
    ledger.people(3)
    with Receiver(refusing_the_first(500)) as receiver:
        hook(ledger, receiver)
        for _round in range(2):
            ledger.certificates(3)
        send(ledger, slow)
        rows = [(row.employee_id.int, row.status) for row in hook_rows(ledger)]
        assert sorted(rows) == [(1, "deferred"), (1, "pending"), (2, "sent"), (2, "sent"), (3, "sent"), (3, "sent")]
        assert len(receiver.requests) == 5
        receiver.answer = lambda said: (422, {}, b"never this one")
        rest_is_over(ledger)
        send(ledger, slow)
        first, second = [row for row in hook_rows(ledger) if row.employee_id.int == 1]
        assert (first.status, second.status) == ("bounced", "bounced")
        assert first.last_answer == "422 never this one"


def test_a_message_that_is_refused_by_itself_keeps_its_delay_whatever_is_taken_of_others(ledger: Ledger) -> None:
    slow = Policy(batch=20, outage_pause=0.0, run=0.5, delays=(600,))
    ledger.people(3)
    with Receiver(refusing_the_first(400)) as receiver:
        hook(ledger, receiver)
        ledger.certificates(1)
        send(ledger, slow)
        assert ledger.call("get_webhook", OFFICER, agency_code="AG-A")["failing_since"] is not None
        for number in (2, 3):
            ledger.service.on_certificate_issued([message(issued(number))])
            send(ledger, slow)
        assert [request.message["employee_id"] for request in receiver.requests] == [
            str(UUID(int=number)) for number in (1, 2, 3)
        ]
        assert ledger.call("get_webhook", OFFICER, agency_code="AG-A")["failing_since"] is None
    first = next(row for row in hook_rows(ledger) if row.employee_id == UUID(int=1))
    assert first.due_at > datetime.now(UTC) + timedelta(minutes=5)


def test_a_receiver_that_is_away_costs_one_try_then_rests_and_gets_all_when_it_is_back(ledger: Ledger) -> None:
    ledger.people(8)
    with Receiver(lambda _said: (503, {"Retry-After": "120"}, b"maintenance")) as receiver:
        hook(ledger, receiver)
        ledger.certificates(8)
        send(ledger, Policy(batch=5, outage_pause=0.0, run=1.0, delays=(600,)))
        assert len(receiver.requests) == 1
        shown = ledger.call("get_webhook", OFFICER, agency_code="AG-A")
        assert (shown["last_trouble"], shown["waiting"]) == ("503 maintenance", 8)
        assert shown["failing_since"] is not None
        with ledger.db.reading() as tx:
            (row,) = tx.execute(sa.select(webhooks)).all()
            assert models.webhooks_due(tx) == []
        assert row.rests_until - row.failing_since > timedelta(seconds=100)
        ledger.service.send_webhooks()
        assert metrics.WEBHOOK_FAILING._value.get() > 0
        assert len(receiver.requests) == 1, "it rests"
        receiver.answer = lambda _said: TAKEN
        with ledger.db.transaction() as tx:
            tx.execute(sa.update(webhooks).values(rests_until=None))
        send(ledger)
        send(ledger)
        assert len(receiver.taken) == 8, "that which had failed is due at once, not in ten minutes"
        shown = ledger.call("get_webhook", OFFICER, agency_code="AG-A")
        assert (shown["failing_since"], shown["last_trouble"], shown["waiting"]) == (None, None, 0)


@on_one_database
def test_a_dead_receiver_holds_up_neither_mail_nor_another_agency(ledger: Ledger) -> None:
    stuck = threading.Event()

    def answer(_said: dict[str, Any]) -> Answer:
        stuck.wait(20)
        return TAKEN

    ledger.service.on_employee_registered(
        [message(registered(n, agency_code="AG-A" if n == 1 else "AG-B")) for n in (1, 2, 3)]
    )
    with Receiver(answer) as dead, Receiver() as other:
        hook(ledger, dead)
        hook(ledger, other, "AG-B")
        ledger.certificates(2)
        sender = threading.Thread(target=send, args=(ledger,))
        sender.start()
        deadline = time.monotonic() + 15
        while len(other.taken) < 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        ledger.send()
        ledger.service.on_certificate_issued([message(issued(3))])  # the run goes on, and takes what comes meanwhile
        while len(other.taken) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (len(other.taken), len(dead.taken), sender.is_alive()) == (2, 0, True)
        assert len(ledger.files) == 2
        stuck.set()
        sender.join(20)
        assert len(dead.taken) == 1


@on_one_database
def test_where_there_are_more_webhooks_than_lanes_the_one_that_has_waited_longest_comes_next(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a backlog that takes three lanes of its own."""
    monkeypatch.setattr(dispatcher, "LANES", 2)
    monkeypatch.setattr(dispatcher, "IDLE", 0.05)
    codes = [f"AG-{letter}" for letter in "ABCDE"]
    ledger.service.on_employee_registered(
        [message(registered(number, agency_code=codes[number % 5])) for number in range(15)]
    )
    with Receiver() as receiver:
        for code in codes:
            hook(ledger, receiver, code)
        ledger.service.on_certificate_issued(
            [message(issued(number, agency_code=codes[number % 5])) for number in range(15)]
        )
        send(ledger, Policy(batch=1, outage_pause=0.0, run=0.0))
        served = [request.message["agency_code"] for request in receiver.taken]
    assert len(served) == 15
    assert set(served[:8]) == set(codes), "nobody comes a second time long before somebody else's first"


@on_one_database
def test_a_lane_that_fails_stops_no_other(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(tx: Any, row: Any, access: Access) -> Any:
        if row.agency_code == "AG-A":
            raise RuntimeError("trouble of its own")
        return opened(tx, row, access)

    opened = dispatcher.open_channel
    monkeypatch.setattr(dispatcher, "open_channel", failing)
    monkeypatch.setattr(dispatcher, "IDLE", 0.05)
    ledger.service.on_employee_registered(
        [message(registered(n, agency_code="AG-A" if n == 1 else "AG-B")) for n in (1, 2, 3)]
    )
    before = metrics.TIMER_FAILURES.labels("notification", "send_webhooks")._value.get()
    with Receiver() as receiver:
        for code in ("AG-A", "AG-B"):
            hook(ledger, receiver, code)
        ledger.certificates(3)
        send(ledger, Policy(batch=1, outage_pause=0.0, run=0.0))
        assert len(receiver.taken) == 2
    assert metrics.TIMER_FAILURES.labels("notification", "send_webhooks")._value.get() - before == 1
    statuses = {row.employee_id.int: row.status for row in hook_rows(ledger)}
    assert statuses == {1: "pending", 2: "sent", 3: "sent"}


@on_one_database
def test_a_crash_after_sending_repeats_the_message_under_its_id(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    ledger.people(1)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.certificates(1)
        with monkeypatch.context() as patch:
            patch.setattr("services.notification.sending.Postman._settle", crash)
            with pytest.raises(KeyboardInterrupt):
                send(ledger)
        send(ledger)
        assert len(receiver.taken) == 1, "its lease holds"
        ledger.change(due_at=datetime.now(UTC))
        send(ledger)
        first, second = receiver.taken
    assert first.id == second.id
    assert first.body == second.body


def test_gone_switches_it_off_and_what_waits_stays_until_it_is_on_again(ledger: Ledger) -> None:
    before = metrics.WEBHOOKS_DISABLED._value.get()
    ledger.people(3)
    with Receiver(lambda _said: (410, {}, b"")) as receiver:
        hook(ledger, receiver)
        ledger.certificates(3)
        send(ledger)
        assert len(receiver.requests) == 1
        shown = ledger.call("get_webhook", OFFICER, agency_code="AG-A")
        assert (shown["enabled"], shown["waiting"], shown["last_trouble"]) == (False, 3, "410 Gone")
        assert metrics.WEBHOOKS_DISABLED._value.get() - before == 1
        receiver.answer = lambda _said: TAKEN
        assert hook(ledger, receiver)["secret"] is None, "the secret is shown once"
        ledger.change(due_at=datetime.now(UTC))
        send(ledger)
        assert len(receiver.taken) == 3


@on_one_database
def test_a_rotated_secret_signs_beside_its_successor_for_a_while(ledger: Ledger) -> None:
    ledger.people(2)
    with Receiver() as receiver:
        old = hook(ledger, receiver)["secret"]
        rotated = ledger.call("rotate_webhook_secret", OFFICER, agency_code="AG-A")
        assert rotated["former_secret_until"] is not None
        assert "secret" not in ledger.call("get_webhook", OFFICER, agency_code="AG-A")
        ledger.certificates(1)
        send(ledger)
        with ledger.db.transaction() as tx:
            tx.execute(sa.update(webhooks).values(former_until=datetime.now(UTC)))
        ledger.service.on_certificate_issued([message(issued(2))])
        send(ledger)
        both, one = receiver.taken
    assert both.is_signed_with(old)
    assert both.is_signed_with(rotated["secret"])
    assert not one.is_signed_with(old)
    assert one.is_signed_with(rotated["secret"])


def test_what_the_brake_holds_is_held_for_the_system_too_and_released_with_it(ledger: Ledger) -> None:
    ledger.people(3)
    caps = {"recipient": 30, "agency": 2, "template": 50_000}
    said = {"source": "tests", "confidence": "policy_default"}
    policy = {"key": "message_caps", "effective_from": "2002-03-21", "value": caps, "reason": "a trial"}
    ledger.call("record_policy", caller("national"), **policy, **said)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.certificates(3)
        assert sorted((row.channel, row.status) for row in ledger.rows()) == [
            ("email", "held"),
            ("email", "pending"),
            ("email", "pending"),
            ("webhook", "held"),
            ("webhook", "pending"),
            ("webhook", "pending"),
        ]
        send(ledger)
        assert len(receiver.taken) == 2
        ledger.call("release_held", caller("operator"), expected_count=2)
        send(ledger)
        assert len(receiver.taken) == 3


def test_a_removed_webhook_gets_nothing_more(ledger: Ledger) -> None:
    ledger.people(2)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.certificates(2)
        assert ledger.call("remove_webhook", OFFICER, agency_code="AG-A") == {"agency_code": "AG-A", "suppressed": 2}
        send(ledger)
        assert receiver.requests == []
    assert {(row.status, row.reason) for row in hook_rows(ledger)} == {("suppressed", "webhook_removed")}
    with pytest.raises(NotFound):
        ledger.call("remove_webhook", OFFICER, agency_code="AG-A")


def test_what_is_queued_while_a_webhook_is_removed_does_not_wait_for_ever(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies are inserted a moment after it was found that there is a webhook."""

    def remove() -> None:
        ledger.call("remove_webhook", OFFICER, agency_code="AG-A")

    def queue_late(tx: Any, rows: Any) -> list[UUID]:
        if rows[0]["channel"] == "webhook":
            remover.start()
            remover.join(0.5)
            with_it_or_not.append(remover.is_alive())
        return queue(tx, rows)

    queue, remover, with_it_or_not = models.queue, threading.Thread(target=remove), list[bool]()
    ledger.people(1)
    with Receiver() as receiver:
        hook(ledger, receiver)
        monkeypatch.setattr(models, "queue", queue_late)
        ledger.certificates(1)
        remover.join(20)
    assert with_it_or_not == [True], "it waits"
    assert [(row.status, row.reason) for row in hook_rows(ledger)] == [("suppressed", "webhook_removed")]


@pytest.mark.parametrize("ledger", ["postgresql"], indirect=True)
def test_queueing_does_not_wait_for_those_who_note_how_a_webhook_does(ledger: Ledger) -> None:
    ledger.people(1)
    with Receiver() as receiver:
        hook(ledger, receiver)
        with ledger.db.transaction() as tx:
            models.note_trouble(tx, "AG-A", failures=1, last_trouble="503")
            started = time.monotonic()
            ledger.certificates(1)
            assert time.monotonic() - started < 5
            models.note_taken(tx, "AG-A")
    assert [row.status for row in hook_rows(ledger)] == ["pending"]


def test_who_unsubscribed_is_still_in_the_record_and_who_was_erased_is_not(ledger: Ledger) -> None:
    ledger.people(2)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.certificates(2)
        wishes = {
            "unsubscribed": ["certificates"],
            "cadence": "daily",
            "updated_at": datetime.now(UTC),
            "updated_by": "tests",
        }
        with ledger.db.transaction() as tx:
            tx.execute(sa.insert(models.metadata.tables["preferences"]).values(employee_id=UUID(int=1), **wishes))
        ledger.service.on_employee_erased(
            [message(EmployeeErasedV1(employee_id=UUID(int=2), erased_at=datetime.now(UTC)))]
        )
        ledger.send()
        send(ledger)
        (request,) = receiver.taken
    assert request.message["employee_id"] == str(UUID(int=1))
    assert request.message["person"] == {"channel": "email", "suppressed": True}


@on_one_database
def test_news_about_somebody_whose_data_was_erased_is_not_copied(ledger: Ledger) -> None:
    ledger.people(2)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.service.on_employee_erased(
            [message(EmployeeErasedV1(employee_id=UUID(int=1), erased_at=datetime.now(UTC)))]
        )
        ledger.certificates(2)
        assert [row.employee_id.int for row in hook_rows(ledger)] == [2]
        send(ledger)
        assert [request.message["employee_id"] for request in receiver.taken] == [str(UUID(int=2))]


@on_one_database
def test_a_test_message_is_answered_for_and_trouble_has_its_kind(ledger: Ledger) -> None:
    with Receiver(lambda _said: (200, {}, b"welcome")) as receiver:
        secret = hook(ledger, receiver, enabled=False)["secret"]
        tested = ledger.call("test_webhook", OFFICER, agency_code="AG-A")
        (request,) = receiver.taken
        assert (tested["status"], tested["answer"], tested["message_id"]) == (200, "welcome", request.id)
        assert request.message["type"] == "training.notification.test"
        assert request.is_signed_with(secret)
        receiver.answer = lambda _said: (302, {"Location": receiver.url()}, b"")
        with pytest.raises(Conflict) as refused:
            ledger.call("test_webhook", OFFICER, agency_code="AG-A")
        assert refused.value.details == {"status": 302, "answer": "302 Found"}
        assert len(receiver.requests) == 2, "a redirect is not followed"
    with pytest.raises(Unavailable) as away:
        ledger.call("test_webhook", OFFICER, agency_code="AG-A")
    assert away.value.code == "webhook_unreachable"
    assert ledger.rows() == []


@on_one_database
def test_an_agency_keeps_its_own_webhook_and_a_national_caller_any(ledger: Ledger) -> None:
    agencies(ledger, AG_A=None, AG_B="AG-A")
    url = "http://127.0.0.1:9/hook"
    for method in ("set_webhook", "get_webhook", "remove_webhook", "rotate_webhook_secret", "test_webhook"):
        arguments = {"agency_code": "AG-B"} | ({"url": url} if method == "set_webhook" else {})
        with pytest.raises(NotFound):
            ledger.call(method, OFFICER, **arguments)
        with pytest.raises(Forbidden):
            ledger.call(method, caller("auditor", agency="AG-B"), **arguments)
    ledger.call("set_webhook", caller("national"), agency_code="ag-b", url=url)
    with pytest.raises(NotFound):
        ledger.call("set_webhook", caller("national"), agency_code="AG-Z", url=url)
    assert ledger.call("get_webhook", caller("agency_system", agency="AG-B"), agency_code="AG-B")["url"] == url


@on_one_database
def test_an_address_inside_is_refused_when_it_is_registered(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(url: str) -> str:
        with pytest.raises(Invalid) as wrong:
            ledger.call("set_webhook", OFFICER, agency_code="AG-A", url=url)
        (reason,) = wrong.value.details["fields"]["url"]
        return str(reason)

    assert "https" in refused("http://hr.example.gov/")
    assert "may not reach" in refused("https://169.254.169.254/latest/meta-data")
    assert "may not reach" in refused("https://[::ffff:10.0.0.1]/")
    assert "may not reach" in refused("https://2886729729/"), "172.16.0.1 as one number"
    both = [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: both)
    assert "may not reach" in refused("https://both.example/"), "all addresses of a host count"
    monkeypatch.undo()
    with pytest.raises(Invalid) as wrong:
        ledger.call("set_webhook", OFFICER, agency_code="AG-A", url="https://h.example/", templates=["love_letter"])
    assert list(wrong.value.details["fields"]) == ["templates[0]"]


@on_one_database
def test_a_name_that_leads_inside_later_is_not_connected_to(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.people(1)
    with Receiver() as receiver:
        hook(ledger, receiver)
        ledger.certificates(1)
        Dispatcher(ledger.db, Access(), lambda: False, AT_ONCE).run()  # loopback is not named any more
        assert receiver.connections == 0
    (row,) = hook_rows(ledger)
    assert (row.status, row.attempts) == ("deferred", 1)
    assert "may not reach" in row.last_answer


def test_https_is_checked_against_the_name_and_goes_to_the_checked_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int, *_rest: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    context, cafile = server_tls(tmp_path, "hr.example.gov")
    with Receiver(tls=context) as receiver:
        monkeypatch.setattr(posting.socket, "getaddrinfo", look_up)
        connect = socket.create_connection
        monkeypatch.setattr(posting.socket, "create_connection", lambda address, *_r: _straight(connect, address))
        poster = Poster(receiver.url("hr.example.gov"), Access(LOOPBACK, cafile))
        for _message in range(3):
            assert poster.post(b"{}", {}).status == 204
        assert receiver.connections == 1, "a connection is kept"
        assert receiver.requests[0].headers["host"] == f"hr.example.gov:{receiver.port}"
        poster.close()
        for url, trusted in ((receiver.url("other.example.gov"), cafile), (receiver.url("hr.example.gov"), None)):
            with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
                Poster(url, Access(LOOPBACK, trusted)).post(b"{}", {})
    assert asked == ["hr.example.gov", "other.example.gov", "hr.example.gov"]


def _straight(connect: Any, address: tuple[str, int]) -> socket.socket:
    """To the address and never by a look-up of its own."""
    assert address[0] == "127.0.0.1"
    made = socket.socket()
    made.connect(address)
    return made


def test_a_whole_answer_has_its_time_however_slowly_it_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "EXCHANGE_SECONDS", 0.4)
    with Receiver(drip=0.05) as receiver, pytest.raises(Unreachable, match=r"no whole answer within 0\.4 s"):
        Poster(receiver.url(), Access(LOOPBACK)).post(b"{}", {})


def test_a_connection_that_was_closed_meanwhile_is_made_anew_and_a_lost_one_is_trouble() -> None:
    with Receiver() as receiver:
        poster = Poster(receiver.url(), Access(LOOPBACK))
        assert poster.post(b"{}", {}).status == 204
        receiver.answer = lambda _said: (200, {"Connection": "close"}, b"x" * 100_000)
        answer = poster.post(b"{}", {})
        assert len(answer.text) == posting.ANSWER_BYTES
        assert poster.post(b"{}", {}).status == 200
        assert receiver.connections == 2
        receiver.answer = lambda _said: (0, {}, b"")
        with pytest.raises(Unreachable):
            poster.post(b"{}", {})
