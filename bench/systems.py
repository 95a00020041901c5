"""The two systems under measurement, each as real processes on a place of its own: ours, and stock nameko."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import sqlalchemy as sa

from bench.lab import Lab, Place
from bench.people import AGENCIES, Person
from bench.rows import HOURS, SCORE, fill
from services.certification import models as certification
from services.enrollment import models as enrollment
from services.notification import models as notification
from shared.auth import ROLES, Tokens
from tests.support import leash
from tests.support.client import RpcClient
from tests.support.postgres import SERVICES
from tests.support.processes import PROJECT, ServiceProcess, run_training

PATIENCE_SECONDS = 300.0
NO_MAIL_SERVER = "smtp://127.0.0.1:1?starttls=none"  # nothing listens there: mails are queued and stay queued


@dataclass
class System:
    """Running services and the enrollments that wait for results."""

    name: str
    place: Place
    processes: dict[str, psutil.Process]
    offering_id: UUID
    enrollments: list[UUID]
    token: str | None = None
    services: Mapping[str, ServiceProcess] = field(default_factory=dict)

    def client(self) -> RpcClient:
        return RpcClient(self.place.amqp_url, "bench", self.token)

    def record(self, batches: list[list[UUID]]) -> None:
        """Send the results of each batch as one call, all calls at once; returns when all are answered."""
        with self.client() as client:
            sent = [self._send(client, batch) for batch in batches]
            for correlation_id, batch in zip(sent, batches, strict=True):
                reply = client.wait(correlation_id, PATIENCE_SECONDS)
                if reply["completed"] != len(batch):
                    raise RuntimeError(f"{self.name} refused results: {str(reply)[:500]}")

    def _send(self, client: RpcClient, batch: list[UUID]) -> str:
        rows = [{"enrollment_id": str(one), "attended_hours": HOURS, "score": SCORE} for one in batch]
        arguments = {"offering_id": str(self.offering_id), "results": rows}
        return client.send("enrollment", "record_results", arguments, timeout=PATIENCE_SECONDS)

    def notified(self) -> int:
        """How many certificate notifications are stored."""
        return self.place.count("notification", "notifications", "template = 'certificate_issued'")

    def check(self, completions: int) -> None:
        """Everybody has one certificate, and the serials of each agency have no gap."""
        if self.place.count("certification", "certificates") != completions:
            raise RuntimeError(f"{self.name} issued a wrong number of certificates")
        with self.place.engine("certification").connect() as connection:
            total = connection.exec_driver_sql("SELECT sum(last_number) FROM serial_counters").scalar_one()
        if total != completions:
            raise RuntimeError(f"{self.name} left gaps in the serials")


@contextlib.contextmanager
def ours(lab: Lab, staff: list[Person], sends_mail: bool = False) -> Iterator[System]:
    """The four services. Unless `sends_mail`, the mail server is away, so that queueing is all that is done."""
    with lab.place() as place, contextlib.ExitStack() as stack:
        environment = place.environment()
        if not sends_mail:
            environment["TRAINING_SMTP_URL"] = NO_MAIL_SERVER
        run_training("migrate", env=environment)
        run_training("topology", env=environment)
        offering_id, enrollments = fill(place, staff)
        services = {name: ServiceProcess(name, environment, log_dir=place.folder) for name in SERVICES}
        for service in services.values():
            stack.callback(service.kill9)
            service.start()
        for service in services.values():
            service.wait_ready()
        processes = {name: psutil.Process(service.pid) for name, service in services.items()}
        token = Tokens(place.folder / "keys").issue("bench", AGENCIES[0], sorted(ROLES), timedelta(hours=6))
        yield System("ours", place, processes, offering_id, enrollments, token, services)


@contextlib.contextmanager
def baseline(lab: Lab, staff: list[Person]) -> Iterator[System]:
    """Stock nameko on the same tables, without outbox and inbox."""
    metadata = {
        "enrollment": enrollment.metadata,
        "certification": certification.metadata,
        "notification": notification.metadata,
    }
    with lab.place() as place, contextlib.ExitStack() as stack:
        for service, tables in metadata.items():
            create(place.engine(service), tables)
        offering_id, enrollments = fill(place, staff)
        processes = {name: psutil.Process(start(stack, place, name)) for name in metadata}
        for name in metadata:
            leash.wait_until(partial(is_ready, place.folder / f"{name}.log"), 60, f"the baseline's {name}")
        yield System("baseline", place, processes, offering_id, enrollments)


def is_ready(log: Path) -> bool:
    return "ready" in log.read_text().splitlines()


def create(engine: sa.Engine, metadata: sa.MetaData) -> None:
    """The service's tables, but for those that only our delivery chain has."""
    own = [table for name, table in metadata.tables.items() if name not in ("outbox", "inbox", "idempotency")]
    metadata.create_all(engine, tables=own)


def start(stack: contextlib.ExitStack, place: Place, service: str) -> int:
    """Start one baseline service; its process id."""
    url = place.databases.url_of(service)
    environment: dict[str, Any] = {**os.environ, **place.environment(), "TRAINING_DATABASE_URL": url}
    command = [sys.executable, "-m", "bench.baseline.runner", service]
    child = leash.spawn(command, Path(place.folder / f"{service}.log"), environment, cwd=PROJECT)
    stack.callback(leash.kill_group, child)
    return child.pid
