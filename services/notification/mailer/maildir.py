"""Mail as files: a Maildir (new, cur, tmp), one real message each, for trials and for systems without SMTP."""

import os
from email.message import Message
from pathlib import Path
from uuid import UUID

from services.notification.channels import Unreachable


class MaildirMailer:
    """Writes `new/<notification id>.eml`. A second hand-over of one notification replaces the file."""

    def __init__(self, folder: str) -> None:
        if not folder:
            raise ValueError("maildir:// needs a folder")
        self._folder = Path(folder)
        self._made = False

    def send(self, message: Message, notification_id: UUID) -> str:
        name = f"{notification_id}.eml"
        try:
            self._make_folders()
            draft = self._folder / "tmp" / name
            # A Maildir keeps lines as its machine does; the CRLF of RFC 5322 is for the wire.
            with draft.open("wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / "new" / name)
        except OSError as error:
            raise Unreachable(f"the maildir cannot be written: {error.strerror or type(error).__name__}") from error
        return f"new/{name}"

    def tidy(self) -> None:
        """Nothing is held open."""

    def close(self) -> None:
        """Nothing is held open."""

    def _make_folders(self) -> None:
        if not self._made:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(parents=True, exist_ok=True)
            self._made = True
