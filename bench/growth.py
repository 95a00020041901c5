"""Growth: issuing and verifying with 10 000 and with 1 000 000 certificates there already.

Both databases are filled first and then measured in turns, so whatever else the machine does meets both alike. Of each
database 2 000 certificates, spread evenly over its life, went through the real handler; those are verified. The others
are copies of one of them in every table that certificates have rows in, with ids, serials and codes of their own, and
with entries of their own in the log. What only the real handler writes, inbox and outbox, is pruned in real life too.
Warming up and measuring add 22 000 certificates to each.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psutil
import sqlalchemy as sa

from bench.costs import Costs, wait_for_calm
from bench.lab import Lab, Place, vacuum
from services.certification import models
from services.certification.domain import log
from services.certification.service import transparency
from shared import logs
from shared.bulk import insert_rows
from shared.events import EnrollmentCompletedV1, LocalizedText
from shared.ids import new_id
from shared.persian import jalali_year, tehran_date
from tests.harness import Harness
from tests.support.processes import run_training

SIZES = (10_000, 1_000_000)
STEPS, REAL = 100, 20  # a filled database grows in steps, each of which ends with some real certificates
CHUNK = 2_000
BATCH, BATCHES, LOOK_UPS, ROUNDS = 200, 5, 400, 7
WARM_UP = 15  # times 1 000 certificates
MEASURED = ("issue", "verify")
TARGET = 0.10  # slower at most
HEX = str.maketrans("abcdef", "ABCDEF")


def run(lab: Lab, sizes: tuple[int, int] = SIZES) -> dict[str, Any]:
    """Rates with few and with many certificates, and what the log alone costs with many."""
    with contextlib.ExitStack() as stack:
        logs.configure("WARNING")
        archives = [stack.enter_context(filled(lab, size)) for size in sizes]
        lab.checkpoint()
        wait_for_calm()
        for archive in archives:
            # After a checkpoint the server writes every page whole that it touches first; real life is mostly later.
            for _ in range(WARM_UP):
                issue_rate(archive)
            verify_rate(archive)
        for number in range(ROUNDS):
            for archive in archives if number % 2 else archives[::-1]:
                archive.measure("issue", issue_rate)
                archive.measure("verify", verify_rate)
        few, many = archives
        costs = {batch: log_cost(many.service, batch) for batch in (BATCH, 1)}
    rates = {name: {"few": few.median(name, 0), "many": many.median(name, 0)} for name in MEASURED}
    return {
        "sizes": list(sizes),
        "per_second": rates,
        "cpu_us": {name: {"few": few.median(name, 1), "many": many.median(name, 1)} for name in MEASURED},
        "slower": {name: 1 - rate["many"] / rate["few"] for name, rate in rates.items()},
        "log_us_per_certificate": costs,
        "target_slower": TARGET,
    }


@dataclass
class Archive:
    """A database with many certificates, and what was measured on it: (a second, µs of processor time each)."""

    lab: Lab
    place: Place
    service: Harness
    codes: list[str]
    measured: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {name: [] for name in MEASURED})

    def measure(self, name: str, work: Callable[["Archive"], tuple[int, float]]) -> None:
        """One round of work, which says how much it did and how long it took."""
        costs = Costs(self.lab, self.place, {"service": psutil.Process()})
        costs.start()
        count, seconds = work(self)
        costs.stop()
        cpu = costs.services + costs.spent["postgresql"]
        self.measured[name].append((count / seconds, 1e6 * cpu / count))

    def median(self, name: str, part: int) -> float:
        return median(each[part] for each in self.measured[name])


@contextlib.contextmanager
def filled(lab: Lab, size: int) -> Iterator[Archive]:
    with lab.place() as place:
        run_training("migrate", env=place.environment())
        service = Harness("certification", place.databases.url_of("certification"), place.folder)
        try:
            yield Archive(lab, place, service, fill(place, service, size))
        finally:
            service.db.engine.dispose()


def fill(place: Place, service: Harness, size: int) -> list[str]:
    """Grow to `size` certificates; the codes of the real ones."""
    service.deliver(completion())
    with service.db.reading() as tx:
        sample = Sample.of(tx, tx.execute(sa.select(models.certificates)).one())
    step = size // STEPS - REAL
    for number in range(STEPS):
        for start in range(0, step, CHUNK):
            copy(service, sample, number * step + start, min(CHUNK, step - start))
        service.deliver(*(completion() for _ in range(REAL)))
    vacuum(place, ["certification"])
    with service.db.reading() as tx:
        copied = models.certificates.c.serial.like(f"{COPIED}-%")
        return list(tx.scalars(sa.select(models.certificates.c.verification_code).where(~copied)))


COPIED = "AG-COPY"


@dataclass
class Sample:
    """A real certificate: its row, and the rows of other tables that hang on it."""

    row: dict[str, Any]
    hanging: dict[sa.Table, list[dict[str, Any]]]

    @classmethod
    def of(cls, tx: Any, row: Any) -> "Sample":
        tables = [each for each in models.metadata.sorted_tables if "certificate_id" in each.c]
        hanging = {
            each: [found._asdict() for found in tx.execute(sa.select(each).where(each.c.certificate_id == row.id))]
            for each in tables
            if each is not models.log_entries
        }
        return cls(row._asdict(), {each: rows for each, rows in hanging.items() if rows})


def copy(service: Harness, sample: Sample, first: int, count: int) -> None:
    """Copies of the sample with numbers from `first` on, and their entries in the log."""
    year = jalali_year(tehran_date(datetime.now(UTC)))
    with service.db.transaction() as tx:
        rows = [copied(sample.row, f"{COPIED}-{year}-{first + number:07d}", tx.now) for number in range(count)]
        models.add_certificates(tx, rows)
        for table, hanging in sample.hanging.items():
            insert_rows(tx, table, [each | {"certificate_id": row["id"]} for row in rows for each in hanging])
        entries = [log.issued(row["id"], row["serial"], tx.now, row["snapshot"]) for row in rows]
        transparency.append(tx, service.service.office, entries)


def copied(row: dict[str, Any], serial: str, at: datetime) -> dict[str, Any]:
    own = {"id": new_id(), "enrollment_id": new_id(), "employee_id": uuid4(), "serial": serial, "issued_at": at}
    return row | own | {"verification_code": f"0{uuid4().hex[:25].translate(HEX)}"}


def completion() -> EnrollmentCompletedV1:
    today = datetime.now(UTC).date()
    return EnrollmentCompletedV1(
        enrollment_id=new_id(),
        employee_id=UUID(int=random.getrandbits(128)),
        agency_code="AG-A",
        agency_name=LocalizedText("دستگاه نمونه", "Sample Agency"),
        provider_code="AG-B",
        provider_name=LocalizedText("مرکز آموزش نمونه"),
        full_name="نمونه آزمون‌پور",
        national_code="9990000018",
        personnel_number="P-10023",
        job_title="کارشناس آزمون",
        offering_id=new_id(),
        course_code="BENCH-1",
        course_version=1,
        course_title=LocalizedText("دورهٔ نمونهٔ سنجش", "Sample course"),
        course_type="job",
        delivery_mode="in_person",
        hours=10.0,
        starts_on=today,
        ends_on=today,
        attended_hours=10.0,
        score=90.0,
        completed_on=today,
        completed_at=datetime.now(UTC),
    )


def issue_rate(archive: Archive) -> tuple[int, float]:
    """Certificates through the handler, in full batches."""
    batches = [[completion() for _ in range(BATCH)] for _ in range(BATCHES)]
    started = time.perf_counter()
    for batch in batches:
        archive.service.deliver(*batch)
    return BATCH * BATCHES, time.perf_counter() - started


def verify_rate(archive: Archive) -> tuple[int, float]:
    """Verifications, inclusion proof and all, of certificates from the whole life of the database."""
    chosen = random.sample(archive.codes, min(LOOK_UPS, len(archive.codes)))
    started = time.perf_counter()
    for code in chosen:
        archive.service.call("verify", None, code=code)
    return len(chosen), time.perf_counter() - started


def log_cost(service: Harness, batch: int, samples: int = 200) -> float:
    """Microseconds that a certificate's entry adds to its transaction: hashes, signature, and statements."""
    office, spent = service.service.office, []
    for _ in range(samples):
        with service.db.transaction() as tx:
            entries = [log.Entry(log.EXPIRED, new_id(), f"{COPIED}-0000-0", tx.now) for _ in range(batch)]
            tx.connection()
            started = time.perf_counter()
            transparency.append(tx, office, entries)
            tx.run_at_the_end()
            spent.append(time.perf_counter() - started)
            tx.forget_events()
            tx.rollback()
    return 1e6 * median(spent) / batch
