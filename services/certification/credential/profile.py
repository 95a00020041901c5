"""Who issues: the public address of an agency, what is found there, and the names of its keys.

The address is the `id` of the issuer in every credential. The document there is an Open Badges profile and at the same
time a controlled identifier document (W3C CID 1.0): it names the keys that may sign for the agency, so a verifier that
follows a proof's `verificationMethod` finds the key, and that the issuer allows it.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

JWKS_PATH = "/.well-known/jwks.json"
CONTEXT = [
    # The first one makes verifiers read the document as one of keys, as they do a DID document.
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
_ED25519 = b"\xed\x01"  # multicodec: an Ed25519 public key follows
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def address(public_url: str, agency_code: str) -> str:
    """Where an agency's profile is; agency codes need no quoting."""
    return f"{public_url}/issuers/{agency_code}"


def jwk_address(public_url: str, key_id: str) -> str:
    """The `kid` of a token: where its public key is found."""
    return f"{public_url}{JWKS_PATH}#{key_id}"


def method_address(issuer: str, key_id: str) -> str:
    """The `verificationMethod` of a proof."""
    return f"{issuer}#{key_id}"


def profile(code: str, name: Mapping[str, str], public_url: str) -> dict[str, Any]:
    """An organisation as a credential names it."""
    return {"id": address(public_url, code), "type": ["Profile"], "name": text(name), "url": f"{public_url}/"}


def document(
    code: str, name: Mapping[str, str], public_url: str, keys: Mapping[str, Ed25519PublicKey]
) -> dict[str, Any]:
    """What is found at the address of an agency; `keys` are those that ever signed for it, by key id."""
    own = address(public_url, code)
    methods = [
        {
            "id": method_address(own, name_of_key),
            "type": "Multikey",
            "controller": own,
            "publicKeyMultibase": multibase(_ED25519 + keys[name_of_key].public_bytes_raw()),
        }
        for name_of_key in sorted(keys)
    ]
    return {
        "@context": CONTEXT,
        **profile(code, name, public_url),
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def text(name: Mapping[str, str]) -> str:
    """A name in one text, Persian first."""
    return f"{name['fa']} / {name['en']}" if name.get("en") else name["fa"]


def multibase(data: bytes) -> str:
    """Bytes in base58btc as multibase writes it, with a `z` in front."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return "z" + _BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


def read_multibase(value: str) -> bytes:
    """The bytes of a base58btc multibase text; ValueError for any other."""
    if not value.startswith("z"):
        raise ValueError("is not base58btc")
    number = 0
    for digit in value[1:]:
        number = number * 58 + _BASE58.index(digit)
    zeros = len(value) - 1 - len(value[1:].lstrip(_BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
