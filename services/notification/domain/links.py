"""The links in letters: which letter they belong to, signed, so that nobody can make one up.

A token is the id of a notification and half of an HMAC-SHA256 over it (RFC 2104 section 5 allows to cut it so), as
base64url. It says nothing of a person, and stays valid as long as the ledger has the notification.
"""

import base64
import binascii
import hashlib
import hmac
import re
from uuid import UUID

_ID, _MARK = 16, 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_PURPOSE = b"unsubscribe "  # what else the secret may come to sign is no link


def token(notification_id: UUID, secret: bytes) -> str:
    return base64.urlsafe_b64encode(notification_id.bytes + _mark(notification_id, secret)).decode().rstrip("=")


def read(text: str, secret: bytes) -> UUID | None:
    """The notification that a token was made for; None for one that we did not make."""
    if not _TOKEN.fullmatch(text):
        return None
    try:
        found = base64.urlsafe_b64decode(f"{text}=")
    except binascii.Error:
        return None
    notification_id = UUID(bytes=found[:_ID])
    # Compared as a text: the last letter of base64 has bits that mean nothing.
    return notification_id if hmac.compare_digest(text, token(notification_id, secret)) else None


def _mark(notification_id: UUID, secret: bytes) -> bytes:
    return hmac.new(secret, _PURPOSE + notification_id.bytes, hashlib.sha256).digest()[:_MARK]
