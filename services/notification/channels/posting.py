"""The only door to other systems by HTTP: one POST at a time to an address that an agency has chosen.

What an agency names must not lead into our own network. So the host is looked up here, every address of it is checked,
and the connection goes to a checked address, while TLS and the Host header keep the name: a name that leads elsewhere
a moment later (DNS rebinding) changes nothing.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from services.notification.channels import Unreachable
from services.notification.domain.webhooks import Network, is_allowed
from shared.green import off_hub

CONNECT_SECONDS = 5.0  # for each of the addresses
EXCHANGE_SECONDS = 15.0  # for one message, connecting and the whole answer; domain.webhooks.POLICY counts on it
ADDRESSES = 3  # of a host that are tried
ANSWER_BYTES = 1_000  # of an answer that are read

# A kept connection that its other side had closed in its idle time: what was written on it has not been read.
_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_TROUBLE = (OSError, http.client.HTTPException, ValueError)


class ForbiddenAddress(Exception):
    """The host leads to where no webhook may lead; the text says so without the address."""


@dataclass(frozen=True)
class Access:
    """Which networks may be reached besides the public ones, and which authorities are trusted besides the system's."""

    networks: tuple[Network, ...] = ()
    cafile: str | None = None

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, all of them allowed. OSError when it has none, ForbiddenAddress when one is not.

        The look-up has no time-out of its own and must not stop the hub, so another thread does it.
        """
        found = off_hub(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(is_allowed(ipaddress.ip_address(address.partition("%")[0]), self.networks) for address in addresses):
            raise ForbiddenAddress("the host leads to an address that webhooks may not reach")
        return addresses

    def tls(self) -> ssl.SSLContext:
        return _context(self.cafile)


@cache
def _context(cafile: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if cafile:
        context.load_verify_locations(cafile)
    return context


@dataclass(frozen=True)
class Answer:
    """What the other side said: its status, the beginning of its words, and its Retry-After."""

    status: int
    text: str
    retry_after: str | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.text}".rstrip()


class Poster:
    """Posts to one URL over one connection, made at the first message and again after it was lost.

    Not shared between threads.
    """

    def __init__(self, url: str, access: Access) -> None:
        self._parts = urlsplit(url)
        self._target = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        self._access = access
        self._connection: _Connection | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to one message; Unreachable when none came. Redirects are not followed."""
        kept = self._connection
        if kept is not None:
            with contextlib.suppress(*_STALE):
                return self._exchange(kept, body, headers)
        return self._exchange(self._connect(), body, headers)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> "_Connection":
        secure = self._parts.scheme == "https"
        host, port = self._parts.hostname or "", self._parts.port or (443 if secure else 80)
        try:
            addresses = self._access.addresses(host, port)
            context = self._access.tls() if secure else None
        except (OSError, ValueError) as error:  # a host name that cannot be one is a UnicodeError
            raise Unreachable(f"the host cannot be looked up: {_reason(error)}") from error
        except ForbiddenAddress as error:
            raise Unreachable(str(error)) from error
        self._connection = _Connection(host, port, addresses[:ADDRESSES], context)
        return self._connection

    def _exchange(self, connection: "_Connection", body: bytes, headers: Mapping[str, str]) -> Answer:
        """One message within its time. The connection is kept only after a whole answer."""
        keep = False
        try:
            with connection.watched():
                connection.request("POST", self._target, body, dict(headers))
                response = connection.getresponse()
                text = response.read(ANSWER_BYTES).decode("utf-8", "replace")
                keep = response.isclosed() and connection.sock is not None
        except _TROUBLE as error:
            if isinstance(error, _STALE) and connection.used and not connection.was_cut:
                raise
            said = f"no whole answer within {EXCHANGE_SECONDS:g} s" if connection.was_cut else _reason(error)
            raise Unreachable(said) from error
        finally:
            connection.used = True
            if not keep:
                self.close()
        return Answer(response.status, text or response.reason, response.getheader("Retry-After"))


class _Connection(http.client.HTTPConnection):
    """Connects to one of some checked addresses, and speaks to it by the name of its host."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.default_port = 443 if context else 80
        self.used = False
        self.was_cut = False
        self._addresses = addresses
        self._context = context
        self._guard: socket.socket | None = None

    def connect(self) -> None:
        made = self._reach()
        self._guard = made.dup()
        made.settimeout(EXCHANGE_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = made
        if self._context:
            # The handshake comes when `sock` is there to be closed, should it fail.
            tls = self._context.wrap_socket(made, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = tls
            tls.do_handshake()

    def close(self) -> None:
        super().close()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Cut the connection when the block takes too long: a time-out of the socket begins anew with every byte."""
        watch = threading.Timer(EXCHANGE_SECONDS, self._cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _cut(self) -> None:
        """Shut the connection down by another handle of it: the first one is in use, and TLS has taken it over."""
        guard, self.was_cut = self._guard, True
        if guard is not None:
            with contextlib.suppress(OSError):
                guard.shutdown(socket.SHUT_RDWR)

    def _reach(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self.port), CONNECT_SECONDS)
        return socket.create_connection((last, self.port), CONNECT_SECONDS)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
