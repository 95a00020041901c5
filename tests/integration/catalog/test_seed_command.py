"""`training seed`, with a real catalog behind it."""

import io
from typing import Any

import pytest
from rich.console import Console

from services.cli import app


def test_the_command_says_in_a_line_what_it_did_and_in_more_what_it_left_alone(
    catalog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Caller:
        def call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
            assert service == "catalog"
            return catalog.call(method, roles=("catalog_admin",), **arguments)

        def close(self) -> None:
            """Nothing is kept open."""

    output = io.StringIO()
    monkeypatch.setattr(app, "console", Console(file=output, width=80))
    monkeypatch.setattr(app, "configuration", lambda: catalog.harness.config)
    monkeypatch.setattr(app.client, "connect", lambda url, token: Caller())
    catalog.define("OC-05")
    app.seed(token="given")
    printed = output.getvalue().splitlines()
    assert "courses: 24 new, 0 with a new version, 0 unchanged, 1 skipped; programmes: 2 new" in printed[0]
    assert printed[1] == "OC-05 skipped: a draft of its administrators waits"
    assert printed[2].startswith("INDUCTION skipped: ")
    assert len(printed) == 3
