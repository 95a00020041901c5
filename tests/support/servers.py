"""RabbitMQ and PostgreSQL for one run of the tests: found, or started here, or the run stops and says so.

Order of search, for each of the two: the URL in the environment; the usual local address; a private server from
the programs on this machine; docker compose; the Debian packages (then a private server from their programs).
"""

import contextlib
import getpass
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2

from tests.support import leash, postgres, rabbit
from tests.support.vhosts import Admin, CannotMakeVhost, admin_of, can_connect

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
AMQP_VARIABLE, POSTGRES_VARIABLE = "TRAINING_TEST_AMQP_URL", "TRAINING_TEST_POSTGRES_URL"
LOCAL_AMQP = "amqp://guest:guest@127.0.0.1:5672/"
SOCKETS = ("/var/run/postgresql", "/tmp")
POLICY = Path("/usr/sbin/policy-rc.d")
HOW_TO = (
    "Start them and name them in TRAINING_TEST_AMQP_URL and TRAINING_TEST_POSTGRES_URL, or install the programs "
    "(Debian: apt-get install rabbitmq-server postgresql), or start a Docker engine."
)


class NoServer(RuntimeError):
    """A server that the tests need is neither there nor can be started; the text says what to do."""


class Servers:
    """Opens what is asked for and closes, in reverse, all that it started."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stack = contextlib.ExitStack()
        self._compose: ComposeServers | None = None

    def close(self) -> None:
        self._stack.close()

    def rabbit(self) -> Admin:
        """A broker on which virtual hosts can be made."""
        found = self._found_rabbit()
        if found:
            return found
        if not rabbit.find_program("rabbitmq-server"):
            if compose := self._composed():
                return compose.rabbit()
            install_debian_packages(self._say)
        if not rabbit.find_program("rabbitmq-server"):
            raise NoServer(f"No RabbitMQ was found, and none could be started. {HOW_TO}")
        self._say("RabbitMQ: starting a private node")
        return self._stack.enter_context(rabbit.PrivateRabbit()).admin

    def postgres(self) -> str:
        """URL of a server on which databases can be made."""
        found = find_postgres()
        if found:
            self._say("PostgreSQL: using the server found")
            return found
        if not postgres.find_bin():
            if compose := self._composed():
                return compose.postgres_url()
            install_debian_packages(self._say)
        if not postgres.find_bin():
            raise NoServer(f"No PostgreSQL was found, and none could be started. {HOW_TO}")
        self._say("PostgreSQL: starting a private cluster")
        return self._stack.enter_context(postgres.PrivatePostgres()).url()

    def _found_rabbit(self) -> Admin | None:
        named = os.environ.get(AMQP_VARIABLE)
        url = named or LOCAL_AMQP
        if not can_connect(url):
            if named:
                raise NoServer(f"{AMQP_VARIABLE} is set, but nothing answers there or it refuses the account.")
            return None
        try:
            admin = admin_of(url)
        except CannotMakeVhost as error:
            if named and not rabbit.find_program("rabbitmq-server"):
                raise NoServer(f"No virtual host can be made on the broker of {AMQP_VARIABLE}: {error}") from error
            self._say(f"RabbitMQ: a broker answers, but no virtual host can be made on it ({error})")
            return None
        self._say("RabbitMQ: using the broker found")
        return admin

    def _composed(self) -> "ComposeServers | None":
        if self._compose is None and engine_answers() and COMPOSE_FILE.exists():
            self._say("starting RabbitMQ and PostgreSQL by docker compose")
            self._compose = self._stack.enter_context(composed())
        return self._compose


def find_postgres() -> str | None:
    """A server where our account may make databases: the one named in the environment, else a local one."""
    named = os.environ.get(POSTGRES_VARIABLE)
    if named:
        if not can_create_databases(postgres.url_with_database(named, "postgres")):
            raise NoServer(
                f"{POSTGRES_VARIABLE} is set, but nothing answers there or the account cannot make databases."
            )
        return named
    accounts = dict.fromkeys(("postgres", getpass.getuser()))
    urls = [f"postgresql://{account}@127.0.0.1:5432/postgres" for account in accounts]
    urls += [f"postgresql://{account}@/postgres?host={folder}" for folder in SOCKETS for account in accounts]
    return next((url for url in urls if can_create_databases(url)), None)


def can_create_databases(url: str) -> bool:
    try:
        with postgres.connected(url, connect_timeout=3) as cursor:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            return bool(cursor.fetchone()[0])
    except psycopg2.Error:
        return False


def engine_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        return subprocess.run([docker, "version"], capture_output=True, timeout=20, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class ComposeServers:
    """The project's own compose file under a project name of this run, so that a developer's volumes stay apart."""

    def __init__(self, name: str) -> None:
        self._command = ("docker", "compose", "-p", name, "-f", str(COMPOSE_FILE))
        # The compose file holds no secret: every variable that it insists on gets a value of this run.
        asked_for = re.findall(r"\$\{(\w+):\?", COMPOSE_FILE.read_text())
        self._env = {**os.environ, **dict.fromkeys(asked_for, secrets.token_hex(8))}

    def run(self, *arguments: str) -> str:
        command = [*self._command, *arguments]
        done = subprocess.run(command, env=self._env, capture_output=True, timeout=600, check=False)
        if done.returncode:
            raise NoServer(f"docker compose {arguments[0]} failed: {done.stderr.decode(errors='replace')[-1000:]}")
        return done.stdout.decode()

    def _environment(self, service: str) -> dict[str, str]:
        return dict(json.loads(self.run("config", "--format", "json"))["services"][service].get("environment") or {})

    def _address(self, service: str, port: int) -> str:
        try:
            return self.run("port", service, str(port)).strip().replace("0.0.0.0", "127.0.0.1")
        except NoServer:
            container = self.run("ps", "-q", service).strip()
            template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
            inspect = ["docker", "inspect", "-f", template, container]
            return f"{subprocess.run(inspect, capture_output=True, check=True).stdout.decode().strip()}:{port}"

    def rabbit(self) -> Admin:
        values = self._environment("rabbitmq")
        user = values.get("RABBITMQ_DEFAULT_USER", "guest")
        password = values.get("RABBITMQ_DEFAULT_PASS", "guest")
        vhost = quote(values.get("RABBITMQ_DEFAULT_VHOST", "/"), safe="")
        url = f"amqp://{user}:{password}@{self._address('rabbitmq', 5672)}/{vhost}"
        leash.wait_until(lambda: can_connect(url), 120, "RabbitMQ in its container", pause=1)
        return Admin(url, (*self._command, "exec", "-T", "rabbitmq", "rabbitmqctl"), self._env)

    def postgres_url(self) -> str:
        values = self._environment("postgres")
        user, password = values.get("POSTGRES_USER", "postgres"), values.get("POSTGRES_PASSWORD", "")
        url = f"postgresql://{user}:{password}@{self._address('postgres', 5432)}/postgres"
        leash.wait_until(lambda: can_create_databases(url), 120, "PostgreSQL in its container", pause=1)
        return url


@contextlib.contextmanager
def composed() -> Iterator[ComposeServers]:
    servers = ComposeServers(f"training-test-{os.getpid()}")
    try:
        servers.run("up", "-d", "rabbitmq", "postgres")
        yield servers
    finally:
        with contextlib.suppress(NoServer):
            servers.run("down", "-v", "--timeout", "5")


def install_debian_packages(say: Callable[[str], None]) -> None:
    """Install both servers' programs when we are root on Debian; their services are kept from starting."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    with services_held_back():
        debian_packages(say, ["rabbitmq-server", "postgresql"])


def debian_packages(say: Callable[[str], None], packages: list[str]) -> None:
    """Install Debian packages; whoever needs them looks afterwards whether it worked."""
    say(f"installing the Debian packages {' and '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *command], env=env, stdout=subprocess.DEVNULL, timeout=900, check=False)


@contextlib.contextmanager
def services_held_back() -> Iterator[None]:
    """Debian starts a package's service unless policy-rc.d says no; an existing policy is left as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def require_programs(say: Callable[[str], None]) -> None:
    """Fault tests stop servers, so they start their own: the programs must be on this machine, or come to it."""
    if not (rabbit.find_program("rabbitmq-server") and postgres.find_bin()):
        install_debian_packages(say)
    if not (rabbit.find_program("rabbitmq-server") and postgres.find_bin()):
        raise NoServer(
            "The fault tests start and stop servers of their own and need the programs of RabbitMQ and PostgreSQL "
            "on this machine (Debian: apt-get install rabbitmq-server postgresql)."
        )
