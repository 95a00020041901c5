"""`training audit`: was anything altered behind the service's back? Reads the database of certification itself."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from services.certification import models, signing
from services.certification.auditing import Report, audit
from services.cli.shell import refuse
from shared.config import Config
from shared.database import Database

CLEAN, ALTERED = 0, 1


def run(config: Config, console: Console, *, since: datetime | None, checkpoints: Sequence[Path], as_json: bool) -> int:
    """Audit: 0 when everything is as it was issued, 1 when not; ends with 2 when it cannot be done."""
    try:
        kept = {str(path): path.read_text(encoding="utf-8") for path in checkpoints}
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"the checkpoint cannot be read: {error}")
    database = Database(config.database_url_of("certification"), models.metadata)
    with closing(_Engine(database)), Progress(console=Console(stderr=True), transient=True) as progress:

        def begin(what: str, total: int) -> Callable[[int], None]:
            task = progress.add_task(what, total=total)
            return lambda count: progress.update(task, advance=count)

        try:
            with database.reading() as tx:
                keys = signing.keyring_of(config, tend=False).to_check(tx)
            report = audit(database, keys, begin, since, kept)
        except DBAPIError as error:
            refuse(f"the database of certification cannot be read: {str(error.orig).strip()}")
    _say(report, console, as_json=as_json)
    return ALTERED if report.found else CLEAN


class _Engine:
    def __init__(self, database: Database) -> None:
        self.close = database.engine.dispose


def _say(report: Report, console: Console, *, as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
    console.print(f"Read: {counts or 'nothing'}. The log has {report.size} entries, root {report.root or 'none'}.")
    if not report.found:
        console.print("[green]Nothing was altered.[/]")
        return
    table = Table("certificate", "code", "what was found")
    for each in report.findings:
        table.add_row(each.serial or "–", each.code, each.message)
    console.print(table)
    more = report.found - len(report.findings)
    console.print(
        f"[red]{report.found} {'finding' if report.found == 1 else 'findings'}.[/]"
        + (f" {more} more are not shown." if more else "")
    )
