"""Mail over SMTP: a few connections, kept open between mails, each used by one thread at a time."""

import threading
import time
from collections import deque
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from uuid import UUID

from services.notification.channels import Unreachable
from services.notification.domain.delivery import return_path
from services.notification.mailer.connection import Connection
from services.notification.mailer.server import Server

MAIL_SECONDS = 40.0  # for one mail, waiting for a connection and connecting included; domain.Policy.lease counts on it
IDLE_SECONDS = 30.0  # a connection unused for so long is left; servers give up after five minutes (RFC 5321, 4.5.3.2)

ON_THE_WIRE = compat32.clone(linesep="\r\n")


class SMTPMailer:
    """Connects when there is a mail and no connection is free, `server.connections` times at most."""

    def __init__(self, server: Server, bounce_address: str = "") -> None:
        self._server = server
        self._bounce_address = bounce_address
        self._places = threading.BoundedSemaphore(server.connections)
        self._free: deque[Connection] = deque()  # the last used one at the right

    def send(self, message: Message, notification_id: UUID) -> str:
        ends = time.monotonic() + MAIL_SECONDS
        sender, recipient = (parseaddr(message[name])[1] for name in ("From", "To"))
        if self._bounce_address:
            sender = return_path(notification_id, self._bounce_address)
        content = message.as_bytes(policy=ON_THE_WIRE)
        if not self._places.acquire(timeout=MAIL_SECONDS):
            raise Unreachable("all connections to the mail server are busy")
        try:
            return self._post(sender, recipient, content, ends)
        finally:
            self._places.release()

    def tidy(self) -> None:
        """Leave connections that have not been used for a while."""
        while self._free and self._free[0].used_at < time.monotonic() - IDLE_SECONDS:
            self._leave_oldest()

    def close(self) -> None:
        while self._free:
            self._leave_oldest()

    def _post(self, sender: str, recipient: str, content: bytes, ends: float) -> str:
        """On a kept connection if there is one; on a new one if the server has closed that in its idle time."""
        kept = self._kept()
        if kept is not None:
            try:
                return self._post_on(kept, sender, recipient, content, ends)
            except Unreachable:
                if kept.stands:
                    raise
        return self._post_on(Connection(self._server, ends), sender, recipient, content, ends)

    def _post_on(self, connection: Connection, sender: str, recipient: str, content: bytes, ends: float) -> str:
        try:
            return connection.post(sender, recipient, content, ends)
        finally:
            if connection.stands:
                self._free.append(connection)
            else:
                connection.close()

    def _kept(self) -> Connection | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _leave_oldest(self) -> None:
        try:
            self._free.popleft().leave()
        except IndexError:  # somebody took it at this moment
            return
