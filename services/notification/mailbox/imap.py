"""A mailbox over IMAP (RFC 3501): an end to every step, TLS where it must be, no more of a mail than is needed."""

import contextlib
import imaplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from services.notification.domain.bounces import MAX_REPORT
from services.notification.mailbox import Incoming, MailboxError, NotMarkedError

STEP_SECONDS = 20.0  # for one answer of the server
RUN_SECONDS = 120.0  # for everything that is done over one connection

STARTTLS = ("required", "none")
OPTIONS = {"starttls", "cafile"}
BEGINNING = f"(BODY.PEEK[]<0.{MAX_REPORT}>)"  # looking does not mark it as seen

_TROUBLE = (OSError, imaplib.IMAP4.error, UnicodeError, ValueError)

T = TypeVar("T", bound=Sequence[object])


@dataclass(frozen=True)
class Server:
    """Where reports lie, as `imap://user:pass@host:port/FOLDER?starttls=…&cafile=…` (or `imaps://`) says it. TLS is
    required unless `starttls=none` says otherwise, and the certificate is checked."""

    host: str
    port: int
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = "INBOX"
    starttls: str = "required"
    implicit_tls: bool = False
    cafile: str | None = None

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """ValueError, without the password in it, when the URL cannot be used."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        starttls = options.get("starttls", "required")
        if not (parts.hostname and parts.username) or starttls not in STARTTLS or not set(options) <= OPTIONS:
            raise ValueError(f"imap:// needs user and host, and knows starttls={'|'.join(STARTTLS)} and cafile")
        implicit = parts.scheme == "imaps"
        port = parts.port or (993 if implicit else 143)
        folder = unquote(parts.path.strip("/")) or "INBOX"
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, port, user, password, folder, starttls, implicit, options.get("cafile"))

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.cafile)


class _Bounded:
    """A server that sends more than it was asked for is not listened to."""

    def read(self, size: int) -> bytes:
        if size > 2 * MAX_REPORT:
            raise imaplib.IMAP4.abort("the server sends more than it was asked for")
        read: bytes = super().read(size)  # type: ignore[misc]
        return read


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Tls(_Bounded, imaplib.IMAP4_SSL):
    pass


class ImapMailbox:
    """One connection, made when the first mail is asked for."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: imaplib.IMAP4 | None = None
        self._ends = 0.0

    def unseen(self, limit: int) -> list[Incoming]:
        connection = self._connection or self._connect()
        found = self._step(connection, lambda: connection.uid("SEARCH", "UNSEEN"))
        uids = b" ".join(each for each in found if isinstance(each, bytes)).decode("ascii", "replace").split()
        return [mail for uid in uids[:limit] if (mail := self._mail(connection, uid))]

    def mark(self, mail: Incoming, *, look: bool) -> None:
        connection = self._connection
        if connection is None:
            raise MailboxError("the connection is closed")
        flags = r"(\Seen \Flagged)" if look else r"(\Seen)"
        status, found = self._answer(connection, lambda: connection.uid("STORE", mail.key, "+FLAGS.SILENT", flags))
        if status != "OK":
            raise NotMarkedError(str(self._error(_refusal(status, found))))

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*_TROUBLE):
                connection.sock.settimeout(STEP_SECONDS)
                connection.logout()
            _shut(connection)

    def _mail(self, connection: imaplib.IMAP4, uid: str) -> Incoming | None:
        """None for one that somebody has deleted meanwhile. A server that cannot read a mail refuses it, and only it:
        else it would be the first one at every run, and no other would ever be read."""
        status, found = self._answer(connection, lambda: connection.uid("FETCH", uid, BEGINNING))
        if status != "OK":
            connection.response("FETCH")  # what was said before the refusal is no part of the next mail
            return Incoming(uid, None)
        raw = next((each[1] for each in found if isinstance(each, tuple)), None)
        gone = raw is None and not any(found)
        return None if gone else Incoming(uid, raw)

    def _connect(self) -> imaplib.IMAP4:
        server = self._server
        self._ends = time.monotonic() + RUN_SECONDS
        try:
            if server.implicit_tls:
                made: imaplib.IMAP4 = _Tls(server.host, server.port, ssl_context=server.tls(), timeout=STEP_SECONDS)
            else:
                made = _Plain(server.host, server.port, timeout=STEP_SECONDS)
        except _TROUBLE as error:
            raise self._error(error) from None
        self._connection = made
        if not server.implicit_tls and server.starttls == "required":
            self._step(made, lambda: made.starttls(server.tls()))
        self._step(made, lambda: made.login(_quoted(server.user), server.password))
        self._step(made, lambda: made.select(_quoted(server.folder)))
        return made

    def _step(self, connection: imaplib.IMAP4, action: Callable[[], tuple[str, T]]) -> T:
        """One step without which there is no next one."""
        status, found = self._answer(connection, action)
        if status != "OK":
            self._give_up(connection)
            raise self._error(_refusal(status, found))
        return found

    def _answer(self, connection: imaplib.IMAP4, action: Callable[[], tuple[str, T]]) -> tuple[str, T]:
        """OK or NO, and what was found, within what time is left; a connection that fails is not used again."""
        try:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("reading the mailbox took too long")
            connection.sock.settimeout(min(STEP_SECONDS, left))
            return action()
        except _TROUBLE as error:
            self._give_up(connection)
            raise self._error(error) from None

    def _give_up(self, connection: imaplib.IMAP4) -> None:
        self._connection = None
        _shut(connection)

    def _error(self, error: Exception) -> MailboxError:
        """What happened, without what was sent: the words of a codec or of a server may hold the password."""
        if isinstance(error, ValueError) and not isinstance(error, OSError):  # a refused certificate is both
            return MailboxError("name, password or folder cannot be written in the protocol")
        words = error.args[0] if error.args else ""
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(error)
        said = said.replace(self._server.password, "…") if self._server.password else said
        return MailboxError(f"{type(error).__name__}: {said[:200]}")


def _refusal(status: str, found: Sequence[object]) -> imaplib.IMAP4.error:
    return imaplib.IMAP4.error(next(iter(found), status))


def _shut(connection: imaplib.IMAP4) -> None:
    with contextlib.suppress(*_TROUBLE):
        connection.shutdown()


def _quoted(folder: str) -> str:
    """A folder with spaces in its name; its letters are those of modified UTF-7, as the server shows it."""
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
