from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.certification.credential import credential, open_badge, verify
from services.certification.signing import FileStore, KnownKey, Signer, jwks
from shared.errors import Invalid

URL = "https://certificates.example"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return FileStore(tmp_path).held()[0].signer


def public(signer: Signer) -> dict[str, Any]:
    return {signer.key_id: signer.public_key}


def test_the_same_snapshot_gives_the_same_credential(snapshot: dict[str, Any], signer: Signer) -> None:
    assert credential(snapshot, signer, URL) == credential(dict(reversed(snapshot.items())), signer, URL)


def test_a_credential_is_checked_with_the_public_keys(snapshot: dict[str, Any], signer: Signer) -> None:
    claims = verify(credential(snapshot, signer, URL), public(signer))
    assert claims["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert claims["credentialSubject"]["licenseNumber"] == "AG-A-1405-000123"
    assert claims["jti"] == claims["id"] == "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
    assert claims["validFrom"] == "2026-11-23T20:45:00Z"


def test_another_library_checks_it_with_the_published_key_set(snapshot: dict[str, Any], signer: Signer) -> None:
    token = credential(snapshot, signer, URL)
    keys = jwt.PyJWKSet.from_dict(jwks([KnownKey(signer.key_id, None, signer.public_key)]))
    header = jwt.get_unverified_header(token)
    address, _, name = header["kid"].partition("#")
    assert (header["typ"], header["alg"], address) == ("JWT", "EdDSA", f"{URL}/.well-known/jwks.json")
    assert jwt.decode(token, keys[name], algorithms=["EdDSA"])["iss"] == f"{URL}/#agency-AG-A"


def test_a_person_is_named_but_identified_by_a_hash_only(snapshot: dict[str, Any], facts: dict[str, Any]) -> None:
    badge = open_badge(snapshot, URL)
    name, number = badge["credentialSubject"]["identifier"]
    assert (name["identityHash"], name["hashed"]) == (facts["full_name"], False)
    assert (number["identityHash"], number["hashed"]) == (snapshot["national_code_hash"], True)
    assert "salt" not in number
    assert facts["national_code"] not in str(badge)
    assert facts["personnel_number"] not in str(badge)


def test_a_changed_credential_is_refused(snapshot: dict[str, Any], signer: Signer) -> None:
    head, body, signature = credential(snapshot, signer, URL).split(".")
    other = credential({**snapshot, "score": "100"}, signer, URL).split(".")[1]
    for token in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        "x",
        "",
        "a.b.c",
    ):
        with pytest.raises(Invalid):
            verify(token, public(signer))


def test_a_key_that_comes_with_the_token_is_never_trusted(snapshot: dict[str, Any], signer: Signer) -> None:
    thief = Ed25519PrivateKey.generate()
    claims = verify(credential(snapshot, signer, URL), public(signer))
    embedded = jwks([KnownKey("thief", None, thief.public_key())])["keys"][0]
    for header in (
        {"jwk": embedded},
        {"jwk": embedded, "kid": signer.key_id},
        {"kid": f"https://thief.example#{signer.key_id}"},
    ):
        forged = jwt.encode(claims, thief, algorithm="EdDSA", headers=header)
        with pytest.raises(Invalid):
            verify(forged, public(signer))


def test_an_unsigned_token_and_one_of_another_algorithm_are_refused(snapshot: dict[str, Any], signer: Signer) -> None:
    claims = verify(credential(snapshot, signer, URL), public(signer))
    for forged in (
        jwt.encode(claims, None, algorithm="none", headers={"kid": signer.key_id}),
        jwt.encode(claims, "s" * 32, algorithm="HS256", headers={"kid": signer.key_id}),
    ):
        with pytest.raises(Invalid):
            verify(forged, public(signer))


def test_claims_that_contradict_the_credential_are_refused(snapshot: dict[str, Any], signer: Signer) -> None:
    key = Ed25519PrivateKey.generate()
    claims = verify(credential(snapshot, signer, URL), public(signer))
    for change in ({"iss": "https://other.example"}, {"jti": "x"}, {"sub": "x"}, {"nbf": claims["nbf"] - 1}):
        token = jwt.encode({**claims, **change}, key, algorithm="EdDSA", headers={"kid": "k"})
        with pytest.raises(Invalid):
            verify(token, {"k": key.public_key()})
