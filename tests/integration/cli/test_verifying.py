"""`training verify` with codes, links, credentials and what is none of them."""

import base64
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
import typer
import typst
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from services.certification import credential
from services.certification.credential import integrity
from services.certification.domain import essentials
from services.certification.models import certificates, credentials
from services.certification.service import filling
from services.certification.signing import FileStore, KnownKey, jwks, key_id, keyring_of, making
from services.cli import verifying
from shared.errors import Unavailable
from tests.integration.certification.test_awards import award
from tests.support.leash import free_port


class Desk:
    """The command, with the certification service of the chain behind it."""

    def __init__(self, chain: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.service = chain.services["certification"]
        # Nobody listens there.
        self.config = replace(self.service.config, public_url=f"http://127.0.0.1:{free_port()}")
        self.folder = folder
        self.row, *self.others = chain.rows("certification", certificates)
        monkeypatch.setattr(verifying.client, "connect", lambda url, token: self)

    def call(self, service: str, method: str, arguments: dict[str, Any]) -> Any:
        assert service == "certification"
        return self.service.call(method, token_roles=None, **arguments)

    def close(self) -> None:
        """Nothing is kept open."""

    def revoke(self) -> None:
        with self.service.db.transaction() as tx:
            tx.execute(sa.update(certificates).values(status="revoked", reason="آزمون"))

    def verify(self, what: str | Path, **options: Any) -> tuple[int, str]:
        printed = io.StringIO()
        code = verifying.run(self.config, Console(file=printed, width=200), str(what), **options)
        return code, printed.getvalue()

    def refused(self, what: str | Path, **options: Any) -> bool:
        with pytest.raises(typer.Exit) as ended:
            self.verify(what, **options)
        return bool(ended.value.exit_code == 2)

    def file(self, content: bytes | str) -> Path:
        path = self.folder / "given"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def link(self, row: Any = None) -> str:
        row = row or self.row
        payload = filling.essentials(self.service.db, self.service.service.office, row)
        return f"https://certificates.example.gov/verify/{row.verification_code}#{essentials.digits(payload)}"

    def key_set(self, **members: Any) -> Path:
        """The key set of the service as a file, each key with further members."""
        found = json.loads(self.service.service.key_set(Request(EnvironBuilder().get_environ())).get_data())
        path = self.folder / "jwks.json"
        path.write_text(json.dumps({"keys": [{**key, **members} for key in found["keys"]]}))
        return path

    def credential(self, form: str = "jwt") -> str:
        sent = {"token_roles": ("national",), "certificate_id": str(self.row.id), "form": form}
        return str(self.service.call("get_credential", **sent)["credential"])


def pdf_with(token: str) -> bytes:
    """A page with a credential attached, as our documents have it."""
    source = """#set document(title: "x", date: datetime(year: 2026, month: 1, day: 1))
#pdf.attach("credential.jwt", bytes(sys.inputs.token), relationship: "alternative", mime-type: "application/vc+jwt",
  description: "credential")
x"""
    made: bytes = typst.compile(source.encode(), format="pdf", pdf_standards=["a-3u"], sys_inputs={"token": token})
    return made


def sealed_pdf(pdf: bytes, folder: Path) -> bytes:
    """The PDF with a signature that viewers check; made by another process, since this one is under eventlet."""
    (folder / "plain.pdf").write_bytes(pdf)
    sealer = Path(__file__).with_name("sealing.py")
    subprocess.run([sys.executable, sealer, folder / "plain.pdf", folder / "sealed.pdf"], check=True, timeout=60)
    return (folder / "sealed.pdf").read_bytes()


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
    desk.revoke()
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
    code, printed = desk.verify(path, offline=True)
    assert code == 0
    assert desk.row.serial in printed
    assert "only known online" in printed


def test_a_credential_of_what_was_revoked_since_is_not_valid(desk: Desk) -> None:
    path = desk.file(desk.credential())
    assert desk.verify(path)[0] == 0
    desk.revoke()
    code, printed = desk.verify(path)
    assert (code, "it is revoked today" in printed) == (1, True)
    assert desk.verify(path, offline=True)[0] == 0


def test_the_link_of_a_qr_code_is_checked_without_the_service(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, link = desk.key_set(), desk.link()
    monkeypatch.setattr(verifying.client, "connect", None)
    code, printed = desk.verify(link, keys=keys, offline=True)
    assert code == 0
    for said in (desk.row.serial, "نمونه آزمون‌پور", "only known online"):
        assert said in printed


def test_a_type2_certificate_is_checked_in_every_form(desk: Desk) -> None:
    desk.service.deliver(award())
    with desk.service.db.reading() as tx:
        desk.row = tx.execute(sa.select(certificates).where(certificates.c.kind == "type2")).one()
    sent = {"token_roles": ("national",), "certificate_id": str(desk.row.id), "variant": None}
    pdf = base64.b64decode(desk.service.call("get_document", **sent)["content_base64"])
    keys = desk.key_set()
    for what in (desk.file(pdf), desk.link(), desk.row.verification_code):
        code, printed = desk.verify(what, **({"keys": keys} if isinstance(what, Path) else {}))
        assert (code, desk.row.serial in printed) == (0, True)
        assert "نوع دوم" in printed or "type2" in printed


def test_a_link_is_asked_about_as_well_when_the_service_is_there(desk: Desk) -> None:
    desk.revoke()
    code, printed = desk.verify(desk.link())
    assert (code, "it is revoked today" in printed) == (1, True)


def test_essentials_hold_behind_their_own_code_and_unchanged_only(desk: Desk) -> None:
    other = desk.others[0]
    digits = desk.link().partition("#")[2]
    last = "1" if digits[-1] != "1" else "2"
    for link in (f"{desk.link(other).partition('#')[0]}#{digits}", desk.link()[:-1] + last, desk.link()[:-9]):
        assert desk.verify(link, offline=True)[0] == 1


@pytest.mark.parametrize(
    ("members", "valid"),
    [
        ({}, True),
        ({"nbf": 946684800, "exp": 4102444800}, True),
        ({"nbf": 4102444800}, False),
        ({"exp": 946684800}, False),
        ({"revoked": {"revoked_at": 946684800}}, False),
        ({"x-agency": "AG-A"}, True),
        ({"x-agency": "AG-B"}, False),
    ],
)
def test_a_signature_counts_while_its_key_is_in_force_and_for_its_own_agency(
    desk: Desk, members: dict[str, Any], valid: bool
) -> None:
    keys = desk.key_set(**members)
    for what in (desk.link(), desk.file(desk.credential())):
        assert desk.verify(what, keys=keys, offline=True)[0] == (0 if valid else 1)


@pytest.mark.parametrize("form", ["jwt", "ldp"])
def test_a_credential_made_later_is_signed_by_a_younger_key_and_valid(desk: Desk, form: str) -> None:
    with desk.service.db.transaction() as tx:
        tx.execute(sa.delete(credentials))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        store = FileStore(desk.config.keys_dir, tend=False)
        made = making.make(desk.service.db, store, "AG-A", "certificates", datetime.now(UTC), None)
        keyring_of.cache_clear()
        path = desk.file(desk.credential(form))
        assert desk.verify(path, keys=desk.key_set(), offline=True)[0] == 0
        assert made.key_id != desk.row.key_id
        assert desk.verify(path, keys=desk.key_set(nbf=4102444800), offline=True)[0] == 1
    keyring_of.cache_clear()


@pytest.mark.parametrize("form", ["jwt", "ldp"])
def test_an_expired_credential_says_when_and_what_it_said(desk: Desk, form: str) -> None:
    said = json.loads(desk.row.snapshot) | {"valid_until": "2026-03-20"}
    with desk.service.db.reading() as tx:
        signer = keyring_of(desk.service.config).to_check(tx).signer_for("AG-A", tx.now)
    badge = credential.open_badge(said, "https://certificates.example")
    sealed = json.dumps(integrity.secured(badge, signer, "2026-11-25T08:30:00Z"))
    token = credential.credential(said, signer, "https://certificates.example")
    code, printed = desk.verify(desk.file(token if form == "jwt" else sealed), offline=True)
    assert (code, "it expired after 2026-03-20" in printed, desk.row.serial in printed) == (1, True, True)


def test_other_keys_prove_nothing(desk: Desk) -> None:
    keys = desk.folder / "other.json"
    other = Ed25519PrivateKey.generate().public_key()
    keys.write_text(json.dumps(jwks([KnownKey(key_id(other), None, other)])))
    for what in (desk.link(), desk.file(desk.credential())):
        assert desk.verify(what, keys=keys, offline=True)[0] == 1
    keys.write_text("{}")
    assert desk.refused(desk.link(), keys=keys)


def test_programs_get_the_result_as_json(desk: Desk) -> None:
    code, printed = desk.verify(desk.link(), as_json=True)
    result = json.loads(printed)
    assert (code, result["valid"], result["problems"], result["today"]["status"]) == (0, True, [], "valid")
    assert result["said"]["serial"] == desk.row.serial


def test_a_code_alone_needs_the_service(desk: Desk) -> None:
    assert desk.refused(desk.row.verification_code, offline=True)


def test_a_pdf_is_checked_by_the_credential_in_it(desk: Desk) -> None:
    code, printed = desk.verify(desk.file(pdf_with(desk.credential())), offline=True)
    assert code == 0
    assert desk.row.serial in printed
    assert "not sealed" in printed
    head, body, signature = desk.credential().split(".")
    assert desk.verify(desk.file(pdf_with(f"{head}.{body[:-2]}AA.{signature}")), offline=True)[0] == 1


def test_a_sealed_pdf_must_be_as_it_was_sealed(desk: Desk) -> None:
    sealed = sealed_pdf(pdf_with(desk.credential()), desk.folder)
    code, printed = desk.verify(desk.file(sealed), offline=True)
    assert (code, "The seal on the file fits" in printed) == (0, True)
    place = sealed.index(b"/MediaBox")
    for changed in (sealed[:place] + b"/mediaBox" + sealed[place + 9 :], sealed + b"\n% more\n"):
        code, printed = desk.verify(desk.file(changed), offline=True)
        assert (code, "changed after it was sealed" in printed) == (1, True)


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
