"""Mails with the certificate in them: asked of certification over RabbitMQ, printed, sealed, sent and written down.

The rate a core is what counts: mails for each second of processor time that notification and certification spent
together for the first half. During the second one somebody verifies a code ten times a second, so that it shows whether
certification still answers.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psutil
import sqlalchemy as sa

from bench.costs import Costs, wait_for_calm
from bench.lab import Lab, Place
from bench.mail import PATIENCE_SECONDS, Sink, sink
from bench.people import AGENCIES, people
from bench.rest import percentiles
from bench.systems import System, ours
from services.notification.models import notifications
from tests.support.client import RpcClient
from tests.support.leash import wait_until
from tests.support.processes import ServiceProcess, run_training

MAILS = 1_000
PER_CALL = 500
TARGET = 25.0
WORKERS = ("notification", "certification")
PAUSE_SECONDS = 0.1
LIKELY_BYTES = 50_000  # less is a mail without its certificate


@dataclass(frozen=True)
class Run:
    """Mails with one kind of document: `mails` that were timed, and as many while codes were verified."""

    kind: str
    mails: int
    rate: float  # mails a second
    rate_a_core: float
    cpu_ms: dict[str, float]  # processor time a mail: each service, "services" (their sum), broker, postgresql
    bytes_a_mail: float
    verify_ms: dict[str, float]
    others: float  # share of the machine that anything else took, the sink included


def run(lab: Lab, mails: int = MAILS) -> dict[str, Any]:
    """Plain and sealed documents."""
    runs = []
    for kind in ("plain", "sealed"):
        runs.append(once(lab, kind, mails))
        print(f"bench: attached, {kind}: {runs[-1].rate_a_core:.1f}/s a core, others {runs[-1].others:.0%}", flush=True)
    return {"target_rate_a_core": TARGET, "runs": [asdict(one) for one in runs]}


def once(lab: Lab, kind: str, count: int) -> Run:
    with ours(lab, people(count)) as system, sink() as server, contextlib.ExitStack() as stack:
        if kind == "sealed":
            for agency in AGENCIES:
                make = ("keys", "make", "--agency", agency, "--use", "documents")
                run_training(*make, env=system.services["certification"].env)
        issue(system, count)
        processes = start(stack, system, server)
        lab.checkpoint()
        wait_for_calm()
        return measure(lab, system, processes, kind, count, server)


def issue(system: System, count: int) -> None:
    """Certificates of everybody, and their mails alone, due tomorrow; then all services stop."""
    system.record([system.enrollments[start : start + PER_CALL] for start in range(0, count, PER_CALL)])
    wait_until(lambda: system.notified() == count, PATIENCE_SECONDS, "certificates", 0.1)
    for service in system.services.values():
        service.terminate()
    told = notifications.c.template == "certificate_issued"
    later = {"due_at": sa.func.now() + sa.text("interval '1 day'"), "status": "pending", "attempts": 0}
    with system.place.engine("notification").connect() as connection:
        connection.execute(sa.delete(notifications).where(~told))
        connection.execute(sa.update(notifications).values(**later, first_tried_at=None))


def start(stack: contextlib.ExitStack, system: System, server: Sink) -> dict[str, psutil.Process]:
    """The two services, anew, so that nothing is printed yet."""
    found = {}
    for name in WORKERS:
        environment = system.services[name].env
        environment["TRAINING_SMTP_URL"] = f"smtp://127.0.0.1:{server.port}?starttls=none"
        service = ServiceProcess(name, environment, log_dir=system.place.folder)
        stack.callback(service.kill9)
        service.start().wait_ready()
        found[name] = psutil.Process(service.pid)
    return found


def measure(lab: Lab, system: System, processes: dict[str, psutil.Process], kind: str, count: int, server: Sink) -> Run:
    place = system.place
    with place.engine("certification").connect() as connection:
        code = str(connection.exec_driver_sql("SELECT verification_code FROM certificates LIMIT 1").scalar_one())
    with RpcClient(place.amqp_url, "bench", None) as client:  # what is done at the first page of all
        client.call("certification", "get_public_document", {"code": code, "variant": "en"})
    costs, half = Costs(lab, place, processes), count // 2
    costs.start()
    started = time.perf_counter()
    send(place, half, half)
    seconds = time.perf_counter() - started
    costs.stop()
    with verifying(system, code) as milliseconds:
        send(place, count - half, count)
    taken = server.stop()
    if (taken["mails"], taken["message_ids"]) != (count, count) or taken["bytes"] < LIKELY_BYTES * count:
        raise RuntimeError(f"{kind}: the server took {taken}, and not {count} mails with a certificate each")
    others = costs.others / (seconds * (psutil.cpu_count() or 1))
    per_mail, size = costs.per(half), taken["bytes"] / count
    return Run(
        kind, half, half / seconds, 1000 / per_mail["services"], per_mail, size, percentiles(milliseconds), others
    )


def send(place: Place, count: int, total: int) -> None:
    """Let so many more be due, and wait until `total` are sent."""
    waiting = sa.select(notifications.c.notification_id).where(notifications.c.status == "pending").limit(count)
    with place.engine("notification").connect() as connection:
        due = sa.update(notifications).where(notifications.c.notification_id.in_(waiting))
        connection.execute(due.values(due_at=sa.func.now()))
    wait_until(
        lambda: place.count("notification", "notifications", "status = 'sent'") == total,
        PATIENCE_SECONDS,
        "mails",
        0.05,
    )


@contextlib.contextmanager
def verifying(system: System, code: str) -> Iterator[list[float]]:
    """Verify a code again and again; the milliseconds that each answer took."""
    over, took = threading.Event(), [0.0] * 0

    def ask() -> None:
        with RpcClient(system.place.amqp_url, "verifier", None) as client:
            while not over.wait(PAUSE_SECONDS):
                asked = time.perf_counter()
                client.call("certification", "verify", {"code": code})
                took.append(1000 * (time.perf_counter() - asked))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()
