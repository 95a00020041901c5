import hashlib
from pathlib import Path
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.certification.credential import credential, open_badge, verify
from services.certification.credential.badge import salts
from services.certification.signing import FileStore, KnownKey, Signer, jwks
from shared.errors import Invalid
from tests.unit.certification.conftest import made

URL = "https://certificates.example"
SALT = "00ff" * 8  # that of the fixture's hash


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
    assert jwt.decode(token, keys[name], algorithms=["EdDSA"])["iss"] == f"{URL}/issuers/AG-A"


def test_a_person_is_named_but_identified_by_salted_hashes_only(
    snapshot: dict[str, Any], facts: dict[str, Any]
) -> None:
    badge = open_badge(snapshot, URL, SALT)
    name, code, number = badge["credentialSubject"]["identifier"]
    assert (name["identityHash"], name["hashed"]) == (facts["full_name"], False)
    for identity, value in ((code, facts["national_code"]), (number, facts["personnel_number"])):
        salted = value + salts(SALT)[identity["identityType"]]
        assert identity["identityHash"] == f"sha256${hashlib.sha256(salted.encode()).hexdigest()}"
        assert identity["hashed"] is True
    for kept in (facts["national_code"], facts["personnel_number"], *salts(SALT).values()):
        assert kept not in str(badge)


def test_hours_score_and_pass_mark_are_said_in_the_words_of_open_badges(facts: dict[str, Any]) -> None:
    badge = open_badge(made(facts | {"hours": 7.5, "pass_mark": 60}), URL)
    subject = badge["credentialSubject"]
    achievement = subject["achievement"]
    score, hours = achievement["resultDescription"]
    assert (subject["creditsEarned"], achievement["creditsAvailable"]) == (7.5, 7.5)
    assert (score["valueMax"], score["requiredValue"]) == ("100", "60")
    values = {result["resultDescription"]: result["value"] for result in subject["result"]}
    assert values == {score["id"]: "87.5", hours["id"]: "7.5"}


def test_permit_accreditation_and_unit_are_said_where_there_are_any(facts: dict[str, Any]) -> None:
    said = {"permit": {"number": "M-1"}, "accreditation": {"number": "E-2"}, "unit": "واحد نمونه"}
    subject = open_badge(made(facts | said, cosigner_key_id="k2"), URL)["credentialSubject"]
    assert subject["role"] == "کارشناس آزمون - واحد نمونه"
    achievement = subject["achievement"]
    assert [each["identifier"] for each in achievement["otherIdentifier"]] == ["M-1"]
    assert [each["identifier"] for each in achievement["creator"]["otherIdentifier"]] == ["E-2", "k2"]


def test_a_certificate_of_the_first_form_has_a_credential_too(snapshot: dict[str, Any], signer: Signer) -> None:
    newer = ("father_name", "unit", "valid_until", "pass_mark", "permit", "design", "cosigner_key_id")
    first = {name: value for name, value in snapshot.items() if name not in newer} | {"form": 1}
    first["provider"] = {name: value for name, value in snapshot["provider"].items() if name != "accreditation"}
    claims = verify(credential(first, signer, URL), {signer.key_id: signer.public_key})
    assert claims["credentialSubject"]["licenseNumber"] == snapshot["serial"]


def test_it_holds_to_the_end_of_its_last_day_in_tehran_and_no_longer(facts: dict[str, Any], signer: Signer) -> None:
    token = credential(made(facts, valid_until="2027-11-22"), signer, URL)
    with time_machine.travel("2027-11-22T20:29:58Z", tick=False):
        claims = verify(token, {signer.key_id: signer.public_key})
    assert claims["validUntil"] == "2027-11-22T20:29:59Z"
    with time_machine.travel("2027-11-22T20:30:00Z", tick=False), pytest.raises(Invalid):
        verify(token, {signer.key_id: signer.public_key})


def test_the_status_stands_on_one_list_for_each_purpose(facts: dict[str, Any]) -> None:
    for number, part, index in ((1, 1, "0"), (131_072, 1, "131071"), (131_073, 2, "0")):
        entries = open_badge(made(facts, serial=f"AG-A-1405-{number:06d}"), URL)["credentialStatus"]
        assert {entry["statusPurpose"]: entry["statusListCredential"] for entry in entries} == {
            purpose: f"{URL}/status/AG-A-1405-{part}-{purpose}" for purpose in ("revocation", "suspension")
        }
        assert {entry["statusListIndex"] for entry in entries} == {index}


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
