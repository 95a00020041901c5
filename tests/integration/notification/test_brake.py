"""The storm brake: what is above a cap or too old waits, and somebody decides with a count before them."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from services.notification.domain import braking
from services.notification.models.tables import brake_counters
from shared import metrics
from shared.errors import Conflict, Forbidden, Invalid
from tests.integration.notification.conftest import Ledger, caller, issued, message, registered

OPERATOR = caller("operator")
SAID = {"source": "Sample", "confidence": "policy_default", "reason": "Sample", "effective_from": "2026-01-01"}


def caps(ledger: Ledger, **numbers: Any) -> None:
    value = {"recipient": 100, "agency": 100, "template": 100} | numbers
    corrects = {"corrects": edition} if (edition := len(recorded(ledger))) else {}
    ledger.call("record_policy", caller("national"), key="message_caps", value=value, **SAID, **corrects)


def recorded(ledger: Ledger) -> list[Any]:
    with ledger.db.reading() as tx:
        table = models.metadata.tables["policies"]
        return list(tx.execute(sa.select(table).where(table.c.key == "message_caps")))


def reasons(ledger: Ledger) -> Counter[str]:
    return Counter(row.reason or row.status for row in ledger.rows())


def held_metric(reason: str) -> float:
    return float(metrics.NOTIFICATIONS_HELD.labels(reason)._value.get())


def decide(ledger: Ledger, method: str, **arguments: Any) -> dict[str, Any]:
    return ledger.call(method, OPERATOR, **arguments)


def test_above_a_cap_messages_are_held_and_the_others_go(ledger: Ledger) -> None:
    caps(ledger, agency=3)
    ledger.people(5)
    before = held_metric("brake_agency")
    messages = ledger.certificates(5)
    assert reasons(ledger) == {"pending": 3, "brake_agency": 2}
    assert held_metric("brake_agency") - before == 2
    assert {row.last_answer[:36] for row in ledger.rows() if row.status == "held"} == {
        "More than 3 messages for one agency "
    }
    ledger.send()
    assert Counter(ledger.statuses()) == {"sent": 3, "held": 2}
    # What is heard again is not new, and counts for nothing.
    ledger.service.on_certificate_issued(messages)
    ledger.service.on_certificate_issued([message(each.event) for each in messages])
    assert Counter(ledger.statuses()) == {"sent": 3, "held": 2}


def test_the_counters_say_what_was_let_through_and_are_forgotten(ledger: Ledger) -> None:
    caps(ledger, recipient=2, template=4)
    ledger.people(3)
    ledger.service.on_certificate_issued([message(issued(1)) for _ in range(5)])
    ledger.service.on_certificate_issued([message(issued(number)) for number in (2, 2, 3)])
    assert reasons(ledger) == {"pending": 4, "brake_recipient": 3, "brake_template": 1}
    with ledger.db.reading() as tx:
        counters = {(row.scope, row.name): row[3] for row in tx.execute(sa.select(brake_counters))}
    assert counters[("template", "certificate_issued")] == counters[("agency", "AG-A")] == 4
    assert counters[("recipient", str(UUID(int=1)))] == 2
    with ledger.db.transaction() as tx:
        assert models.forget_counters(tx, braking.hour_of(tx.now)) == 0
        assert models.forget_counters(tx, braking.hour_of(tx.now) + timedelta(hours=1)) == len(counters)


def test_an_agency_with_a_cap_of_its_own_holds_back_nobody_else(ledger: Ledger) -> None:
    caps(ledger, agencies={"AG-B": 1})
    ledger.service.on_employee_registered([message(registered(n, agency_code="AG-B")) for n in (1, 2)])
    ledger.service.on_employee_registered([message(registered(3))])
    ledger.service.on_certificate_issued([message(issued(n, agency_code="AG-B")) for n in (1, 2)])
    ledger.service.on_certificate_issued([message(issued(3))])
    assert reasons(ledger) == {"pending": 2, "brake_agency": 1}


def test_replicas_beside_each_other_let_no_more_through_than_the_cap(ledger: Ledger) -> None:
    caps(ledger, template=25, recipient=1)
    ledger.people(40)
    failures: list[BaseException] = []

    def work(first: int) -> None:
        numbers = list(range(1, 41))[:: 1 if first % 2 else -1]
        try:
            for start in range(0, 40, 10):
                ledger.service.on_certificate_issued([message(issued(n)) for n in numbers[start : start + 10]])
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert reasons(ledger)["pending"] == 25
    assert len(ledger.rows()) == 160


def test_news_of_long_ago_is_held_and_tells_nobody(ledger: Ledger) -> None:
    ledger.people(3)
    now, before = datetime.now(UTC), held_metric("stale")
    times = (now - timedelta(days=7, minutes=1), now - timedelta(days=6, hours=23), now - timedelta(days=200))
    ledger.service.on_certificate_issued([message(issued(n), time=times[n - 1]) for n in (1, 2, 3)])
    assert reasons(ledger) == {"pending": 1, "stale": 2}
    assert held_metric("stale") - before == 2
    ledger.send()
    assert len(ledger.files) == 1


def test_the_news_of_somebody_erased_is_not_held_but_nothing(ledger: Ledger) -> None:
    ledger.people(1)
    with ledger.db.transaction() as tx:
        models.erase_recipient(tx, UUID(int=1), tx.now)
    ledger.service.on_certificate_issued([message(issued(1), time=datetime.now(UTC) - timedelta(days=90))])
    (row,) = ledger.rows()
    assert (row.status, row.reason, row.context) == ("suppressed", "erased", {})


@pytest.fixture
def storm(ledger: Ledger) -> Ledger:
    """Six certificates of two agencies, of which two were let through, three are above a cap and one is old."""
    caps(ledger, agency=1)
    agencies = {number: "AG-" + "AB"[number % 2] for number in range(1, 7)}
    ledger.service.on_employee_registered([message(registered(n, agency_code=agencies[n])) for n in agencies])
    for number in range(1, 6):
        ledger.service.on_certificate_issued([message(issued(number, agency_code=agencies[number]))])
    ledger.service.on_certificate_issued(
        [message(issued(6, agency_code="AG-A"), time=datetime.now(UTC) - timedelta(days=30))]
    )
    return ledger


def test_what_is_held_is_listed_with_counts(storm: Ledger) -> None:
    page = decide(storm, "list_held", limit=3)
    assert page["count"] == 4
    found = {(each["agency_code"], each["reason"]): each["count"] for each in page["groups"]}
    assert found == {("AG-B", "brake_agency"): 2, ("AG-A", "brake_agency"): 1, ("AG-A", "stale"): 1}
    rest = decide(storm, "list_held", limit=3, cursor=page["next"])
    assert (rest["count"], rest["groups"], rest["next"]) == (None, [], None)
    ids = [each["notification_id"] for each in page["items"] + rest["items"]]
    assert len(set(ids)) == 4
    assert ids == sorted(ids)
    assert all(each["answer"] and "email" not in each for each in page["items"])
    with pytest.raises(Forbidden):
        storm.call("list_held", caller("auditor", "training_officer", "agency_system"))


def test_a_release_must_name_what_was_seen_and_sends_at_once(storm: Ledger) -> None:
    trial = decide(storm, "release_held", agency_code="AG-B", dry_run=True)
    assert (trial["count"], trial["dry_run"]) == (2, True)
    assert Counter(storm.statuses())["held"] == 4
    with pytest.raises(Invalid) as unseen:
        decide(storm, "release_held", agency_code="AG-B")
    assert list(unseen.value.details["fields"]) == ["expected_count"]
    with pytest.raises(Conflict) as changed:
        decide(storm, "release_held", agency_code="AG-B", expected_count=3)
    assert (changed.value.code, changed.value.details) == ("count_changed", {"count": 2})
    assert Counter(storm.statuses())["held"] == 4
    storm.woken.clear()
    assert decide(storm, "release_held", agency_code="AG-B", expected_count=2)["count"] == 2
    assert storm.woken == ["send_pending"]
    storm.send()
    assert Counter(storm.statuses()) == {"sent": 4, "held": 2}
    assert decide(storm, "release_held", agency_code="AG-B", dry_run=True)["count"] == 0
    # Nothing is held any more of what was released, and the second click finds that.
    with pytest.raises(Conflict):
        decide(storm, "release_held", agency_code="AG-B", expected_count=2)


def test_released_messages_wait_for_no_digest_and_get_their_days_of_trying_again(storm: Ledger) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=20)
    storm.change(cadence="weekly", first_tried_at=long_ago, attempts=3, due_at=datetime.now(UTC) + timedelta(days=3))
    decide(storm, "release_held", reason="stale", expected_count=1)
    (row,) = (row for row in storm.rows() if row.employee_id == UUID(int=6))
    assert (row.status, row.cadence, row.first_tried_at, row.reason) == ("deferred", None, None, None)
    assert row.due_at <= datetime.now(UTC)
    assert row.last_answer == "Released by tests; it was held: stale"


def test_what_is_dropped_is_told_to_nobody(storm: Ledger) -> None:
    middle = datetime.now(UTC) + timedelta(minutes=1)
    assert decide(storm, "drop_held", since=middle.isoformat(), dry_run=True)["count"] == 0
    chosen = {"template": "certificate_issued", "until": middle.isoformat(), "reason": "brake_agency"}
    assert decide(storm, "drop_held", **chosen, expected_count=3)["groups"][0]["count"] == 2
    storm.send()
    dropped = [row for row in storm.rows() if row.reason == "dropped"]
    assert [row.status for row in dropped] == ["suppressed"] * 3
    assert {row.last_answer for row in dropped} == {"Dropped by tests; it was held: brake_agency"}
    assert Counter(storm.statuses()) == {"sent": 2, "suppressed": 3, "held": 1}


def test_what_could_not_be_made_is_tried_again_when_it_is_released(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    (row,) = ledger.rows()
    before = held_metric("cannot_be_made")
    ledger.change(context={})
    ledger.send()
    assert reasons(ledger) == {"cannot_be_made": 1}
    assert held_metric("cannot_be_made") - before == 1
    ledger.change(context=row.context)
    decide(ledger, "release_held", reason="cannot_be_made", expected_count=1)
    ledger.send()
    (row,) = ledger.rows()
    assert (row.status, row.attempts) == ("sent", 2)


def test_the_gauges_show_what_is_due_and_what_is_held(storm: Ledger) -> None:
    storm.change(due_at=datetime.now(UTC) - timedelta(minutes=10))
    storm.service.count_waiting()
    assert metrics.NOTIFICATIONS_DUE._value.get() == 2
    assert 600 <= metrics.NOTIFICATIONS_OLDEST_DUE._value.get() < 660
    assert metrics.NOTIFICATIONS_HELD_WAITING.labels("certificate_issued")._value.get() == 4
    decide(storm, "drop_held", expected_count=4)
    storm.send()
    storm.service.count_waiting()
    assert metrics.NOTIFICATIONS_DUE._value.get() == metrics.NOTIFICATIONS_OLDEST_DUE._value.get() == 0
    assert metrics.NOTIFICATIONS_HELD_WAITING.labels("certificate_issued")._value.get() == 0


def test_a_wrong_choice_is_named(ledger: Ledger) -> None:
    wrong = {"template": "love_letter", "reason": "unsubscribed", "since": "yesterday", "expected_count": -1}
    for method in ("release_held", "drop_held"):
        with pytest.raises(Invalid) as caught:
            decide(ledger, method, **wrong, agency_code="?")
        assert set(caught.value.details["fields"]) == {*wrong, "agency_code"}
