"""`training render`: many certificates as PDF files, by one process for each processor.

Every process reads the database in pages and prints its share of the certificates, so nothing waits for anything, and
the memory it takes does not depend on how many there are. A file is there whole or not at all.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TextIO

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.certification import models
from services.certification.document.printing import make
from services.certification.domain.designs import VARIANTS
from services.certification.service.documents import copy_of, filename
from services.certification.service.minting import Office
from services.certification.service.proving import Proofs
from services.certification.signing import keyring_of
from shared.config import Config
from shared.database import Database
from shared.errors import TrainingError
from shared.persian import TEHRAN

PAGE = 100
OUTCOMES = PRINTED, THERE, FAILED = "printed", "there already", "failed"

log = structlog.get_logger("render")


@dataclass(frozen=True)
class Order:
    """What is to be printed, and where to."""

    out: Path
    agency: str | None
    since: datetime | None
    variant: str | None
    force: bool
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, out: Path, agency: str | None, since: str | None, variant: str | None, force: bool) -> "Order":
        """The order of a command line; ValueError says what is wrong with it."""
        if variant not in (None, *VARIANTS):
            raise ValueError(f"--variant must be one of {', '.join(VARIANTS)}")
        said = {"--out": str(out), "--agency": agency, "--since": since, "--variant": variant}
        arguments = [part for name, value in said.items() if value is not None for part in (name, value)]
        moment = None if since is None else datetime.combine(_day(since), time.min, TEHRAN)
        return cls(out, agency, moment, variant, force, (*arguments, *(["--force"] if force else [])))

    def path(self, row: Any) -> Path:
        return self.out / row.agency_code / filename(row, self.variant)


def run(config: Config, order: Order, jobs: int | None, console: Console) -> int:
    """Print everything with that many processes; 0, or 1 when a certificate could not be printed or one died."""
    with _database(config).reading() as tx:
        total = models.count_printable(tx, order.since, order.agency)
    count = min(jobs or os.cpu_count() or 1, total)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "services.cli", "render", *order.arguments]
    workers = [
        subprocess.Popen([*command, "--share", f"{number}/{count}"], stdout=writing)  # noqa: S603 - ourselves
        for number in range(count)
    ]
    os.close(writing)
    with os.fdopen(reading) as lines:
        outcomes = _follow(lines, total, console)
    codes = [worker.wait() for worker in workers]
    console.print(", ".join(f"{number} {outcome}" for outcome, number in outcomes.items()) + f", in {order.out}")
    return 1 if any(codes) or outcomes[FAILED] else 0


def work(config: Config, order: Order, share: str) -> int:
    """Print one share ("0/2" is the first of two) and say a line on standard output for each certificate."""
    number, count = (int(part) for part in share.split("/"))
    database, keyring = _database(config), keyring_of(config)
    office, proofs = Office(keyring, config.public_url), Proofs(keyring, log)
    for row in _rows(database, order):
        if row.id.int % count != number:
            continue
        path = order.path(row)
        outcome = THERE
        if order.force or not path.exists():
            outcome = _print(database, office, proofs, order, row)
        sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()
    return 0


def _print(database: Database, office: Office, proofs: Proofs, order: Order, row: Any) -> str:
    try:
        with database.reading() as tx:
            copy = copy_of(tx, office, row, proofs.said(tx, row), order.variant)
        write(order.path(row), make(copy))
    except TrainingError as error:
        log.error("certificate_not_printed", serial=row.serial, code=error.code)  # noqa: TRY400 - its reason is the code
        return FAILED
    return PRINTED


def write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _rows(database: Database, order: Order) -> Iterator[Any]:
    after = None
    while True:
        with database.reading() as tx:
            page = models.printable(tx, order.since, order.agency, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _follow(lines: TextIO, total: int, console: Console) -> dict[str, int]:
    """How many certificates had which outcome, with a bar on a terminal and a line in a thousand elsewhere."""
    outcomes = dict.fromkeys(OUTCOMES, 0)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("certificates", total=total)
        for done, line in enumerate(lines, 1):
            outcomes[line.strip()] += 1
            progress.advance(bar)
            if not console.is_terminal and done % 1000 == 0:
                console.print(f"{done} of {total}")
    return outcomes


def _database(config: Config) -> Database:
    return Database(config.database_url_of("certification"), models.metadata)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("--since must be a day such as 2026-01-31") from None
