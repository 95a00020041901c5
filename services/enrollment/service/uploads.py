"""Bulk jobs as their senders see them: files come in pieces, jobs are followed, results are fetched."""

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.enrollment.models import jobs as models
from services.enrollment.models import offerings, queries
from services.enrollment.models.jobs import job_chunks, jobs
from services.enrollment.schemas import jobs as schemas
from services.enrollment.service import roles, scope
from services.enrollment.service.staff import KEEPERS
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound, Unavailable
from shared.files import harmless_cell
from shared.ids import new_id
from shared.paging import decode_cursor, encode_cursor
from shared.persian import digits_fa
from shared.schemas import page_of

PART = 5_000  # rows of the result file in one reply
HEADER = ("سطر line", "نتیجه outcome", "وضعیت status", "شناسه subject_id", "کد code", "توضیح message")
_SAID = {"accepted": "پذیرفته", "unchanged": "بدون تغییر", "refused": "رد شده"}


class UploadCalls:
    wake: Any

    @command(schemas.ImportEmployees, reply=schemas.Job, roles=KEEPERS)
    def import_employees(self, tx: Transaction, caller: Caller, agency_code: str, **piece: Any) -> dict[str, Any]:
        """Register the staff of an agency from a file; each row as by `register_employee`.

        CSV (comma, semicolon or tab) or JSON lines, in UTF-8 with or without a mark of byte order; headers in English
        (the names of the fields) or Persian, days in either calendar. A file may come in pieces, in order; the last one
        starts the job, and what has no last one is forgotten after a day. The same file again is answered with the job
        that it was sent for. A file that cannot be read to its end (`error` of its job names the line) changes nothing.
        A row that is registered already with the same data is `unchanged`; with other data it is refused (`differs`),
        as changes have calls of their own. NotFound `agency_not_found`, `job_not_found`; Conflict `chunk_differs`,
        `chunk_missing`, `upload_over`.
        """
        scope.must_see(tx, caller, agency_code)
        return self._receive(tx, caller, "import_employees", agency_code, None, piece)

    @command(schemas.UploadForOffering, reply=schemas.Job, roles=roles.OFFICERS)
    def nominate_many(self, tx: Transaction, caller: Caller, offering_id: UUID, **piece: Any) -> dict[str, Any]:
        """Nominate the people of a file, in its order; each row as by `nominate`.

        A row names somebody by `national_code`, `personnel_number` or `employee_id`. Pieces, forms and errors are those
        of `import_employees`; Unavailable `offering_not_known_yet`.
        """
        if tx.scalar(sa.select(offerings.c.id).where(offerings.c.id == offering_id)) is None:
            raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
        return self._receive(tx, caller, "nominate_many", caller.agency, offering_id, piece)

    @command(schemas.UploadForOffering, reply=schemas.Job, roles=roles.OFFICERS)
    def record_results_many(self, tx: Transaction, caller: Caller, offering_id: UUID, **piece: Any) -> dict[str, Any]:
        """Record the results of a file for an offering of one's own agency; each row as by `record_results`.

        A row names somebody by `enrollment_id`, `national_code`, `personnel_number` or `employee_id`, and has
        `attended_hours` and `score`. Pieces, forms and errors are those of `import_employees`; NotFound
        `offering_not_found`.
        """
        offering = tx.execute(sa.select(offerings).where(offerings.c.id == offering_id)).first()
        if offering is None:
            raise Unavailable("offering_not_known_yet", "The offering is not known here yet; try again.")
        scope.must_own(tx, caller, offering)
        return self._receive(tx, caller, "record_results_many", offering.agency_code, offering_id, piece)

    @command(schemas.JobById, reply=schemas.Job, roles=roles.STAFF)
    def cancel_job(self, tx: Transaction, caller: Caller, job_id: UUID) -> dict[str, Any]:
        """Stop a job; rows that have their outcome keep it. NotFound `job_not_found`; Conflict `job_over`."""
        row = _own(tx, caller, job_id, lock=True)
        if row.status not in ("uploading", "queued", "running", "cancelled"):
            raise Conflict("job_over", f"The job is {row.status}.", {"status": row.status})
        models.set_job(tx, job_id, status="cancelled", finished_at=row.finished_at or tx.now)
        models.drop_chunks(tx, job_id)
        return _shown(models.job(tx, job_id))

    @query(schemas.JobById, reply=schemas.Job, roles=roles.READERS)
    def get_job(self, tx: Transaction, caller: Caller, job_id: UUID) -> dict[str, Any]:
        """How far a job is. NotFound `job_not_found`."""
        return _shown(_own(tx, caller, job_id))

    @query(schemas.ListJobs, reply=page_of(schemas.Job), roles=roles.READERS)
    def list_jobs(
        self, tx: Transaction, caller: Caller, agency_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """The jobs of an agency, newest first. NotFound `agency_not_found`."""
        statement = sa.select(jobs).order_by(jobs.c.id.desc())
        if agency_code is not None:
            scope.must_see(tx, caller, agency_code)
            statement = statement.where(jobs.c.agency_code == agency_code)
        else:
            statement = statement.where(scope.within(tx, caller, jobs.c.agency_code))
        if cursor is not None:
            statement = statement.where(jobs.c.id < decode_cursor(cursor, {"id": UUID})["id"])
        rows, last = queries.page(tx, statement, limit)
        return {"items": [_shown(row) for row in rows], "next": last and encode_cursor({"id": last.id})}

    @query(schemas.ListJobRows, reply=page_of(schemas.JobRow), roles=roles.READERS)
    def list_job_rows(
        self, tx: Transaction, caller: Caller, job_id: UUID, outcome: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """What came of every row so far, in the order of the file. NotFound `job_not_found`."""
        _own(tx, caller, job_id)
        after = decode_cursor(cursor, {"row": int})["row"] if cursor is not None else 0
        rows = tx.execute(models.rows_after(job_id, after, outcome, limit + 1)).all()
        last = rows[limit - 1] if len(rows) > limit else None
        items = [dict(row._mapping) for row in rows[:limit]]
        return {"items": items, "next": last and encode_cursor({"row": last.row})}

    @query(schemas.GetJobFile, reply=schemas.JobFile, roles=roles.READERS)
    def get_job_file(self, tx: Transaction, caller: Caller, job_id: UUID, part: int) -> dict[str, Any]:
        """The outcomes as CSV for a spreadsheet, 5 000 rows a part; the first part has the header.

        NotFound `job_not_found`, `part_not_found`.
        """
        job = _own(tx, caller, job_id)
        parts = max(1, -(-job.processed // PART))
        if part > parts:
            raise NotFound("part_not_found", "The result file has fewer parts by now.", {"parts": parts})
        rows = tx.execute(models.rows_after(job_id, (part - 1) * PART, None, PART)).all()
        content = _csv(rows, with_header=part == 1)
        return {"filename": f"{job.kind}-{job_id}.csv", "content": content, "part": part, "parts": parts}

    def _receive(
        self,
        tx: Transaction,
        caller: Caller,
        kind: str,
        agency_code: str,
        offering_id: UUID | None,
        piece: dict[str, Any],
    ) -> dict[str, Any]:
        target = {"kind": kind, "agency_code": agency_code, "offering_id": offering_id, "dry_run": piece["dry_run"]}
        job = _begun(tx, caller, piece, target)
        _keep(tx, job, piece)
        if job.status != "uploading":
            return _shown(job)
        models.set_job(tx, job.id, chunks=max(job.chunks, piece["chunk"]))
        if piece["last"] and (known := _queued(tx, job.id, _digest(tx, job.id, piece["chunk"], target))) is not None:
            return _shown(known) | {"repeated": True}
        if piece["last"]:
            tx.after_commit(lambda: self.wake("run_jobs"))
        return _shown(models.job(tx, job.id))


def _begun(tx: Transaction, caller: Caller, piece: dict[str, Any], target: dict[str, Any]) -> Any:
    """The job of a piece, locked: a new one for the first, else the one it names."""
    if piece["job_id"] is not None:
        job = _own(tx, caller, piece["job_id"], lock=True)
        if any(getattr(job, name) != value for name, value in target.items()):
            raise NotFound("job_not_found", "There is no such job for this purpose.")
        return job
    if piece["chunk"] != 1:
        raise Conflict("chunk_missing", "A file begins with its first piece.", {"expected": 1})
    row = {
        "id": new_id(),
        **target,
        "format": piece["format"],
        "status": "uploading",
        "system": caller.system,
        "caller": {"agency": caller.agency, "roles": sorted(caller.roles)},
        "created_at": tx.now,
        **dict.fromkeys(("chunks", "processed", "accepted", "unchanged", "refused"), 0),
    }
    tx.execute(sa.insert(jobs).values(row))
    return models.job(tx, row["id"])


def _keep(tx: Transaction, job: Any, piece: dict[str, Any]) -> None:
    number, is_over = piece["chunk"], job.status != "uploading"
    known = models.chunk(tx, job.id, number)
    if known is not None and known != piece["content"]:
        raise Conflict("chunk_differs", "This piece came before with another content.", {"chunk": number})
    if known is not None or (is_over and number <= job.chunks):
        return
    if is_over:
        raise Conflict("upload_over", "The file of this job is complete.", {"status": job.status})
    if number != job.chunks + 1:
        raise Conflict("chunk_missing", "Pieces come in their order.", {"expected": job.chunks + 1})
    tx.execute(sa.insert(job_chunks).values(job_id=job.id, number=number, content=piece["content"]))


def _queued(tx: Transaction, job_id: UUID, digest: str) -> Any:
    """Let a job wait for its turn; or else the one that its file was sent for before, at the same moment even."""
    job = models.job(tx, job_id)
    try:
        with tx.begin_nested():
            models.set_job(tx, job_id, status="queued", digest=digest)
    except IntegrityError:
        models.drop_chunks(tx, job_id)
        tx.execute(sa.delete(jobs).where(jobs.c.id == job_id))
        return models.same_job(tx, job.agency_code, digest)
    return None


def _digest(tx: Transaction, job_id: UUID, chunks: int, target: dict[str, Any]) -> str:
    """One for each content and purpose, however it was cut into pieces."""
    made = hashlib.sha256(repr(sorted((name, str(value)) for name, value in target.items())).encode())
    for number in range(1, chunks + 1):
        made.update((models.chunk(tx, job_id, number) or "").encode())
    return made.hexdigest()


def _own(tx: Transaction, caller: Caller, job_id: UUID, *, lock: bool = False) -> Any:
    job = models.job(tx, job_id, lock=lock)
    if job is None or not scope.sees(tx, caller, job.agency_code):
        raise NotFound("job_not_found", "There is no such job.")
    return job


def _csv(rows: Sequence[Any], *, with_header: bool) -> str:
    made = io.StringIO()
    writer = csv.writer(made)
    if with_header:
        made.write("\ufeff")  # so that spreadsheets read it as UTF-8
        writer.writerow(HEADER)
    for row in rows:
        cells = (digits_fa(row.line), _SAID[row.outcome], row.status, row.subject_id, row.code, row.message)
        writer.writerow(["" if cell is None else harmless_cell(str(cell)) for cell in cells])
    return made.getvalue()


def _shown(row: Any) -> dict[str, Any]:
    return {"job_id": row.id, **row._mapping}
