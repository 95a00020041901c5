"""What is said to a mail server and heard from it (RFC 5321), with an end to every step.

smtplib knows the language; what it lacks is a limit. A time-out of a socket begins anew with each byte, so that a
server which sends one now and then could hold a mail for hours.
"""

import smtplib
import socket
import time
from contextlib import suppress
from functools import cache
from typing import Any

from services.notification.mailer.server import Server
from shared.green import off_hub

STEP_SECONDS = 20.0  # for one answer of the server
# For its word on a whole mail: it may look through the content first, and whoever does not wait for that sends what was
# taken once more (RFC 5321, 4.5.3.2.6; its ten minutes are for servers that have nothing else to do).
VERDICT_SECONDS = 90.0
LEAVE_SECONDS = 2.0  # for the answer to our goodbye

_LINE, _LINES = 4096, 200  # of one answer; RFC 5321 section 4.5.3.1.5 has lines of 512
_WRITTEN_AT_ONCE = 1 << 16
# A host name or password that cannot be written in the protocol is trouble with the server too, not with the mail.
TROUBLE = (OSError, smtplib.SMTPException, UnicodeError)


@cache
def _own_name() -> str:
    """How we introduce ourselves (RFC 5321, 4.1.3 and 4.1.4). smtplib would look it up for every connection, on the
    hub; this machine has one name."""
    return off_hub(_look_up_own_name)


def _look_up_own_name() -> str:
    name = socket.getfqdn()
    if "." in name:
        return name
    try:
        return f"[{socket.gethostbyname(socket.gethostname())}]"
    except OSError:
        return "[127.0.0.1]"


class Dialogue(smtplib.SMTP):
    """smtplib's client, connected, greeted, secured and logged in. `ends` is when all of it must be over.

    Raises one of TROUBLE; then it must not be used again.
    """

    def __init__(self, server: Server, ends: float) -> None:
        self.ends = ends
        self._server = server
        self._received = bytearray()
        try:
            super().__init__(server.host, server.port, _own_name(), timeout=STEP_SECONDS)
            self.ehlo_or_helo_if_needed()
            if not server.implicit_tls and server.starttls != "none":
                self._secure()
            if server.user:
                self.login(server.user, server.password)
        except BaseException:
            self.close()
            raise

    def leave(self) -> None:
        """Say goodbye and close; never raises."""
        self.ends = time.monotonic() + LEAVE_SECONDS
        with suppress(*TROUBLE):
            self.docmd("QUIT")
        self.close()

    def send(self, s: Any) -> None:
        """Write all of it within one step."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        rest, ends = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s), self._step_ends()
        while rest:
            self._limit(ends)
            rest = rest[self.sock.send(rest[:_WRITTEN_AT_ONCE]) :]

    def getreply(self) -> tuple[int, bytes]:
        """The code of an answer and its text, several lines as several lines."""
        return self._reply(self._step_ends())

    def verdict(self) -> tuple[int, bytes]:
        """The answer to a mail that was sent to its end."""
        self.ends = time.monotonic() + VERDICT_SECONDS
        return self._reply(self.ends)

    def _reply(self, ends: float) -> tuple[int, bytes]:
        lines: list[bytes] = []
        while len(lines) < _LINES:
            line = self._line(ends)
            if not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
                raise smtplib.SMTPException(f"not an answer: {line[:80].decode('ascii', 'replace')}")
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)
        raise smtplib.SMTPException("an answer without an end")

    def _secure(self) -> None:
        if self.has_extn("starttls"):
            self.starttls(context=self._server.tls())
            if self._received:  # somebody on the way has added answers of their own
                raise smtplib.SMTPException("the server answered before there was TLS")
            self.ehlo_or_helo_if_needed()
        elif self._server.starttls == "required":
            raise smtplib.SMTPNotSupportedError("TLS is required and the server does not offer it")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Called by smtplib to connect."""
        plain = self._connected(host, port)
        if not self._server.implicit_tls:
            return plain
        try:
            return self._server.tls().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def _connected(self, host: str, port: int) -> socket.socket:
        """To the first address of the host that takes us; all of them together have one step. The look-up has no
        time-out of its own and must not stop the hub, so another thread does it."""
        ends, failure = self._step_ends(), OSError("the host has no address")
        found = off_hub(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
        for address in dict.fromkeys(str(each[4][0]) for each in found):
            try:
                return socket.create_connection((address, port), timeout=self._left(ends))
            except OSError as error:
                failure = error
        raise failure

    def _line(self, ends: float) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _LINE:
                raise smtplib.SMTPException("a line without an end")
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("the connection is closed")
            self._limit(ends)
            more = self.sock.recv(_LINE)
            if not more:
                raise smtplib.SMTPServerDisconnected("the server has closed the connection")
            self._received += more
        line = bytes(self._received[:end]).rstrip(b"\r")
        del self._received[: end + 1]
        return line

    def _limit(self, ends: float) -> None:
        assert self.sock is not None
        self.sock.settimeout(self._left(ends))

    def _left(self, ends: float) -> float:
        """Seconds until a step must be over; TimeoutError when there are none."""
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def _step_ends(self) -> float:
        return min(time.monotonic() + STEP_SECONDS, self.ends)
