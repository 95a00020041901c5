"""Mail: notifications due → rendered, handed over to an SMTP server and written down, by one worker process.

Beside it a plain loop on the same rows, templates and server. The rate is counted from the first row that is not
pending any more to the last one that is sent.
"""

import contextlib
import json
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psutil
import sqlalchemy as sa

from bench.costs import Costs, wait_for_calm
from bench.lab import Lab, Place, vacuum
from bench.people import people
from services.notification.models import notifications, recipients
from services.notification.rendering.samples import CONTEXTS
from shared.ids import new_id
from tests.support import leash
from tests.support.leash import wait_until
from tests.support.processes import PROJECT, ServiceProcess, run_training

MAILS, PLAIN_MAILS = 6_000, 1_500
ROUNDS = 2
TARGET = 300.0
CEILING_MAILS = 5_000
CONTENT_BYTES = 12_000  # about what a mail of ours has
TEMPLATES = ("enrollment_confirmed", "result_failed", "schedule_changed")
PATIENCE_SECONDS = 300.0
SYSTEMS = ("ours", "plain, one connection", "plain, one for each mail")


@dataclass(frozen=True)
class Run:
    """All mails sent by one system."""

    system: str
    mails: int
    seconds: float
    rate: float  # mails a second
    cpu_ms: dict[str, float]  # processor time a mail: the sender, PostgreSQL, …
    others: float  # share of the machine that anything else took, the sink included


def run(lab: Lab, mails: int = MAILS, plain_mails: int = PLAIN_MAILS) -> dict[str, Any]:
    """Alternate the systems; medians and their ratios, and what the sink itself can take."""
    runs: dict[str, list[Run]] = {name: [] for name in SYSTEMS}
    for _ in range(ROUNDS):
        for name, done in runs.items():
            done.append(once(lab, name, mails if name == "ours" else plain_mails))
            print(f"bench: mail, {name}: {done[-1].rate:.0f}/s, others {done[-1].others:.0%}", flush=True)
    rate = {name: statistics.median(one.rate for one in done) for name, done in runs.items()}
    return {
        "rate": rate,
        "target_rate": TARGET,
        "ratio": rate["ours"] / rate["plain, one connection"],
        "ratio_one_for_each": rate["ours"] / rate["plain, one for each mail"],
        "sink_rate": ceiling(),
        "runs": [asdict(one) for done in runs.values() for one in done],
    }


def once(lab: Lab, name: str, count: int, templates: Sequence[str] = TEMPLATES) -> Run:
    """Queue mails for later, start a sender, let them be due, and see them go."""
    with lab.place() as place, sink() as server, contextlib.ExitStack() as stack:
        environment = place.environment() | {"TRAINING_SMTP_URL": f"smtp://127.0.0.1:{server.port}?starttls=none"}
        run_training("migrate", env=environment)
        run_training("topology", env=environment)
        queue(place, count, templates)
        vacuum(place, ["notification"])
        process = start(stack, place, environment, name, server.port)
        lab.checkpoint()
        wait_for_calm()
        measured = measure(lab, place, process, name, count)
        taken = server.stop()
        if (taken["mails"], taken["message_ids"]) != (count, count):
            raise RuntimeError(f"{name}: the server took {taken}, and not {count} mails")
        return measured


def measure(lab: Lab, place: Place, process: psutil.Process, name: str, count: int) -> Run:
    costs = Costs(lab, place, {"sender": process})
    costs.start()
    with place.engine("notification").connect() as connection:
        connection.execute(sa.update(notifications).values(due_at=sa.func.now()))
    wait_until(lambda: place.count("notification", "notifications", "status <> 'pending'"), 30, "the first mail", 0.005)
    started = time.perf_counter()
    sent = "status = 'sent'"
    wait_until(
        lambda: place.count("notification", "notifications", sent) == count, PATIENCE_SECONDS, f"mails of {name}", 0.05
    )
    seconds = time.perf_counter() - started
    costs.stop()
    others = costs.others / (seconds * (psutil.cpu_count() or 1))
    return Run(name, count, seconds, count / seconds, costs.per(count), others)


def queue(place: Place, count: int, templates: Sequence[str]) -> None:
    """Notifications that are due tomorrow: one for each person, half of them Persian."""
    staff, now = people(count), datetime.now(UTC)
    people_rows: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for number, person in enumerate(staff):
        fields = ("employee_id", "agency_code", "full_name", "email")
        language = "fa" if number % 2 else "en"
        people_rows.append({name: getattr(person, name) for name in fields} | {"language": language, "heard_at": now})
        rows.append(notification(person.employee_id, person.agency_code, templates[number // 2 % len(templates)], now))
    with place.engine("notification").connect() as connection:
        connection.execute(sa.insert(recipients), people_rows)
        connection.execute(sa.insert(notifications), rows)


def notification(employee_id: UUID, agency_code: str, template: str, now: datetime) -> dict[str, Any]:
    return {
        "notification_id": new_id(),
        "event_id": new_id(),
        "subject_id": new_id(),
        "employee_id": employee_id,
        "agency_code": agency_code,
        "template": template,
        "channel": "email",
        "status": "pending",
        "context": CONTEXTS[template],
        "correlation_id": "bench",
        "created_at": now,
        "due_at": now + timedelta(days=1),
    }


def start(
    stack: contextlib.ExitStack, place: Place, environment: dict[str, str], name: str, port: int
) -> psutil.Process:
    """Start the sender and wait until it looks for mail."""
    if name == "ours":
        service = ServiceProcess("notification", environment, log_dir=place.folder)
        stack.callback(service.kill9)
        service.start().wait_ready()
        return psutil.Process(service.pid)
    url, log = place.databases.url_of("notification"), place.folder / "plain.log"
    keep = ["--keep"] if name == "plain, one connection" else []
    child = leash.spawn([sys.executable, "-m", "bench.baseline.mail", url, str(port), *keep], log, cwd=PROJECT)
    stack.callback(leash.kill_group, child)
    wait_until(lambda: "ready" in log.read_text(), 60, "the plain loop")
    return psutil.Process(child.pid)


class Sink:
    """The mail server of a measurement, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._process, self._output = process, process.stdout
        self.port = int(self._output.readline())

    def stop(self) -> dict[str, int]:
        """What it has taken."""
        self._process.send_signal(signal.SIGTERM)
        taken: dict[str, int] = json.loads(self._output.readline())
        return taken


@contextlib.contextmanager
def sink() -> Iterator[Sink]:
    command = [sys.executable, "-m", "bench.smtp_sink"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sink(process)
        finally:
            process.kill()


def ceiling(count: int = CEILING_MAILS) -> float:
    """Mails a second that the sink takes of a client which does nothing else, over one connection."""
    envelope = b"MAIL FROM:<a@bench.example>\r\nRCPT TO:<b@bench.example>\r\nDATA\r\n"
    line = b"x" * 70 + b"\r\n"
    content = b"Message-ID: <1@bench.example>\r\n\r\n" + line * (CONTENT_BYTES // len(line)) + b".\r\n"
    with (
        sink() as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
        client.makefile("rb") as said,
    ):
        said.readline()
        started = time.perf_counter()
        for _ in range(count):
            client.sendall(envelope)
            for _answer in range(3):
                said.readline()
            client.sendall(content)
            said.readline()
        return count / (time.perf_counter() - started)
