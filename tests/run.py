"""What `make test` runs: every stage of the tests, on real servers, with one total at the end.

    python -m tests.run                     all stages
    python -m tests.run unit                one stage (unit, integration, contracts, e2e, faults)
    python -m tests.run unit -k serial      further arguments go to pytest

A run works in a virtual host and databases of its own, which are removed at the end, also after a failure or Ctrl-C.
Tests read TRAINING_TEST_AMQP_URL (the run's virtual host), TRAINING_TEST_DATABASE_URL (its databases, with the
`{service}` placeholder), TRAINING_TEST_POSTGRES_URL (the server, for further databases) and
TRAINING_TEST_DATABASE_PREFIX (every further database starts with it, so that it is removed too).
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import psutil

from tests.support import browser, leash
from tests.support.node import require_node
from tests.support.postgres import Databases
from tests.support.servers import AMQP_VARIABLE, POSTGRES_VARIABLE, NoServer, Servers, require_programs
from tests.support.vhosts import ADMIN_VARIABLE

PROJECT = Path(__file__).resolve().parents[1]
MARK = "TRAINING_TEST_RUN"
BYTECODE = PROJECT / ".pytest_cache" / "bytecode"
UNIT_SECONDS = 5.0
SERVER_PREFIXES = ("TRAINING_", "PG", "RABBITMQ_", "AMQP")


@dataclass(frozen=True)
class Stage:
    """A pytest process of its own: cooperative and plain tests cannot share one."""

    name: str
    folders: tuple[str, ...]
    options: tuple[str, ...] = ()
    needs: Literal["nothing", "servers", "programs"] = "nothing"
    # Folders that take as many seconds as all the rest: tests that share nothing run in two halves side by side.
    first_half: tuple[str, ...] = ()

    @property
    def selectors(self) -> set[str]:
        return {self.name, *self.folders}

    @property
    def paths(self) -> list[str]:
        """Those folders that hold tests."""
        return [f"tests/{name}" for name in self.folders if any((PROJECT / "tests" / name).rglob("test_*.py"))]

    @property
    def parts(self) -> list[list[str]]:
        """What each of the stage's processes runs."""
        if not self.first_half:
            return [self.paths]
        entries = sorted(entry for name in self.folders for entry in (PROJECT / "tests" / name).iterdir())
        tests = [entry for entry in entries if any(entry.rglob("test_*.py")) or entry.match("test_*.py")]
        first = [str(entry) for entry in tests if entry.name in self.first_half]
        return [first, [str(entry) for entry in tests if str(entry) not in first]]


STAGES = (
    Stage("unit", ("unit",), ("-p", "tests.support.offline"), "nothing", ("catalog", "notification")),
    Stage(
        "integration+contracts",
        ("integration", "contracts"),
        ("-p", "tests.green"),
        "servers",
        first_half=("enrollment", "shared"),
    ),
    Stage("e2e", ("e2e",), (), "servers"),
    Stage("faults", ("faults",), (), "programs"),
)


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, report: Path) -> "Totals":
        """Add the counts of a JUnit report; a stage that died before writing one counts as a failure."""
        if not report.exists():
            self.failed += 1
            return self
        for suite in ET.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            self.passed += int(suite.get("tests", 0)) - bad - skipped
            self.failed += bad
            self.skipped += skipped
        return self

    @property
    def ran(self) -> int:
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def say(text: str) -> None:
    print(f"tests: {text}", flush=True)


Started = tuple["subprocess.Popen[bytes]", Path, Path]


class Run:
    """One run: servers opened when the first stage needs them, and everything removed by `close`."""

    def __init__(self) -> None:
        self.name = f"training-test-{os.getpid()}-{secrets.token_hex(4)}"
        self.totals = Totals()
        self._stack = contextlib.ExitStack()
        self._server_env: dict[str, str] = {}
        # Tests put all their files under this folder; PostgreSQL, another user, must be able to pass through it.
        self.folder = Path(tempfile.mkdtemp(prefix="training-"))
        self.folder.chmod(0o711)
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, stage: Stage) -> dict[str, str]:
        """The child's environment: without any server for those who need none."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(SERVER_PREFIXES)}
        clean |= {MARK: self.name, "TMPDIR": str(self.folder)}
        if clean.pop("PYTHONDONTWRITEBYTECODE", None):
            # Not beside the sources, then; but compiling everything anew would quadruple each start of a process.
            clean["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
        if stage.name == "e2e":
            require_node(say)
            browser.programs(say)
        if stage.needs == "servers":
            clean |= self._servers()
        elif stage.needs == "programs":
            require_programs(say)
        return clean

    def _servers(self) -> dict[str, str]:
        if not self._server_env:
            servers = Servers(say)
            self._stack.callback(servers.close)
            admin = servers.rabbit()
            self._stack.callback(admin.delete, self.name)
            databases = Databases(servers.postgres(), self.name.replace("-", "_"))
            self._stack.callback(databases.drop)
            self._server_env = {
                AMQP_VARIABLE: admin.add(self.name),
                ADMIN_VARIABLE: admin.as_json(),
                POSTGRES_VARIABLE: databases.server_url,
                "TRAINING_TEST_DATABASE_URL": databases.create().url,
                "TRAINING_TEST_DATABASE_PREFIX": databases.prefix,
            }
        return self._server_env

    def stage(self, stage: Stage, arguments: list[str]) -> bool:
        """Run one stage; whether it is to be counted as good."""
        if not stage.paths:
            say(f"{stage.name}: no tests yet")
            return True
        say(f"{stage.name}: {' '.join(stage.paths)}")
        started = time.monotonic()
        environment = self.environment(stage)
        runs = [self._start(stage, part, arguments, environment) for part in stage.parts]
        codes = {self._finish(*run) for run in runs}
        seconds = time.monotonic() - started
        own = Totals()
        for _, report, _ in runs:
            own.add(report)
            self.totals.add(report)
        say(f"{stage.name}: {own} in {seconds:.1f} s")
        if stage.name == "unit" and not arguments and seconds > UNIT_SECONDS:
            say(f"the unit tests should take less than {UNIT_SECONDS:g} s")
        # Arguments such as -k may leave one stage without tests; the run as a whole must still have some.
        return codes == {0} or (codes <= {0, pytest_found_nothing()} and bool(arguments))

    def _start(self, stage: Stage, part: list[str], arguments: list[str], environment: dict[str, str]) -> Started:
        """Start a pytest process; one of several writes to a file, so that their lines do not mix."""
        name = f"{stage.name}-{len(list(self.folder.glob('*.out')))}"
        report, output = self.folder / f"{name}.xml", self.folder / f"{name}.out"
        # nameko's pytest plugin would import eventlet into the plain stages.
        command = [sys.executable, "-m", "pytest", "-p", "no:pytest_nameko", "--import-mode=importlib"]
        command += [f"--junit-xml={report}", *stage.options, *part, *arguments]
        output.touch()
        with output.open("wb") as file:
            target = file if len(stage.parts) > 1 else None
            child = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=target, start_new_session=True)
        return child, report, output

    def _finish(self, child: "subprocess.Popen[bytes]", report: Path, output: Path) -> int:
        code = self._wait(child)
        sys.stdout.write(output.read_text(encoding="utf-8", errors="replace"))
        sys.stdout.flush()
        return code

    def _wait(self, child: "subprocess.Popen[bytes]") -> int:
        """Wait for a stage. It has its own session, so Ctrl-C reaches it once and through us, and it cleans up."""
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=60)
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def close(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        kill_marked(self.name)
        try:
            self._stack.close()
        finally:
            leash.kill_all()


def pytest_found_nothing() -> int:
    import pytest

    return int(pytest.ExitCode.NO_TESTS_COLLECTED)


def kill_marked(name: str) -> None:
    """Kill what a stage left behind, should it have died without its clean-up: our mark is in its environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARK) == name:
                process.kill()


@contextlib.contextmanager
def terminated_as_interrupt() -> Iterator[None]:
    """A SIGTERM cleans up as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def selected(arguments: list[str]) -> tuple[list[Stage], list[str]]:
    """The stages named at the front of the arguments (all without a name), and the rest for pytest."""
    names: list[str] = []
    known = set().union(*(stage.selectors for stage in STAGES))
    while arguments and arguments[0] in known:
        names.append(arguments.pop(0))
    return [stage for stage in STAGES if not names or stage.selectors & set(names)], arguments


def main(arguments: list[str]) -> int:
    stages, rest = selected(arguments)
    run, good = Run(), True
    try:
        with terminated_as_interrupt():
            for stage in stages:
                good = run.stage(stage, rest) and good
    except NoServer as error:
        say(str(error))
        good = False
    except KeyboardInterrupt:
        say("interrupted")
        good = False
    finally:
        run.close()
    print(run.totals, flush=True)
    return 0 if good and run.totals.ran and not run.totals.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
