"""A broker vhost and databases of our own for one measurement, and nothing of them left behind.

The servers are found, or started, as the tests do it. Names carry the process id, so what a killed run left is
recognised and removed by the next one.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import sqlalchemy as sa

from tests.support.postgres import Databases, connected
from tests.support.servers import Servers
from tests.support.vhosts import Admin

PREFIX = "training_bench"
MARK = "TRAINING_BENCH_RUN"  # in the environment of every child


@dataclass
class Place:
    """Where one system under measurement keeps its messages, rows and files."""

    amqp_url: str
    databases: Databases
    folder: Path
    _engines: dict[str, sa.Engine] = field(default_factory=dict)

    def engine(self, service: str) -> sa.Engine:
        """A connection of the bench itself into a service's database."""
        if service not in self._engines:
            self._engines[service] = sa.create_engine(self.databases.url_of(service), isolation_level="AUTOCOMMIT")
        return self._engines[service]

    def count(self, service: str, table: str, where: str = "true") -> int:
        with self.engine(service).connect() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}").scalar_one())

    def environment(self) -> dict[str, str]:
        return {
            "TRAINING_AMQP_URL": self.amqp_url,
            "TRAINING_DATABASE_URL": self.databases.url,
            "TRAINING_SMTP_URL": f"maildir://{self.folder}/mail",
            "TRAINING_KEYS_DIR": str(self.folder / "keys"),
            "TRAINING_LOG_LEVEL": "WARNING",
            MARK: f"{PREFIX}_{os.getpid()}_",
        }

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()


class Lab:
    """The two servers, and places on them."""

    def __init__(self, broker: Admin, postgres_url: str) -> None:
        self.broker, self.postgres_url = broker, postgres_url
        self._made = 0

    @contextlib.contextmanager
    def place(self) -> Iterator[Place]:
        """A fresh vhost, fresh databases and a folder; all gone at the end, whatever happened."""
        self._made += 1
        name = f"{PREFIX}_{os.getpid()}_{self._made}"
        databases = Databases(self.postgres_url, name)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}_"))
        place = None
        try:
            databases.create()  # before the vhost: `sweep` finds what a killed run left by its databases
            place = Place(self.broker.add(name), databases, folder)
            yield place
        finally:
            if place is not None:
                place.close()
            self.broker.delete(name)
            databases.drop()
            shutil.rmtree(folder, ignore_errors=True)

    def checkpoint(self) -> None:
        """Write out what earlier work left in memory, so that no measurement pays for another's rows."""
        with connected(self.postgres_url) as cursor:
            cursor.execute("CHECKPOINT")


@contextlib.contextmanager
def open_lab() -> Iterator[Lab]:
    servers = Servers(lambda text: print(f"bench: {text}", flush=True))
    try:
        lab = Lab(servers.rabbit(), servers.postgres())
        sweep(lab)
        yield lab
    finally:
        servers.close()


def sweep(lab: Lab) -> None:
    """Remove the processes, folders, databases and vhosts of runs that no longer live."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if is_orphan(process.environ().get(MARK, "")):
                process.kill()
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}_*"):
        if is_orphan(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    with connected(lab.postgres_url) as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        left = {match[0] for (name,) in cursor.fetchall() if (match := re.match(rf"{PREFIX}_\d+_\d+", name))}
    for name in filter(is_orphan, left):
        lab.broker.delete(name)
        Databases(lab.postgres_url, f"{name}_").drop()


def is_orphan(name: str) -> bool:
    match = re.match(rf"{PREFIX}_(\d+)_", name)
    return match is not None and not psutil.pid_exists(int(match[1]))


def vacuum(place: Place, services: Sequence[str]) -> None:
    """Give the planner the same knowledge of the rows that a running system has."""
    for service in services:
        with place.engine(service).connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
