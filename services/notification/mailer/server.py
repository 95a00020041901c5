"""Where mail is handed over, and how much of it must be secret."""

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

STARTTLS = ("required", "if_available", "none")
OPTIONS = {"starttls", "cafile", "connections"}
CONNECTIONS = 8  # at once; mail servers commonly take ten to fifty of one client
MOST_CONNECTIONS = 50


@dataclass(frozen=True)
class Server:
    """As `smtp://user:pass@host:port?starttls=…&cafile=…&connections=…` (or `smtps://`) says it.

    Without `starttls` it is required when there is a password to protect, else used if available. A certificate is
    checked wherever TLS is required; where it is only better than nothing, an unknown one is too (RFC 7435).
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: str = "if_available"
    implicit_tls: bool = False
    cafile: str | None = None
    connections: int = CONNECTIONS

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """ValueError, without the password in it, when the URL cannot be used."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        starttls = options.get("starttls", "required" if user else "if_available")
        if not parts.hostname or starttls not in STARTTLS or not set(options) <= OPTIONS:
            raise ValueError(f"smtp:// needs a host, and knows starttls={'|'.join(STARTTLS)}, cafile and connections")
        implicit = parts.scheme == "smtps"
        port = parts.port or (465 if implicit else 587 if user else 25)
        connections = _connections(options.get("connections", str(CONNECTIONS)))
        return cls(parts.hostname, port, user, password, starttls, implicit, options.get("cafile"), connections)

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.cafile)
        if not self.implicit_tls and self.starttls == "if_available":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _connections(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_CONNECTIONS:
        raise ValueError(f"connections needs a number from 1 to {MOST_CONNECTIONS}")
    return int(text)
