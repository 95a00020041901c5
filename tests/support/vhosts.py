"""Virtual hosts of a broker: made for one run of the tests and removed after it."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from urllib.parse import quote, unquote, urlsplit

import amqp

ADMIN_VARIABLE = "TRAINING_TEST_RABBIT_ADMIN"
MANAGEMENT_PORT = 15672


class CannotMakeVhost(RuntimeError):
    """Neither rabbitmqctl nor the management API lets us make a virtual host on this broker."""


@dataclass(frozen=True)
class Account:
    """The parts of an AMQP URL."""

    host: str
    port: int
    user: str
    password: str
    vhost: str

    @classmethod
    def of(cls, url: str) -> "Account":
        parts = urlsplit(url)
        user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        return cls(parts.hostname or "127.0.0.1", parts.port or 5672, user, password, unquote(parts.path[1:]) or "/")


def url_with_vhost(url: str, vhost: str) -> str:
    """The same account on another virtual host, in the form the services take (`pyamqp://…`)."""
    account = Account.of(url)
    user, password, name = quote(account.user, ""), quote(account.password, ""), quote(vhost, "")
    return f"pyamqp://{user}:{password}@{account.host}:{account.port}/{name}"


def can_connect(url: str, timeout: float = 5.0) -> bool:
    """Whether the broker lets this account into this virtual host."""
    account = Account.of(url)
    connection = amqp.Connection(
        host=f"{account.host}:{account.port}",
        userid=account.user,
        password=account.password,
        virtual_host=account.vhost,
        connect_timeout=timeout,
        read_timeout=timeout,
    )
    try:
        connection.connect()
    except (OSError, amqp.AMQPError):
        return False
    connection.close()
    return True


@dataclass(frozen=True)
class Admin:
    """A way to manage virtual hosts: a rabbitmqctl command with its environment, or (empty command) the HTTP API."""

    url: str
    command: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def add(self, vhost: str) -> str:
        """Make the virtual host with full rights for the account of `url`; returns the URL that leads into it."""
        user = Account.of(self.url).user
        if self.command:
            self._ctl("add_vhost", vhost)
            self._ctl("set_permissions", "-p", vhost, user, ".*", ".*", ".*")
        else:
            self._http("PUT", f"vhosts/{quote(vhost, '')}", {})
            rights = {"configure": ".*", "write": ".*", "read": ".*"}
            self._http("PUT", f"permissions/{quote(vhost, '')}/{quote(user, '')}", rights)
        return url_with_vhost(self.url, vhost)

    def delete(self, vhost: str) -> None:
        """Remove the virtual host with all in it; one that is gone already is fine."""
        with contextlib.suppress(CannotMakeVhost):
            if self.command:
                self._ctl("delete_vhost", vhost)
            else:
                self._http("DELETE", f"vhosts/{quote(vhost, '')}", None)

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def _ctl(self, *arguments: str) -> None:
        command = [*self.command, *arguments]
        try:
            done = subprocess.run(command, env={**os.environ, **self.env}, capture_output=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotMakeVhost(f"{command[0]}: {error}") from error
        if done.returncode:
            raise CannotMakeVhost(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()[-300:]}")

    def _http(self, method: str, path: str, body: object) -> None:
        account = Account.of(self.url)
        credentials = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
        request = urllib.request.Request(
            f"http://{account.host}:{MANAGEMENT_PORT}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()
        except (urllib.error.URLError, OSError) as error:
            raise CannotMakeVhost(f"management API: {error}") from error


def admin_of(url: str) -> Admin:
    """The way to manage the broker at `url`: what the runner handed on, else whichever way is found to work."""
    handed_on = os.environ.get(ADMIN_VARIABLE)
    if handed_on:
        known = json.loads(handed_on)
        return Admin(known["url"], tuple(known["command"]), known["env"])
    ways = [Admin(url, (command,)) for command in [shutil.which("rabbitmqctl")] if command]
    reasons = []
    for way in [*ways, Admin(url)]:
        trial = f"training-trial-{os.getpid()}"
        try:
            # rabbitmqctl may speak to another node than the one at `url`, so the way in is tried too.
            if can_connect(way.add(trial)):
                return way
            reasons.append(f"{way.command or 'management API'} manages another broker")
        except CannotMakeVhost as error:
            reasons.append(str(error))
        finally:
            way.delete(trial)
    raise CannotMakeVhost("; ".join(reasons))
