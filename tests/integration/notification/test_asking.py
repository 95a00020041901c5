"""What callers may ask, and what they may not see."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import Forbidden, Invalid, NotFound
from tests.integration.notification.conftest import Ledger, caller, issued, message, registered

PERSON = str(UUID(int=1))
CONTRACT = {"notification_id", "template", "channel", "status", "created_at", "sent_at"}


def every_page(ledger: Ledger, method: str, roles: tuple[str, ...] = ("national",), **arguments: Any) -> list[Any]:
    items, cursor = [], None
    while True:
        page = ledger.call(method, caller(*roles), cursor=cursor, **arguments)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


@pytest.mark.parametrize("role", ["agency_system", "training_officer", "auditor", "national", "operator"])
def test_a_persons_notifications_are_listed_as_the_contract_says(ledger: Ledger, role: str) -> None:
    ledger.people(1)
    ledger.certificates(1)
    reply = ledger.call("list_notifications", caller(role), employee_id=PERSON)
    (item,) = reply["items"]
    assert reply["next"] is None
    assert set(item) >= CONTRACT
    assert (item["template"], item["channel"], item["status"]) == ("certificate_issued", "email", "pending")
    assert item["created_at"].endswith("Z")
    assert item["sent_at"] is None
    ledger.send()
    (item,) = ledger.call("list_notifications", caller(role), employee_id=PERSON)["items"]
    assert item["status"] == "sent"
    assert item["sent_at"].endswith("Z")


def test_being_sent_is_shown_as_pending(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.change(status="sending")
    for method, arguments in (("list_notifications", {"employee_id": PERSON}), ("list_queued", {})):
        (item,) = ledger.call(method, caller("national"), **arguments)["items"]
        assert item["status"] == "pending"


def test_another_agencys_person_looks_like_an_unknown_one(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    notification_id = str(ledger.rows()[0].notification_id)
    stranger = caller("agency_system", agency="AG-B")
    for employee_id, who in ((PERSON, stranger), (str(uuid4()), caller("national"))):
        with pytest.raises(NotFound) as caught:
            ledger.call("list_notifications", who, employee_id=employee_id)
        assert caught.value.code == "employee_not_found"
    for asked, who in ((notification_id, stranger), (str(uuid4()), caller("national"))):
        with pytest.raises(NotFound) as caught:
            ledger.call("get_notification", who, notification_id=asked)
        assert caught.value.code == "notification_not_found"


def test_a_person_who_moved_takes_their_notifications_along(ledger: Ledger) -> None:
    ledger.people(1)
    ledger.certificates(1)
    ledger.service.on_employee_registered([message(registered(agency_code="AG-B"))])
    new, old = caller("auditor", agency="AG-B"), caller("auditor", agency="AG-A")
    notification_id = str(ledger.rows()[0].notification_id)
    ledger.service.on_certificate_issued([message(issued(1, agency_code="AG-B"))])
    listed = {who: ledger.call("list_notifications", who, employee_id=PERSON)["items"] for who in (new, old)}
    assert (len(listed[new]), len(listed[old])) == (2, 1)
    assert str(listed[old][0]["notification_id"]) == notification_id
    with pytest.raises(NotFound):
        ledger.call("list_notifications", caller("auditor", agency="AG-C"), employee_id=PERSON)
    for who in (new, old):
        assert ledger.call("get_notification", who, notification_id=notification_id)["employee_id"] == PERSON


def test_one_notification_is_shown_with_the_servers_answer_and_message_id(ledger: Ledger) -> None:
    ledger.people(1)
    (certificate,) = ledger.certificates(1)
    ledger.send()
    row = ledger.rows()[0]
    shown = ledger.call("get_notification", caller("auditor"), notification_id=str(row.notification_id))
    assert shown["message_id"] == f"<{row.notification_id}@training.example>"
    assert shown["event_id"] == str(certificate.id)
    assert shown["subject_id"] == str(certificate.event.certificate_id)
    assert (shown["attempts"], shown["last_answer"]) == (1, f"new/{row.notification_id}.eml")
    assert not {"context", "email", "claim_id"} & set(shown)


def test_a_long_list_is_paged_newest_first_without_gap_or_repeat(ledger: Ledger) -> None:
    ledger.people(1)
    for _certificate in range(7):
        ledger.service.on_certificate_issued([message(issued(1))])
    items = every_page(ledger, "list_notifications", employee_id=PERSON, limit=3)
    ids = [item["notification_id"] for item in items]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 7


def test_the_ledger_is_listed_for_reconciliation(ledger: Ledger) -> None:
    ledger.people(5)
    messages = ledger.certificates(5)
    items = every_page(ledger, "list_queued", template="certificate_issued", limit=2)
    assert {item["event_id"] for item in items} == {str(message.id) for message in messages}
    assert {item["subject_id"] for item in items} == {str(message.event.certificate_id) for message in messages}
    assert set(items[0]) == {"notification_id", "event_id", "subject_id", "employee_id", "template", "status"}
    assert every_page(ledger, "list_queued", template="result_failed") == []


def test_the_ledger_can_be_listed_since_a_moment(ledger: Ledger) -> None:
    ledger.people(2)
    ledger.certificates(1)
    between = datetime.now(UTC)
    ledger.service.on_certificate_issued([message(issued(2))])
    for since, count in ((between - timedelta(hours=1), 2), (between, 1), (between + timedelta(hours=1), 0)):
        assert len(every_page(ledger, "list_queued", since=since.isoformat())) == count


def test_an_auditor_sees_only_their_agencys_part_of_the_ledger(ledger: Ledger) -> None:
    ledger.service.on_employee_registered([message(registered(1)), message(registered(2, agency_code="AG-B"))])
    ledger.service.on_certificate_issued([message(issued(1)), message(issued(2, agency_code="AG-B"))])
    assert len(every_page(ledger, "list_queued", ("auditor",))) == 1
    assert len(every_page(ledger, "list_queued", ("auditor", "operator"))) == 2
    with pytest.raises(Forbidden):
        ledger.call("list_queued", caller("agency_system"))


@pytest.mark.parametrize(
    ("method", "arguments", "wrong"),
    [
        ("list_notifications", {}, "employee_id"),
        ("list_notifications", {"employee_id": "x"}, "employee_id"),
        ("list_notifications", {"employee_id": PERSON, "limit": 0}, "limit"),
        ("list_notifications", {"employee_id": PERSON, "cursor": "x"}, "cursor"),
        ("list_notifications", {"employee_id": PERSON, "colour": 1}, "colour"),
        ("get_notification", {"notification_id": 7}, "notification_id"),
        ("list_queued", {"template": "love_letter"}, "template"),
        ("list_queued", {"since": "yesterday"}, "since"),
        ("list_queued", {"since": "2026-11-23T09:30:00"}, "since"),
    ],
)
def test_a_wrong_argument_is_named(ledger: Ledger, method: str, arguments: dict[str, Any], wrong: str) -> None:
    ledger.people(1)
    with pytest.raises(Invalid) as caught:
        ledger.call(method, caller("national"), **arguments)
    assert list(caught.value.details["fields"]) == [wrong]
