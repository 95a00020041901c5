"""A small IMAP4rev1 server for tests: one user, one folder, and what reading reports needs of the protocol.

It serves LOGIN, SELECT, UID SEARCH UNSEEN, UID FETCH of the beginning of a body, UID STORE of flags and LOGOUT.
`answers` overrides what it says to a command, and `stalls` are commands after which it says nothing more. Of single
mails `damaged` are those that it cannot read, and `fixed` those whose flags it does not change.
"""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "reports", "s3cret word"
_PARTIAL = re.compile(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", re.IGNORECASE)
_STORE = re.compile(r"UID STORE (\d+) \+FLAGS\.SILENT \(([^)]*)\)", re.IGNORECASE)


@dataclass
class Mail:
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """What lies in its folder, by UID, and what was asked of it."""

    mails: dict[int, Mail] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    stalls: set[str] = field(default_factory=set)
    damaged: set[int] = field(default_factory=set)
    fixed: set[int] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def put(self, raw: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = Mail(raw)
        return uid

    def url(self, password: str = PASSWORD, options: str = "starttls=none") -> str:
        return f"imap://{USER}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/INBOX?{options}"

    def flags(self) -> list[set[str]]:
        return [self.mails[uid].flags for uid in sorted(self.mails)]

    def reply(self, command: str) -> bytes:
        """Untagged lines, and then OK, NO or BAD as the last."""
        verb = " ".join(command.upper().split()[: 2 if command.upper().startswith("UID") else 1])
        if verb in self.answers:
            return self.answers[verb]
        if verb == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\nOK done"
        if verb == "LOGIN":
            right = command == f'LOGIN "{USER}" "{PASSWORD}"'
            return b"OK logged in" if right else b"NO [AUTHENTICATIONFAILED] wrong"
        if verb == "SELECT":
            return b"* %d EXISTS\r\nOK [READ-WRITE] selected" % len(self.mails)
        if verb == "UID SEARCH":
            unseen = [str(uid) for uid in sorted(self.mails) if "\\Seen" not in self.mails[uid].flags]
            return f"* SEARCH {' '.join(unseen)}\r\nOK done".encode()
        if found := _PARTIAL.fullmatch(command):
            return self._fetched(int(found[1]), int(found[2]))
        if found := _STORE.fullmatch(command):
            if int(found[1]) in self.fixed:
                return b"NO it cannot be changed"
            self.mails[int(found[1])].flags |= set(found[2].split())
            return b"OK stored"
        return b"* BYE\r\nOK bye" if verb == "LOGOUT" else b"BAD not understood"

    def _fetched(self, uid: int, length: int) -> bytes:
        if uid not in self.mails:
            return b"OK nothing"
        raw = self.mails[uid].raw[:length]
        said = b"NO it is damaged" if uid in self.damaged else b"OK done"
        return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n%s" % (uid, len(raw), raw, said)


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    served = ImapServer()

    class Dialogue(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, command = line.decode().strip().partition(" ")
                served.asked.append(command)
                if any(command.upper().startswith(verb) for verb in served.stalls):
                    self.connection.recv(1)  # until the other side has had enough
                    return
                lines = served.reply(command).split(b"\r\n")
                self.wfile.write(b"\r\n".join([*lines[:-1], tag.encode() + b" " + lines[-1]]) + b"\r\n")
                if command.upper() == "LOGOUT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that leaves in the middle is part of the tests."""

    with Server(("127.0.0.1", 0), Dialogue) as server:
        served.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
