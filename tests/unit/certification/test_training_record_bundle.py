"""A training record as a ClrCredential: its structure, and that every word of it means something."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.certification.credential import integrity, open_badge, record, verify
from services.certification.credential.tokens import signed
from services.certification.signing import FileStore, Signer
from tests.unit.certification.conftest import made
from tests.unit.certification.test_training_record_pages import line, snapshot

DATA = Path(__file__).parent / "data"
URL = "https://certificates.example"
SALT = "00ff" * 8
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return FileStore(tmp_path).held()[0].signer


@pytest.fixture
def bundle(facts: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """Of a record with a certificate, a repetition of its course, and training elsewhere."""
    certificate = made(facts)
    lines = [
        line(1, certificate_serial=certificate["serial"], course_code="RD-01"),
        line(2, course_code="RD-01", counts=False),
        line(3, source="recognised", course_code=None, provider_name=None, permit_number=None),
    ]
    said = snapshot(lines)
    own = record.secured_badge(said, URL, SALT, signer, "2026-11-24T00:00:00Z")
    badge = integrity.secured(open_badge(certificate, URL, SALT), signer, "2026-11-24T00:00:00Z")
    return record.bundle(said, URL, SALT, [own, badge], [certificate["serial"]])


def test_it_has_the_structure_of_a_learner_record(bundle: dict[str, Any]) -> None:
    schema = json.loads((DATA / "clr-credential.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(bundle)
    jsonschema.Draft202012Validator({**schema, **schema["$defs"]["VerifiableCredential"]}).validate(
        bundle["credentialSubject"]["verifiableCredential"][0]
    )
    (association,) = bundle["credentialSubject"]["association"]
    ids = [each["id"] for each in bundle["credentialSubject"]["achievement"]]
    assert ids == [f"urn:uuid:{place:08}-0000-7000-8000-000000000000" for place in (2, 3)]
    assert (association["sourceId"], association["targetId"]) == (ids[0], f"{URL}/#course-RD-01.v2")


def test_every_word_of_it_means_something(bundle: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    content = (DATA / "clr-context-2.0.1.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6"
    clr = {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": CLR,
        "document": json.loads(content),
    }
    load = integrity._load
    monkeypatch.setattr(integrity, "_load", lambda address, options: clr if address == CLR else load(address, options))
    graph = integrity._canonical_rdf(bundle)
    for word in ("clr/vocab.html#verifiableCredential", "clr/vocab.html#sourceId", "clr/vocab.html#identifier-1"):
        assert word in graph


def test_each_credential_in_it_holds_by_itself_and_the_whole_is_signed(bundle: dict[str, Any], signer: Signer) -> None:
    keys = {signer.key_id: signer.public_key}
    token = signed(bundle, signer, URL)
    claims = verify(token, keys)  # type: ignore[arg-type]
    for each in claims["credentialSubject"]["verifiableCredential"]:
        integrity.verify(json.dumps(each), keys)  # type: ignore[arg-type]
    assert "9990000018" not in json.dumps(claims)
    assert 100 * len(token) < record.LONGEST
