"""No child outlives the tests: every process started here leads its own group and is killed when we exit."""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_living: dict[int, "subprocess.Popen[bytes]"] = {}


def spawn(
    command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None, **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own; both of its outputs are appended to `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            env=dict(env) if env is not None else None,
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", output),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )
    _living[child.pid] = child
    return child


def kill_group(child: "subprocess.Popen[bytes]") -> None:
    """SIGKILL the child and everything in its group, and wait until it is gone. Harmless on a dead one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    _living.pop(child.pid, None)


def forget(child: "subprocess.Popen[bytes]") -> None:
    """The child has ended by itself and was waited for."""
    _living.pop(child.pid, None)


@atexit.register
def kill_all() -> None:
    """Kill what is still running; also called by those who must leave early."""
    for child in list(_living.values()):
        kill_group(child)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], timeout: float, what: str, pause: float = 0.1) -> Any:
    """The first true value of `condition`, asked every `pause` seconds; TimeoutError names `what` after `timeout`."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}; last answer: {value!r}")
        time.sleep(pause)


def wait_for(read: Callable[[], Any], wanted: Any, timeout: float, pause: float = 0.1) -> None:
    """Read until the value is the wanted one; TimeoutError shows the last value after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while (value := read()) != wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {wanted!r}; there is {value!r}")
        time.sleep(pause)
