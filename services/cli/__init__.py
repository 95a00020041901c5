"""The one command, `training`: composition root. Nothing imports it."""

import sys


def main() -> None:
    """Entry of the console script."""
    from shared import green  # noqa: PLC0415 - importing a part of this package patches nothing

    green.patch()
    from services.cli.app import app  # noqa: PLC0415 - everything else comes after the patch
    from shared.config import ConfigurationError  # noqa: PLC0415

    try:
        app()
    except ConfigurationError as error:  # a service found out only while it started
        sys.stderr.write(f"training: {error}\n")
        sys.exit(2)
