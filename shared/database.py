"""One database of one service: its engine, its transactions, and what its errors mean.

A write transaction on SQLite is `BEGIN IMMEDIATE` behind a lock of this process: SQLite has one writer, and a
second one waiting inside the C library would block every greenthread. On PostgreSQL writers are concurrent and
the rows they decide on are locked by the statements.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from shared import crash
from shared.bulk import insert_rows
from shared.errors import Conflict, Unavailable
from shared.events import Event
from shared.messages import Cause
from shared.outbox import outbox_row

log = structlog.get_logger("database")

STATEMENT_TIMEOUT_MS = 20_000
LOCK_TIMEOUT_MS = 10_000
# PostgreSQL: 08 connection, 53 resources, 57P shutdown, 58 system, 40 serialisation and deadlock, 55P03 lock timeout.
_PASSING_STATES = re.compile(r"^(08|53|57P|58|40|55P03)")
_PASSING_SQLITE = ("database is locked", "database is busy", "disk I/O error", "unable to open", "is full")


class Transaction(Session):
    """A SQLAlchemy session that is one transaction, writes events to the outbox and knows what comes after commit."""

    def __init__(self, engine: sa.Engine, outbox: sa.Table | None, cause: Cause) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=True)
        self.now = datetime.now(UTC)
        self.cause = cause
        self.dialect = engine.dialect.name
        self._outbox = outbox
        self._events: list[dict[str, Any]] = []
        self._after_commit: list[Callable[[], Any]] = []
        self._at_the_end: dict[Callable[[Transaction, list[Any]], Any], list[Any]] = {}

    def publish(self, event: Event, cause: Cause | None = None) -> None:
        """Put an event into the outbox of this transaction; `cause` is the message or call it follows from.

        Its time is that of its telling, not of the transaction's start: who waited for a lock tells later than who held
        it, so that of two events about one thing the one with the later time is what holds.
        """
        self._events.append(outbox_row(event, cause or self.cause, datetime.now(UTC)))

    def forget_events(self) -> None:
        """Publish nothing of what was to be published, and end with nothing: what it told of was undone."""
        self._events.clear()
        self._at_the_end.clear()

    def at_the_end(self, action: Callable[["Transaction", list[Any]], Any], items: Iterable[Any]) -> None:
        """Gather items for `action(tx, items)`, which runs once, as the very last before the commit.

        For what takes a lock that everybody needs: taken after all others it is held shortest, and never while waiting
        for another, so that it cannot be part of a deadlock.
        """
        self._at_the_end.setdefault(action, []).extend(items)

    def after_commit(self, action: Callable[[], Any]) -> None:
        """Run `action()` once the transaction is committed, and only then (metrics, wake-ups)."""
        self._after_commit.append(action)

    @property
    def published(self) -> int:
        return len(self._events)

    def write_outbox(self) -> None:
        if self._events:
            assert self._outbox is not None, "a read-only transaction publishes nothing"
            insert_rows(self, self._outbox, self._events)

    def run_at_the_end(self) -> None:
        for action, items in self._at_the_end.items():
            action(self, items)

    def run_after_commit(self) -> None:
        for action in self._after_commit:
            try:
                action()
            except Exception:
                log.exception("after_commit_failed")


class Database:
    """A service's database. `on_publish` is called after each commit that put events into the outbox."""

    def __init__(self, url: str, metadata: sa.MetaData | None = None, pool_size: int = 5) -> None:
        self.engine = _create_engine(url, pool_size)
        self.metadata = metadata if metadata is not None else sa.MetaData()
        self.on_publish: Callable[[], None] = lambda: None
        self._outbox = self.metadata.tables.get("outbox")
        self._writer: Any = threading.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def transaction(self, cause: Cause | None = None) -> Iterator[Transaction]:
        """One write transaction: committed when the block ends, rolled back when it raises."""
        with self._writer:
            tx = Transaction(self.engine, self._outbox, cause or Cause.new())
            with tx:
                if tx.dialect == "sqlite":
                    tx.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
                yield tx
                tx.flush()
                tx.write_outbox()
                tx.run_at_the_end()
                crash.point("before_commit")
                tx.commit()
        if tx.published:
            self.on_publish()
        tx.run_after_commit()

    @contextmanager
    def reading(self, cause: Cause | None = None) -> Iterator[Transaction]:
        """One read-only look at the database; whatever it changes is rolled back."""
        tx = Transaction(self.engine, None, cause or Cause.new())
        with tx:
            yield tx
            tx.rollback()

    def is_reachable(self) -> bool:
        """Whether a trivial query is answered now."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.text("SELECT 1"))
        except (DBAPIError, PoolTimeoutError):
            return False
        return True

    def conflict_of(self, error: IntegrityError, conflicts: dict[str, tuple[str, str]]) -> Conflict | None:
        """The Conflict that a violated unique constraint stands for, by the service's table of constraint names."""
        name = self._violated(error)
        if name is None or name not in conflicts:
            return None
        code, message = conflicts[name]
        return Conflict(code, message)

    def _violated(self, error: IntegrityError) -> str | None:
        diagnostics = getattr(error.orig, "diag", None)
        if diagnostics is not None:
            return diagnostics.constraint_name
        found = re.search(r"UNIQUE constraint failed: (.+)$", str(error.orig))
        if not found:
            return None
        columns = [part.strip() for part in found[1].split(",")]
        table = self.metadata.tables.get(columns[0].split(".")[0])
        wanted = {column.split(".")[1] for column in columns}
        for item in _unique_keys(table) if table is not None else ():
            if {column.name for column in item.columns} == wanted:
                return str(item.name)
        return None


def _unique_keys(table: sa.Table) -> list[Any]:
    keys = (sa.UniqueConstraint, sa.PrimaryKeyConstraint)
    return [item for item in table.constraints if isinstance(item, keys)] + [i for i in table.indexes if i.unique]


def is_passing(error: BaseException) -> bool:
    """Whether trying the same again later can succeed: the database was away, busy, or chose us in a deadlock."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "pgcode", None)
    if state is not None:
        return bool(_PASSING_STATES.match(state))
    text = str(error.orig)
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(part in text for part in _PASSING_SQLITE)
    return isinstance(error, OperationalError) or "closed" in text


def is_contention(error: BaseException) -> bool:
    """Whether the same transaction, run again at once, is likely to succeed (deadlock, serialisation)."""
    return isinstance(error, DBAPIError) and str(getattr(error.orig, "pgcode", "")).startswith("40")


def unavailable(error: BaseException) -> Unavailable:
    """What a caller sees when the database is away."""
    log.warning("database_unavailable", error=type(error).__name__)
    return Unavailable("database_unavailable", "The service cannot reach its database now; try again.")


def _create_engine(url: str, pool_size: int) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _create_sqlite(parsed)
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC"
    engine = sa.create_engine(
        parsed,
        hide_parameters=True,  # of a statement that failed: they hold addresses and codes, and errors are logged
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_timeout=10,
        pool_recycle=1800,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "training"},
    )
    sa.event.listen(engine, "connect", _plain_text_json)
    return engine


def _plain_text_json(connection: Any, _record: Any) -> None:
    connection.set_client_encoding("UTF8")


def _create_sqlite(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": 5.0, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own implicit BEGIN would come too late
        cursor = connection.cursor()
        _set_wal(cursor)
        for pragma in ("foreign_keys=ON", "busy_timeout=5000", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


def _set_wal(cursor: Any) -> None:
    """Two processes that open a new file at once may both want to change its journal; the second waits a moment."""
    for attempt in range(20):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except Exception as error:
            if "locked" not in str(error) or attempt == 19:
                raise
            time.sleep(0.05)
        else:
            return
