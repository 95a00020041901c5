"""Fewer system calls for py-amqp, whose TCP transport reads every field of a frame and writes every message by itself.

Under eventlet each of those calls costs more than the work on the message. Both changes replace a function that the
transport keeps as an attribute (`_quick_recv`, `_write`); where it has none (TLS) nothing is changed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CHUNK = 65_536


def read_ahead(connection: Any) -> None:
    """Let the transport of an open kombu connection receive what is there at once and serve its reads from that."""
    transport: Any = getattr(connection.connection, "transport", None)
    if hasattr(transport, "_quick_recv"):
        transport._quick_recv = _reader(transport._quick_recv)


def _reader(receive: Callable[[int], bytes]) -> Callable[[int], bytes]:
    rest = b""
    position = 0

    def read(size: int) -> bytes:
        nonlocal rest, position
        if position == len(rest):
            rest, position = receive(CHUNK), 0
        found = rest[position : position + size]
        position += len(found)
        return found

    return read


@contextmanager
def gathered_writes(connection: Any) -> Iterator[None]:
    """Write what is sent in the block in large pieces; the last one leaves at its end. After an error inside the
    block the connection has lost frames and must be dropped."""
    transport: Any = getattr(connection.connection, "transport", None)
    if not hasattr(transport, "_quick_recv"):
        yield
        return
    write, gathered = transport._write, bytearray()

    def gather(data: Any) -> None:
        gathered.extend(data)
        if len(gathered) >= CHUNK:
            write(bytes(gathered))
            gathered.clear()

    transport._write = gather
    try:
        yield
    finally:
        transport._write = write
    if gathered:
        write(bytes(gathered))
