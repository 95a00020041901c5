"""The services as real processes: started, watched, killed and restarted as an orchestrator would."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import leash
from tests.support.leash import free_port

__all__ = ["PROJECT", "ServiceProcess", "Supervisor", "free_port", "run_training"]

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0


def run_training(*arguments: str, env: Mapping[str, str], timeout: float = 120.0) -> str:
    """Run `training …` to its end; returns its standard output, raises with its errors when it fails."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    whole = {**os.environ, **env}
    done = subprocess.run(command, env=whole, cwd=PROJECT, capture_output=True, timeout=timeout, check=False)
    if done.returncode:
        outputs = (done.stdout + done.stderr).decode(errors="replace")[-4000:]
        raise RuntimeError(f"training {' '.join(arguments)} ended with {done.returncode}:\n{outputs}")
    return done.stdout.decode()


class ServiceProcess:
    """One service in a process of its own.

    `first_lives` holds extra environment for the first, second, … life: a crash point given there strikes in that
    life alone, so that a restarted process can go on.
    """

    def __init__(
        self,
        name: str,
        env: Mapping[str, str],
        port: int | None = None,
        log_dir: Path | None = None,
        first_lives: Iterable[Mapping[str, str]] = (),
    ) -> None:
        self.name = name
        self.port = port or free_port()
        self.env = dict(env)
        self.lives = 0
        self._first_lives = list(first_lives)
        self.log = (log_dir or Path(tempfile.mkdtemp(prefix="training-log-"))) / f"{name}-{self.port}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        return None if self._child is None else self._child.poll()

    def start(self) -> "ServiceProcess":
        extra = self._first_lives[self.lives] if self.lives < len(self._first_lives) else {}
        command = [sys.executable, "-m", "services.cli", "run", self.name, "--port", str(self.port)]
        self._child = leash.spawn(command, self.log, {**os.environ, **self.env, **extra}, cwd=PROJECT)
        self.lives += 1
        return self

    def wait_ready(self, timeout: float = READY_SECONDS) -> "ServiceProcess":
        """Return when /readyz answers 200; raise with the end of the log when it does not."""
        try:
            leash.wait_until(lambda: not self.alive or self.get("/readyz")[0] == 200, timeout, f"{self.name} ready")
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.log_text()[-3000:]}") from error
        if not self.alive:
            raise RuntimeError(f"{self.name} ended with {self.exit_code} at start:\n{self.log_text()[-3000:]}")
        return self

    def get(self, path: str, timeout: float = 5.0) -> tuple[int, str]:
        """Status and body of a GET; status 0 when nobody answered."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as reply:
                return int(reply.status), reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def post(self, method: str, arguments: Mapping[str, Any], token: str, timeout: float = 10.0) -> Any:
        """The result of `POST /rpc/<method>`; HTTPError when it is refused."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/rpc/{method}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return json.load(reply)

    def metric(self, name: str, **labels: str) -> float:
        """Sum of a metric's samples that carry these labels; 0.0 when there are none."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            sample, _, value = line.rpartition(" ")
            found, _, rest = sample.partition("{")
            if found == name and all(f'{key}="{wanted}"' in rest for key, wanted in labels.items()):
                total += float(value)
        return total

    def kill9(self) -> None:
        """SIGKILL: no drain, no acknowledgement, no goodbye."""
        if self._child is not None:
            leash.kill_group(self._child)

    def terminate(self, timeout: float = 30.0) -> int:
        """SIGTERM, as a rolling deploy sends it; returns the exit code, raises when it does not end in time."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        self._child.send_signal(signal.SIGTERM)
        try:
            code = self._child.wait(timeout=timeout)
        except subprocess.TimeoutExpired as error:
            self.kill9()
            raise RuntimeError(f"{self.name} did not end within {timeout:g} s:\n{self.log_text()[-3000:]}") from error
        leash.forget(self._child)
        return code

    def restart(self) -> "ServiceProcess":
        self.kill9()
        return self.start()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_records(self) -> list[dict[str, Any]]:
        """The log's JSON lines; a line that is none of ours (a warning of the interpreter) is left out."""
        lines = (line for line in self.log_text().splitlines() if line.startswith("{"))
        return [json.loads(line) for line in lines]


class Supervisor:
    """Keeps processes alive: whichever ends by itself is started again, and its restarts are counted by name."""

    def __init__(self, processes: Iterable[ServiceProcess]) -> None:
        self.processes = list(processes)
        self.restarts: Counter[str] = Counter()
        self.exits: dict[str, list[int | None]] = {}
        self.paused: set[ServiceProcess] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        for process in self.processes:
            process.kill9()

    def of(self, name: str) -> list[ServiceProcess]:
        return [process for process in self.processes if process.name == name]

    def _watch(self) -> None:
        while not self._stopping.is_set():
            for process in self.processes:
                if process.lives and not process.alive and process not in self.paused:
                    self.restarts[process.name] += 1
                    self.exits.setdefault(process.name, []).append(process.exit_code)
                    process.start()
            time.sleep(0.05)
