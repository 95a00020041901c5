"""What is written by hand about the project keeps up with it."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| (`.+?) \| ", re.MULTILINE)


def events_in(page: str) -> set[str]:
    """The events in the first column of a table: `enrollment.completed.v1`, `.failed.v1`."""
    found = set[str]()
    for cell in ROW.findall(page):
        service = ""
        for name in re.findall(r"`([\w.]+\.v\d+)`", cell):
            service = name.partition(".")[0] or service
            found.add(f"{service}.{name.split('.', 1)[1]}")
    return found


def test_the_table_of_events_has_all_of_them() -> None:
    said = set(re.findall(r"^## training\.(.+)$", (DOCS / "events.md").read_text("utf-8"), re.MULTILINE))
    assert events_in((DOCS / "architecture.md").read_text("utf-8")) == said


def test_every_decision_has_a_number_of_its_own() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    for name in names:
        assert (DOCS / "decisions" / name).read_text("utf-8").startswith(f"# {name[:4]} ")
