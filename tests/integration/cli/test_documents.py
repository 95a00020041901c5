"""The generated pages say what the code says today."""

import io
from pathlib import Path

import pytest
import typer
from rich.console import Console

from services.cli import documents

PROJECT = Path(__file__).resolve().parents[3]


def test_the_committed_pages_are_up_to_date() -> None:
    printed = io.StringIO()
    assert documents.run(PROJECT, Console(file=printed), check=True) == 0, printed.getvalue()


def test_no_page_of_before_is_left_over() -> None:
    committed = {path.relative_to(PROJECT) for path in (PROJECT / "docs" / "openapi").iterdir()}
    assert committed <= set(documents.pages(PROJECT))


def test_the_pages_are_the_same_each_time() -> None:
    assert documents.pages(PROJECT) == documents.pages(PROJECT)


def test_a_page_that_is_out_of_date_is_found_and_written(tmp_path: Path) -> None:
    (tmp_path / "tests" / "contracts").mkdir(parents=True)
    (tmp_path / documents.EXAMPLES).symlink_to(PROJECT / documents.EXAMPLES)
    console = Console(file=io.StringIO())
    assert documents.run(tmp_path, console, check=True) == 1
    assert documents.run(tmp_path, console, check=False) == 0
    assert documents.run(tmp_path, console, check=True) == 0


def test_outside_the_project_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(typer.Exit) as ended:
        documents.run(tmp_path, Console(file=io.StringIO()), check=False)
    assert ended.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []
