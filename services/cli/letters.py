"""`training dead-letters`: parked messages, with their reasons."""

import json
from typing import Annotated

import typer
from rich.table import Table

from services.cli.composition import CLASSES
from services.cli.shell import ServiceName, configuration, console, operate, refuse

letters = typer.Typer(help="Parked messages, with their reasons.", no_args_is_help=True)


@letters.command("list")
def list_letters(service: Annotated[str | None, typer.Argument()] = None) -> None:
    """The parked messages of one service, or of all."""
    config = configuration()
    table = Table("service", "letter", "type", "parked", "reason")
    for name in [service] if service else CLASSES:
        for letter in operate(config, name, "list_dead_letters", {"limit": 1000})["items"]:
            table.add_row(name, letter["letter_id"], letter["type"], letter["parked_at"] or "", letter["reason"])
    console.print(table if table.row_count else "No parked messages.")


@letters.command("show")
def show_letter(service: ServiceName, letter_id: str) -> None:
    """One parked message, whole."""
    found = operate(configuration(), service, "list_dead_letters", {"limit": 1000})["items"]
    for letter in found:
        if letter["letter_id"] == letter_id:
            typer.echo(json.dumps(letter, ensure_ascii=False, indent=2))
            return
    typer.echo(f"training: {service} has no parked message {letter_id}", err=True)
    raise typer.Exit(1)


@letters.command("replay")
def replay_letters(
    service: ServiceName, letter_id: Annotated[list[str] | None, typer.Argument()] = None, every: bool = False
) -> None:
    """Send parked messages back to the queues they came from (`--every` for all of them)."""
    _move(service, "replay_dead_letters", letter_id, every)


@letters.command("drop")
def drop_letters(
    service: ServiceName, letter_id: Annotated[list[str] | None, typer.Argument()] = None, every: bool = False
) -> None:
    """Delete parked messages for good (`--every` for all of them)."""
    _move(service, "drop_dead_letters", letter_id, every)


def _move(service: str, method: str, letter_ids: list[str] | None, every: bool) -> None:
    if bool(letter_ids) == every:
        refuse("name the messages, or say --every")
    count = operate(configuration(), service, method, {"letter_ids": letter_ids or None})["count"]
    console.print(f"{count} messages")
