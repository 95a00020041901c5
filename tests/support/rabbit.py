"""A RabbitMQ node of our own: free ports, data, cookie and epmd; to be stopped, killed and alarmed at will."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.support import leash
from tests.support.vhosts import Admin, url_with_vhost

START_SECONDS = 60.0
TICK_SECONDS = 0.2  # a quorum queue tells the broker its depth at each tick; as it comes, every five seconds
ADVANCED = "[{{rabbit, [{{quorum_tick_interval, {tick}}}]}}].\n"
CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{port}
loopback_users = none
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 50MB
log.file.level = warning
"""


def find_program(name: str) -> str | None:
    """Path of `rabbitmq-server` or `rabbitmqctl`, or None.

    Debian's wrapper in /usr/sbin changes the user and drops our environment, so the script behind it goes first.
    """
    places = [Path("/usr/lib/rabbitmq/bin"), *sorted(Path("/usr/lib/rabbitmq/lib").glob("*/sbin"))]
    for place in places:
        if os.access(place / name, os.X_OK):
            return str(place / name)
    return shutil.which(name)


class PrivateRabbit:
    """Context manager around one node. Data survives stop, kill and start, and is removed at the end."""

    def __init__(self) -> None:
        server, ctl, epmd = find_program("rabbitmq-server"), find_program("rabbitmqctl"), shutil.which("epmd")
        if not (server and ctl and epmd):
            raise FileNotFoundError("rabbitmq-server, rabbitmqctl and epmd are needed for a private RabbitMQ")
        self._server, self._ctl, self._epmd_program = server, ctl, epmd
        self.port, self.distribution_port, self.epmd_port = (leash.free_port() for _ in range(3))
        self.home = Path(tempfile.mkdtemp(prefix="training-rabbit-"))
        self.log = self.home / "node.log"
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._write_files()

    def __enter__(self) -> "PrivateRabbit":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def env(self) -> dict[str, str]:
        """The environment that the node and rabbitmqctl share."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return outside | {
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": f"{self.home.name}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.home / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_PID_FILE": str(self.home / "node.pid"),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    @property
    def admin(self) -> Admin:
        own = {name: value for name, value in self.env.items() if os.environ.get(name) != value}
        return Admin(self.url(), (self._ctl,), own)

    def url(self, vhost: str = "/") -> str:
        return url_with_vhost(f"amqp://guest:guest@127.0.0.1:{self.port}", vhost)

    def start(self) -> None:
        """Start the node and return when it takes AMQP connections."""
        if self._epmd is None:
            command = [self._epmd_program, "-port", str(self.epmd_port), "-address", "127.0.0.1"]
            self._epmd = leash.spawn(command, self.log)
        # With RABBITMQ_ALLOW_INPUT the start script becomes the node instead of watching over it, so signals reach it.
        self._node = leash.spawn([self._server, "-noinput"], self.log, self.env, cwd=self.home)
        try:
            leash.wait_until(self._answers, START_SECONDS, "a private RabbitMQ")
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.log.read_text(errors='replace')[-2000:]}") from error

    def stop(self) -> None:
        """A clean stop, as an operator does it."""
        if self._node is None:
            return
        self._node.send_signal(signal.SIGTERM)
        try:
            self._node.wait(timeout=START_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, as a power cut does it."""
        if self._node is not None:
            leash.kill_group(self._node)
            self._node = None

    def close(self) -> None:
        """End the node and remove all it wrote."""
        self.kill()
        if self._epmd is not None:
            leash.kill_group(self._epmd)
            self._epmd = None
        shutil.rmtree(self.home, ignore_errors=True)

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl against this node; returns what it printed."""
        command = [self._ctl, "--quiet", *arguments]
        done = subprocess.run(command, env=self.env, cwd=self.home, capture_output=True, timeout=90, check=False)
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {(done.stderr or done.stdout).decode(errors='replace')}")
        return done.stdout.decode()

    def close_all_connections(self, reason: str = "cut by a test") -> None:
        self.ctl("close_all_connections", reason)

    def memory_alarm(self, on: bool) -> None:
        """Raise or clear the memory alarm; while it is raised, the broker stops reading from publishers."""
        self.ctl("set_vm_memory_high_watermark", *(("absolute", "1MB") if on else ("0.6",)))

    def add_vhosts(self, names: Sequence[str]) -> None:
        """Make virtual hosts, all in one call of rabbitmqctl, each of which costs a second of processor time."""
        rights = {"user": "guest", "configure": ".*", "write": ".*", "read": ".*"}
        definitions = self.home / "vhosts.json"
        wanted = {
            "vhosts": [{"name": name} for name in names],
            "permissions": [{"vhost": name, **rights} for name in names],
        }
        definitions.write_text(json.dumps(wanted))
        self.ctl("import_definitions", str(definitions))

    def drop_vhost(self, name: str) -> None:
        """Remove a virtual host with all in it: each of its quorum queues costs the node a process at every tick, and
        with those of twenty tests it has no time left for anything else."""
        self.ctl("delete_vhost", name)

    def queue_depths(self, vhost: str) -> dict[str, int]:
        """Messages (ready and unacknowledged) of each queue, as they are at this call or a moment after it."""
        time.sleep(2 * TICK_SECONDS)
        rows = json.loads(self.ctl("--formatter", "json", "list_queues", "-p", vhost, "name", "messages"))
        return {row["name"]: int(row["messages"]) for row in rows}

    def _write_files(self) -> None:
        self.home.chmod(0o700)
        cookie = self.home / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (self.home / "rabbitmq.conf").write_text(CONFIGURATION.format(port=self.port))
        (self.home / "advanced.config").write_text(ADVANCED.format(tick=round(TICK_SECONDS * 1000)))
        (self.home / "rabbitmq-env.conf").write_text("")
        (self.home / "enabled_plugins").write_text("[].\n")

    def _answers(self) -> bool:
        if self._node is not None and self._node.poll() is not None:
            raise RuntimeError(f"RabbitMQ ended at start:\n{self.log.read_text(errors='replace')[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as probe:
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(probe.recv(1))
        except OSError:
            return False
