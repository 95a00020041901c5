"""Transactions and what a database's errors mean, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from shared import logs
from shared.database import Database, Transaction, is_contention, is_passing
from shared.events import AgencyRegisteredV1, LocalizedText
from shared.messages import Cause
from tests.integration.shared.conftest import THINGS

EVENT = AgencyRegisteredV1(code="A", name=LocalizedText("نمونه"))
CONFLICTS = {"uq_things_code": ("code_taken", "No."), "uq_things_place": ("place_taken", "No.")}


def add(tx: Transaction, number: int = 1, **values: Any) -> None:
    tx.execute(sa.insert(THINGS).values({"id": number, "code": f"C{number}", **values}))


def count(db: Database, table: sa.Table = THINGS) -> int:
    with db.reading() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def outbox(db: Database) -> sa.Table:
    return db.metadata.tables["outbox"]


def failure(db: Database, *rows: dict[str, Any]) -> IntegrityError:
    """What the database says to the last of these rows."""
    with pytest.raises(IntegrityError) as refused, db.transaction() as tx:
        for number, row in enumerate(rows, start=1):
            add(tx, **({"number": number} | row))
    return refused.value


def test_a_commit_keeps_rows_and_events_and_then_tells(db: Database) -> None:
    told: list[str] = []
    db.on_publish = lambda: told.append(f"published {count(db, outbox(db))}")
    with db.transaction(Cause.new("call-1")) as tx:
        add(tx)
        tx.publish(EVENT)
        tx.after_commit(lambda: told.append(f"committed {count(db)}"))
        assert told == []
    assert told == ["published 1", "committed 1"]
    with db.reading() as tx:
        row = tx.execute(sa.select(outbox(db))).one()
    assert (row.type, row.subject, row.correlation_id) == (EVENT.TYPE, "A", "call-1")
    assert row.published_at is None


def test_an_error_does_not_repeat_the_parameters(db: Database) -> None:
    """Errors are logged, and addresses and codes never are."""
    assert "parameters hidden" in str(failure(db, {"code": "X"}, {"code": "X"}))


def test_what_is_logged_of_an_error_repeats_no_value(db: Database) -> None:
    error = failure(db, {"code": "code-of-somebody"}, {"code": "code-of-somebody"})
    said = structlog.processors.format_exc_info(None, "error", {"event": "x", "exc_info": error})
    logged = logs.without_values(None, "error", said)["exception"]
    assert "code-of-somebody" not in logged
    assert "IntegrityError" in logged


def test_a_transaction_that_raises_leaves_nothing_and_tells_nobody(db: Database) -> None:
    told: list[str] = []
    db.on_publish = lambda: told.append("published")
    with pytest.raises(KeyError), db.transaction() as tx:
        add(tx)
        tx.publish(EVENT)
        tx.after_commit(lambda: told.append("committed"))
        raise KeyError("on the way")
    assert (count(db), count(db, outbox(db)), told) == (0, 0, [])
    with db.transaction() as tx:
        add(tx)
    assert count(db) == 1, "the connection is usable again"


def test_a_transaction_without_events_wakes_nobody(db: Database) -> None:
    told: list[str] = []
    db.on_publish = lambda: told.append("published")
    with db.transaction() as tx:
        add(tx)
    assert told == []


def test_what_fails_after_the_commit_does_not_undo_it(db: Database) -> None:
    told: list[str] = []
    with db.transaction() as tx:
        add(tx)
        tx.after_commit(lambda: 1 / 0)
        tx.after_commit(lambda: told.append("the next"))
    assert (count(db), told) == (1, ["the next"])


def test_what_was_gathered_is_done_once_and_last(db: Database) -> None:
    done: list[tuple[int, list[str]]] = []

    def finish(tx: Transaction, items: list[str]) -> None:
        done.append((count(db), items))
        add(tx)

    with db.transaction() as tx:
        tx.at_the_end(finish, ["a"])
        tx.at_the_end(finish, ["b", "c"])
        assert done == []
    assert done == [(0, ["a", "b", "c"])]
    assert count(db) == 1


def test_nothing_is_done_at_the_end_of_what_was_undone(db: Database) -> None:
    done: list[list[str]] = []
    with db.transaction() as tx:
        tx.at_the_end(lambda _, items: done.append(items), ["a"])
        tx.forget_events()
    assert done == []


def test_what_a_reader_changes_is_not_kept(db: Database) -> None:
    with db.reading() as tx:
        add(tx)
    assert count(db) == 0
    with pytest.raises(KeyError), db.reading():
        raise KeyError("on the way")
    assert db.engine.pool.checkedout() == 0


def test_a_violated_constraint_is_the_conflict_of_its_name(db: Database) -> None:
    code = db.conflict_of(failure(db, {}, {"code": "C1"}), CONFLICTS)
    assert code is not None
    assert code.code == "code_taken"
    place = db.conflict_of(failure(db, {"owner": "o", "place": 1}, {"owner": "o", "place": 1}), CONFLICTS)
    assert place is not None
    assert place.code == "place_taken"


def test_a_violation_that_nobody_named_is_no_conflict(db: Database) -> None:
    assert db.conflict_of(failure(db, {}, {"number": 1, "code": "other"}), CONFLICTS) is None
    assert db.conflict_of(failure(db, {"code": None}), CONFLICTS) is None
    assert db.conflict_of(failure(db, {}, {"code": "C1"}), {}) is None


def test_a_mistake_does_not_pass(db: Database) -> None:
    refused = failure(db, {}, {"code": "C1"})
    assert not is_passing(refused)
    assert not is_contention(refused)
    with pytest.raises(DBAPIError) as mistake, db.reading() as tx:
        tx.execute(sa.text("SELECT * FROM no_such_table"))
    assert not is_passing(mistake.value)
    assert not is_passing(ValueError("of ours"))


def test_a_lock_that_another_holds_passes(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as tx:
        add(tx)
    update = sa.update(THINGS).values(owner="o")
    other = impatient(db, monkeypatch)
    with db.transaction() as tx:
        tx.execute(update)
        with pytest.raises(DBAPIError) as waited, other.transaction() as second:
            second.execute(update)
    assert is_passing(waited.value)
    other.engine.dispose()


def impatient(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The same database as another process has it, waiting for locks only a moment."""
    monkeypatch.setattr("shared.database.LOCK_TIMEOUT_MS", 200)
    other = Database(db.engine.url.render_as_string(hide_password=False), db.metadata)
    if db.engine.dialect.name == "sqlite":
        sa.event.listen(other.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=200"))
    return other


def test_writers_of_one_process_wait_for_each_other(db: Database) -> None:
    with db.transaction() as tx:
        add(tx, place=0)

    def one_more() -> None:
        with db.transaction() as tx:
            place = tx.scalar(sa.select(THINGS.c.place).with_for_update())
            eventlet.sleep(0.005)
            tx.execute(sa.update(THINGS).values(place=place + 1))

    pile = eventlet.GreenPile()
    for _ in range(8):
        pile.spawn(one_more)
    list(pile)
    with db.reading() as tx:
        assert tx.scalar(sa.select(THINGS.c.place)) == 8


def test_a_server_that_is_not_there_passes_and_is_not_reachable(db: Database, tmp_path: Path) -> None:
    url = (
        f"sqlite:///{tmp_path}/gone/x.db"
        if db.engine.dialect.name == "sqlite"
        else "postgresql+psycopg2://127.0.0.1:1/x"
    )
    away = Database(url, db.metadata)
    if db.engine.dialect.name == "sqlite":
        (tmp_path / "gone").rmdir()
    assert db.is_reachable()
    assert not away.is_reachable()
    with pytest.raises(DBAPIError) as lost, away.transaction() as tx:
        add(tx)
    assert is_passing(lost.value)


def test_times_are_aware_and_utc(db: Database) -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    moment = datetime(2026, 11, 23, 15, 30, 0, 123456, tzinfo=tehran)
    with db.transaction() as tx:
        add(tx, happened_at=moment)
        assert tx.now.tzinfo is UTC
    with db.reading() as tx:
        stored = tx.scalar(sa.select(THINGS.c.happened_at))
    assert stored == moment
    assert stored.utcoffset() == timedelta(0)
    with pytest.raises(StatementError, match="naive"), db.transaction() as tx:
        add(tx, 2, happened_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test
