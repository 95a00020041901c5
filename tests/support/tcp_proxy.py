"""A TCP proxy that fails on request: the network between a service and its server.

It runs as a process of its own, so that it works for cooperative and plain tests alike; it takes one command a line
on standard input and ends with it, so it cannot outlive the test.

forward: carry bytes both ways. cut: close every connection and refuse new ones at once. pause: take connections
and bytes but never pass anything on, as a half-dead server does. delay S: forward, each piece S seconds late.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from tests.support import leash


class TcpProxy:
    """Context manager: listens on `port` of 127.0.0.1 and forwards to `target` of 127.0.0.1."""

    def __init__(self, target: int) -> None:
        self.port = leash.free_port()
        log = Path(tempfile.gettempdir()) / f"training-proxy-{self.port}.log"
        command = [sys.executable, "-m", "tests.support.tcp_proxy", str(self.port), str(target)]
        folder = Path(__file__).resolve().parents[2]
        self._log = log
        self._child = leash.spawn(command, log, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answer()

    def __enter__(self) -> "TcpProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leash.kill_group(self._child)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._log.unlink(missing_ok=True)

    def forward(self) -> None:
        self._say("forward")

    def cut(self) -> None:
        self._say("cut")

    def pause(self) -> None:
        self._say("pause")

    def delay(self, seconds: float) -> None:
        self._say(f"delay {seconds}")

    def _say(self, command: str) -> None:
        if self._child.stdin is None:
            raise RuntimeError("the proxy has no standard input")
        self._child.stdin.write(f"{command}\n".encode())
        self._child.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        if self._child.stdout is None or not self._child.stdout.readline():
            raise RuntimeError("the proxy has ended")


class _Proxy:
    def __init__(self, target: int) -> None:
        self.target = target
        self.mode, self.seconds = "forward", 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.writers: set[asyncio.StreamWriter] = set()

    def obey(self, line: str) -> None:
        self.mode, _, value = line.partition(" ")
        self.seconds = float(value or 0)
        if self.mode == "pause":
            self.open.clear()
        else:
            self.open.set()
        if self.mode == "cut":
            for writer in self.writers:
                writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "cut":
            writer.transport.abort()
            return
        self.writers.add(writer)
        with contextlib.suppress(OSError):
            await self.open.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(far_writer)
            await asyncio.gather(self.carry(reader, far_writer), self.carry(far_reader, writer))
            self.writers.discard(far_writer)
        self.writers.discard(writer)
        writer.close()

    async def carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                await self.open.wait()
                await asyncio.sleep(self.seconds)
                sink.write(piece)
                await sink.drain()
        sink.close()


async def main(port: int, target: int) -> None:
    proxy = _Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print("ready", flush=True)
    async with server:
        while line := await commands.readline():
            proxy.obey(line.decode().strip())
            print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
