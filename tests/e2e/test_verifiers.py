"""Credentials before verifiers that are not ours: what they accept, and that they refuse whatever was changed."""

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.e2e.platform import AGENCY, Platform
from tests.support import node
from tests.support.leash import wait_until

CONTEXT = node.PROJECT / "services/certification/credential/contexts/open-badges-3.0.3.json"
FORMS = ("jwt", "ldp")


def changed(text: str, place: int) -> str:
    """The text with the letter at a place replaced by another."""
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def changed_tokens(token: str) -> dict[str, str]:
    head, body, signature = token.split(".")
    starts = {"head": 0, "body": len(head) + 1, "signature": len(head) + len(body) + 2}
    lengths = {"head": len(head), "body": len(body), "signature": len(signature)}
    # The very last letter of base64 holds bits that mean nothing.
    places = {f"{part} {n}/4": starts[part] + (lengths[part] - 2) * n // 4 for part in starts for n in range(5)}
    return {f"jwt changed, {name}": changed(token, place) for name, place in places.items()}


def forged_tokens(token: str) -> dict[str, str]:
    """What an attacker with a key of their own would try."""
    thief = Ed25519PrivateKey.generate()
    public = base64.urlsafe_b64encode(thief.public_key().public_bytes_raw()).decode().rstrip("=")
    header, claims = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    embedded = {"kty": "OKP", "crv": "Ed25519", "x": public}

    def sign(**headers: Any) -> str:
        return jwt.encode(claims, thief, algorithm="EdDSA", headers={**header, **headers})

    _, body, signature = token.split(".")
    other_kid = base64.urlsafe_b64encode(json.dumps({**header, "kid": f"{header['kid']}0"}).encode()).decode()
    return {
        "jwt with the key of the attacker in it": sign(jwk=embedded),
        "jwt with the key of the attacker in it and another kid": sign(jwk=embedded, kid="https://thief.example#1"),
        "jwt with another kid": f"{other_kid.rstrip('=')}.{body}.{signature}",
        "jwt without a signature": f"{token.rpartition('.')[0]}.",
    }


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ldp, name": lambda d: d["credentialSubject"]["identifier"][0].update(identityHash="نمونه‌زادهٔ دیگر"),
    "ldp, hash": lambda d: d["credentialSubject"]["identifier"][1].update(identityHash="sha256$" + "0" * 64),
    "ldp, score": lambda d: d["credentialSubject"]["result"][0].update(value="100"),
    "ldp, hours": lambda d: d["credentialSubject"].update(creditsEarned=80),
    "ldp, issued": lambda d: d.update(validFrom="2026-01-01T00:00:00Z"),
    "ldp, validity": lambda d: d.update(validUntil="2099-01-01T00:00:00Z"),
    "ldp, course": lambda d: d["credentialSubject"]["achievement"].update(humanCode="E2E-9"),
    "ldp, status": lambda d: d["credentialStatus"][0].update(statusListIndex="131071"),
    "ldp, no status": lambda d: d.pop("credentialStatus"),
    "ldp, issuer": lambda d: d["issuer"].update(id=d["issuer"]["id"].replace(AGENCY, "E2E-B")),
    "ldp, a word more": lambda d: d.update(grade="high"),
    "ldp, made at": lambda d: d["proof"].update(created="2026-01-01T00:00:00Z"),
    "ldp, purpose": lambda d: d["proof"].update(proofPurpose="authentication"),
    "ldp, another kid": lambda d: d["proof"].update(verificationMethod=d["proof"]["verificationMethod"] + "0"),
    "ldp, proof": lambda d: d["proof"].update(proofValue=changed(d["proof"]["proofValue"], 40)),
    "ldp, no proof": lambda d: d.pop("proof"),
}


def changed_documents(text: str) -> dict[str, str]:
    found = {}
    for name, change in CHANGES.items():
        document = json.loads(text)
        change(document)
        found[name] = json.dumps(document)
    return found


def question(platform: Platform, cases: dict[str, str]) -> dict[str, Any]:
    return {
        "publicUrl": platform.env["TRAINING_PUBLIC_URL"],
        "baseUrl": f"http://127.0.0.1:{platform.services['certification'].port}",
        "openBadgesContext": str(CONTEXT),
        "cases": {
            name: {"form": "ldp" if name.startswith("ldp") else "jwt", "text": text} for name, text in cases.items()
        },
    }


def issued(platform: Platform) -> tuple[str, dict[str, Any]]:
    """The enrollment and the certificate of somebody new."""
    offering, person = platform.offering(), platform.employee()
    enrollment_id = platform.enrolled(offering, person["employee_id"])
    row = {"enrollment_id": enrollment_id, "attended_hours": 8, "score": 90}
    platform.call("enrollment.record_results", offering_id=offering, results=[row])
    return enrollment_id, platform.certificates(person["employee_id"])[0]


def credentials(platform: Platform, certificate: dict[str, Any]) -> dict[str, str]:
    sent = {"certificate_id": certificate["certificate_id"]}
    return {form: platform.call("certification.get_credential", **sent, form=form)["credential"] for form in FORMS}


@pytest.fixture(scope="module")
def held(platform: Platform) -> dict[str, str]:
    """Both forms of one credential."""
    return credentials(platform, issued(platform)[1])


def test_strangers_accept_both_forms_and_read_the_status(platform: Platform, held: dict[str, str]) -> None:
    answers = node.check(question(platform, held))
    as_they_are = {"accepted": True, "reason": None, "statuses": {"revocation": False, "suspension": False}}
    assert answers == dict.fromkeys(FORMS, as_they_are)


def test_strangers_refuse_whatever_was_changed_or_signed_by_another(platform: Platform, held: dict[str, str]) -> None:
    cases = changed_tokens(held["jwt"]) | forged_tokens(held["jwt"]) | changed_documents(held["ldp"])
    answers = node.check(question(platform, cases))
    assert len(answers) == 35
    assert [name for name, answer in answers.items() if answer["accepted"]] == []
    for name in ("ldp, name", "ldp, score", "ldp, validity", "ldp, made at", "jwt changed, body 2/4"):
        assert "signature" in answers[name]["reason"], name


def test_public_documents_are_served_as_others_expect(platform: Platform, held: dict[str, str]) -> None:
    claims = jwt.decode(held["jwt"], options={"verify_signature": False})
    lists = [entry["statusListCredential"] for entry in claims["credentialStatus"]]
    kinds = {claims["issuer"]["id"]: "application/ld+json"} | dict.fromkeys(lists, "application/vc+jwt")
    for address, kind in kinds.items():
        path = address.removeprefix(platform.env["TRAINING_PUBLIC_URL"])
        whole, head = (platform.http("certification", path, method=method) for method in ("GET", "HEAD"))
        assert (whole.status, head.status, head.body) == (200, 200, b"")
        assert whole.headers["content-type"] == kind
        assert whole.headers["etag"] == head.headers["etag"]
        assert platform.http("certification", path, If_None_Match=whole.headers["etag"]).status == 304
        assert platform.http("certification", f"{path}-x").status == 404


def test_a_replaced_certificate_is_seen_in_the_list_by_strangers(platform: Platform) -> None:
    enrollment_id, certificate = issued(platform)
    before = credentials(platform, certificate)
    platform.call(
        "enrollment.correct_result", enrollment_id=enrollment_id, attended_hours=8, score=95, reason="نمونهٔ تصحیح"
    )
    code = certificate["verification_code"]
    wait_until(lambda: platform.call("certification.verify", code=code)["status"] == "superseded", 30, "a correction")
    answers = node.check(question(platform, before))
    assert [answers[form]["statuses"] for form in FORMS] == [{"revocation": True, "suspension": False}] * 2
