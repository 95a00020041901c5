"""The commands of `training`."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.cli import bulk_commands, running
from services.cli.composition import CLASSES
from services.cli.held import held
from services.cli.keys import keys
from services.cli.letters import letters
from services.cli.notify import notify
from services.cli.past_records import import_certificates
from services.cli.shell import ServiceName, ask, configuration, console, fail, known, operate, operator_token, refuse
from shared import client, logs
from shared.auth import ROLES, Tokens
from shared.client import PORTS
from shared.errors import TrainingError

app = typer.Typer(help="Organisation-wide training: run the services, call them, repair them.", no_args_is_help=True)
app.add_typer(letters, name="dead-letters")
app.add_typer(keys, name="keys")
app.add_typer(held, name="held")
app.add_typer(notify, name="notify")
bulk_commands.add_to(app)
app.command()(import_certificates)


@app.command()
def up() -> None:
    """All four services: in this process on the embedded broker, else one process each."""
    config = configuration()
    if config.embedded:
        running.prepare_embedded(config)
        raise typer.Exit(running.run_until_signal(config, list(CLASSES), PORTS))
    running.migrate_all(config)
    running.declare_topology(config)
    raise typer.Exit(running.run_children(list(CLASSES)))


@app.command()
def run(service: ServiceName, port: Annotated[int | None, typer.Option(help="HTTP port.")] = None) -> None:
    """One service; as many replicas as wanted."""
    config = configuration()
    known(service)
    raise typer.Exit(running.run_until_signal(config, [service], {service: port or PORTS[service]}))


@app.command()
def migrate() -> None:
    """Bring all databases up to date."""
    for service, revision in running.migrate_all(configuration()).items():
        console.print(f"{service}: at revision {revision}")


@app.command()
def topology() -> None:
    """Declare exchanges and queues, so that nothing published before a consumer's first start is lost."""
    console.print(f"{running.declare_topology(configuration())} queues declared")


@app.command()
def token(
    agency: Annotated[str, typer.Option(help="Code of the agency that the system belongs to.")],
    system: Annotated[str, typer.Option(help="Name of the calling system.")],
    role: Annotated[list[str], typer.Option(help=f"Any of {', '.join(sorted(ROLES))}; may be given several times.")],
    ttl: Annotated[int, typer.Option(help="Time to live in seconds.", min=1)] = 3600,
) -> None:
    """A signed access token for an agency's system."""
    try:
        made = Tokens(configuration().keys_dir).issue(system, agency, role, timedelta(seconds=ttl))
    except ValueError as error:
        refuse(str(error))
    typer.echo(made)


@app.command()
def call(
    method: Annotated[str, typer.Argument(help="SERVICE.METHOD, such as catalog.list_courses.")],
    arguments: Annotated[str, typer.Argument(help="A JSON object.")] = "{}",
    token: Annotated[str | None, typer.Option(envvar="TRAINING_TOKEN", help="Access token.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.", min=0.1)] = 30.0,
) -> None:
    """One call: the reply as JSON on standard output, or exit code 1 and the error as JSON on standard error."""
    config = configuration()
    service, dot, name = method.partition(".")
    try:
        parsed = json.loads(arguments)
    except json.JSONDecodeError as error:
        refuse(f"the arguments are not JSON: {error}")
    if not dot or not name or not isinstance(parsed, dict):
        refuse('usage: training call SERVICE.METHOD \'{"json": "object"}\'')
    known(service)
    reply = ask(config, token, service, name, parsed, timeout)
    typer.echo(json.dumps(reply, ensure_ascii=False, indent=2))


@app.command()
def replay(
    service: ServiceName,
    since: Annotated[str, typer.Option(help="ISO 8601 moment with a zone, such as 2026-01-31T00:00:00Z.")],
    event_type: Annotated[str | None, typer.Option("--type", help="Only this event type.")] = None,
) -> None:
    """Publish again what a service published before; consumers make it harmless, nothing is mailed twice."""
    arguments = {"since": since, "event_type": event_type}
    console.print(f"{operate(configuration(), service, 'replay_events', arguments)['count']} events go out again")


@app.command()
def reconcile(
    repair: Annotated[bool, typer.Option("--repair", help="Say again the events whose effect is missing.")] = False,
    since: Annotated[str | None, typer.Option(help="Only from this ISO 8601 moment on; it must name its zone.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write the differences to this file, as JSON.")] = None,
) -> None:
    """Compare completions, certificates and notifications; exit 1 while they differ."""
    from services.cli import reconcile as reconciling  # noqa: PLC0415 - the other commands need none of it

    try:
        moment = None if since is None else reconciling.moment(since)
    except ValueError:
        refuse("--since must be a moment with its zone, such as 2026-01-31T00:00:00Z")
    config = configuration()
    try:
        with closing(client.connect(config.amqp_url, operator_token(config, timedelta(hours=6)), 60.0)) as caller:
            code = reconciling.run(caller.call, console, with_repair=repair, since=moment, export=export)
    except TrainingError as error:
        fail(error)
    raise typer.Exit(code)


@app.command()
def verify(
    certificate: Annotated[
        str,
        typer.Argument(metavar="FILE_OR_CODE", help="A PDF or credential, the link in its QR code, or its code."),
    ],
    keys: Annotated[
        Path | None, typer.Option(help="A saved /.well-known/jwks.json; without it the keys of TRAINING_KEYS_DIR.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody for today's status.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Check a certificate: exit 0 if it is valid, 1 if not, 2 if it could not be checked."""
    from services.cli import verifying  # noqa: PLC0415 - it loads the certification service

    checked = verifying.run(configuration(), console, certificate, keys=keys, offline=offline, as_json=as_json)
    raise typer.Exit(checked)


@app.command()
def render(
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the PDF files; one below it for each agency.")],
    agency: Annotated[str | None, typer.Option(help="Only certificates of this agency.")] = None,
    since: Annotated[str | None, typer.Option(help="Only those issued on this day in Tehran (ISO) or later.")] = None,
    variant: Annotated[str | None, typer.Option(help="fa, en or both; the issuer's choice unless given.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write files anew that are there already.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; one for each processor.")] = None,
    share: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print all valid certificates as PDF, reading the database itself; run again, it goes on where it stopped."""
    from services.cli import printing  # noqa: PLC0415 - it loads the certification service

    try:
        order = printing.Order.of(out, agency, since, variant, force)
    except ValueError as error:
        refuse(str(error))
    if share is not None:
        raise typer.Exit(printing.work(configuration(), order, share))
    raise typer.Exit(printing.run(configuration(), order, jobs, console))


@app.command()
def audit(
    since: Annotated[str | None, typer.Option(help="Only from this ISO 8601 moment on; it must name its zone.")] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A head of the log kept from /log/checkpoint; may be given several times.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Recompute the log and every signature from the database: exit 0 if nothing was altered, 1 if something was."""
    from services.cli import auditing, reconcile  # noqa: PLC0415 - it loads the certification service

    try:
        moment = None if since is None else reconcile.moment(since)
    except ValueError:
        refuse("--since must be a moment with its zone, such as 2026-01-31T00:00:00Z")
    raise typer.Exit(
        auditing.run(configuration(), console, since=moment, checkpoints=checkpoint or [], as_json=as_json)
    )


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a page is out of date.")] = False,
) -> None:
    """Write the generated pages of docs/ (run it in the project's folder)."""
    from services.cli import documents  # noqa: PLC0415 - it loads every service

    raise typer.Exit(documents.run(Path.cwd(), console, check=check))


@app.command()
def seed(token: Annotated[str | None, typer.Option(envvar="TRAINING_TOKEN", help="Access token.")] = None) -> None:
    """Load the ready-made curriculum: laws, competences, courses and programmes that are not there yet, or changed."""
    from services.catalog import curriculum  # noqa: PLC0415 - the other commands need no curriculum

    config = configuration()
    own = token or Tokens(config.keys_dir).issue("shell", "OPERATIONS", ["catalog_admin"], timedelta(minutes=10))
    try:
        with closing(client.connect(config.amqp_url, own)) as caller:
            report = curriculum.seed(client.by_name(caller))
    except TrainingError as error:
        fail(error)
    except curriculum.CurriculumError as error:
        refuse(str(error))
    console.print(str(report), soft_wrap=True)
    for code, reason in report.skipped.items():
        console.print(f"{code} skipped: {reason}", soft_wrap=True)


@app.command()
def demo() -> None:
    """The main path from curriculum to mail, on embedded defaults in this process; exit 0 only if all came true."""
    from services.cli import demo as story  # noqa: PLC0415 - it loads every service

    config = configuration()
    logs.configure("ERROR")
    raise typer.Exit(story.run(config, console))
