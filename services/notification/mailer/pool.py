"""A few connections to one mail server, kept open between mails, each used by one thread at a time."""

import threading
import time
from collections import deque

from services.notification.channels import Unreachable
from services.notification.mailer.connection import Connection
from services.notification.mailer.server import Server

IDLE_SECONDS = 30.0  # a connection unused for so long is left; servers give up after five minutes (RFC 5321, 4.5.3.2)


class Pool:
    """Connects when no connection is free, `server.connections` times at most.

    A server that takes fewer is not away: as long as some connection stands, a refused one lowers the number until the
    next `tidy`, and its mail waits for another.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._most = server.connections
        self._free: deque[Connection] = deque()  # the last used one at the right
        self._standing = 0  # connected, free or in use
        self._connecting = 0
        self._changed = threading.Condition()

    def take(self, ends: float) -> tuple[Connection, bool]:
        """A connection, and whether it is new; by `ends` (of the monotonic clock). Raises Unreachable."""
        while True:
            kept = self._kept_or_place(ends)
            if kept is not None:
                return kept, False
            try:
                return self._connected(ends), True
            except Unreachable:
                if not self._goes_on_with_fewer():
                    raise

    def give_back(self, connection: Connection) -> None:
        """After a mail; one that does not stand any more is closed."""
        with self._changed:
            if connection.stands:
                self._free.append(connection)
            else:
                self._standing -= 1
            self._changed.notify_all()
        if not connection.stands:
            connection.close()

    def forget(self) -> None:
        """Close what is free, without a word: the server has left one of them, and likely all."""
        for connection in self._taken_out(until=time.monotonic()):
            connection.close()

    def tidy(self) -> None:
        """Leave connections that have not been used for a while, and try again for as many as there may be."""
        self._most = self._server.connections
        for connection in self._taken_out(until=time.monotonic() - IDLE_SECONDS):
            connection.leave()

    def close(self) -> None:
        for connection in self._taken_out(until=time.monotonic()):
            connection.leave()

    def _kept_or_place(self, ends: float) -> Connection | None:
        """A free connection, or None and the right to make one."""
        with self._changed:
            while not self._free:
                if self._standing + self._connecting < self._most:
                    self._connecting += 1
                    return None
                if not self._changed.wait(max(0.0, ends - time.monotonic())):
                    raise Unreachable("all connections to the mail server are busy")
            return self._free.pop()

    def _connected(self, ends: float) -> Connection:
        made = None
        try:
            made = Connection(self._server, ends)
            return made
        finally:
            with self._changed:
                self._connecting -= 1
                self._standing += made is not None
                self._changed.notify_all()

    def _goes_on_with_fewer(self) -> bool:
        """Whether any connection stands, or comes to, beside the one that was refused."""
        with self._changed:
            self._most = max(1, self._standing + self._connecting)
            while self._connecting and not self._standing:
                self._changed.wait()
            return self._standing > 0

    def _taken_out(self, until: float) -> list[Connection]:
        """Free connections that were not used since, which nobody gets any more."""
        with self._changed:
            out = [connection for connection in self._free if connection.used_at <= until]
            self._free = deque(connection for connection in self._free if connection.used_at > until)
            self._standing -= len(out)
            self._changed.notify_all()
        return out
