"""`training held`: completions above the limit of their agency, and what is to become of them."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from services.cli.shell import configuration, console, fail, operator_token
from shared import client
from shared.errors import TrainingError

held = typer.Typer(help="Completions that the brake holds: look, release, drop.", no_args_is_help=True)

Ask = Callable[[str, dict[str, Any]], Any]  # a call of certification
AgencyOption = Annotated[str, typer.Option(help="Code of the agency.")]
OfferingOption = Annotated[str | None, typer.Option(help="Only those of this offering, by its id.")]
CountOption = Annotated[int | None, typer.Option(help="Only the first so many, by their completion.", min=1)]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@held.command("list")
def list_held(
    agency: Annotated[str | None, typer.Option(help="Code of an agency; else all.")] = None,
    status: Annotated[str, typer.Option(help="held, released (on their way), issued or dropped.")] = "held",
) -> None:
    """How many are held, by agency, course and offering."""
    _with_certification(lambda ask: show(ask, console, agency, status))


@held.command()
def release(
    agency: AgencyOption,
    offering: OfferingOption = None,
    count: CountOption = None,
    mail: Annotated[bool, typer.Option("--mail/--no-mail", help="Whether the holders are written to.")] = True,
    yes: YesOption = False,
) -> None:
    """Issue the certificates; says how many and asks first."""
    chosen = {"agency_code": agency, "offering_id": offering, "count": count, "mail": mail}
    agreed = None if yes else _asked("Issue their certificates?" if mail else "Issue their certificates without mail?")
    _with_certification(lambda ask: decide(ask, console, "release_held", chosen, agreed))


@held.command()
def drop(
    agency: AgencyOption,
    reason: Annotated[str, typer.Option(help="Why there are to be no certificates.")],
    offering: OfferingOption = None,
    count: CountOption = None,
    yes: YesOption = False,
) -> None:
    """Give them up: no certificate is issued; says how many and asks first."""
    chosen = {"agency_code": agency, "offering_id": offering, "count": count, "reason": reason}
    agreed = None if yes else _asked("Drop them, so that no certificate is issued?")
    _with_certification(lambda ask: decide(ask, console, "drop_held", chosen, agreed))


def show(ask: Ask, printer: Console, agency: str | None, status: str) -> None:
    """A line for each offering."""
    counts, cursor = Counter[tuple[str, str, str]](), None
    while True:
        page = ask("list_held", {"agency_code": agency, "status": status, "limit": 200, "cursor": cursor})
        counts.update((each["agency_code"], each["course_code"], each["offering_id"]) for each in page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    table = Table("agency", "course", Column("offering", no_wrap=True), "completions", box=None)
    for (agency_code, course_code, offering_id), count in sorted(counts.items()):
        table.add_row(agency_code, course_code, offering_id, str(count))
    printer.print(table if counts else f"Nothing is {status}.")


def decide(
    ask: Ask, printer: Console, method: str, chosen: dict[str, Any], agreed: Callable[[], bool] | None = None
) -> None:
    """Say how many it would be, and do it once that is agreed: never more than was said."""
    trial = ask(method, chosen | {"dry_run": True})
    if not trial["count"]:
        printer.print("Nothing of that is held.")
        return
    printer.print(f"{trial['count']} completions, from {trial['oldest']} to {trial['newest']}.", soft_wrap=True)
    if agreed is not None and not agreed():
        printer.print("Nothing was done.")
        return
    done = ask(method, chosen | {"count": trial["count"], "dry_run": False})
    follows = "; their certificates follow" if method == "release_held" else ""
    printer.print(f"{done['count']} {'released' if follows else 'dropped'}{follows}.")


def _asked(question: str) -> Callable[[], bool]:
    return lambda: typer.confirm(question)


def _with_certification(work: Callable[[Ask], None]) -> None:
    """Do something with calls of certification as the operator at this shell; an error ends the command."""
    config = configuration()
    try:
        with closing(client.connect(config.amqp_url, operator_token(config, timedelta(minutes=30)), 60.0)) as caller:
            work(lambda method, arguments: caller.call("certification", method, arguments))
    except TrainingError as error:
        fail(error)
