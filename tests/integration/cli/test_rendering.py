"""`training render`: its processes, what they leave when they are run again, and what they refuse."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from services.cli import printing
from tests.integration.certification.conftest import Office, completed


class Printers:
    """The command, on the database of a service that issued some certificates."""

    def __init__(self, office: Office, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.office = office
        self.out = folder / "out"
        self.capsys = capsys

    def run(self) -> tuple[int, str]:
        """As it is typed: with processes of its own, two here."""
        said = io.StringIO()
        code = printing.run(self.office.harness.config, self.order(), 2, Console(file=said, width=300))
        return code, said.getvalue()

    def work(self, share: str = "0/1", **asked: Any) -> list[str]:
        """What one of the processes does: the outcome of each certificate of its share."""
        self.capsys.readouterr()
        assert printing.work(self.office.harness.config, self.order(**asked), share) == 0
        return [line for line in self.capsys.readouterr().out.splitlines() if line in printing.OUTCOMES]

    def order(self, force: bool = False, agency: str | None = None, since: str | None = None) -> printing.Order:
        return printing.Order.of(self.out, agency, since, None, force)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.out.rglob("*") if path.is_file()}


@pytest.fixture
def printers(
    harness: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Printers:
    office = Office(harness("certification"))
    url = office.harness.db.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TRAINING_DATABASE_URL", url)
    monkeypatch.setenv("TRAINING_KEYS_DIR", str(office.harness.config.keys_dir))
    object.__setattr__(office.harness.config, "database_url", url)
    office.issue(*[completed() for _ in range(3)], completed(agency_code="AG-B"))
    return Printers(office, tmp_path, capsys)


def test_everything_is_printed_once_and_goes_on_where_it_stopped(printers: Printers) -> None:
    code, said = printers.run()
    assert (code, "4 printed, 0 there already, 0 failed" in said) == (0, True), said
    files = printers.files()
    for row in printers.office.rows():
        reply = printers.office.call("get_document", ("national",), certificate_id=row.id)
        assert files[f"{row.serial}.pdf"] == base64.b64decode(reply["content_base64"])
    next(printers.out.rglob("*.pdf")).unlink()
    assert sorted(printers.work()) == ["printed", *["there already"] * 3]
    assert printers.files() == files


def test_a_damaged_certificate_is_named_and_stops_no_other(printers: Printers) -> None:
    printers.office.change(printers.office.rows()[0].id, signature=b"\0" * 64)
    assert sorted(printers.work()) == ["failed", *["printed"] * 3]
    assert len(printers.files()) == 3
    assert printers.work(force=True).count("printed") == 3


def test_shares_are_parts_of_the_whole(printers: Printers) -> None:
    assert len(printers.work("0/2") + printers.work("1/2")) == len(printers.files()) == 4


def test_only_what_holds_and_was_asked_for_is_printed(printers: Printers) -> None:
    printers.office.change(printers.office.rows()[0].id, status="revoked")
    assert printers.work(agency="AG-A", since="2020-01-01") == ["printed"] * 2
    assert printers.work(since="2199-01-01") == []


@pytest.mark.parametrize("wrong", [{"since": "yesterday"}, {"variant": "de"}])
def test_a_wrong_order_is_refused(wrong: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be"):
        printing.Order.of(tmp_path, None, wrong.get("since"), wrong.get("variant"), False)
