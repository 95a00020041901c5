"""Mail over SMTP (RFC 5321): one connection for many mails, an end to every step, TLS where it must be."""

import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from services.notification.channels import Deferred, Refused, Unreachable

STEP_SECONDS = 20.0  # for one answer of the server
MAIL_SECONDS = 40.0  # for one mail, connecting included; domain.Policy.lease counts on it

STARTTLS = ("required", "if_available", "none")
OPTIONS = {"starttls", "cafile"}

ON_THE_WIRE = compat32.clone(linesep="\r\n")
# A host name or password that cannot be written in the protocol is trouble with the server too, not with the mail.
_TROUBLE = (OSError, smtplib.SMTPException, UnicodeError)

T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, as `smtp://user:pass@host:port?starttls=…&cafile=…` (or `smtps://`) says it.

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

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """ValueError, without the password in it, when the URL cannot be used."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        starttls = options.get("starttls", "required" if user else "if_available")
        if not parts.hostname or starttls not in STARTTLS or not set(options) <= OPTIONS:
            raise ValueError(f"smtp:// needs a host, and knows starttls={'|'.join(STARTTLS)} and cafile")
        implicit = parts.scheme == "smtps"
        port = parts.port or (465 if implicit else 587 if user else 25)
        return cls(parts.hostname, port, user, password, starttls, implicit, options.get("cafile"))

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.cafile)
        if not self.implicit_tls and self.starttls == "if_available":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class SMTPMailer:
    """One connection, made at the first mail and again after it was lost."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None
        self._ends = 0.0

    def send(self, message: Message, notification_id: UUID) -> str:
        self._ends = time.monotonic() + MAIL_SECONDS
        sender, recipient = (parseaddr(message[name])[1] for name in ("From", "To"))
        connection = self._envelope(sender, recipient)
        content = message.as_bytes(policy=ON_THE_WIRE)
        code, text = self._step(connection, lambda: _data(connection, content), Deferred)
        if code >= 400:
            self._reset(connection, code)
            raise (Refused if code >= 500 else Deferred)(_answer(code, text))
        return _answer(code, text)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _envelope(self, sender: str, recipient: str) -> smtplib.SMTP:
        """The connection, with sender and recipient accepted."""
        connection, code, text = self._begin(sender)
        if code >= 400:
            # A 5xx here is about us: bouncing every mail of the day would punish those it was meant for.
            self._reset(connection, code)
            raise (Deferred if code < 500 else Unreachable)(f"sender: {_answer(code, text)}")
        code, text = self._step(connection, lambda: connection.rcpt(recipient), Deferred)
        if code >= 400:
            self._reset(connection, code)
            raise (Refused if code >= 500 else Deferred)(_answer(code, text))
        return connection

    def _begin(self, sender: str) -> tuple[smtplib.SMTP, int, bytes]:
        """The answer to MAIL FROM; on a new connection if the server has closed the kept one in its idle time."""
        kept = self._connection
        if kept is not None:
            with contextlib.suppress(Unreachable):
                code, text = self._step(kept, partial(kept.mail, sender), Unreachable)
                if code != 421:
                    return kept, code, text
            self._drop()
        made = self._connect()
        return made, *self._step(made, partial(made.mail, sender), Unreachable)

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        try:
            if server.implicit_tls:
                made: smtplib.SMTP = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=STEP_SECONDS, context=server.tls()
                )
            else:
                made = smtplib.SMTP(server.host, server.port, timeout=STEP_SECONDS)
        except _TROUBLE as error:
            raise Unreachable(_reason(error)) from error
        self._connection = made
        self._step(made, made.ehlo_or_helo_if_needed, Unreachable)
        if not server.implicit_tls:
            self._step(made, lambda: self._secure(made), Unreachable)
        if server.user:
            self._step(made, lambda: made.login(server.user, server.password), Unreachable)
        return made

    def _secure(self, connection: smtplib.SMTP) -> None:
        wanted = self._server.starttls
        if wanted == "none":
            return
        if connection.has_extn("starttls"):
            connection.starttls(context=self._server.tls())
            connection.ehlo_or_helo_if_needed()
        elif wanted == "required":
            raise smtplib.SMTPNotSupportedError("TLS is required and the server does not offer it")

    def _step(
        self, connection: smtplib.SMTP, action: Callable[[], T], failure: type[Deferred] | type[Unreachable]
    ) -> T:
        """One step of the dialogue within what time is left; a connection that fails is not used again."""
        done = False
        try:
            left = self._ends - time.monotonic()
            if left <= 0 or connection.sock is None:
                raise TimeoutError("the mail took too long" if connection.sock else "the connection is closed")
            connection.sock.settimeout(min(STEP_SECONDS, left))
            result = action()
            done = True
        except _TROUBLE as error:
            raise failure(_reason(error)) from error
        finally:
            if not done:
                self._drop()
        return result

    def _reset(self, connection: smtplib.SMTP, code: int) -> None:
        """Make the connection ready for the next mail; 421 means that the server is closing it."""
        if code == 421:
            self._drop()
            return
        with contextlib.suppress(Unreachable):
            self._step(connection, connection.rset, Unreachable)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _data(connection: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """The answer to DATA or to the content after it; a refusal of either leaves the connection in order."""
    try:
        return connection.data(content)
    except smtplib.SMTPDataError as error:
        text = error.smtp_error
        return error.smtp_code, text if isinstance(text, bytes) else text.encode()


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"
