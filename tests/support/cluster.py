"""The four services as processes on private servers: a cluster for each test, its databases cloned in a moment."""

import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import amqp
import psycopg2

from tests.support.client import NoReply, RemoteError, RpcClient, Unroutable
from tests.support.postgres import SERVICES, Databases, PrivatePostgres, connected
from tests.support.processes import ServiceProcess, Supervisor, run_training
from tests.support.rabbit import PrivateRabbit

# Short enough that what waits for something is tried six times within eight seconds.
RETRY_DELAYS = "0.2,0.5,1,2,4"
ROLES = ("national", "catalog_admin", "training_officer", "agency_system", "auditor", "operator")
PATIENCE_SECONDS = 120.0  # before something counts as lost: a slow machine must not look like a fault
VHOSTS_AT_ONCE = 12
MAIN = ("enrollment", "certification", "notification")  # those that a completion passes through


class Servers:
    """The broker and the database server that a whole session of fault tests shares, and one folder of keys."""

    def __init__(self, rabbit: PrivateRabbit, postgres: PrivatePostgres) -> None:
        self.rabbit = rabbit
        self.postgres = postgres
        self.folder = Path(tempfile.mkdtemp(prefix="training-cluster-"))
        self._vhosts: list[str] = []

    def vhost(self) -> str:
        """A virtual host that nobody has used; they are made a dozen at a time."""
        if not self._vhosts:
            self._vhosts = [f"v{secrets.token_hex(4)}" for _ in range(VHOSTS_AT_ONCE)]
            self.rabbit.add_vhosts(self._vhosts)
        return self._vhosts.pop()

    def token(self) -> str:
        """A token that may do everything, for the agency that holds the offerings."""
        roles = [word for role in ROLES for word in ("--role", role)]
        command = ("token", "--agency", "TEST-A", "--system", "tests", *roles)
        return run_training(*command, env={"TRAINING_KEYS_DIR": str(self.folder / "keys")}).strip()


class Cluster:
    """A virtual host, four databases and any number of service processes.

    `database_port` leads the services (not the checks of a test) through a proxy. `clone_of` is the prefix of
    databases to start from; without it, they are made and migrated.
    """

    def __init__(
        self, servers: Servers, token: str, clone_of: str | None = None, database_port: int | None = None
    ) -> None:
        self.servers = servers
        self.token = token
        self.databases = Databases(servers.postgres.url(), f"t{secrets.token_hex(4)}")
        self.folder = servers.folder / self.databases.prefix
        self.folder.mkdir()
        self.vhost = servers.vhost()
        self.amqp_url = servers.rabbit.url(self.vhost)
        self.mail = self.folder / "mail"
        self.env = {
            "TRAINING_AMQP_URL": self.amqp_url,
            "TRAINING_DATABASE_URL": servers.postgres.url(f"{self.databases.prefix}_{{service}}", database_port),
            "TRAINING_SMTP_URL": f"maildir://{self.mail}",
            "TRAINING_KEYS_DIR": str(servers.folder / "keys"),
            "TRAINING_RETRY_DELAYS": RETRY_DELAYS,
        }
        self.whole_env = {**os.environ, **self.env}
        self.supervisor = Supervisor([])
        self.repeated_calls: list[str] = []  # each with what came in place of an answer
        self.answer_seconds = 5.0  # after which a call is repeated
        if clone_of is None:
            self.databases.create()
            run_training("migrate", env=self.env)
        else:
            self.databases.clone(clone_of)

    def __enter__(self) -> "Cluster":
        self.supervisor.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.supervisor.__exit__(kind, error, trace)
        self.databases.drop()
        self.servers.rabbit.drop_vhost(self.vhost)

    def start(
        self,
        *names: str,
        replicas: int = 1,
        lives: Mapping[str, Iterable[Mapping[str, str]]] | None = None,
    ) -> "Cluster":
        """Start services (all four without names) and return when all are ready."""
        started = [
            ServiceProcess(name, self.env, log_dir=self.folder, first_lives=(lives or {}).get(name, ()))
            for name in names or SERVICES
            for _ in range(replicas)
        ]
        for process in started:
            process.start()
        self.supervisor.processes += started
        for process in started:
            process.wait_ready()
        return self

    def stop(self, name: str) -> None:
        """End a service's processes as a deploy does, and leave them ended."""
        for process in self.supervisor.of(name):
            self.supervisor.paused.add(process)
            code = process.terminate()
            assert code == 0, f"{name} ended with {code}"

    def resume(self, name: str) -> None:
        """Start a stopped service's processes again and wait until they are ready."""
        for process in self.supervisor.of(name):
            process.start()
            self.supervisor.paused.discard(process)
        for process in self.supervisor.of(name):
            process.wait_ready()

    def service(self, name: str) -> ServiceProcess:
        """The first process of a service."""
        return self.supervisor.of(name)[0]

    def client(self) -> RpcClient:
        return RpcClient(self.amqp_url, token=self.token)

    def call(self, operation: str, **arguments: Any) -> Any:
        """One call over AMQP, repeated until it is answered, as a careful caller does: with an idempotency key when
        it is a command. Errors other than Unavailable are raised."""
        service, _, method = operation.partition(".")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self.client() as client:
                    return client.call(service, method, arguments, timeout=self.answer_seconds)
            except (NoReply, Unroutable, OSError, amqp.AMQPError, RemoteError) as error:
                refused = isinstance(error, RemoteError) and error.kind not in ("Unavailable", "Internal")
                if refused or time.monotonic() > deadline:
                    raise
                self.repeated_calls.append(f"{operation}: {error!r}")
                time.sleep(0.2)

    def rows(self, service: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a service's database, read past any proxy."""
        with connected(self.databases.url_of(service)) as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def one(self, service: str, statement: str, *values: Any) -> Any:
        """The single value of a query; None when there is no row, or the server cannot be asked now."""
        try:
            found = self.rows(service, statement, *values)
        except psycopg2.OperationalError:
            return None
        return found[0][0] if found else None

    def depths(self) -> dict[str, int]:
        """Messages of each queue that holds any."""
        depths = self.servers.rabbit.queue_depths(self.vhost)
        return {name: depth for name, depth in depths.items() if depth}

    def metric(self, service: str, name: str, **labels: str) -> float:
        """A metric summed over the living processes of a service."""
        return sum(process.metric(name, **labels) for process in self.supervisor.of(service))

    def letters(self, service: str) -> list[dict[str, Any]]:
        """The parked messages of a service, as its own call tells of them."""
        return list(self.call(f"{service}.list_dead_letters")["items"])

    def logs(self) -> str:
        """The end of what the processes said, but for the calls that went well."""
        parts = []
        for log in sorted(self.folder.glob("*.log")):
            lines = [line for line in log.read_text(errors="replace").splitlines() if '"outcome": "ok"' not in line]
            parts += [f"--- {log.name}", *lines[-25:]]
        return "\n".join(parts)


def take_all(client: RpcClient, queue: str, expected: int, timeout: float = 30.0) -> list[amqp.Message]:
    """Take `expected` messages out of a queue, as they are."""
    taken: list[amqp.Message] = []
    deadline = time.monotonic() + timeout
    while len(taken) < expected:
        message = client.channel.basic_get(queue, no_ack=True)
        if message is not None:
            taken.append(message)
        elif time.monotonic() > deadline:
            raise TimeoutError(f"{queue} held {len(taken)} of {expected} messages")
        else:
            time.sleep(0.05)
    return taken


def put_back(client: RpcClient, queue: str, message: amqp.Message, body: bytes | None = None) -> None:
    """Publish a message into one queue with the headers and properties it had; with another body if one is given."""
    properties = {name: value for name, value in message.properties.items() if name != "application_headers"}
    client.publish_raw(message.body if body is None else body, queue, "", message.headers, **properties)


def with_fields(message: amqp.Message, **fields: Any) -> bytes:
    """A message's JSON body with some fields changed."""
    return json.dumps(json.loads(message.body) | fields, ensure_ascii=False).encode()
