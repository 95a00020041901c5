"""Where servers report what became of mails: a mailbox that is read in batches, over IMAP or as files."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit


class MailboxError(Exception):
    """The mailbox cannot be read now. Its text never holds the password."""


class NotMarkedError(MailboxError):
    """This mail cannot be marked; others can be read and marked all the same."""


@dataclass(frozen=True)
class Incoming:
    """A mail that nobody has looked at: its beginning, or None where it cannot be read, and what its mailbox calls
    it."""

    key: str
    raw: bytes | None


class Mailbox(Protocol):
    """Any number of readers may work beside each other: a mail is then read by several and marked once."""

    def unseen(self, limit: int) -> list[Incoming]:
        """The oldest mails that are not marked. Raises MailboxError."""

    def mark(self, mail: Incoming, *, look: bool) -> None:
        """It was dealt with; `look` flags it for a person to look at. Raises MailboxError; NotMarkedError
        for what is wrong with this mail alone."""

    def close(self) -> None:
        """Leave politely; never raises."""


def open_mailbox(url: str) -> Mailbox:
    """The mailbox behind `imap://`, `imaps://` or `maildir://`; it connects when it is read. ValueError if wrong,
    without the password in it."""
    # Bodies are imported here, as those of the mailers are.
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        from services.notification.mailbox.maildir import Maildir  # noqa: PLC0415

        return Maildir(unquote(parts.netloc + parts.path))
    if parts.scheme in ("imap", "imaps"):
        from services.notification.mailbox.imap import ImapMailbox, Server  # noqa: PLC0415

        return ImapMailbox(Server.from_url(url))
    raise ValueError(f"no mailbox for {parts.scheme}://")
