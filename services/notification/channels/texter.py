"""The only door to SMS: one call that hands a text over; it fails in the three ways of a channel.

A provider of SMS is another body behind it: a class with these two methods, chosen by its scheme in `open_texter`.
"""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog

from services.notification.channels import Refused, Unreachable

log = structlog.get_logger("notification")

_NUMBER = re.compile(r"\+?[0-9]{8,15}")  # E.164 has at most 15 digits


class Texter(Protocol):
    """Hands texts over. Several threads use it at once."""

    def send(self, mobile: str, text: str, notification_id: UUID) -> str:
        """Hand one text over; its acceptance as the provider put it. Raises a DeliveryError."""

    def close(self) -> None:
        """Leave politely; never raises."""


def open_texter(url: str) -> Texter:
    """The texter behind `console://` or `console://path/to/file`. ValueError if there is none."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return ConsoleTexter(unquote(parts.netloc + parts.path))
    raise ValueError(f"no SMS provider for {parts.scheme}://")


class ConsoleTexter:
    """The twin of a provider, for trials: a line in the log, and with a file one there, with the whole number."""

    def __init__(self, file: str = "") -> None:
        self._file = Path(file) if file else None

    def send(self, mobile: str, text: str, notification_id: UUID) -> str:
        if not _NUMBER.fullmatch(mobile):
            raise Refused("the number cannot be dialled")
        if self._file:
            self._append(self._file, {"mobile": mobile, "text": text, "notification_id": str(notification_id)})
        log.info("sms_sent", mobile=masked(mobile), text=text, notification_id=str(notification_id))
        return "written to the console"

    def close(self) -> None:
        """Nothing is held open."""

    def _append(self, file: Path, line: dict[str, str]) -> None:
        """One write of a whole line at the end of the file, so that replicas may share it."""
        written = json.dumps({"at": datetime.now(UTC).isoformat()} | line, ensure_ascii=False) + "\n"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, written.encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise Unreachable(f"the file of texts cannot be written: {error.strerror}") from error


def masked(mobile: str) -> str:
    """A number of which nobody can tell whose it is: `+98•••••••67`."""
    shown = len(mobile) > 7
    return f"{mobile[:3]}{'•' * (len(mobile) - 5)}{mobile[-2:]}" if shown else "•" * len(mobile)
