"""The signing room: the only one that touches private keys. It gives signatures, and public keys to check them with.

`Keyring` knows every key: which one signs for an agency at a moment, which one co-signs for a provider, and which
public keys ever signed. What it gives is a `Signer`; no private key leaves this folder, so a key may as well lie in an
HSM. Stores that keys come from: files and the environment; another one is a class with the two methods of `KeyStore`.
"""

from services.certification.signing.jwks import jwks
from services.certification.signing.keyring import Keyring, Keys, keyring_of
from services.certification.signing.public import KnownKey, PublicKey, Use, canonical, is_signed, key_id, raw
from services.certification.signing.signers import HeldKey, Signer
from services.certification.signing.stores import FileStore, KeyStore, ed25519_of, public_keys_in

__all__ = [
    "FileStore",
    "HeldKey",
    "KeyStore",
    "Keyring",
    "Keys",
    "KnownKey",
    "PublicKey",
    "Signer",
    "Use",
    "canonical",
    "ed25519_of",
    "is_signed",
    "jwks",
    "key_id",
    "keyring_of",
    "public_keys_in",
    "raw",
]
