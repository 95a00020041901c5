"""Where the links in letters lead, and the headers that mail clients make a button of."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from services.notification import models
from services.notification.domain import links
from shared.database import Database, Transaction

_NAME = "links"
_BYTES = 32


@dataclass(frozen=True)
class Links:
    """Makes and reads the links of one installation."""

    base_url: str
    secret: bytes = field(repr=False)

    def unsubscribe(self, notification_id: UUID) -> str:
        return f"{self.base_url}/unsubscribe/{links.token(notification_id, self.secret)}"


def open_links(db: Database, base_url: str) -> Links:
    """The links that lead to `base_url`; their secret is made once, by whichever replica needs it first."""
    with db.reading() as tx:
        secret = models.secret(tx, _NAME)
    if secret is None:
        with db.transaction() as tx:
            models.make_secret(tx, _NAME, secrets.token_hex(_BYTES))
            secret = models.secret(tx, _NAME)
    assert secret is not None
    return Links(base_url, bytes.fromhex(secret))


def read_token(tx: Transaction, token: str) -> UUID | None:
    """The notification whose link has this token; None for one that is not ours."""
    secret = models.secret(tx, _NAME)
    return links.read(token, bytes.fromhex(secret)) if secret else None


def unsubscribe_headers(url: str | None) -> dict[str, str]:
    """RFC 2369 section 3.2, and RFC 8058 section 3.1, which allows a single click over HTTPS alone."""
    if url is None:
        return {}
    one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url.startswith("https:") else {}
    return {"List-Unsubscribe": f"<{url}>"} | one_click
