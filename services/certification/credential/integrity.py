"""Credentials as JSON with a Data Integrity proof (cryptosuite `eddsa-rdfc-2022`).

The proof covers what the credential means, its RDF graph, so it survives another order of keys or other spaces. The
meaning of the words comes from the contexts beside this file; each is pinned by its SHA-256, and no other is read.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.credential import badge, profile
from services.certification.credential.tokens import MAX_LENGTH
from services.certification.signing import Signer, is_signed
from shared.errors import Invalid

FOLDER = Path(__file__).parent / "contexts"
CONTEXTS = {
    "https://www.w3.org/ns/credentials/v2": (
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": (
        "open-badges-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
}


def secured(document: Mapping[str, Any], signer: Signer, created: str) -> dict[str, Any]:
    """The document with a proof of its issuer made at `created` (UTC, whole seconds). Some 15 ms of work."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": profile.method_address(document["issuer"]["id"], signer.key_id),
        "proofPurpose": "assertionMethod",
    }
    value = profile.multibase(signer.sign(_signed_bytes(document, proof)))
    return {**document, "proof": {**proof, "proofValue": value}}


def verify(text: str, keys: Mapping[str, Ed25519PublicKey], *, may_be_over: bool = False) -> dict[str, Any]:
    """The credential in `text`, without its proof, if that was made with one of `keys` (by key id); raises Invalid for
    any other, also for one whose time is over unless that `may_be`.

    Nothing is fetched. Made for a command line: a graph built to be slow to put in order is given its time.
    """
    try:
        document = _checked(text, keys)
        if not may_be_over and "validUntil" in document:
            _must_hold(document["validUntil"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Invalid.field("credential", f"is not a valid credential: {error}") from error
    return document


def context(address: str) -> dict[str, Any]:
    """The context with an address, from our own files; ValueError for any other and for a file that was changed."""
    if address not in CONTEXTS:
        raise ValueError(f"the context {address} is not one of ours, and none is ever fetched")
    name, wanted = CONTEXTS[address]
    content = (FOLDER / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted:
        raise ValueError(f"the file {name} is not the context that credentials are signed with")
    found: dict[str, Any] = json.loads(content)
    return found


def _checked(text: str, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    if len(text) > MAX_LENGTH:
        raise ValueError("too long")
    document: dict[str, Any] = json.loads(text)
    proof = document.pop("proof")
    value = profile.read_multibase(proof.pop("proofValue"))
    _must_be_ours(document, proof)
    key = keys.get(proof["verificationMethod"].rpartition("#")[2])
    if key is None or not is_signed(key, value, _signed_bytes(document, proof)):
        raise ValueError("not signed with a key of ours, or changed since")
    return document


def _must_hold(until: str) -> None:
    if datetime.now(UTC) > datetime.fromisoformat(until):
        raise ValueError("its time is over")


def _must_be_ours(document: Mapping[str, Any], proof: Mapping[str, Any]) -> None:
    """Other contexts give the same words another meaning; another issuer's key proves nothing."""
    issuer = document["issuer"]["id"]
    expected = ("DataIntegrityProof", "eddsa-rdfc-2022", "assertionMethod", issuer, badge.CONTEXT)
    method = proof["verificationMethod"].rpartition("#")[0]
    found = (proof["type"], proof["cryptosuite"], proof["proofPurpose"], method, document["@context"])
    if found != expected:
        raise ValueError("its proof is not one of its issuer over an Open Badge")


def _signed_bytes(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """SHA-256 of the proof's options, then that of the document, both as canonical RDF."""
    options = {"@context": document["@context"], **proof}
    return b"".join(hashlib.sha256(_canonical_rdf(part).encode()).digest() for part in (options, document))


def _canonical_rdf(document: Mapping[str, Any]) -> str:
    jsonld = _jsonld()
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    try:
        found: str = jsonld.JsonLdProcessor(on_property_dropped=_refuse).normalize(document, options)
    except jsonld.JsonLdError as error:
        raise ValueError(f"cannot be read as linked data: {error.type}") from error
    return found


def _refuse(name: Any) -> None:
    """A word without meaning would not be covered by the signature."""
    raise ValueError(f"{name} means nothing in its contexts")


@cache
def _jsonld() -> Any:
    # A fifth of a second, which only a first request for this form shall pay.
    from pyld import jsonld  # noqa: PLC0415

    return jsonld


def _load(address: str, _options: Any = None) -> dict[str, Any]:
    found = {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address}
    return {**found, "document": _pinned(address)}


_pinned = cache(context)
