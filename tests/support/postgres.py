"""A PostgreSQL cluster of our own, to be stopped and crashed at will; the services' databases on any server."""

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import psycopg2

from tests.support import leash

SERVICES = ("catalog", "enrollment", "certification", "notification")
StopMode = Literal["smart", "fast", "immediate"]
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# fsync stays on: what these tests claim is that committed work survives a crash.
SETTINGS = ("fsync=on", "shared_buffers=64MB", "max_connections=200", "max_wal_size=256MB", "autovacuum=off")


def find_bin() -> Path | None:
    """The folder that holds initdb and postgres, newest version first, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("initdb")
    candidates = [*versions, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((place for place in candidates if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextlib.contextmanager
def connected(url: str, connect_timeout: int = 5) -> Iterator[Any]:
    """A cursor in autocommit on the database at `url` (`postgresql://` or `postgresql+psycopg2://`)."""
    connection = psycopg2.connect(url.replace("+psycopg2", "", 1), connect_timeout=connect_timeout)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def url_with_database(url: str, name: str) -> str:
    """The same server and account, another database; `name` may hold the `{service}` placeholder."""
    match = re.match(r"(?:postgres(?:ql)?)(?:\+\w+)?://([^/?]*)(?:/[^?]*)?(\?.*)?$", url)
    if match is None:
        raise ValueError("a PostgreSQL URL looks like postgresql://user:password@host:port/name")
    return f"postgresql+psycopg2://{match[1]}/{name}{match[2] or ''}"


class Databases:
    """The four services' databases under one prefix. `drop()` removes everything whose name starts with it."""

    def __init__(self, server_url: str, prefix: str = "") -> None:
        self.server_url = url_with_database(server_url, "postgres")
        self.prefix = prefix or f"training_test_{os.getpid()}_{secrets.token_hex(4)}"

    @property
    def url(self) -> str:
        """The value for TRAINING_DATABASE_URL, with the `{service}` placeholder."""
        return url_with_database(self.server_url, f"{self.prefix}_{{service}}")

    def url_of(self, service: str) -> str:
        return self.url.replace("{service}", service)

    def create(self) -> "Databases":
        with connected(self.server_url) as cursor:
            for service in SERVICES:
                cursor.execute(f'CREATE DATABASE "{self.prefix}_{service}"')
        return self

    def clone(self, prefix: str) -> "Databases":
        """Make the databases as copies of those under another prefix, which nobody may be using now."""
        with connected(self.server_url) as cursor:
            for service in SERVICES:
                cursor.execute(f'CREATE DATABASE "{self.prefix}_{service}" TEMPLATE "{prefix}_{service}"')
        return self

    def drop(self) -> None:
        with connected(self.server_url) as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (self.prefix,))
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class PrivatePostgres:
    """Context manager around one cluster. Data survives stop and start, and is removed at the end."""

    def __init__(self) -> None:
        programs = find_bin()
        if programs is None:
            raise FileNotFoundError("initdb and postgres are needed for a private PostgreSQL")
        self._bin = programs
        self.port = leash.free_port()
        self.home = Path(tempfile.mkdtemp(prefix="training-postgres-"))
        self.data = self.home / "data"
        self.log = self.home / "server.log"
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PrivatePostgres":
        try:
            self.initialise()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def initialise(self) -> None:
        """Make an empty cluster whose superuser `postgres` needs no password from this machine."""
        self.log.touch()
        account = self._account()
        if account:
            shutil.chown(self.home, account["user"], account["group"])
        options = ["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        command = [str(self._bin / "initdb"), "-D", str(self.data), *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.home, env=self._env(), **account)

    def start(self) -> None:
        """Start the server and return when it answers a query (crash recovery included)."""
        settings = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.home}",
            *SETTINGS,
        ]
        command = [
            str(self._bin / "postgres"),
            "-D",
            str(self.data),
            *(part for one in settings for part in ("-c", one)),
        ]
        self._server = leash.spawn(command, self.log, self._env(), cwd=self.home, **self._account())
        try:
            leash.wait_until(self._answers, 60, "a private PostgreSQL", pause=0.05)
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.log.read_text(errors='replace')[-2000:]}") from error

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server; `immediate` leaves it as a crash does, to be recovered from the log at the next start."""
        if self._server is None:
            return
        self._server.send_signal(STOP_SIGNALS[mode])
        try:
            self._server.wait(timeout=60)
        finally:
            leash.kill_group(self._server)
            self._server = None

    def restart(self, mode: StopMode = "immediate") -> None:
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """End the server and remove all it wrote."""
        self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """URL of a database; `port` leads through a proxy instead."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{port or self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        with connected(self.url()) as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def _answers(self) -> bool:
        if self._server is not None and self._server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended at start:\n{self.log.read_text(errors='replace')[-2000:]}")
        try:
            with connected(self.url(), connect_timeout=2) as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def _env(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}

    @staticmethod
    def _account() -> dict[str, Any]:
        """PostgreSQL refuses to run as root, so root hands it to the account that the package made."""
        if os.geteuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
        raise RuntimeError("root cannot run PostgreSQL and there is no account named postgres or nobody")
