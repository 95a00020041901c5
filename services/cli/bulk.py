"""Files of many rows from the shell: sent in pieces, followed with a progress bar, results fetched."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PIECE = 150_000  # characters; each may take six bytes of the 1 MiB that a call may have
PAUSE = 0.3  # seconds between two looks at a job
SHOWN = 10  # refused rows that are printed
OVER = ("done", "failed", "cancelled")

Ask = Callable[[str, dict[str, Any]], Any]  # a call of enrollment


class NotText(ValueError):
    """The file is none that can be sent; the text says why."""


def pieces(path: Path) -> Iterator[tuple[str, bool]]:
    """The text of a file in pieces, each with whether it is the last. UTF-8, or UTF-16 with its mark."""
    with path.open("rb") as opened:
        start = opened.read(4)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        with path.open(encoding=encoding, newline="") as text:
            piece = text.read(PIECE)
            while True:
                following = text.read(PIECE)
                yield piece, not following
                if not following:
                    return
                piece = following
    except UnicodeError:
        hint = "is not text in UTF-8; save it as “CSV UTF-8”"
        raise NotText(f"{path.name} {hint}") from None


def send(ask: Ask, method: str, path: Path, target: dict[str, Any]) -> Any:
    """Send a file; the job it became, or became before."""
    job: Any = None
    for number, (piece, last) in enumerate(pieces(path), 1):
        sent = {**target, "content": piece, "chunk": number, "last": last, "job_id": job and job["job_id"]}
        job = ask(method, sent)
        if job["status"] not in ("uploading", "queued"):
            break
    return job


def follow(ask: Ask, job: Any, console: Console) -> Any:
    """Wait for a job with a bar on a terminal, a line in ten seconds elsewhere. Interrupting leaves the job running."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    said = time.monotonic()
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task(job["kind"], total=job["total"])
            while job["status"] not in OVER:
                time.sleep(PAUSE)
                job = ask("get_job", {"job_id": job["job_id"]})
                progress.update(bar, completed=job["processed"], total=job["total"])
                if not console.is_terminal and time.monotonic() > said + 10:
                    said = time.monotonic()
                    console.print(f"{job['processed']} of {job['total']} rows")
    except KeyboardInterrupt:
        console.print(f"The job goes on. Follow it with: training job {job['job_id']}", soft_wrap=True)
        raise
    return job


def report(ask: Ask, job: Any, console: Console, out: Path | None) -> int:
    """Say how a job ended, and fetch its result file: 0 when every row was accepted or unchanged, else 1."""
    if job.get("repeated"):
        console.print("This very file was sent before; nothing was done again.")
    trial = "Trial run; nothing was written. " if job["dry_run"] else ""
    counts = f"{job['accepted']} accepted, {job['unchanged']} unchanged, {job['refused']} refused"
    console.print(f"{trial}Job {job['job_id']} is {job['status']}: {counts}.", soft_wrap=True)
    if job["error"]:
        fields = job["error"].get("fields", {})
        reasons = [reason for said in fields.values() for reason in said] or [job["error"]["message"]]
        console.print("; ".join(reasons), style="red", soft_wrap=True)
    if job["refused"]:
        wanted = {"job_id": job["job_id"], "outcome": "refused", "limit": SHOWN}
        for row in ask("list_job_rows", wanted)["items"]:
            console.print(f"  line {row['line']}: {row['code']}: {row['message']}", soft_wrap=True, markup=False)
    if out is not None:
        _fetch(ask, job, out)
        console.print(f"Written to {out}.", soft_wrap=True)
    return 0 if job["status"] == "done" and not job["refused"] else 1


def _fetch(ask: Ask, job: Any, out: Path) -> None:
    part, parts = 1, 1
    with out.open("w", encoding="utf-8", newline="") as file:
        while part <= parts:
            found = ask("get_job_file", {"job_id": job["job_id"], "part": part})
            file.write(found["content"])
            part, parts = part + 1, found["parts"]
