"""`harness("enrollment")`: a service on SQLite and on PostgreSQL, each with a database of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness import Databases, Harness


@pytest.fixture(params=["sqlite", "postgresql"])
def harness(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Callable[[str], Harness]]:
    with ExitStack() as stack:

        def make(name: str) -> Harness:
            url = stack.enter_context(databases.of_service(request.param, name))
            made = Harness(name, url, tmp_path)
            stack.callback(made.db.engine.dispose)
            return made

        yield make
