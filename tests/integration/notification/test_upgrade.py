"""A ledger of an earlier release, brought up to date: what was told stays told, what waits is told once; and back."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.notification import models
from shared import migrate
from shared.database import Database
from tests.harness import Databases
from tests.integration.notification.conftest import COMPLETED_AT, Ledger, caller, issued, message

VERSIONS = Path(str(importlib.import_module("services.notification").__file__)).parent / "migrations" / "versions"
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
def url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A database of revision 0003 with a row in every status."""
    rows = [told(number, status) for number, status in enumerate(STATUSES, 1)]
    names = ("employee_id", "agency_code", "full_name", "email", "language", "heard_at")
    people = [
        dict(zip(names, (UUID(int=n), "AG-A", f"نمونه {n}", f"sample{n}@example.ir", "fa", LONG_AGO), strict=True))
        for n in range(1, len(rows) + 1)
    ]

    def prepare(url: str) -> None:
        migrate.upgrade("notification", url, "0003")

    name = f"notification-{request.node.originalname}"
    with databases.lend(request.param, name, sa.MetaData(), prepare) as made:
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


def test_a_soft_report_of_before_is_one_of_a_delay_where_its_mail_did_not_come_back(url: str) -> None:
    migrate.upgrade("notification", url, "0011")
    names = ("report_id", "notification_id", "source", "kind", "received_at")
    said = [(3, "mailbox", "soft"), (5, "mailbox", "soft"), (3, "call", "soft"), (3, "mailbox", "complaint")]
    former = [
        dict(zip(names, (UUID(int=place), UUID(int=200 + number), source, kind, LONG_AGO), strict=True))
        for place, (number, source, kind) in enumerate(said)
    ]
    db = Database(url)
    with db.transaction() as tx:
        tx.execute(sa.insert(before(models.metadata, "bounce_reports", names)), former)
    migrate.upgrade("notification", url)
    own = models.metadata.tables["bounce_reports"].c
    with db.reading() as tx:
        assert list(tx.scalars(sa.select(own.is_delayed).order_by(own.report_id))) == [True, False, False, False]
    db.engine.dispose()


def test_the_way_back_keeps_what_people_were_told(url: str, tmp_path: Path) -> None:
    engine = Database(url).engine
    before = _columns(engine)
    migrate.upgrade("notification", url)
    db = Database(url, models.metadata)
    changed = {"updated_at": LONG_AGO, "updated_by": "x"}
    with db.transaction() as tx:
        own = models.notifications
        copy = {"audience": "system", "channel": "webhook", "webhook_agency": "AG-A"}
        tx.execute(sa.insert(own).values(told(1, "pending") | copy | {"notification_id": UUID(int=999)}))
        tx.execute(sa.update(own).where(own.c.status == "pending").values(cadence="daily", digest_id=UUID(int=998)))
        tx.execute(sa.insert(models.metadata.tables["agency_settings"]).values(agency_code="AG-A", **changed))
        chosen = {"employee_id": UUID(int=1), "cadence": "immediately", "unsubscribed": ["welcome"]}
        tx.execute(sa.insert(models.metadata.tables["preferences"]).values(**chosen, **changed))
    db.engine.dispose()
    later = [path.stem for path in sorted(VERSIONS.glob("0*.py")) if path.stem >= "0004"]
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for name in reversed(later):
            importlib.import_module(f"services.notification.migrations.versions.{name}").downgrade()
    assert _columns(engine) == before
    with engine.connect() as connection:
        kept = connection.execute(sa.text("SELECT status FROM notifications ORDER BY notification_id"))
        assert kept.scalars().all() == list(STATUSES)
    engine.dispose()


def _columns(engine: sa.Engine) -> dict[str, tuple[set[str], set[str]]]:
    inspector = sa.inspect(engine)
    return {
        table: (
            {column["name"] for column in inspector.get_columns(table)},
            {str(index["name"]) for index in inspector.get_indexes(table)},
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
