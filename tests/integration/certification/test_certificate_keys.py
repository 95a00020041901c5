"""Many issuers: whose key signs, who co-signs, and which signatures count."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from services.certification.auditing import audit
from services.certification.credential import verify
from services.certification.models import signing_keys_table
from services.certification.signing import FileStore, KnownKey, Signer, Use, keyring, keyring_of, making
from services.cli.app import app
from shared import keys
from shared.errors import Conflict, Invalid, Unavailable
from tests.integration.certification.conftest import Office, completed
from tests.integration.certification.test_certificate_corrections import corrected

NOW = timedelta(0)
DAY = timedelta(days=1)


class Safe:
    """The keys of an office, read anew at each look."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.folder: Path = office.harness.config.keys_dir

    def make(self, owner: str | None, since: timedelta = -DAY, use: Use = "certificates") -> KnownKey:
        """A key that has been in force for a while."""
        store, start = FileStore(self.folder, tend=False), datetime.now(UTC) + since
        return making.make(self.office.harness.db, store, owner, use, start, None)

    def retire(self, key_id: str, since: timedelta) -> None:
        making.retire(self.office.harness.db, key_id, "نمونه", datetime.now(UTC) + since)

    def signer(self, key_id: str) -> Signer:
        held = FileStore(self.folder, tend=False).held()
        return next(each.signer for each in held if each.signer.key_id == key_id)

    def restart(self) -> None:
        """What the process knew of keys is forgotten."""
        keyring_of.cache_clear()

    def in_books(self) -> dict[str, Any]:
        with self.office.harness.db.reading() as tx:
            return {row.key_id: row for row in tx.execute(sa.select(signing_keys_table))}

    def audited(self) -> set[tuple[str, str | None]]:
        """What an audit finds: code and serial."""
        with self.office.harness.db.reading() as tx:
            keys = self.office.harness.service.keyring.to_check(tx)
        report = audit(self.office.harness.db, keys, lambda what, total: lambda count: None)
        return {(each.code, each.serial) for each in report.findings}

    def verdict(self, event: Any) -> str:
        """`valid`, or the code of the refusal."""
        try:
            return str(self.office.call("verify", None, code=event.verification_code)["status"])
        except (Conflict, Unavailable) as error:
            return error.code


@pytest.fixture
def safe(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Safe]:
    monkeypatch.setattr(keyring, "REFRESH", 0.0)
    yield Safe(office)
    keyring_of.cache_clear()


def test_each_agency_of_a_batch_signs_with_its_own_key_and_the_platform_for_the_others(
    office: Office, safe: Safe
) -> None:
    own = {code: safe.make(code).key_id for code in ("AG-A", "AG-B")}
    events = office.issue(*(completed(agency_code=code, provider_code=code) for code in ("AG-A", "AG-B", "AG-C")))
    signed = {row.agency_code: row.key_id for row in office.rows()}
    assert {code: signed[code] for code in own} == own
    assert safe.in_books()[signed["AG-C"]].owner_code is None
    assert [safe.verdict(event) for event in events] == ["valid"] * 3


def test_a_provider_with_a_key_co_signs_what_others_issue(office: Office, safe: Safe) -> None:
    own, other = safe.make("AG-A"), safe.make("AG-B")
    by_other, by_itself, by_a_keyless = office.issue(
        completed(provider_code="AG-B"), completed(provider_code="AG-A"), completed(provider_code="AG-C")
    )
    rows = {row.id: row for row in office.rows()}
    co_signers = {
        event: (rows[event.certificate_id].key_id, rows[event.certificate_id].cosigner_key_id)
        for event in (by_other, by_itself, by_a_keyless)
    }
    assert list(co_signers.values()) == [(own.key_id, other.key_id), (own.key_id, None), (own.key_id, None)]
    row = rows[by_other.certificate_id]
    assert json.loads(row.snapshot)["cosigner_key_id"] == other.key_id
    assert other.signed(row.cosignature, row.snapshot.encode())
    assert safe.verdict(by_other) == "valid"


@pytest.mark.parametrize(
    "change", [{"cosignature": b"\x00" * 64}, {"cosignature": None}, {"cosigner_key_id": None, "cosignature": None}]
)
def test_a_certificate_whose_co_signature_fails_is_damaged(office: Office, safe: Safe, change: dict[str, Any]) -> None:
    safe.make("AG-B")
    (event,) = office.issue(completed(provider_code="AG-B"))
    assert safe.audited() == set()
    office.change(event.certificate_id, **change)
    assert safe.verdict(event) == "certificate_damaged"
    code = "row_altered" if "cosigner_key_id" in change else "snapshot_altered"
    assert safe.audited() == {(code, event.serial)}


def test_an_audit_names_what_a_key_signed_after_its_end_or_for_another_agency(office: Office, safe: Safe) -> None:
    own, other = safe.make("AG-A"), safe.make("AG-B")
    taken_back = completed()
    _, late, borrowed = office.issue(taken_back, completed(), completed(agency_code="AG-B"))
    office.harness.deliver(corrected(taken_back, "failed"))
    assert safe.audited() == set()
    safe.retire(own.key_id, -DAY / 2)
    with office.harness.db.transaction() as tx:
        theirs = signing_keys_table.c.key_id == other.key_id
        tx.execute(sa.update(signing_keys_table).where(theirs).values(owner_code="AG-C"))
    assert safe.audited() == {("key_not_accepted", late.serial), ("key_not_accepted", borrowed.serial)}


def test_a_new_key_takes_over_from_its_start_and_what_the_old_one_signed_stays_valid(
    office: Office, safe: Safe
) -> None:
    first = safe.make("AG-A", -2 * DAY)
    (before,) = office.issue(completed())
    second, later = safe.make("AG-A", -DAY), safe.make("AG-A", DAY)
    (after,) = office.issue(completed())
    assert [row.key_id for row in office.rows()] == [first.key_id, second.key_id]
    for path in safe.folder.glob(f"agencies/*/*{first.key_id}.pem"):
        path.unlink()
    safe.restart()
    assert [safe.verdict(before), safe.verdict(after)] == ["valid", "valid"]
    assert {first.key_id, second.key_id, later.key_id} < set(office.public_keys())


def test_what_a_key_signed_since_others_had_it_does_not_verify(office: Office, safe: Safe) -> None:
    stolen = safe.make("AG-A", -2 * DAY)
    with time_machine.travel(datetime.now(UTC) - DAY):
        (before,) = office.issue(completed())
    (after,) = office.issue(completed())
    safe.retire(stolen.key_id, -timedelta(hours=1))
    assert [safe.verdict(before), safe.verdict(after)] == ["valid", "signature_not_accepted"]
    office.issue(completed())
    assert office.rows()[-1].key_id != stolen.key_id, "a retired key signs nothing more"


def test_a_key_of_one_agency_does_not_sign_for_another(office: Office, safe: Safe) -> None:
    other = safe.make("AG-B")
    (event,) = office.issue(completed(provider_code="AG-A"))
    text = json.dumps(json.loads(office.rows()[0].snapshot) | {"key_id": other.key_id}).encode()
    forged = {"snapshot": text.decode(), "signature": safe.signer(other.key_id).sign(text), "key_id": other.key_id}
    office.change(event.certificate_id, **forged)
    assert safe.verdict(event) == "signature_not_accepted"


def test_certificates_older_than_the_books_stay_valid_whenever_their_key_turns_up(office: Office, safe: Safe) -> None:
    (event,) = office.issue(completed())
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(signing_keys_table))
    hidden = {path: path.read_bytes() for path in safe.folder.glob("certificates*.pem")}
    for path in hidden:
        path.unlink()
    safe.restart()
    office.issue(completed())
    assert safe.verdict(event) == "signing_key_missing"
    path = next(path for path in hidden if path.name != "certificates.pem")
    path.write_bytes(hidden[path])
    office.issue(completed())
    assert safe.verdict(event) == "valid"


def test_a_key_put_into_the_folder_signs_from_then_on_and_a_broken_one_disturbs_nobody(
    office: Office, safe: Safe
) -> None:
    made = safe.make("AG-A")
    with office.harness.db.transaction() as tx:
        tx.execute(sa.delete(signing_keys_table).where(signing_keys_table.c.key_id == made.key_id))
    (event,) = office.issue(completed())
    assert office.rows()[0].key_id == made.key_id
    assert safe.in_books()[made.key_id].not_before == event.issued_at
    (safe.folder / "agencies" / "AG-A" / "broken.pem").write_text("no key")
    office.issue(completed())
    assert office.rows()[-1].key_id == made.key_id


def test_what_a_rolled_back_batch_wrote_down_is_written_again(office: Office) -> None:
    safe = Safe(office)
    with pytest.raises(ZeroDivisionError), office.harness.db.transaction() as tx:
        for _ in range(2):
            office.harness.service.keyring.to_sign(tx)
        raise ZeroDivisionError
    assert safe.in_books() == {}
    (event,) = office.issue(completed())
    assert set(safe.in_books()) == {row.key_id for row in office.rows()}
    assert safe.verdict(event) == "valid"


def test_the_keys_are_read_once_for_many_batches(office: Office) -> None:
    office.issue(completed())
    office.issue(completed())
    seen: list[str] = []
    sa.event.listen(office.harness.db.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    office.issue(completed())
    assert not [text for text in seen if "signing_keys" in text]


def test_other_libraries_read_the_key_set_of_many_issuers(office: Office, safe: Safe) -> None:
    own, document = safe.make("AG-A"), safe.make("AG-A", use="documents")
    (event,) = office.issue(completed())
    gone = safe.make("AG-B")
    safe.retire(gone.key_id, NOW)
    published = office.key_set()
    by_id = {key["kid"]: key for key in published["keys"]}
    assert by_id[own.key_id]["x-agency"] == by_id[document.key_id]["x-agency"] == "AG-A"
    assert by_id[gone.key_id]["revoked"]["reason"] == "نمونه"
    assert by_id[own.key_id]["nbf"] == int(own.starts.timestamp())
    token = office.call("get_credential", certificate_id=event.certificate_id)["credential"]
    key = jwt.PyJWKSet.from_dict(published)[own.key_id]
    assert jwt.decode(token, key, algorithms=["EdDSA"]) == verify(token, office.public_keys())


def test_a_documents_key_signs_with_its_certificate_while_that_holds(office: Office, safe: Safe) -> None:
    made = safe.make("AG-A", use="documents")
    with office.harness.db.reading() as tx:
        known = office.harness.service.keyring.to_check(tx)
    now = datetime.now(UTC)
    signer = known.document_signer_for("AG-A", now)
    assert signer is not None
    assert made.signed(signer.sign(b"text"), b"text")
    assert signer.sign(b"text") == signer.sign(b"text")
    assert signer.certificates[0].public_key() == made.public_key
    assert known.document_signer_for("AG-A", now - 2 * DAY) is None
    assert known.document_signer_for("AG-B", now) is None
    assert known.signer_for("AG-A", now).algorithm == "Ed25519"


def issued_by_an_authority(request: keys.PrivateKey, ends: datetime) -> bytes:
    """A certificate for a key, with that of the sample authority."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample Authority")])
    authority, starts = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC) - 3 * DAY
    chain = [
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), starts, ends).sign(
            authority, SHA256()
        )
        for key in (request, authority)
    ]
    return keys.as_pem([], chain, None)


def test_an_authoritys_certificate_takes_the_place_of_our_own(office: Office, safe: Safe, tmp_path: Path) -> None:
    made, now = safe.make("AG-A", use="documents"), datetime.now(UTC)
    (file,) = safe.folder.glob(f"agencies/AG-A/documents-{made.key_id}.pem")
    (private,) = keys.read_pem(file.read_bytes()).keys
    chain, over = tmp_path / "chain.pem", tmp_path / "over.pem"
    chain.write_bytes(issued_by_an_authority(private, now + 700 * DAY))
    over.write_bytes(issued_by_an_authority(private, now - DAY))
    store = FileStore(safe.folder, tend=False)
    taken = making.take_in(office.harness.db, store, "AG-A", chain)
    assert taken.key_id == made.key_id
    for owner, wrong in (("AG-B", chain), ("AG-A", over), ("AG-A", file.with_name("missing.pem"))):
        with pytest.raises(Invalid, match="certificate"):
            making.take_in(office.harness.db, store, owner, wrong)
    with office.harness.db.reading() as tx:
        signing = office.harness.service.keyring.to_check(tx)
    signer = signing.document_signer_for("AG-A", now)
    assert signer is not None
    assert len(signer.certificates) == 2
    assert signing.find(made.key_id) == taken.__class__(**vars(taken) | {"not_before": made.not_before})
    assert signing.document_signer_for("AG-A", now + 701 * DAY) is None


@pytest.fixture
def shell(office: Office, safe: Safe, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """`training keys …` on the office's keys and database: exit code and what it prints."""
    url = office.harness.db.engine.url.render_as_string(hide_password=False)
    config = replace(office.harness.config, database_url=url, keys_passphrase="long and secret")
    monkeypatch.setattr("services.cli.keys.configuration", lambda: config)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["keys", *arguments])
        return done.exit_code, done.output

    return run


def test_keys_are_made_listed_and_retired_from_the_shell(safe: Safe, shell: Callable[..., tuple[int, str]]) -> None:
    assert shell("make", "--agency", "AG-A", "--until", "2099-12-31")[0] == 0
    (made,) = safe.in_books().values()
    (file,) = safe.folder.rglob("*.pem")
    assert "ENCRYPTED" in file.read_text()
    assert shell("retire", made.key_id, "--reason", "lost")[0] == 0
    assert safe.in_books()[made.key_id].retired_reason == "lost"
    code, printed = shell("list")
    assert (code, made.key_id in printed, "lost" in printed) == (0, True, True)
    assert shell("retire", made.key_id, "--reason", "again")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("make",),
        ("make", "--agency", "AG-A", "--platform"),
        ("make", "--agency", "../AG"),
        ("make", "--agency", "AG-A", "--use", "mail"),
        ("make", "--platform", "--use", "documents"),
        ("make", "--agency", "AG-A", "--from", "2020-01-01"),
        ("make", "--agency", "AG-A", "--until", "soon"),
        ("make", "--agency", "AG-A", "--until", "2020-01-01"),
        ("make", "--agency", "AG-A", "--use", "documents", "--certificate", "missing.pem"),
        ("retire", "0" * 16, "--reason", "lost"),
        ("retire", "0" * 16, "--reason", "lost", "--at", "2999-01-01T00:00:00Z"),
    ],
)
def test_a_wrong_use_of_the_shell_makes_nothing(
    safe: Safe, shell: Callable[..., tuple[int, str]], arguments: tuple[str, ...]
) -> None:
    assert shell(*arguments)[0] in (1, 2)
    assert safe.in_books() == {}
    assert list(safe.folder.rglob("*.pem")) == []
