import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.certification.credential import integrity, open_badge, profile
from services.certification.signing import FileStore, Signer
from shared.errors import Invalid

URL = "https://certificates.example"
MADE_AT = "2026-11-24T08:00:00Z"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return FileStore(tmp_path_factory.mktemp("keys")).held()[0].signer


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """Filled by the first test that wants it: signing it again each time would take longer than all the tests."""
    return {}


@pytest.fixture
def document(snapshot: dict[str, Any], signer: Signer, made: dict[str, Any]) -> dict[str, Any]:
    if not made:
        made |= integrity.secured(open_badge(snapshot, URL), signer, MADE_AT)
    return deepcopy(made)


def test_a_proof_is_checked_with_the_public_keys(document: dict[str, Any], signer: Signer) -> None:
    found = integrity.verify(json.dumps(document), {signer.key_id: signer.public_key})
    assert {**found, "proof": document["proof"]} == document
    assert document["proof"]["verificationMethod"] == f"{URL}/issuers/AG-A#{signer.key_id}"


def test_another_order_and_other_spaces_mean_the_same(document: dict[str, Any], signer: Signer) -> None:
    other = json.dumps(dict(reversed(document.items())), indent=3, ensure_ascii=False)
    assert integrity.verify(other, {signer.key_id: signer.public_key})["id"] == document["id"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("validFrom",), "2026-01-01T00:00:00Z"),
        (("grade",), "a word that means nothing"),
        (("@context",), ["https://www.w3.org/ns/credentials/v2", "https://other.example/context"]),
        (("@context",), [*integrity.CONTEXTS, {"name": "https://other.example/name"}]),
        (("issuer", "id"), f"{URL}/issuers/AG-B"),
        (("credentialSubject", "licenseNumber"), "AG-A-1405-000124"),
        (("proof", "created"), "2026-01-01T00:00:00Z"),
        (("proof", "proofPurpose"), "authentication"),
        (("proof", "verificationMethod"), f"{URL}/issuers/AG-A#other"),
        (("proof", "proofValue"), "z0"),
        (("proof",), []),
    ],
)
def test_a_changed_document_is_refused(
    document: dict[str, Any], signer: Signer, place: tuple[str, ...], value: Any
) -> None:
    part = document
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    with pytest.raises(Invalid):
        integrity.verify(json.dumps(document), {signer.key_id: signer.public_key})


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", "[" * 50_001, '{"proof": {"proofValue": "z"}}'])
def test_what_is_no_credential_is_refused(signer: Signer, text: str) -> None:
    with pytest.raises(Invalid):
        integrity.verify(text, {signer.key_id: signer.public_key})


def test_only_pinned_contexts_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="not one of ours"):
        integrity.context("https://w3id.org/security/v2")
    for name, _ in integrity.CONTEXTS.values():
        (tmp_path / name).write_bytes((integrity.FOLDER / name).read_bytes() + b" ")
    monkeypatch.setattr(integrity, "FOLDER", tmp_path)
    for address in integrity.CONTEXTS:
        with pytest.raises(ValueError, match="is not the context"):
            integrity.context(address)


@given(st.binary(max_size=70))
def test_multibase_is_read_as_it_was_written(data: bytes) -> None:
    assert profile.read_multibase(profile.multibase(data)) == data


def test_a_key_is_written_as_others_write_it() -> None:
    # The first key of RFC 8032, section 7.1, as did:key writes it.
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert profile.multibase(b"\xed\x01" + raw) == "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"


def test_the_document_of_an_issuer_names_the_keys_that_may_sign(signer: Signer) -> None:
    keys = {**{signer.key_id: signer.public_key}, "0000": Ed25519PrivateKey.generate().public_key()}
    found = profile.document("AG-A", {"fa": "نمونه", "en": "Sample"}, URL, keys)
    assert (found["id"], found["name"]) == (f"{URL}/issuers/AG-A", "نمونه / Sample")
    assert found["assertionMethod"] == [f"{URL}/issuers/AG-A#{key_id}" for key_id in sorted(keys)]
    for method in found["verificationMethod"]:
        raw = profile.read_multibase(method["publicKeyMultibase"])
        assert raw[2:] == keys[method["id"].rpartition("#")[2]].public_bytes_raw()
