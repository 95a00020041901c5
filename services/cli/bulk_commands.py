"""The commands that send files of many rows."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import bulk
from services.cli.shell import configuration, console, fail, refuse
from shared import client
from shared.auth import Tokens
from shared.errors import TrainingError

TokenOption = Annotated[str | None, typer.Option(envvar="TRAINING_TOKEN", help="Access token.")]
FileArgument = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or JSON lines, in UTF-8.")
]
OutOption = Annotated[Path | None, typer.Option(help="Write what came of every row to this file, as CSV.")]
TrialOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, row by row; write nothing.")]
OfferingOption = Annotated[str, typer.Option(help="Id of the offering.")]


def add_to(app: typer.Typer) -> None:
    """Make these commands part of `training`."""
    for command in (import_employees, nominate_many, record_results, job):
        app.command()(command)


def import_employees(
    file: FileArgument,
    agency: Annotated[str, typer.Option(help="Code of the agency.")],
    dry_run: TrialOption = False,
    out: OutOption = None,
    token: TokenOption = None,
) -> None:
    """Register the staff of an agency from a file; exit 0 if every row was accepted or unchanged."""
    target = {"agency_code": agency, "dry_run": dry_run}
    _send("import_employees", file, target, out, token, agency, ["agency_system"])


def nominate_many(
    file: FileArgument,
    offering: OfferingOption,
    agency: Annotated[str, typer.Option(help="Code of the agency whose people they are.")],
    dry_run: TrialOption = False,
    out: OutOption = None,
    token: TokenOption = None,
) -> None:
    """Nominate the people of a file for an offering; exit 0 if every row was accepted or unchanged."""
    target = {"offering_id": offering, "dry_run": dry_run}
    _send("nominate_many", file, target, out, token, agency, ["training_officer"])


def record_results(
    file: FileArgument,
    offering: OfferingOption,
    agency: Annotated[str, typer.Option(help="Code of the agency that holds the offering.")],
    dry_run: TrialOption = False,
    out: OutOption = None,
    token: TokenOption = None,
) -> None:
    """Record the results of a file for an offering; exit 0 if every row was accepted or unchanged."""
    target = {"offering_id": offering, "dry_run": dry_run}
    _send("record_results_many", file, target, out, token, agency, ["training_officer"])


def job(
    job_id: Annotated[str, typer.Argument(help="Id of the job.")], out: OutOption = None, token: TokenOption = None
) -> None:
    """Follow a job to its end, and fetch its results."""
    with closing(caller_of(token, "OPERATIONS", ["national"])) as caller:

        def ask(method: str, arguments: dict[str, Any]) -> Any:
            return caller.call("enrollment", method, arguments)

        try:
            found = bulk.follow(ask, ask("get_job", {"job_id": job_id}), console)
            code = bulk.report(ask, found, console, out)
        except TrainingError as error:
            fail(error)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
    raise typer.Exit(code)


def _send(
    method: str, file: Path, target: dict[str, Any], out: Path | None, token: str | None, agency: str, roles: list[str]
) -> None:
    with closing(caller_of(token, agency, roles)) as caller:

        def ask(name: str, arguments: dict[str, Any]) -> Any:
            return caller.call("enrollment", name, arguments)

        try:
            sent = bulk.send(ask, method, file, target)
            found = bulk.follow(ask, sent, console)
            code = bulk.report(ask, found | {"repeated": sent.get("repeated", False)}, console, out)
        except bulk.NotText as error:
            refuse(str(error))
        except TrainingError as error:
            fail(error)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
    raise typer.Exit(code)


def caller_of(token: str | None, agency: str, roles: list[str]) -> Any:
    """A caller with the token given, or with one that whoever holds the keys at this shell may issue."""
    config = configuration()
    own = token or Tokens(config.keys_dir).issue("shell", agency, roles, timedelta(hours=6))
    try:
        return client.connect(config.amqp_url, own, 60.0)
    except TrainingError as error:
        fail(error)
