"""Mail over SMTP: written, given a return path, and handed over on whichever connection is free."""

import time
from email.message import Message
from email.utils import parseaddr
from uuid import UUID

from services.notification.channels import Unreachable
from services.notification.domain.delivery import return_path
from services.notification.mailer.pool import Pool
from services.notification.mailer.server import Server
from services.notification.mailer.wire import on_the_wire

# For one mail, waiting for a connection and connecting included, but for the server's word on it (VERDICT_SECONDS);
# domain.delivery.Policy.lease counts on both.
MAIL_SECONDS = 40.0


class SMTPMailer:
    """Keeps its connections until `close`."""

    def __init__(self, server: Server, bounce_address: str = "") -> None:
        self._pool = Pool(server)
        self._bounce_address = bounce_address

    def send(self, message: Message, notification_id: UUID) -> str:
        ends = time.monotonic() + MAIL_SECONDS
        sender, recipient = (parseaddr(message[name])[1] for name in ("From", "To"))
        if self._bounce_address:
            sender = return_path(notification_id, self._bounce_address)
        content = on_the_wire(message)
        while True:
            connection, is_new = self._pool.take(ends)
            try:
                return connection.post(sender, recipient, content, ends)
            except Unreachable:
                if is_new or connection.stands:
                    raise
            finally:
                self._pool.give_back(connection)
            # The server has closed it in its idle time, before it heard of this mail.
            self._pool.forget()

    def tidy(self) -> None:
        self._pool.tidy()

    def close(self) -> None:
        self._pool.close()
