"""`training verify` with codes, links, credentials and what is none of them."""

import io
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from rich.console import Console

from services.certification.models import certificates
from services.cli import verifying
from shared.errors import Unavailable


class Desk:
    """The command, with the certification service of the chain behind it."""

    def __init__(self, chain: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.service = chain.services["certification"]
        self.folder = folder
        self.row = chain.rows("certification", certificates)[0]
        monkeypatch.setattr(verifying.client, "connect", lambda url, token: self)

    def call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        assert service == "certification"
        return self.service.call(method, token_roles=None, **arguments)

    def close(self) -> None:
        """Nothing is kept open."""

    def verify(self, what: str | Path) -> tuple[int, str]:
        printed = io.StringIO()
        return verifying.run(self.service.config, Console(file=printed, width=200), str(what)), printed.getvalue()

    def refused(self, what: str | Path) -> bool:
        with pytest.raises(typer.Exit) as ended:
            self.verify(what)
        return bool(ended.value.exit_code == 2)

    def file(self, content: bytes | str) -> Path:
        path = self.folder / "given"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def credential(self, form: str = "jwt") -> str:
        sent = {"token_roles": ("national",), "certificate_id": str(self.row.id), "form": form}
        return str(self.service.call("get_credential", **sent)["credential"])


@pytest.fixture
def desk(chain: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    chain.complete_all()
    chain.carry()
    return Desk(chain, monkeypatch, tmp_path)


@pytest.mark.parametrize("form", ["{}", "https://certificates.example.gov/verify/{}/certificate.pdf?download=1"])
def test_a_code_or_link_is_asked_of_the_service(desk: Desk, form: str) -> None:
    code, printed = desk.verify(form.format(desk.row.verification_code))
    assert code == 0
    assert desk.row.serial in printed


def test_a_revoked_certificate_is_not_valid(desk: Desk) -> None:
    with desk.service.db.transaction() as tx:
        tx.execute(sa.update(certificates).values(status="revoked", reason="آزمون"))
    code, printed = desk.verify(desk.row.verification_code)
    assert code == 1
    assert "revoked" in printed


def test_a_code_of_nobody_is_not_valid(desk: Desk) -> None:
    assert desk.verify("0123456789ABCDEFGHJKMNPQRS")[0] == 1


def test_a_service_out_of_reach_is_not_an_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(url: str, token: str | None) -> None:
        raise Unavailable("no_answer", "nobody there")

    monkeypatch.setattr(verifying.client, "connect", unreachable)
    assert desk.refused(desk.row.verification_code)


@pytest.mark.parametrize("form", ["jwt", "ldp"])
def test_a_credential_is_checked_without_the_service(desk: Desk, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    path = desk.file(desk.credential(form) + "\n")
    monkeypatch.setattr(verifying.client, "connect", None)
    code, printed = desk.verify(path)
    assert code == 0
    assert desk.row.serial in printed


def test_a_credential_that_was_changed_is_not_valid(desk: Desk) -> None:
    head, body, signature = desk.credential().split(".")
    changed = body[:-8] + ("A" if body[-8] != "A" else "B") + body[-7:]
    assert desk.verify(desk.file(f"{head}.{changed}.{signature}"))[0] == 1
    assert desk.verify(desk.file(desk.credential("ldp").replace(desk.row.serial, f"{desk.row.serial}0")))[0] == 1


def test_a_check_without_keys_makes_none(desk: Desk) -> None:
    path = desk.file(desk.credential())
    keys = list(desk.service.config.keys_dir.glob("certificates*.pem"))
    for key in keys:
        key.unlink()
    assert desk.refused(path)
    assert not list(desk.service.config.keys_dir.glob("certificates*.pem"))


@pytest.mark.parametrize("content", [b"%PDF-1.7 printed", b"\xff\x00 no text", b"only two.parts", b"x" * 2_000_000])
def test_what_cannot_be_checked_is_said_to_be_so(desk: Desk, content: bytes) -> None:
    assert desk.refused(desk.file(content))


def test_a_file_that_is_not_there_is_not_taken_for_a_code(desk: Desk) -> None:
    assert desk.refused("missing/certificate.pdf")
