"""`training import-certificates`: an agency's records of the past, from a file to the certificates."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from services.certification.schemas.past_records import COLUMNS, row_of
from services.cli import bulk
from services.cli.bulk_commands import FileArgument, OutOption, TokenOption, TrialOption, caller_of
from services.cli.shell import console, fail, refuse
from shared.errors import TrainingError
from shared.files import Row, harmless_cell, read

ROWS, BYTES = 500, 700_000  # of a call, which may have 1 MiB

Ask = Callable[[str, dict[str, Any]], Any]  # a call of certification
Outcome = dict[str, Any]


def import_certificates(
    file: FileArgument,
    agency: Annotated[str, typer.Option(help="Code of the agency whose records they are.")],
    mail: Annotated[bool, typer.Option("--mail", help="Write to the holders.")] = False,
    dry_run: TrialOption = False,
    out: OutOption = None,
    token: TokenOption = None,
) -> None:
    """Issue certificates for courses that an agency's staff passed before; exit 0 if no row was refused.

    The same file may be sent again: what has a certificate is left alone.
    """
    target = {"agency_code": agency, "mail": mail, "dry_run": dry_run}
    try:
        with closing(caller_of(token, agency, ["certification_officer"])) as caller:
            outcomes = send(lambda name, sent: caller.call("certification", name, sent), file, target, console)
    except bulk.NotText as error:
        refuse(str(error))
    except TrainingError as error:
        fail(error)
    if out is not None:
        write(out, outcomes)
        console.print(f"Written to {out}.", soft_wrap=True)
    raise typer.Exit(report(outcomes, console, dry_run=dry_run))


def send(ask: Ask, file: Path, target: dict[str, Any], printer: Console) -> list[Outcome]:
    """What came of every row, with its line. The file is read to its end before anything is sent."""
    rows = list(read((piece for piece, _last in bulk.pieces(file)), "auto", COLUMNS))
    outcomes = list[Outcome]()
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=printer, disable=not printer.is_terminal) as progress:
        bar = progress.add_task("rows", total=len(rows))
        for some in _calls(rows):
            outcomes += _sent(ask, some, target)
            progress.advance(bar, len(some))
    return outcomes


def _calls(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows, as many together as a call takes."""
    some, size = list[Row](), 0
    for row in rows:
        length = len(json.dumps(row.values))
        if some and (len(some) == ROWS or size + length > BYTES):
            yield some
            some, size = [], 0
        some.append(row)
        size += length
    if some:
        yield some


def _sent(ask: Ask, rows: Sequence[Row], target: dict[str, Any]) -> Iterator[Outcome]:
    readable = [row for row in rows if row.problem is None]
    sent = [row_of(row.values) for row in readable]
    replies = iter(ask("import_certificates", {**target, "rows": sent})["rows"] if sent else ())
    nothing = {"reference": None, "outcome": "refused", "certificate_id": None, "serial": None}
    for row in rows:
        found = next(replies) if row.problem is None else nothing | {"reasons": {"line": [row.problem]}}
        yield {"line": row.line, **found}


def report(outcomes: Sequence[Outcome], printer: Console, *, dry_run: bool) -> int:
    """Say what came of the file: 0 when nothing was refused, else 1."""
    counts = Counter(each["outcome"] for each in outcomes)
    trial = "Trial run; nothing was written. " if dry_run else ""
    said = f"{counts['issued']} issued, {counts['exists']} there already, {counts['refused']} refused"
    printer.print(f"{trial}{said}.", soft_wrap=True)
    refused = [each for each in outcomes if each["outcome"] == "refused"]
    for each in refused[: bulk.SHOWN]:
        printer.print(f"  line {each['line']}: {_said(each['reasons'])}", soft_wrap=True, markup=False)
    return 1 if refused else 0


def write(out: Path, outcomes: Sequence[Outcome]) -> None:
    """What came of every row, as CSV that spreadsheets read as UTF-8."""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "outcome", "reference", "serial", "certificate_id", "reasons"))
        for each in outcomes:
            known = (each["line"], each["outcome"], each["reference"], each["serial"], each["certificate_id"])
            cells = (*known, _said(each["reasons"]))
            writer.writerow([harmless_cell("" if cell is None else str(cell)) for cell in cells])


def _said(reasons: dict[str, list[str]] | None) -> str:
    return "; ".join(f"{name}: {reason}" for name, found in (reasons or {}).items() for reason in found)
