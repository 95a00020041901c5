"""`training notify`: messages to people: what would go, sending it now, and what becomes of those that are held."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from services.cli.shell import configuration, console, fail, operator_token, refuse
from shared import client
from shared.errors import TrainingError

notify = typer.Typer(
    help="Messages to people: what would go now (--dry-run), send it, release or drop what is held.",
    invoke_without_command=True,
)

Ask = Callable[[str, dict[str, Any]], Any]  # a call of notification
TemplateOption = Annotated[str | None, typer.Option(help="Only of this template, such as certificate_issued.")]
AgencyOption = Annotated[str | None, typer.Option(help="Only of this agency, by its code.")]
ReasonOption = Annotated[
    str | None,
    typer.Option(help="Only held for this: brake_recipient, brake_agency, brake_template, stale, cannot_be_made."),
]
SinceOption = Annotated[str | None, typer.Option(help="Only queued from this ISO 8601 moment on; it names its zone.")]
UntilOption = Annotated[str | None, typer.Option(help="Only queued before this moment.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

WAITING = {
    "sending": "in a sender's hands",
    "deferred": "were not taken yet by their mail server and go again",
    "later": "wait for quiet hours to end, or for their turn",
    "digest": "wait for somebody's next digest",
}


@notify.callback()
def send(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; send nothing.")] = False,
    template: TemplateOption = None,
    agency: AgencyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send what is due now; or with --dry-run say how many that would be, and what waits for what."""
    chosen = {"template": template, "agency_code": agency}
    if context.invoked_subcommand is not None:
        if dry_run or as_json or template or agency:
            refuse(f"options go behind `{context.invoked_subcommand}`")
    elif dry_run:
        _with_notification(lambda ask: foresee(ask, console, chosen, as_json=as_json))
    elif template or agency:
        refuse("--template and --agency go with --dry-run: all that is due is sent")
    else:
        _with_notification(lambda ask: send_now(ask, console, as_json=as_json))


@notify.command("held")
def list_held(
    template: TemplateOption = None,
    agency: AgencyOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many are held, by template, agency and reason."""
    chosen = _chosen(template, agency, reason, since, until)
    _with_notification(lambda ask: show(ask, console, chosen, as_json=as_json))


@notify.command()
def release(
    template: TemplateOption = None,
    agency: AgencyOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    yes: YesOption = False,
) -> None:
    """Send what is held, at once; says how many and asks first."""
    chosen = _chosen(template, agency, reason, since, until)
    agreed = _asked("Send them?", yes)
    _with_notification(lambda ask: decide(ask, console, "release_held", chosen, agreed))


@notify.command()
def drop(
    template: TemplateOption = None,
    agency: AgencyOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    yes: YesOption = False,
) -> None:
    """Give up what is held: nobody is told; says how many and asks first."""
    chosen = _chosen(template, agency, reason, since, until)
    agreed = _asked("Drop them, so that nobody is told?", yes)
    _with_notification(lambda ask: decide(ask, console, "drop_held", chosen, agreed))


def foresee(ask: Ask, printer: Console, chosen: dict[str, Any], *, as_json: bool = False) -> None:
    """What would go now, and what waits for what."""
    found = ask("count_due", chosen)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    printer.print(f"{found['due']} messages would go now.")
    _table(printer, found["groups"], ("template", "channel", "agency_code"), found["due"])
    for state, meaning in WAITING.items():
        if found["waiting"][state]:
            printer.print(f"{found['waiting'][state]} {meaning}.", soft_wrap=True)
    for reason, count in sorted(found["held"].items()):
        printer.print(f"{count} are held: {reason}.")
    for template, count in sorted(found["ahead"].items()):
        if count:
            printer.print(f"At most {count} are ahead: {template}.")


def send_now(ask: Ask, printer: Console, *, as_json: bool = False) -> None:
    """Wake the sender."""
    found = ask("send_due", {})
    if as_json:
        typer.echo(json.dumps(found))
        return
    printer.print(f"{found['due']} messages were due; they go now." if found["due"] else "Nothing was due.")


def show(ask: Ask, printer: Console, chosen: dict[str, Any], *, as_json: bool = False) -> None:
    """A line for each template, agency and reason."""
    found = ask("list_held", chosen | {"limit": 1})
    if as_json:
        typer.echo(json.dumps({"count": found["count"], "groups": found["groups"]}, ensure_ascii=False, indent=2))
        return
    if not found["count"]:
        printer.print("Nothing of that is held.")
        return
    printer.print(f"{found['count']} are held.")
    _table(printer, found["groups"], ("template", "agency_code", "reason", "oldest", "newest"), found["count"])


def decide(
    ask: Ask, printer: Console, method: str, chosen: dict[str, Any], agreed: Callable[[], bool] | None = None
) -> None:
    """Say how many it would be, and do it once that is agreed: exactly what was said, or nothing."""
    trial = ask(method, chosen | {"dry_run": True})
    if not trial["count"]:
        printer.print("Nothing of that is held.")
        return
    printer.print(f"{trial['count']} messages:")
    _table(printer, trial["groups"], ("template", "agency_code", "reason", "oldest", "newest"), trial["count"])
    if agreed is not None and not agreed():
        printer.print("Nothing was done.")
        return
    done = ask(method, chosen | {"expected_count": trial["count"]})
    printer.print(f"{done['count']} {'released; they go now' if method == 'release_held' else 'dropped'}.")


def _table(printer: Console, groups: list[dict[str, Any]], names: tuple[str, ...], total: int) -> None:
    """The groups, and how many more there are where not all are shown."""
    if not groups:
        return
    table = Table(*(name.removesuffix("_code") for name in names), Column("messages", justify="right"), box=None)
    for group in groups:
        table.add_row(*(_cell(name, group[name]) for name in names), str(group["count"]))
    printer.print(table)
    rest = total - sum(group["count"] for group in groups)
    if rest:
        printer.print(f"… and {rest} in smaller groups.")


def _cell(name: str, value: Any) -> str:
    """Times as far as the minute."""
    return str(value or "")[:16].replace("T", " ") if name in ("oldest", "newest") else str(value or "")


def _chosen(
    template: str | None, agency: str | None, reason: str | None, since: str | None, until: str | None
) -> dict[str, Any]:
    chosen = {"template": template, "agency_code": agency, "reason": reason, "since": since, "until": until}
    return {name: value for name, value in chosen.items() if value is not None}


def _asked(question: str, yes: bool) -> Callable[[], bool] | None:
    """How to ask; a script that nobody watches has to say --yes."""
    if yes:
        return None
    if not sys.stdin.isatty():
        refuse("nobody is there to be asked: say --yes, after a look at `training notify held`")
    return lambda: typer.confirm(question)


def _with_notification(work: Callable[[Ask], None]) -> None:
    """Do something with calls of notification as the operator at this shell; an error ends the command."""
    config = configuration()
    try:
        with closing(client.connect(config.amqp_url, operator_token(config, timedelta(minutes=30)), 60.0)) as caller:
            work(lambda method, arguments: caller.call("notification", method, arguments))
    except TrainingError as error:
        fail(error)
