"""The portable form of a certificate, which a wallet keeps and anybody can check: an Open Badges 3.0 credential.

`credential` signs it as VC-JWT, `integrity.secured` with a Data Integrity proof; `status` and `profile` are the public
documents beside it. Nothing here knows a table or the network.
"""

from services.certification.credential.badge import open_badge
from services.certification.credential.profile import JWKS_PATH
from services.certification.credential.tokens import credential, verify

__all__ = ["JWKS_PATH", "credential", "open_badge", "verify"]
