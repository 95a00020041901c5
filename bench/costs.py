"""Processor time between two moments: the services, the broker, PostgreSQL, and everything else on the machine."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil

from bench.lab import Lab, Place
from tests.support.postgres import connected


@dataclass
class Costs:
    """Counts from `start` to `stop`. Seconds of processor time; 0 for servers that are not on this machine."""

    lab: Lab
    place: Place
    processes: Mapping[str, psutil.Process]
    spent: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        self._before = self._now()

    def stop(self) -> None:
        after = self._now()
        self.spent = {name: max(0.0, after[name] - self._before.get(name, 0.0)) for name in after}

    @property
    def services(self) -> float:
        return sum(self.spent[name] for name in self.processes)

    @property
    def others(self) -> float:
        """What the machine did beside this measurement: our own client, and whatever else was running."""
        return max(0.0, self.spent["machine"] - self.services - self.spent["broker"] - self.spent["postgresql"])

    def per(self, count: int) -> dict[str, float]:
        """Milliseconds each for `count` completions: every service, their sum, broker and PostgreSQL."""
        named = {name: seconds for name, seconds in self.spent.items() if name != "machine"}
        return {name: 1000 * seconds / count for name, seconds in ({"services": self.services} | named).items()}

    def _now(self) -> dict[str, float]:
        spent = {name: cpu_seconds(process) for name, process in self.processes.items()}
        port = urlsplit(self.place.amqp_url).port or 5672
        spent["broker"] = sum(cpu_seconds(process) for process in listening_on(port))
        spent["postgresql"] = sum(cpu_seconds(process) for process in self._backends())
        times = psutil.cpu_times()
        spent["machine"] = sum(times) - times.idle - times.iowait - times.guest - times.guest_nice - times.steal
        return spent

    def _backends(self) -> list[psutil.Process]:
        """The server processes behind the connections to our databases."""
        with connected(self.lab.postgres_url) as cursor:
            prefix = f"{self.place.databases.prefix}_"
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE starts_with(datname, %s)", (prefix,))
            pids = [pid for (pid,) in cursor.fetchall()]
        found = []
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                found += [process] if "postgres" in process.name() else []
        return found


def cpu_seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def listening_on(port: int) -> list[psutil.Process]:
    """The broker's process when it is on this machine and may be looked at, else nothing."""
    try:
        sockets = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return []
    pids = {s.pid for s in sockets if s.status == psutil.CONN_LISTEN and s.laddr.port == port and s.pid}
    return [psutil.Process(pid) for pid in pids]


def wait_for_calm(limit: float = 60.0) -> None:
    """Wait until the machine is nearly idle, at most `limit` seconds: measurements must not share it."""
    with contextlib.suppress(TimeoutError):
        from tests.support.leash import wait_until

        wait_until(lambda: psutil.cpu_percent(interval=2.0) < 15.0, limit, "a calm machine", pause=0.0)
