"""Whatever is said again, brought in or changed afterwards: nobody is written to a second time, or without need."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification.models import notifications
from shared.events import EmployeeChangedV1, Event, decode
from shared.messages import Message
from tests.harness import vars_with_subscription
from tests.integration.cli.conftest import without_attachments
from tests.integration.notification.conftest import registered


def mails(chain: Any) -> dict[str, bytes]:
    folder = Path(chain.services["notification"].config.smtp_url.removeprefix("maildir://"))
    return {file.name: file.read_bytes() for file in sorted(folder.glob("new/*.eml"))}


def ledger(chain: Any) -> list[Any]:
    return sorted(chain.rows("notification", notifications), key=lambda row: row.notification_id.int)


def everything_said(chain: Any) -> list[Message[Any]]:
    """All events of the services before, as their outboxes keep them."""
    found = []
    for service in ("enrollment", "certification"):
        table = chain.services[service].service.metadata.tables["outbox"]
        rows = sorted(chain.rows(service, table), key=lambda row: row.position)
        found += [
            Message(row.event_id, decode(row.type, row.body.encode()), row.occurred_at, row.correlation_id)
            for row in rows
        ]
    return found


def hear_all(chain: Any) -> int:
    """Hand notification all of it that it hears, in order; how many events."""
    target, heard = chain.services["notification"], 0
    for said in everything_said(chain):
        if listens(type(target.service), said.event):
            target.deliver(said)
            heard += 1
    return heard


def listens(service: type, event: Event) -> bool:
    try:
        return bool(vars_with_subscription(service, event.TYPE))
    except AssertionError:
        return False


@pytest.fixture
def told(chain: Any) -> Any:
    """A whole chain, of which everybody was told."""
    without_attachments(chain.services["notification"])
    chain.complete_all()
    chain.carry()
    assert hear_all(chain) >= 10
    chain.services["notification"].service.send_pending()
    return chain


def test_a_replay_of_everything_over_a_fresh_inbox_mails_nobody_again(told: Any) -> None:
    before, mailed = ledger(told), mails(told)
    assert len(mailed) >= 6  # a place and a certificate for each
    assert {row.status for row in before} == {"sent"}
    for service in ("enrollment", "certification"):
        reply = told.ask(service, "replay_events", {"since": "2026-01-01T00:00:00Z"})
        assert reply["count"] > 0
    told.lose("notification", told.services["notification"].service.metadata.tables["inbox"])
    assert hear_all(told) >= 10
    told.services["notification"].service.send_pending()
    assert ledger(told) == before
    assert mails(told) == mailed


def test_events_said_again_under_new_ids_mail_nobody_again(told: Any) -> None:
    before, mailed = ledger(told), mails(told)
    outboxes = {
        service: told.rows(service, told.services[service].service.metadata.tables["outbox"])
        for service in ("enrollment", "certification")
    }
    for service, rows in outboxes.items():
        table = told.services[service].service.metadata.tables["outbox"]
        with told.services[service].db.transaction() as tx:
            tx.execute(sa.update(table).values(published_at=tx.now))
        for event_type in sorted({row.type for row in rows}):
            subjects = list({row.subject for row in rows if row.type == event_type})
            told.ask(service, "repeat_events", {"event_type": event_type, "subjects": subjects})
    assert hear_all(told) > 10
    told.services["notification"].service.send_pending()
    assert ledger(told) == before
    assert mails(told) == mailed


def test_staff_that_is_brought_in_or_changed_is_told_nothing(harness: Any) -> None:
    target = harness("notification")
    target.deliver(*(registered(number) for number in range(1, 1001)))
    names = ("employee_id", "agency_code", "full_name", "email", "language")
    fields = {name: getattr(registered(1), name) for name in names} | {"employed": True, "changed": ["full_name"]}
    target.deliver(*(EmployeeChangedV1(**fields | {"employee_id": UUID(int=n)}) for n in range(1, 1001)))
    with target.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(notifications)) == 0
