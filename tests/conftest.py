"""What more than one stage needs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from tests.harness import Databases


# Coloured tracebacks of what a test makes fail would take a tenth of some files' time.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Databases]":
    """Prepared databases of the session."""
    from tests.harness import Databases  # the unit stage loads this file too and needs no service

    made = Databases(tmp_path_factory.mktemp("prepared"))
    yield made
    made.close()
