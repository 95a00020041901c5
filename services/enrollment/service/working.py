"""Running bulk jobs: a batch of rows is one transaction, so that a crash neither loses nor repeats a row."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import sqlalchemy as sa
import structlog
from marshmallow import Schema, ValidationError

from services.enrollment.models import employees, enrollments
from services.enrollment.models import jobs as models
from services.enrollment.models.jobs import job_rows
from services.enrollment.schemas import files
from services.enrollment.schemas.enrollments import Result
from services.enrollment.schemas.files import Row
from services.enrollment.schemas.staff import RegisterEmployee
from services.enrollment.service import judging, scope, seats
from services.enrollment.service.entrance import NOMINATION, Entrance
from services.enrollment.service.history import Actor
from services.enrollment.service.importing import Outcome, register_many
from services.enrollment.service.results import mark_results
from services.enrollment.service.seating import known_offering
from shared import green, metrics
from shared.auth import Caller
from shared.bulk import insert_rows
from shared.database import Transaction
from shared.entrypoints import timer
from shared.errors import Conflict, TrainingError
from shared.persian import digits_ascii, national_code, normalise, tehran_date

if TYPE_CHECKING:
    from shared.database import Database

log = structlog.get_logger("jobs")

BATCH = 1_000
WHOLE = 20_000  # nominations of one trial run, which has to see all of them at once
LEASE = timedelta(seconds=60)
ATTEMPTS = 5
RETENTION_DAYS = 90  # policy default

_COLUMNS = {
    "import_employees": files.EMPLOYEES,
    "nominate_many": files.NOMINATIONS,
    "record_results_many": files.RESULTS,
}


class JobTimers:
    db: "Database"

    @timer(interval=5)
    def run_jobs(self) -> None:
        """Run what waits, one job after the other; one whose runner died goes on where it was. Replicas share them."""
        while True:
            with self.db.transaction() as tx:
                job = models.take(tx, uuid4(), LEASE)
            if job is None:
                return
            _Run(self.db, job).go()

    @timer(interval=3600)
    def prune_jobs(self) -> None:
        """Forget jobs and their outcomes after 90 days (policy default)."""
        while True:
            with self.db.transaction() as tx:
                if not models.prune(tx, tx.now - timedelta(days=RETENTION_DAYS)):
                    return


class _Run:
    """One job in the hands of this process."""

    def __init__(self, db: "Database", job: Any) -> None:
        self.db, self.job = db, job
        self.caller = Caller(job.system, job.caller["agency"], frozenset(job.caller["roles"]))

    def go(self) -> None:
        try:
            if self.job.total is None:
                self._count()
            rows = islice(self._rows(), self.job.processed, None)
            size = WHOLE if self._is_trial_of_seats else BATCH
            while batch := list(islice(rows, size)):
                if not self._step(batch):
                    return
                green.pause()
            self._finish("done")
        except TrainingError as error:
            self._finish("failed", {"kind": error.kind, "code": error.code, "message": error.message} | error.details)

    @property
    def _is_trial_of_seats(self) -> bool:
        """A trial run writes nothing, so seats that one batch would take are free again for the next."""
        return bool(self.job.dry_run and self.job.kind == "nominate_many")

    def _rows(self) -> Iterator[Row]:
        return files.read(self._chunks(), self.job.format, _COLUMNS[self.job.kind])

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
            except Conflict as error:
                if error.code != "registered_meanwhile" or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _do(self, tx: Transaction, batch: Sequence[Row]) -> bool:
        job = models.job(tx, self.job.id, lock=True)
        if job is None or job.status != "running" or job.runner != self.job.runner:
            return False
        outcomes = _WORK[job.kind](tx, self.caller, job, batch)
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


def _import(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    shape, outcomes = _shape(RegisterEmployee), dict[int, Outcome]()
    people, places = [], []
    for place, row in enumerate(batch):
        if place % 100 == 0:
            green.pause()
        try:
            loaded = _loaded(shape, row, {"agency_code": job.agency_code})
        except _Unusable as error:
            outcomes[place] = error.outcome
            continue
        people.append((loaded, frozenset(row.values.keys() & loaded.keys())))
        places.append(place)
    found = register_many(tx, people, dry_run=job.dry_run)
    outcomes |= dict(zip(places, found, strict=True))
    return [outcomes[place] for place in range(len(batch))]


def _nominate(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    offering = known_offering(tx, job.offering_id)
    people = _people(tx, caller, batch)
    found = {row.id: row for row in people.values()}
    entrance = Entrance(tx, Actor.of(caller), offering, found, tehran_date(tx.now), NOMINATION)
    ids = [people[place].id if place in people else None for place in range(len(batch))]
    rows = iter(seats.consider_all(entrance, [one for one in ids if one is not None], found, job.dry_run))
    outcomes = [
        _nominated(next(rows)) if one is not None else _nobody(row) for one, row in zip(ids, batch, strict=True)
    ]
    if not job.dry_run:
        entrance.write()
    return outcomes


def _record(tx: Transaction, caller: Caller, job: Any, batch: Sequence[Row]) -> list[Outcome]:
    offering = known_offering(tx, job.offering_id)
    scope.must_own(tx, caller, offering)
    judging.refuse_closed(offering)
    enrolled = _enrolled(tx, job.offering_id, batch)
    shape, results, outcomes = _shape(Result), [], dict[int, Outcome]()
    for place, row in enumerate(batch):
        given = {name: value for name, value in row.values.items() if name in ("attended_hours", "score")}
        try:
            named = {"enrollment_id": str(enrolled[place])} if place in enrolled else {}
            if not named and row.problem is None:
                outcomes[place] = _nobody(row)
                continue
            results.append((place, _loaded(shape, row._replace(values=given), named)))
        except _Unusable as error:
            outcomes[place] = error.outcome
    marked, rejected = mark_results(tx, offering, [result for _place, result in results])
    if not job.dry_run:
        judging.settle(tx, Actor.of(caller), "record_result", offering, marked)
    decided = {mark.row.id: Outcome("accepted", mark.row.id, status=mark.status) for mark in marked}
    refused: dict[UUID, deque[dict[str, Any]]] = {}
    for each in rejected:
        refused.setdefault(each["enrollment_id"], deque()).append(each)
    seen = set[UUID]()
    for place, result in results:
        enrollment_id = result["enrollment_id"]
        first = enrollment_id in decided and enrollment_id not in seen
        seen.add(enrollment_id)
        outcomes[place] = decided[enrollment_id] if first else _rejected(refused[enrollment_id].popleft(), decided)
    return [outcomes[place] for place in range(len(batch))]


_WORK: dict[str, Callable[[Transaction, Caller, Any, Sequence[Row]], list[Outcome]]] = {
    "import_employees": _import,
    "nominate_many": _nominate,
    "record_results_many": _record,
}


class _Unusable(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


@cache
def _shape(shape: type[Schema]) -> Schema:
    return shape()


def _loaded(shape: Schema, row: Row, more: dict[str, Any]) -> dict[str, Any]:
    """The row as its call would take it; raises _Unusable naming every wrong field."""
    if row.problem is not None:
        raise _Unusable(Outcome("refused", None, "unreadable_row", f"The line {row.problem}."))
    try:
        return dict(shape.load(row.values | more))
    except ValidationError as error:
        said = "; ".join(f"{name}: {_first(reasons)}" for name, reasons in sorted(error.normalized_messages().items()))
        raise _Unusable(Outcome("refused", None, "invalid_arguments", said)) from None


def _first(reasons: Any) -> str:
    return str(reasons[0] if isinstance(reasons, list) else reasons)


def _people(tx: Transaction, caller: Caller, batch: Sequence[Row]) -> dict[int, Any]:
    """The employee that each row names, by its place; the caller's own people alone."""
    own = employees.c
    names = [_named(row) for row in batch]
    wanted: dict[str, list[Any]] = {"employee_id": [], "national_code": [], "personnel_number": []}
    for kind, value in names:
        wanted.get(kind, []).append(value)
    conditions = [
        own.id.in_(wanted["employee_id"]),
        own.national_code.in_(wanted["national_code"]),
        sa.and_(own.personnel_number.in_(wanted["personnel_number"]), own.agency_code == caller.agency),
    ]
    rows = tx.execute(sa.select(employees).where(sa.or_(*conditions))).all()
    seen = scope.visible(tx, caller, {row.id: row for row in rows}).values()
    by_name: dict[tuple[str, Any], Any] = {}
    for row in seen:
        by_name |= {("employee_id", row.id): row, ("national_code", row.national_code): row}
        if row.agency_code == caller.agency:
            by_name["personnel_number", row.personnel_number] = row
    return {place: by_name[name] for place, name in enumerate(names) if name in by_name}


def _enrolled(tx: Transaction, offering_id: UUID, batch: Sequence[Row]) -> dict[int, UUID]:
    """The enrollment that each row names, by its place."""
    own = enrollments.c
    names = [_named(row) for row in batch]
    wanted: dict[str, list[Any]] = {}
    for kind, value in names:
        wanted.setdefault(kind, []).append(value)
    columns = {
        "enrollment_id": own.id,
        "employee_id": own.employee_id,
        "national_code": employees.c.national_code,
        "personnel_number": employees.c.personnel_number,
    }
    conditions = [columns[kind].in_(values) for kind, values in wanted.items() if kind in columns]
    statement = (
        sa.select(own.id, *(column.label(f"by_{name}") for name, column in columns.items()))
        .join(employees, employees.c.id == own.employee_id)
        .where(own.offering_id == offering_id, sa.or_(sa.false(), *conditions))
    )
    by_name: dict[tuple[str, Any], UUID] = {}
    twice = set[tuple[str, Any]]()
    for row in tx.execute(statement):
        for kind in columns:
            key = (kind, getattr(row, f"by_{kind}"))
            twice |= {key} if key in by_name and by_name[key] != row.id else set()
            by_name[key] = row.id
    return {place: by_name[name] for place, name in enumerate(names) if name in by_name and name not in twice}


def _named(row: Row) -> tuple[str, Any]:
    """By what a row names somebody, and how; the most certain of its names counts."""
    for kind in ("enrollment_id", "employee_id", "national_code", "personnel_number"):
        value = row.values.get(kind)
        if value is None:
            continue
        try:
            if kind == "national_code":
                return kind, national_code(str(value))
            return (
                (kind, digits_ascii(normalise(str(value)))) if kind == "personnel_number" else (kind, UUID(str(value)))
            )
        except ValueError:
            return "unreadable", None
    return "nobody", None


def _nobody(row: Row) -> Outcome:
    if row.problem is not None:
        return Outcome("refused", None, "unreadable_row", f"The line {row.problem}.")
    return Outcome("refused", None, "employee_not_found", "The row names nobody who is known here.")


def _nominated(row: dict[str, Any]) -> Outcome:
    if row["status"] == "refused":
        outcome = "unchanged" if row["code"] == "already_enrolled" else "refused"
        return Outcome(outcome, row["employee_id"], row["code"], row["message"])
    return Outcome("accepted", row.get("enrollment_id") or row["employee_id"], status=row["status"])


def _rejected(row: dict[str, Any], decided: dict[UUID, Outcome]) -> Outcome:
    unchanged = row["code"] == "already_decided" and row["enrollment_id"] not in decided
    return Outcome("unchanged" if unchanged else "refused", row["enrollment_id"], row["code"], row["message"])
