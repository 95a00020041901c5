"""The portable form of a certificate, which a wallet keeps and anybody can check: an Open Badges 3.0 credential.

`credential` signs it as VC-JWT, `integrity.secured` with a Data Integrity proof; `status` and `profile` are the public
documents beside it, and `record` is a training record with all of them. Nothing here knows a table or the network.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.certification.credential import integrity, record, tokens
from services.certification.credential.badge import open_badge
from services.certification.credential.profile import JWKS_PATH
from services.certification.credential.tokens import credential

__all__ = ["JWKS_PATH", "credential", "open_badge", "verify"]


def verify(text: str, keys: Mapping[str, Ed25519PublicKey], *, may_be_over: bool = False) -> dict[str, Any]:
    """What a credential of either form says, if it was signed with one of `keys` (by key id) and still holds; raises
    Invalid for any other, also for one whose time is over unless that `may_be`. Nothing is fetched, and whether it was
    revoked since is not known here.
    """
    if text.startswith("{"):
        return integrity.verify(text, keys, may_be_over=may_be_over)
    return tokens.verify(text, keys, may_be_over=may_be_over, longest=record.LONGEST)
