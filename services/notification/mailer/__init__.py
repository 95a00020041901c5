"""The only door to mail: one call that hands a message over; it fails in the three ways of a channel."""

from email.message import Message
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID


class Mailer(Protocol):
    """Hands mails over one by one. Not shared between greenthreads."""

    def send(self, message: Message, notification_id: UUID) -> str:
        """Hand one mail over; its acceptance as the server put it. Raises a DeliveryError."""

    def close(self) -> None:
        """Leave politely; never raises."""


def open_mailer(url: str) -> Mailer:
    """The mailer behind `smtp://`, `smtps://` or `maildir://`; it connects at its first mail. ValueError if wrong."""
    # Bodies are imported here, so that the default needs no SMTP and a test none of both.
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        from services.notification.mailer.maildir import MaildirMailer  # noqa: PLC0415

        return MaildirMailer(unquote(parts.netloc + parts.path))
    if parts.scheme in ("smtp", "smtps"):
        from services.notification.mailer.smtp import Server, SMTPMailer  # noqa: PLC0415

        return SMTPMailer(Server.from_url(url))
    raise ValueError(f"no mailer for {parts.scheme}://")
