"""What `training demo` tells with: the story of one run, its calls, and what it insists on."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import eventlet

from shared.errors import Unavailable
from shared.persian import national_code

WAIT_SECONDS = 40.0

Call = Callable[..., Any]


class Missing(Exception):
    """Something that the story promises did not come true."""


@dataclass
class Story:
    """What happened in this run. `approve` calls as another system than `call` does, for second signatures."""

    call: Call
    approve: Call
    folder: Path
    employees: dict[str, dict[str, Any]] = field(default_factory=dict)
    veteran: dict[str, Any] = field(default_factory=dict)
    certificates: list[dict[str, Any]] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    mails: int = 0
    began: float = field(default_factory=time.monotonic)

    def patiently(self, method: str, **arguments: Any) -> Any:
        """Repeat a call while the service says that something has not reached it yet."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return self.call(method, **arguments)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                eventlet.sleep(0.02)

    def all_pages(self, method: str, **asked: str) -> list[dict[str, Any]]:
        found, cursor = list[dict[str, Any]](), None
        while True:
            page = self.call(method, **asked, limit=200, cursor=cursor)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def keep(self, document: dict[str, Any]) -> Path:
        """Write a PDF beside the databases; where it lies."""
        pdf = self.folder / document["filename"]
        pdf.write_bytes(base64.b64decode(document["content_base64"]))
        expect(pdf.read_bytes().startswith(b"%PDF-"), "a PDF")
        return pdf


def until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise Missing(f"waited {WAIT_SECONDS:g} s for {what}")
        eventlet.sleep(0.1)


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Missing(f"expected {what}")


def synthetic_national_code(number: int) -> str:
    """A valid code with the prefix 999, believed unassigned."""
    digits = f"999{number:06d}"
    for check in range(10):
        try:
            return national_code(f"{digits}{check}")
        except ValueError:
            continue
    raise AssertionError("one of ten check digits is right")
