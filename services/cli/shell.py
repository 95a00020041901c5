"""What the commands have in common: the configuration, the printer, and calls whose errors end the command."""

import json
import sys
from datetime import timedelta
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from services.cli.composition import CLASSES
from shared import client, logs
from shared.auth import Tokens
from shared.config import Config, ConfigurationError
from shared.errors import TrainingError, as_dict

console = Console()

ServiceName = Annotated[str, typer.Argument(help=f"One of {', '.join(CLASSES)}.")]


def configuration() -> Config:
    """The configuration, or the end of the process with one clear line."""
    try:
        config = Config.from_environment()
    except ConfigurationError as error:
        refuse(str(error))
    logs.configure(config.log_level)
    return config


def known(service: str) -> None:
    """End the command unless there is such a service."""
    if service not in CLASSES:
        refuse(f"there is no service {service!r}; there are {', '.join(CLASSES)}")


def operator_token(config: Config, ttl: timedelta = timedelta(minutes=5)) -> str:
    """A token for the operator at this shell, who holds the keys and so may issue it."""
    return Tokens(config.keys_dir).issue("shell", "OPERATIONS", ["operator"], ttl)


def operate(config: Config, service: str, method: str, arguments: dict[str, Any]) -> Any:
    """A call by the operator at this shell."""
    known(service)
    return ask(config, operator_token(config), service, method, arguments)


def ask(
    config: Config, token: str | None, service: str, method: str, arguments: dict[str, Any], timeout: float = 60.0
) -> Any:
    """One call; an error is printed as JSON and ends the command with exit code 1."""
    caller = None
    try:
        caller = client.connect(config.amqp_url, token, timeout)
        return caller.call(service, method, arguments)
    except TrainingError as error:
        fail(error)
    finally:
        if caller is not None:
            caller.close()
        sys.stdout.flush()


def fail(error: TrainingError) -> NoReturn:
    """The error as JSON on standard error, and exit code 1."""
    typer.echo(json.dumps(as_dict(error), ensure_ascii=False, indent=2), err=True)
    raise typer.Exit(1)


def refuse(sentence: str) -> NoReturn:
    """One line on standard error, and exit code 2: the command was not used as it can be."""
    typer.echo(f"training: {sentence}", err=True)
    raise typer.Exit(2)
