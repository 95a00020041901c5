"""Bulk jobs through a running service: 100 000 employees and 10 000 results, sent in pieces over RabbitMQ.

Beside it the same registrations and results one call at a time, of which a sample is measured. Memory is the peak of
the service's own process while the jobs run, above what it had before.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from bench.costs import wait_for_calm
from bench.lab import Lab, Place
from shared.auth import Tokens
from shared.persian import tehran_date
from tests.support.client import RpcClient
from tests.support.processes import ServiceProcess, run_training

PEOPLE, RESULTS, SAMPLE = 100_000, 10_000, 500
PIECE = 200_000
TARGETS = {"employees_seconds": 60.0, "results_seconds": 10.0, "memory_mib": 200.0}
HEADER = "کد ملی;شماره پرسنلی;نام و نام خانوادگی;ایمیل;نوع استخدام;تاریخ استخدام;واحد\n"


def run(lab: Lab, people: int = PEOPLE, results: int = RESULTS, sample: int = SAMPLE) -> dict[str, Any]:
    """Seconds and memory of both jobs, and seconds of the same work call by call."""
    with services(lab) as (place, client, process):
        _call(client, "enrollment.register_agency", code="AG-A", name={"fa": "دستگاه نمونه"})
        offering_id = _offering(client, results + sample)
        wait_for_calm()
        with peak_of(process) as memory:
            imported = _job(client, "import_employees", _people(people), agency_code="AG-A")
        wait_for_calm()
        nominated = _job(client, "nominate_many", _named(results), offering_id=offering_id)
        wait_for_calm()
        recorded = _job(client, "record_results_many", _marks(results), offering_id=offering_id)
        wait_for_calm()
        one_by_one = _one_by_one(client, offering_id, people, sample)
        assert place.count("enrollment", "employees") == people + sample
        assert place.count("enrollment", "enrollments", "status = 'completed'") == results + sample
    return {
        "people": people,
        "results": results,
        "employees_seconds": imported,
        "nominations_seconds": nominated,
        "results_seconds": recorded,
        "memory_mib": memory["peak"],
        "one_by_one": {name: seconds / sample for name, seconds in one_by_one.items()},
        "ratio_employees": one_by_one["employees"] / sample * people / imported,
        "ratio_results": one_by_one["results"] / sample * results / recorded,
        "targets": TARGETS,
    }


@contextlib.contextmanager
def services(lab: Lab) -> Iterator[tuple[Place, RpcClient, psutil.Process]]:
    """Catalog and enrollment, and a caller who may do everything that is measured."""
    with lab.place() as place, contextlib.ExitStack() as stack:
        environment = place.environment()
        run_training("migrate", env=environment)
        run_training("topology", env=environment)
        started = {}
        for name in ("catalog", "enrollment"):
            service = ServiceProcess(name, environment, log_dir=place.folder)
            stack.callback(service.kill9)
            service.start()
            service.wait_ready()
            started[name] = service
        roles = ["national", "catalog_admin", "training_officer", "agency_system"]
        token = Tokens(place.folder / "keys").issue("bench", "AG-A", roles, timedelta(hours=1))
        client = stack.enter_context(RpcClient(place.amqp_url, "bench", token))
        yield place, client, psutil.Process(started["enrollment"].pid)


@contextlib.contextmanager
def peak_of(process: psutil.Process) -> Iterator[dict[str, float]]:
    """`peak`: the most memory (resident, MiB) that a process had above what it had at the beginning."""
    before, found, over = process.memory_info().rss, {"peak": 0.0}, threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            found["peak"] = max(found["peak"], (process.memory_info().rss - before) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()


def _offering(client: RpcClient, capacity: int) -> str:
    today = tehran_date(datetime.now(UTC))
    course = {"code": "RD-01", "title": {"fa": "دورهٔ نمونه"}, "course_type": "job", "hours": 10}
    _call(client, "catalog.define_course", **course)
    _call(client, "catalog.publish_course", course_code="RD-01", version=1)
    days = {"starts_on": today.isoformat(), "ends_on": today.isoformat()}
    offering = {"course_code": "RD-01", "agency_code": "AG-A", "capacity": capacity, **days}
    return str(_patiently(client, "catalog.open_offering", **offering)["offering_id"])


def _job(client: RpcClient, method: str, text: str, **target: Any) -> float:
    """Send a file and wait until its job is done; seconds from the first piece to the last row."""
    started, job = time.perf_counter(), None
    for number, start in enumerate(range(0, len(text), PIECE), 1):
        piece = {"content": text[start : start + PIECE], "chunk": number, "last": start + PIECE >= len(text)}
        job = _patiently(client, f"enrollment.{method}", **target, **piece, job_id=job and job["job_id"])
    assert job is not None
    while job["status"] not in ("done", "failed", "cancelled"):
        time.sleep(0.1)
        job = _call(client, "enrollment.get_job", job_id=job["job_id"])
    assert (job["status"], job["refused"]) == ("done", 0), job
    return time.perf_counter() - started


def _one_by_one(client: RpcClient, offering_id: str, first: int, sample: int) -> dict[str, float]:
    """Seconds that a sample takes call by call: registrations, and results of one person each."""
    started, people = time.perf_counter(), []
    for number in range(first, first + sample):
        code, staff_number, name, email, _employment, _hired, unit = _cells(number)
        person = {"national_code": code, "personnel_number": staff_number, "full_name": name, "email": email}
        reply = _call(client, "enrollment.register_employee", agency_code="AG-A", unit=unit, **person)
        people.append(reply["employee_id"])
    registered = time.perf_counter() - started
    rows = _call(client, "enrollment.nominate", offering_id=offering_id, employee_ids=people)["results"]
    started = time.perf_counter()
    for row in rows:
        result = {"enrollment_id": row["enrollment_id"], "attended_hours": 10, "score": 90}
        _call(client, "enrollment.record_results", offering_id=offering_id, results=[result])
    return {"employees": registered, "results": time.perf_counter() - started}


def _call(client: RpcClient, method: str, **arguments: Any) -> Any:
    service, _dot, name = method.partition(".")
    return client.call(service, name, arguments, timeout=60.0)


def _patiently(client: RpcClient, method: str, **arguments: Any) -> Any:
    """A call whose precondition another service may still be on its way to hear."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return _call(client, method, **arguments)
        except Exception as error:
            if "not_known_yet" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _cells(number: int) -> tuple[str, ...]:
    name = f"نمونه\u200cزاده شماره {number}"
    return national_code(number), f"P-{number}", name, f"p{number}@example.ir", "رسمی", "1390/01/30", "اداره\u200cکل"


def _people(count: int) -> str:
    return HEADER + "".join(";".join(_cells(number)) + "\n" for number in range(count))


def _named(count: int) -> str:
    return "کد ملی\n" + "".join(f"{national_code(number)}\n" for number in range(count))


def _marks(count: int) -> str:
    return "کد ملی;ساعت حضور;نمره\n" + "".join(f"{national_code(number)};10;۸۷٫۵\n" for number in range(count))


def national_code(number: int) -> str:
    """A synthetic code with a right check digit; prefix 999 is given to nobody."""
    digits = f"999{number:06d}"
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return digits + str(remainder if remainder < 2 else 11 - remainder)
