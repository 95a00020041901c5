"""Running bulk jobs: a batch of rows is one transaction, so that a crash neither loses nor repeats a row."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog

from services.enrollment.models import jobs as models
from services.enrollment.models.jobs import job_rows
from services.enrollment.schemas import files
from services.enrollment.schemas.files import Row
from services.enrollment.service.batches import WORK
from shared import green, metrics
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction, is_contention, is_passing
from shared.entrypoints import timer, translated
from shared.errors import Conflict, TrainingError

if TYPE_CHECKING:
    from shared.database import Database

log = structlog.get_logger("jobs")

BATCH = 1_000
WHOLE = 20_000  # nominations of one trial run, which has to see all of them at once
LEASE = timedelta(seconds=60)
ATTEMPTS = 5
RETENTION_DAYS, UPLOAD_HOURS = 90, 24  # policy defaults


class JobTimers:
    db: "Database"
    ending: Any

    @timer(interval=5)
    def run_jobs(self) -> None:
        """Run what waits, one job after the other; one whose runner died goes on where it was. Replicas share them."""
        while not self.ending():
            with self.db.transaction() as tx:
                job = models.take(tx, uuid4(), LEASE)
            if job is None:
                return
            _Run(self, job).go()

    @timer(interval=3600)
    def prune_jobs(self) -> None:
        """Forget jobs and their outcomes after 90 days, and files that were not sent to their end after a day."""
        while True:
            with self.db.transaction() as tx:
                days, hours = timedelta(days=RETENTION_DAYS), timedelta(hours=UPLOAD_HOURS)
                if not models.prune(tx, tx.now - days, tx.now - hours):
                    return


class _Run:
    """One job in the hands of this process."""

    def __init__(self, service: Any, job: Any) -> None:
        self.service, self.job = service, job
        self.db: Database = service.db
        self.caller = Caller(job.system, job.caller["agency"], frozenset(job.caller["roles"]))

    def go(self) -> None:
        try:
            self._work()
        except TrainingError as error:
            self._fail(error)
        except Exception as error:  # a bug would meet every further runner too, and keep the others' jobs waiting
            if is_passing(error):
                raise  # the database is away or busy: whoever finds the lease over goes on
            self._fail(translated(self.service, error))

    def _work(self) -> None:
        if self.job.total is None:
            self._count()
        rows = islice(self._rows(), self.job.processed, None)
        while batch := list(islice(rows, WHOLE if self._is_trial_of_seats else BATCH)):
            if self.service.ending():
                self._hand_over()
                return
            if not self._step(batch):
                return
            green.pause()
        self._finish("done")

    def _hand_over(self) -> None:
        """Let the next process go on at once instead of when the lease is over."""
        with self.db.transaction() as tx:
            job = models.job(tx, self.job.id, lock=True)
            if job is not None and job.runner == self.job.runner:
                models.set_job(tx, job.id, leased_until=None)

    def _fail(self, error: TrainingError) -> None:
        self._finish("failed", {"kind": error.kind, "code": error.code, "message": error.message} | error.details)

    @property
    def _is_trial_of_seats(self) -> bool:
        """A trial run writes nothing, so seats that one batch would take are free again for the next."""
        return bool(self.job.dry_run and self.job.kind == "nominate_many")

    def _rows(self) -> Iterator[Row]:
        return files.read(self._chunks(), self.job.format, WORK[self.job.kind].columns)

    def _chunks(self) -> Iterator[str]:
        for number in range(1, self.job.chunks + 1):
            with self.db.reading() as tx:
                yield models.chunk(tx, self.job.id, number) or ""

    def _count(self) -> None:
        """Read the file once before anything is done: one that cannot be read to its end changes nothing."""
        total = sum(1 for _row in self._rows())
        if self._is_trial_of_seats and total > WHOLE:
            raise Conflict("too_many_rows", f"A trial run of nominations takes {WHOLE} rows.", {"rows": total})
        with self.db.transaction() as tx:
            models.set_job(tx, self.job.id, total=total)

    def _step(self, batch: Sequence[Row]) -> bool:
        """One batch in one transaction; False when the job is not this process's any more."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.db.transaction() as tx:
                    return self._do(tx, batch)
            except Exception as error:
                meanwhile = isinstance(error, Conflict) and error.code == "registered_meanwhile"
                if attempt == ATTEMPTS or not (meanwhile or is_contention(error)):
                    raise
        raise AssertionError("unreachable")

    def _do(self, tx: Transaction, batch: Sequence[Row]) -> bool:
        job = models.job(tx, self.job.id, lock=True)
        if job is None or job.status != "running" or job.runner != self.job.runner:
            return False
        outcomes = WORK[job.kind].do(tx, self.caller, job, batch)
        counts = {name: sum(one.outcome == name for one in outcomes) for name in ("accepted", "unchanged", "refused")}
        shown = [
            {"job_id": job.id, "row": number, "line": row.line, **outcome._asdict()}
            for number, (row, outcome) in enumerate(zip(batch, outcomes, strict=True), job.processed + 1)
        ]
        insert_rows(tx, job_rows, shown)
        further = {name: getattr(job, name) + count for name, count in counts.items()}
        models.set_job(tx, job.id, processed=job.processed + len(batch), leased_until=tx.now + LEASE, **further)
        for name, count in counts.items():
            metrics.JOB_ROWS.labels(job.kind, name).inc(count)
        return True

    def _finish(self, status: str, error: dict[str, Any] | None = None) -> None:
        with self.db.transaction() as tx:
            job = models.job(tx, self.job.id, lock=True)
            if job is not None and job.status == "running" and job.runner == self.job.runner:
                models.set_job(tx, job.id, status=status, error=error, finished_at=tx.now, leased_until=None)
                models.drop_chunks(tx, job.id)
        log.info("job_finished", job=str(self.job.id), kind=self.job.kind, status=status)
