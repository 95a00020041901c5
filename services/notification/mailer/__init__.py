"""The only door to mail: one call that hands a message over; it fails in the three ways of a channel."""

from email.message import Message
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID


class Mailer(Protocol):
    """Hands mails over. Any number of threads may use it at once; it lives as long as the service."""

    def send(self, message: Message, notification_id: UUID) -> str:
        """Hand one mail over; its acceptance as the server put it. Raises a DeliveryError."""

    def tidy(self) -> None:
        """Leave what has not been used for a while; never raises."""

    def close(self) -> None:
        """Leave politely; never raises."""


def open_mailer(url: str, bounce_address: str = "") -> Mailer:
    """The mailer behind `smtp://`, `smtps://` or `maildir://`; it connects at its first mail. ValueError if wrong.

    With a `bounce_address` each mail has a return path of its own (domain.delivery.return_path), else its sender.
    """
    # Bodies are imported here, so that the default needs no SMTP and a test none of both.
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        from services.notification.mailer.maildir import MaildirMailer  # noqa: PLC0415

        return MaildirMailer(unquote(parts.netloc + parts.path))
    if parts.scheme in ("smtp", "smtps"):
        from services.notification.mailer.server import Server  # noqa: PLC0415
        from services.notification.mailer.smtp import SMTPMailer  # noqa: PLC0415

        return SMTPMailer(Server.from_url(url), bounce_address)
    raise ValueError(f"no mailer for {parts.scheme}://")
