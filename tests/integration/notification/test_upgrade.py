"""A ledger of an earlier release, brought up to date: what was told stays told, what waits is told once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.notification import models
from shared import migrate
from shared.database import Database
from tests.harness import Databases
from tests.integration.notification.conftest import COMPLETED_AT, Ledger, caller, issued, message

STATUSES = ("pending", "sending", "sent", "deferred", "bounced", "suppressed", "held")
LONG_AGO = datetime.now(UTC) - timedelta(days=20)


def event_of(number: int) -> Any:
    """What somebody was told of, the same whenever it is said."""
    return issued(number, certificate_id=UUID(int=100 + number))


def told(number: int, status: str) -> dict[str, Any]:
    """As the release before wrote it: only the columns that it knew."""
    event, at = event_of(number), LONG_AGO
    names = ("serial", "course_code", "hours", "verification_code", "verification_url", "kind")
    context = {name: getattr(event, name) for name in names} | {"course_title": {"fa": "حقوق اداری"}}
    context |= {"completed_on": "2026-11-25", "valid_until": None}
    context |= dict.fromkeys(("completed_at", "issued_at"), COMPLETED_AT.isoformat())
    due_at = at if status in ("pending", "sending") else at + timedelta(days=1)
    return {
        "notification_id": UUID(int=200 + number),
        "event_id": UUID(int=300 + number),
        "subject_id": event.certificate_id,
        "employee_id": UUID(int=number),
        "agency_code": "AG-A",
        "template": "certificate_issued",
        "channel": "email",
        "status": status,
        "context": context,
        "correlation_id": "sample-correlation",
        "created_at": at,
        "due_at": due_at,
        "claim_id": UUID(int=7) if status == "sending" else None,
        "attempts": 0 if status in ("pending", "suppressed") else 1,
        "first_tried_at": None if status in ("pending", "suppressed") else datetime.now(UTC) - timedelta(hours=1),
        "sent_at": at if status == "sent" else None,
        "last_answer": None if status == "pending" else f"as {status}",
    }


def before(metadata: sa.MetaData, name: str, columns: tuple[str, ...]) -> sa.Table:
    """A table as far as an earlier release knew it."""
    return sa.Table(name, sa.MetaData(), *(sa.Column(each, metadata.tables[name].c[each].type) for each in columns))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database of revision 0003 with a row in every status."""
    rows = [told(number, status) for number, status in enumerate(STATUSES, 1)]
    names = ("employee_id", "agency_code", "full_name", "email", "language", "heard_at")
    people = [
        dict(zip(names, (UUID(int=n), "AG-A", f"نمونه {n}", f"sample{n}@example.ir", "fa", LONG_AGO), strict=True))
        for n in range(1, len(rows) + 1)
    ]

    def prepare(url: str) -> None:
        migrate.upgrade("notification", url, "0003")

    with databases.lend(request.param, "notification-0003", tmp_path, sa.MetaData(), prepare) as made:
        db = Database(made)
        with db.transaction() as tx:
            tx.execute(sa.insert(before(models.metadata, "recipients", names)), people)
            tx.execute(sa.insert(before(models.metadata, "notifications", tuple(rows[0]))), rows)
        db.engine.dispose()
        yield made


def test_an_upgrade_mails_nobody_again_and_forgets_nobody(url: str, tmp_path: Path) -> None:
    migrate.upgrade("notification", url)
    db = Database(url, models.metadata)
    try:
        ledger = Ledger(db, tmp_path)
        assert ledger.statuses() == list(STATUSES)
        ledger.service.count_waiting()
        numbers = range(1, len(STATUSES) + 1)
        replayed = [message(event_of(number), event_id=UUID(int=300 + number)) for number in numbers]
        repeated = [message(event_of(number)) for number in numbers]
        ledger.service.on_certificate_issued(replayed)
        ledger.service.on_certificate_issued(repeated)
        ledger.send()
        ledger.send()
        rows = {row.employee_id.int: row for row in ledger.rows()}
        assert [rows[number].status for number in sorted(rows)] == [
            "sent" if status in ("pending", "sending", "deferred") else status for status in STATUSES
        ]
        mailed = {file.stem for file in ledger.files}
        assert mailed == {str(rows[number].notification_id) for number in (1, 2, 4)}
        # What nothing was kept of then is shown as it is known.
        shown = ledger.call("get_notification", caller("national"), notification_id=str(rows[3].notification_id))
        assert (shown["status"], shown["last_answer"], shown["tries"], shown["letter"]) == ("sent", "as sent", [], None)
        assert shown["message_id"] == f"<{rows[3].notification_id}@training.example>"
        page = ledger.call("list_held", caller("operator"))
        assert [(each["employee_id"], each["reason"]) for each in page["items"]] == [
            (str(UUID(int=7)), "cannot_be_made")
        ]
        assert ledger.call("release_held", caller("operator"), expected_count=1)["decided"] == 1
        ledger.send()
        assert [row.status for row in ledger.rows()].count("sent") == 5
    finally:
        db.engine.dispose()
