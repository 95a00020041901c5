"""A mail server that takes everything and keeps nothing, fast enough not to be what is measured.

    python -m bench.smtp_sink

Prints its port. At SIGTERM it prints, as JSON, how many mails of how many Message-IDs came over how many connections,
and how many bytes they had. It speaks RFC 5321 with PIPELINING, and refuses what it does not know.
"""

import asyncio
import json
import re
import signal
from dataclasses import dataclass, field

GREETING = b"220 sink.example ESMTP\r\n"
EXTENSIONS = b"250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
OK, GO_ON, UNKNOWN = b"250 2.0.0 OK\r\n", b"354 go on\r\n", b"502 5.5.2 what?\r\n"
END = b"\r\n.\r\n"
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Taken:
    """What came."""

    mails: int = 0
    connections: int = 0
    size: int = 0
    ids: set[bytes] = field(default_factory=set)

    def add(self, content: bytes) -> None:
        self.mails += 1
        self.size += len(content)
        if found := MESSAGE_ID.search(content):
            self.ids.add(found[1])

    def told(self) -> str:
        return json.dumps(
            {"mails": self.mails, "message_ids": len(self.ids), "connections": self.connections, "bytes": self.size}
        )


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._received = bytearray()
        self._in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._taken.connections += 1
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._received += data
        answers = bytearray()
        while (answer := self._next()) is not None:
            answers += answer
        if answers:
            self._transport.write(bytes(answers))

    def _next(self) -> bytes | None:
        """The answer to what was said next; None when it is not whole yet."""
        if self._in_content:
            return self._content()
        end = self._received.find(b"\r\n")
        if end < 0:
            return None
        verb = bytes(self._received[:4]).upper()
        del self._received[: end + 2]
        if verb == b"QUIT":
            self._transport.write(b"221 2.0.0 bye\r\n")
            self._transport.close()
            return None
        if verb == b"DATA":
            self._in_content = True
            return GO_ON
        return EXTENSIONS if verb == b"EHLO" else OK if verb in (b"HELO", b"MAIL", b"RCPT", b"RSET") else UNKNOWN

    def _content(self) -> bytes | None:
        end = self._received.find(END)
        if end < 0:
            return None
        self._taken.add(bytes(self._received[:end]))
        del self._received[: end + len(END)]
        self._in_content = False
        return OK


async def serve() -> None:
    taken, over = Taken(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(lambda: Session(taken), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()
    print(taken.told(), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
