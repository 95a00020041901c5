"""A Maildir: what lies in `new` was not looked at; what was, is in `cur`, with the flags of its name."""

import contextlib
from pathlib import Path

from services.notification.domain.bounces import MAX_REPORT
from services.notification.mailbox import Incoming, MailboxError

SEEN, LOOK = ":2,S", ":2,FS"


class Maildir:
    """The folder must be there, with `new` and `cur` in it: whoever delivers into it makes it."""

    def __init__(self, folder: str) -> None:
        if not folder:
            raise ValueError("maildir:// needs a folder")
        self._new, self._cur = Path(folder) / "new", Path(folder) / "cur"

    def unseen(self, limit: int) -> list[Incoming]:
        try:
            names = sorted(each.name for each in self._new.iterdir() if each.is_file())[:limit]
        except OSError as error:
            raise _unreadable(error) from error
        return [Incoming(name, _beginning(self._new / name)) for name in names]

    def mark(self, mail: Incoming, *, look: bool) -> None:
        name = mail.key.partition(":2,")[0]
        try:
            with contextlib.suppress(FileNotFoundError):  # another reader was faster
                (self._new / mail.key).rename(self._cur / f"{name}{LOOK if look else SEEN}")
        except OSError as error:
            raise _unreadable(error) from error

    def close(self) -> None:
        """Nothing is held open."""


def _beginning(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_REPORT)
    except OSError:
        return None


def _unreadable(error: OSError) -> MailboxError:
    return MailboxError(f"the maildir cannot be used: {error.strerror or type(error).__name__}")
