"""A real SMTP server in a process of its own, told on its command line how to misbehave.

    python -m tests.integration.notification.smtp_sink FOLDER [--rcpt "550 …"] [--data "451 …"] [--drop N] …

Prints its port, and keeps each accepted message in FOLDER. `tests.green` patches the test process, in which
asyncio's own loop could not run.
"""

import argparse
import asyncio
import itertools
import ssl
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class Sink:
    """What the server answers."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.count = itertools.count(1)
        self.open = 0

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.options.pipelining else responses

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        session.together = "together" if server.said_more() else "apart"
        await self.stall("mail")
        if self.options.mail:
            return str(self.options.mail)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.stall("rcpt")
        if self.options.rcpt and address.startswith(self.options.only):
            if self.options.cut:
                server.say_and_cut(self.options.rcpt)
            return str(self.options.rcpt)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        number = next(self.count)
        await self.stall("content")
        if number <= self.options.drop:
            server.transport.abort()
            return "250 never seen"
        if self.options.data:
            return str(self.options.data)
        content = envelope.original_content or b""
        folder = Path(self.options.folder)
        (folder / f"{number}-{time.monotonic_ns()}.eml").write_bytes(content)
        with (folder / "log").open("a") as log:
            tls = "tls" if server.transport.get_extra_info("ssl_object") else "clear"
            people = ",".join(envelope.rcpt_tos)
            log.write(f"{tls} {id(session)} {envelope.mail_from} {people} {session.together}\n")
        if number <= self.options.drop_after:
            server.transport.abort()
        return f"250 queued as {number}"

    async def stall(self, step: str) -> None:
        if self.options.stall and self.options.stall_at == step:
            await asyncio.sleep(self.options.stall)

    def empty(self, content: bytes) -> None:
        """Remember what came for nobody."""
        with (Path(self.options.folder) / "for_nobody").open("ab") as file:
            file.write(content)


class Server(SMTP):
    """aiosmtpd with the manners of other servers."""

    def __init__(self, sink: Sink, context: ssl.SSLContext | None, idle: float) -> None:
        super().__init__(
            sink,
            hostname="sink.example",
            tls_context=None if sink.options.smtps else context,
            authenticator=self._check if sink.options.login else None,
            auth_require_tls=False,
            timeout=idle,
        )

    async def _handle_client(self) -> None:
        self.event_handler.open += 1
        try:
            if self.event_handler.open > self.event_handler.options.most:
                self.say_and_cut("421 4.7.0 too many connections")
            else:
                await super()._handle_client()
        finally:
            self.event_handler.open -= 1

    def said_more(self) -> bool:
        """Whether the client has not waited for the answer."""
        return bool(self._reader._buffer)

    def say_and_cut(self, answer: str) -> None:
        self.transport.write(f"{answer}\r\n".encode())
        self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        await self.event_handler.stall("data")
        if not self.event_handler.options.eager or self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on, although it is for nobody")
        self.event_handler.empty(await self._reader.readuntil(b".\r\n"))
        await self.push("554 it was for nobody")

    def _check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.login == b"user" and data.password == b"right", handled=False)


async def serve(options: argparse.Namespace) -> None:
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate)
    sink = Sink(options)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(sink, context, options.idle), "127.0.0.1", 0, ssl=context if options.smtps else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--mail", default="", help="answer to MAIL FROM")
    parser.add_argument("--rcpt", default="", help="answer to RCPT TO")
    parser.add_argument("--only", default="", help="the answer to RCPT TO is for addresses that begin with this")
    parser.add_argument("--data", default="", help="answer to the content")
    parser.add_argument("--drop", type=int, default=0, help="cut the connection in the first N contents")
    parser.add_argument("--drop-after", type=int, default=0, help="accept the first N and cut before answering")
    parser.add_argument("--stall", type=float, default=0, help="seconds before a step is answered")
    parser.add_argument("--stall-at", choices=["mail", "rcpt", "data", "content"], default="content")
    parser.add_argument("--pipelining", action="store_true", help="offers PIPELINING")
    parser.add_argument("--eager", action="store_true", help="takes DATA although nobody was accepted")
    parser.add_argument("--cut", action="store_true", help="closes the connection with the answer to RCPT TO")
    parser.add_argument("--idle", type=float, default=60, help="seconds after which a silent connection is closed")
    parser.add_argument("--most", type=int, default=1000, help="connections at once; more are refused")
    parser.add_argument("--certificate", default="", help="file with a key and a certificate: offers STARTTLS")
    parser.add_argument("--smtps", action="store_true", help="TLS from the first byte")
    parser.add_argument("--login", action="store_true", help="takes user 'user' with password 'right' only")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
