"""A mail as the bytes that go over the wire.

email.generator encodes and folds every header anew and looks for a boundary that occurs nowhere, with a regular
expression made for each: measured, a third of all that sending a mail cost. Our headers and texts are encoded when they
are written, so that they only have to be put in a row.
"""

import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32
from typing import Any
from uuid import uuid4

LINE = 76  # RFC 2047 section 2, for lines with encoded words; RFC 5322 section 2.1.1 has 78
_STDLIB = compat32.clone(linesep="\r\n")
# Of a header: a line that would begin a header of its own or be empty, and what is not ASCII or a control character.
_UNFIT = re.compile(r"\n(?![ \t]+[^ \t\n])|[^\t\n\x20-\x7e]")


def on_the_wire(message: Message) -> bytes:
    """With CRLF at the end of each line. What is not of our own making is left to email.generator."""
    try:
        return "".join(_entity(message)).encode("ascii")
    except (_UnusualError, UnicodeEncodeError):
        return message.as_bytes(policy=_STDLIB)


class _UnusualError(Exception):
    """A header or a body that has to be encoded first."""


def _entity(message: Message) -> Iterator[str]:
    payload: Any = message.get_payload()
    boundary = f"=_{uuid4().hex}" if message.is_multipart() else ""
    for name, value in message.items():
        is_divided = boundary and name.lower() == "content-type"
        if is_divided and "boundary" in value.lower():
            raise _UnusualError
        yield _header(name, f'{value};\n boundary="{boundary}"' if is_divided else value)
    yield "\r\n"
    if boundary:
        for part in payload:
            yield f"--{boundary}\r\n"
            yield from _entity(part)
            yield "\r\n"
        yield f"--{boundary}--\r\n"
    elif isinstance(payload, str) and "\r" not in payload:
        yield payload.replace("\n", "\r\n")
    else:
        raise _UnusualError


def _header(name: str, value: Any) -> str:
    if not isinstance(value, str) or _UNFIT.search(value):
        raise _UnusualError
    lines = f"{name}: {value}".split("\n")
    return "".join(f"{line}\r\n" if len(line) <= LINE else _folded(line) for line in lines)


def _folded(line: str) -> str:
    """A long line, broken at spaces where it has them; a line that goes on begins with its space."""
    folded, rest = "", line
    while len(rest) > LINE:
        at = rest.rfind(" ", 1, LINE + 1)
        at = at if at > 0 and rest[:at].strip(" ") else rest.find(" ", LINE)
        if at < 0 or not rest[at:].strip(" "):
            break
        folded, rest = f"{folded}{rest[:at]}\r\n", rest[at:]
    return f"{folded}{rest}\r\n"
